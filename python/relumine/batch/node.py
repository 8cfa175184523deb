"""One machine's share of a batch: how many photos at a time, on how many threads, and in how much memory.

A process has one engine, whose networks are loaded once, and one pool. Reading and writing wait for nobody: more photos are in the pool than are worked
on, so that the store's answers come while others are computed.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import relumine

#: Bytes that a photo takes for each of its pixels, and besides; as the program plans.
A_PIXEL, BESIDES = 18, 64 << 20
#: The share of free memory that photos get.
SHARE = 0.8
#: Photos in the pool for each that is worked on.
AHEAD = 3

#: Set where no more photos are to be begun in this process.
stopped = threading.Event()


class Gate:
    """Lets so many in at a time, or one alone."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._free = jobs
        self._change = threading.Condition()
        self._waiting = threading.Lock()

    @contextmanager
    def entered(self, alone: bool = False) -> Iterator[None]:
        """As one of several, or alone, for what takes more than its share of memory."""
        wanted = self.jobs if alone else 1
        # One at a time waits, so that whoever wants to be alone is not overtaken for ever.
        with self._waiting, self._change:
            self._change.wait_for(lambda: self._free >= wanted)
            self._free -= wanted
        try:
            yield
        finally:
            with self._change:
                self._free += wanted
                self._change.notify_all()


class Node:
    """What photos share in a process."""

    def __init__(self, jobs: int | None, threads: int | None, memory: int | None) -> None:
        cores = available_cores()
        budget = int(available_memory() * SHARE)
        jobs = jobs or cores
        if memory is not None:
            # Never more at a time than fit.
            jobs = max(1, min(jobs, budget // memory))
        self.gate = Gate(jobs)
        self.engine = relumine.Engine(threads=jobs * threads if threads else cores)
        self.pool = ThreadPoolExecutor(AHEAD * jobs, thread_name_prefix="relumine photo")
        #: Megapixels of a photo beside others, and alone.
        self.megapixels = _megapixels(memory or budget // jobs)
        self.megapixels_alone = _megapixels(budget)


def _megapixels(memory: int) -> int:
    return max(1, (memory - BESIDES) // (A_PIXEL * 1_000_000))


def node(jobs: int | None, threads: int | None, memory: int | None) -> Node:
    """That of this process, which is made when it is first asked for."""
    # Many threads ask at once.
    with _making:
        return _made(jobs, threads, memory)


_making = threading.Lock()
_made = lru_cache(maxsize=1)(Node)


def available_cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def available_memory() -> int:
    """Bytes that are free, of the machine and within the limit of its container."""
    free = [_of_machine()]
    limit, used = _number("/sys/fs/cgroup/memory.max"), _number("/sys/fs/cgroup/memory.current")
    if limit is not None and used is not None:
        free.append(max(0, limit - used))
    return min(free)


def _of_machine() -> int:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return int(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2) if hasattr(os, "sysconf") else 4 << 30


def _number(file: str) -> int | None:
    try:
        return int(Path(file).read_text())
    except (OSError, ValueError):
        return None
