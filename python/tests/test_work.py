"""Long work: it can be followed and stopped, other threads go on, and it works after a fork."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import relumine
from conftest import python, shrunk

Array = NDArray[np.uint8]


def test_progress_is_told(day: Array, dusk: Array) -> None:
    told: list[tuple[str, int, int, float | None]] = []
    relumine.transfer(day, dusk, size=160, iterations=3, progress=lambda *at: told.append(at))
    stages = [stage for stage, *_ in told]
    assert stages[-1] == "apply" and "solve" in stages and "regions" in stages
    assert any(loss is not None for *_, loss in told)
    assert all(0 <= done <= total for _, done, total, _ in told)


def test_what_progress_raises_stops_the_work(day: Array, dusk: Array) -> None:
    class Enough(Exception):
        pass

    def stop(stage: str, done: int, total: int, loss: float | None) -> None:
        if stage == "solve" and done > 0:
            raise Enough

    since = time.monotonic()
    with pytest.raises(Enough):
        relumine.transfer(shrunk("day.jpg", 1), dusk, progress=stop)
    assert time.monotonic() - since < 60


INTERRUPTED = """
import _thread, sys, threading, time
import numpy as np
import relumine
photo = np.random.default_rng(0).integers(0, 256, (700, 700, 3), np.uint8)
reached, at = threading.Event(), []
def progress(stage, done, total, loss):
    if stage == "solve" and done > 0:
        reached.set()
def interrupt():
    reached.wait()
    at.append(time.monotonic())
    _thread.interrupt_main()
threading.Thread(target=interrupt, daemon=True).start()
try:
    relumine.transfer(photo, photo[::-1], masks="none", iterations=5000, progress=progress)
except KeyboardInterrupt:
    print(time.monotonic() - at[0])
    made = relumine.transfer(photo[:64, :64], photo, method="grade")
    sys.exit(0 if made.shape == (64, 64, 3) else 3)
sys.exit(4)
"""


def test_ctrl_c_stops_it_and_the_engine_lives_on() -> None:
    done = python(INTERRUPTED)
    assert done.returncode == 0, done.stderr
    # A tenth of a second on an idle machine; this only tells it from waiting for the end.
    assert float(done.stdout) < 5


def test_other_threads_go_on(day: Array, dusk: Array) -> None:
    counted = 0
    stop = threading.Event()

    def count() -> None:
        nonlocal counted
        while not stop.is_set():
            counted += 1
            time.sleep(0.001)

    counter = threading.Thread(target=count)
    counter.start()
    relumine.transfer(day, dusk, iterations=10)
    stop.set()
    counter.join()
    assert counted > 20


def test_many_threads_share_an_engine(day: Array, dusk: Array, look: relumine.Look) -> None:
    expected = look.apply(day)
    with ThreadPoolExecutor(8) as pool:
        for made in pool.map(lambda _: look.apply(day), range(32)):
            assert np.array_equal(made, expected)


def test_threads_do_not_change_the_result(day: Array, dusk: Array) -> None:
    made = [relumine.transfer(day, dusk, size=160, iterations=5, engine=relumine.Engine(threads=n)) for n in (1, 3)]
    assert np.array_equal(*made)


def _applied(job: tuple[relumine.Look, Array]) -> Array:
    look, photo = job
    return look.apply(photo)


@pytest.mark.parametrize("start", [start for start in ("fork", "spawn") if start in multiprocessing.get_all_start_methods()])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_other_processes(day: Array, dusk: Array, look: relumine.Look, start: str) -> None:
    expected = look.apply(dusk)
    context = multiprocessing.get_context(start)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        for made in pool.map(_applied, [(look, dusk)] * 4):
            assert np.array_equal(made, expected)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_look_and_an_engine_live_on_after_a_fork(day: Array, dusk: Array, look: relumine.Look) -> None:
    engine = relumine.Engine(threads=2)
    solved = relumine.solve(day, dusk, method="transport", engine=engine)
    expected = solved.apply(day)
    child = os.fork()
    if child == 0:
        same = np.array_equal(solved.apply(day, engine=engine), expected) and np.array_equal(look.apply(day), expected)
        os._exit(0 if same else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.long
def test_a_thousand_transfers_leave_memory_flat(day: Array, dusk: Array) -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    taken = []
    for times in range(1000):
        relumine.transfer(day, dusk, method="transport")
        if times % 100 == 99:
            taken.append(resident())
    print([f"{size >> 20} MiB" for size in taken])
    assert taken[-1] < taken[1] + (16 << 20)
