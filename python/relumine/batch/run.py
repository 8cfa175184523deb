"""A plan carried out by Daft: rows go to workers, and what became of them comes back."""

from __future__ import annotations

import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from relumine.batch import node
from relumine.batch.cluster import Cluster
from relumine.batch.failures import Failure
from relumine.batch.plan import Plan
from relumine.batch.work import STOPPED, Photos, Task

#: Photos of one call on a worker.
A_CALL = 8
#: How often it is gone on where machines were lost.
ROUNDS = 4


@dataclass
class Outcome:
    """What became of a batch."""

    total: int
    before: int
    """Photos that were done before."""
    done: int = 0
    failures: list[Failure] = field(default_factory=list)
    is_stopped: bool = False
    seconds: float = 0.0


def run(first: Plan, task: Task, cluster: Cluster, again: Callable[[], Plan], progress: Callable[[int, int], object]) -> Outcome:
    """Makes the results of a plan.

    Parameters
    ----------
    first : Plan
        What is due.
    task : Task
        What is done to each photo.
    cluster : Cluster
        Where.
    again : callable
        Plans anew, where machines were lost: what is at the destination by then is done.
    progress : callable
        Told how many photos are done and have failed, whenever some are.

    Raises
    ------
    Exception
        What Daft raised, where going on did not help.
    """
    outcome = Outcome(first.total, first.total - first.due)
    began, left, rounds = time.monotonic(), first, ROUNDS
    seen: list[str] = []
    while left.due and not outcome.is_stopped:
        try:
            for row in _interruptible(_rows(left, task, cluster), outcome, cluster):
                _count(row, outcome)
                seen.append(row["path"])
                progress(outcome.done, len(outcome.failures))
            break
        except Exception:
            rounds -= 1
            before = left.due
            left = _without(again(), seen)
            if rounds == 0 or left.due == before:
                raise
            outcome.done = first.due - left.due - len(outcome.failures)
    outcome.seconds = time.monotonic() - began
    return outcome


def _rows(plan: Plan, task: Task, cluster: Cluster) -> Iterator[dict[str, Any]]:
    """`path`, `error` and `kind` of each photo, as they are done."""
    from daft import col

    made = _udf()(task).make(col("url"), col("name"), col("look"), col("reference"))
    return iter(cluster.parted(plan.rows, plan.due).select(made.alias("made")).select(col("made").unnest()).iter_rows())


def _udf() -> Any:
    """`Photos` as Daft takes it: on the threads of its own process, which the engine's own arithmetic does not hold up."""
    import daft
    from daft import DataType

    text = DataType.string()
    of_rows: Any = daft.method.batch(return_dtype=DataType.struct({"path": text, "error": text, "kind": text}), batch_size=A_CALL)
    of_rows(Photos.make)
    return daft.cls(Photos, use_process=False)


def _count(row: dict[str, Any], outcome: Outcome) -> None:
    if row["kind"] is None:
        outcome.done += 1
    elif row["kind"] == STOPPED:
        outcome.is_stopped = True
    else:
        outcome.failures.append(Failure(row["path"], row["error"], row["kind"]))


def _without(plan: Plan, seen: list[str]) -> Plan:
    """A plan without the photos of which it is known what became of them."""
    import daft

    if not seen:
        return plan
    rows = plan.rows.join(daft.from_pydict({"url": seen}), on="url", how="anti").collect()
    return plan._replace(rows=rows, due=rows.count_rows())


def _interruptible(rows: Iterator[dict[str, Any]], outcome: Outcome, cluster: Cluster) -> Iterator[dict[str, Any]]:
    """Rows as they come, on a thread of their own, so that Ctrl-C is heard: once it finishes the photos that are being worked on, twice it does not."""
    came: queue.Queue[Any] = queue.Queue()
    end = object()

    def follow() -> None:
        try:
            for row in rows:
                came.put(row)
            came.put(end)
        except BaseException as error:
            came.put(error)

    threading.Thread(target=follow, name="relumine batch", daemon=True).start()
    while True:
        try:
            _take_back_interrupts()
            row = came.get(timeout=0.2)
        except queue.Empty:
            continue
        except KeyboardInterrupt:
            if outcome.is_stopped or cluster.is_ray:
                outcome.is_stopped = True
                return
            outcome.is_stopped = True
            node.stopped.set()
            continue
        if row is end:
            return
        if isinstance(row, BaseException):
            raise row
        yield row


def _take_back_interrupts() -> None:
    """Daft takes Ctrl-C for itself once it is at work, and drops what is being worked on."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)
