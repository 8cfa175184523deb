"""Types of the native module, which `stubtest` checks against it."""

import os
from collections.abc import Callable, Sequence
from typing import Any, final

from numpy.typing import NDArray

__all__ = [
    "Analysis",
    "Engine",
    "Look",
    "Mask",
    "measure",
    "Photo",
    "keywords",
    "main",
    "unused",
    "write",
    "matte",
    "segment",
    "solve",
    "transfer",
    "__version__",
]
__version__: str

_Path = str | os.PathLike[str]
_Progress = Callable[[str, int, int, float | None], object]
_Reference = tuple[Analysis, float, str | None]

@final
class Engine:
    def __new__(cls, threads: int | None = None, device: str = "auto") -> Engine: ...
    def abandon(self) -> None: ...

@final
class Photo:
    @staticmethod
    def open(engine: Engine, path: _Path, words: Sequence[str], progress: _Progress | None = None) -> Photo: ...
    @staticmethod
    def decode(engine: Engine, data: bytes, name: _Path, words: Sequence[str]) -> Photo: ...
    @staticmethod
    def of_array(engine: Engine, array: NDArray[Any], name: _Path, words: Sequence[str]) -> Photo: ...
    def array(self, engine: Engine) -> NDArray[Any]: ...
    def save(self, engine: Engine, path: _Path, words: Sequence[str], progress: _Progress | None = None) -> list[str]: ...
    def encode(
        self, engine: Engine, format: str | None, words: Sequence[str], progress: _Progress | None = None
    ) -> tuple[bytes, list[str]]: ...
    def small(self, engine: Engine, long: int, format: str) -> bytes: ...
    def describe(self) -> str: ...
    @property
    def notices(self) -> list[str]: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def path(self) -> _Path: ...

@final
class Analysis:
    def __new__(cls, engine: Engine, photo: Photo, once: bool = False) -> Analysis: ...
    @property
    def photo(self) -> Photo: ...

@final
class Mask:
    @staticmethod
    def open(engine: Engine, path: _Path, words: Sequence[str]) -> Mask: ...
    @staticmethod
    def of_picture(engine: Engine, picture: NDArray[Any], name: _Path) -> Mask: ...
    @staticmethod
    def of_labels(labels: NDArray[Any], palette: Sequence[tuple[int, int, int]]) -> Mask: ...

@final
class Look:
    @staticmethod
    def decode(data: bytes, name: _Path) -> Look: ...
    def packed(self, engine: Engine) -> bytes: ...
    def encode(self, engine: Engine, pictures: bool) -> bytes: ...
    def apply(
        self, engine: Engine, photo: Photo, name: str, words: Sequence[str], progress: _Progress | None = None
    ) -> Photo: ...
    def lut(
        self, engine: Engine, size: int, region: str | None = None, strength: float = 1.0
    ) -> tuple[NDArray[Any], tuple[float, float] | None]: ...
    def grades(self, engine: Engine) -> list[tuple[str | None, float, NDArray[Any]]]: ...
    def pictures(self, engine: Engine) -> list[bytes | None]: ...
    def names(self) -> list[str]: ...
    def notices(self) -> list[str]: ...
    def report(self) -> str | None: ...
    def options(self) -> str | None: ...
    @property
    def method(self) -> str: ...

def transfer(
    engine: Engine,
    content: Analysis,
    references: Sequence[_Reference],
    masks: tuple[Mask, Mask] | None,
    words: Sequence[str],
    progress: _Progress | None = None,
) -> tuple[Photo, Look | None]: ...
def solve(
    engine: Engine,
    content: Analysis,
    references: Sequence[_Reference],
    masks: tuple[Mask, Mask] | None,
    words: Sequence[str],
    progress: _Progress | None = None,
) -> Look: ...
def segment(
    engine: Engine, photo: Photo, words: Sequence[str], progress: _Progress | None = None
) -> tuple[NDArray[Any], list[tuple[str, tuple[int, int, int]]]]: ...
def matte(
    engine: Engine,
    photo: Photo,
    trimap: NDArray[Any],
    foreground: bool,
    words: Sequence[str],
    progress: _Progress | None = None,
) -> tuple[NDArray[Any], NDArray[Any] | None]: ...
def measure(
    engine: Engine,
    result: Photo,
    content: Photo,
    reference: Photo,
    masks: tuple[Photo, Photo] | None,
    network: _Path | None,
    size: int,
    progress: _Progress | None = None,
) -> list[tuple[str, float]]: ...
def write(path: _Path, data: bytes) -> None: ...
def keywords(call: str) -> str: ...
def unused(words: Sequence[str]) -> list[str]: ...
def main(words: Sequence[str]) -> int: ...
