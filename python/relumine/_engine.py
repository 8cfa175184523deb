"""Threads, device, and networks that are loaded once."""

from __future__ import annotations

import os
import threading
from typing import Literal

from relumine import _native

Device = Literal["auto", "cpu", "gpu"]

_lock = threading.Lock()


def _forget_lock() -> None:
    """A thread that held the lock is not there in a process that was forked."""
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_lock)


class Engine:
    """Threads, device, and networks, each of which is loaded once.

    Every function takes one by ``engine=``; those that get none share one with as many threads as the machine has cores. It is safe from many
    threads, and starts anew in a process that was forked.

    Parameters
    ----------
    threads : int, optional
        Threads to use; as many as the machine has cores where it is not given. Results do not depend on it.
    device : {"auto", "cpu", "gpu"}
        Where the arithmetic is done: the GPU where build and machine have one, or not.

    Raises
    ------
    MachineError
        If threads or GPU cannot be had.
    OptionsError
        If there is no such device, or the build cannot use a GPU.

    Examples
    --------
    >>> import relumine
    >>> engine = relumine.Engine(threads=1)
    """

    def __init__(self, threads: int | None = None, device: Device = "auto") -> None:
        if threads is not None and threads < 1:
            from relumine._errors import OptionsError

            raise OptionsError(f"threads is {threads}, but must be at least 1")
        self.threads = threads
        self.device = device
        self._native = _native.Engine(threads, device)
        self._process = os.getpid()

    def __repr__(self) -> str:
        return f"Engine(threads={self.threads}, device={self.device!r})"

    def __reduce__(self) -> tuple[type[Engine], tuple[int | None, Device]]:
        return Engine, (self.threads, self.device)

    def _live(self) -> _native.Engine:
        """The native engine of this process: threads do not come along with a fork."""
        if self._process != os.getpid():
            with _lock:
                if self._process != os.getpid():
                    self._native.abandon()
                    self._native = _native.Engine(self.threads, self.device)
                    self._process = os.getpid()
        return self._native


_shared: Engine | None = None


def live(engine: Engine | None) -> _native.Engine:
    """The native engine that is given, or the one that all share."""
    global _shared
    if engine is None:
        if _shared is None:
            with _lock:
                if _shared is None:
                    _shared = Engine()
        engine = _shared
    return engine._live()
