"""What tests of batches share: photos in folders, and ``python -m relumine.batch`` in this process or in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import PHOTOS

QUIET = {"DAFT_ANALYTICS_ENABLED": "0", "DO_NOT_TRACK": "1", "RAY_USAGE_STATS_ENABLED": "0", "DAFT_PROGRESS_BAR": "0", "RAY_worker_niceness": "0"}
os.environ.update(QUIET)


def shoot(folder: Path, count: int, bad: int = 0) -> list[Path]:
    """Photos of 160×107 pixels, each another; the first `bad` are cut short."""
    folder.mkdir(parents=True, exist_ok=True)
    photo = Image.open(PHOTOS / "autumn.jpg").convert("RGB").resize((320, 214))
    paths = []
    for number in range(count):
        left, top = number * 7 % 160, number * 3 % 107
        path = folder / f"{number:03}.jpg"
        photo.crop((left, top, left + 160, top + 107)).save(path, quality=90)
        if number < bad:
            path.write_bytes(path.read_bytes()[:900])
        paths.append(path)
    return paths


def batch(*words: object) -> int:
    """A run in this process; its exit code."""
    from relumine.batch.cli import main

    return main([str(word) for word in words])


def process(*words: object, **environment: str) -> subprocess.Popen[str]:
    """A run in a process of its own."""
    command = [sys.executable, "-m", "relumine.batch", *map(str, words)]
    return subprocess.Popen(command, env={**os.environ, **environment}, stderr=subprocess.PIPE, text=True)


def written(folder: Path) -> int:
    """Results that are there so far, while others are being written."""
    return sum(not path.name.startswith(".") for path in folder.glob("*.jpg"))


def results(folder: Path) -> dict[str, bytes]:
    """What is below a folder of results, by name, but for what says of which run they are; of a run that has ended."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".relumine-batch"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def is_near(one: bytes, other: bytes) -> bool:
    """Whether two files are the same picture."""
    import io

    first, second = (np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int) for data in (one, other))
    return first.shape == second.shape and int(np.abs(first - second).max()) <= 1


def need(*modules: str) -> None:
    """Skips the tests of a file, and says so, where what they need is not installed."""
    for module in modules:
        pytest.importorskip(module, reason=f"SKIPPED: {module} is not installed")
