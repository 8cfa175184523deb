"""What the tests share: the example photos, small ones of them, and the program of the same package."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import relumine

ROOT = Path(__file__).parents[2]
PHOTOS = ROOT / "examples" / "photos"


@pytest.fixture
def photos() -> Path:
    """The folder of example photos."""
    return PHOTOS


@pytest.fixture(scope="session")
def day() -> NDArray[np.uint8]:
    """A small photo."""
    return shrunk("day.jpg")


@pytest.fixture(scope="session")
def dusk() -> NDArray[np.uint8]:
    """Its reference, as small."""
    return shrunk("dusk.jpg")


@pytest.fixture(scope="session")
def look(day: NDArray[np.uint8], dusk: NDArray[np.uint8]) -> relumine.Look:
    """A look with regions."""
    return relumine.solve(day, dusk, method="transport")


def shrunk(name: str, times: int = 4) -> NDArray[np.uint8]:
    """Every so many pixels of an example photo."""
    photo = relumine.Photo.open(PHOTOS / name).to_numpy()
    return np.ascontiguousarray(photo[::times, ::times])


def program(*words: object) -> subprocess.CompletedProcess[str]:
    """Runs the package's program in a process of its own."""
    command = [sys.executable, "-m", "relumine", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def python(text: str, *words: object, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Runs lines of Python in a process of their own."""
    command = [sys.executable, "-c", text, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
