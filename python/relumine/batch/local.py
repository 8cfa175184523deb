"""Files on this machine: written under a temporary name beside their own, and renamed.

Names and locks are those of the program, so that each removes what the other was killed in: a temporary file is locked as long as somebody writes it, and
the system drops the lock when the process ends, however it ends.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

try:
    import fcntl
except ImportError:  # There are no such locks on Windows, and nothing is removed there.
    fcntl = None  # type: ignore[assignment]

PREFIX, SUFFIX = ".relumine-", ".tmp"
_TRIES = 16


def write(path: str | Path, data: bytes) -> None:
    """Writes a file whole or not at all, and makes its folder where that is not there."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(_TRIES):
        temporary = path.parent / f"{PREFIX}{secrets.token_hex(6)}{SUFFIX}"
        with open(temporary, "xb") as file:
            try:
                # Whoever cleans up may have taken it for abandoned between its making and its lock.
                if _locked(file.fileno()) and not temporary.exists():
                    continue
                file.write(data)
                file.flush()
                os.replace(temporary, path)
                return
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
    raise OSError(f"{path}: temporary files beside it are removed as fast as they are made")


def remove_abandoned(folder: str | Path) -> int:
    """Removes temporary files in a folder and below it that nobody writes any more; returns how many."""
    removed = 0
    for within, _, names in os.walk(folder):
        for name in names:
            if name.startswith(PREFIX) and name.endswith(SUFFIX):
                removed += _remove_unlocked(os.path.join(within, name))
    return removed


def _remove_unlocked(path: str) -> bool:
    if fcntl is None:
        return False
    try:
        with open(path, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(path)
    except OSError:
        return False
    return True


def _locked(file: int) -> bool:
    """Locks a file; false where the file system knows no locks, so that nobody removes anything."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError:
        return False
    return True
