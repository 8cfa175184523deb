"""A look: solved for a photo, or from a file; given to any photo."""

from __future__ import annotations

import html
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from relumine import _native
from relumine._compare import slider
from relumine._engine import Engine, live
from relumine._errors import OptionsError
from relumine._images import Image, Order, opened
from relumine._keywords import ApplyKeywords, PathLike, reading, words
from relumine._photo import Photo, data_uri
from relumine._progress import Progress

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage
    from typing_extensions import Unpack


class Region(NamedTuple):
    """A region of a look."""

    name: str | None
    """What it shows, such as ``"sky"`` or ``"building, ground"``; ``None`` where nothing was recognised."""
    share: float
    """Its share of the photo that the look was solved for."""
    grade: NDArray[np.float32]
    """Levels×3×4: for each level of luma, from 0 to 1, the affine matrix that takes (red, green, blue, 1) to colours."""


class Lut(NamedTuple):
    """A look as a lookup table."""

    values: NDArray[np.float32]
    """size×size×size×3, by red, green and blue: sRGB-encoded in and out, 0..1."""
    mean: float | None
    """How far its picture is from that of the look, on the photo that it was learnt from: the mean CIEDE2000."""
    p95: float | None
    """The same, what 95 in 100 pixels do not exceed."""


class Look:
    """A look, which `solve` finds and `load` reads. It pickles: small, and without pictures.

    The photo that it was solved for gets all of it, at any size. Any other photo gets its grades: sky that of the sky, people that of people.

    Examples
    --------
    >>> import relumine
    >>> look = relumine.solve("examples/photos/day.jpg", "examples/photos/dusk.jpg", method="grade")
    >>> look.apply("examples/photos/autumn.jpg", strength=0.5)
    <relumine.Photo examples/photos/autumn.jpg 1200×800>
    """

    def __init__(self, native: _native.Look, name: str, engine: Engine | None = None) -> None:
        self._native = native
        self._name = name
        self._engine = engine

    @staticmethod
    def load(source: PathLike | bytes) -> Look:
        """Reads a ``.look`` file, or a lookup table: ``.cube``, HaldCLUT as PNG, ``.3dl``, ``.clf``.

        Raises
        ------
        LookError
            If it is damaged, or something else.
        FileNotFoundError, PermissionError
            If it cannot be read.
        """
        if isinstance(source, (bytes, bytearray, memoryview)):
            return Look.from_bytes(bytes(source))
        path = Path(os.fspath(source))
        return Look(_native.Look.decode(path.read_bytes(), str(path)), path.stem)

    @staticmethod
    def from_bytes(data: bytes, name: str = "look") -> Look:
        """As `load`, of the bytes of a file; `name` is what files of results tell of it."""
        return Look(_native.Look.decode(bytes(data), name), name)

    def to_bytes(self, *, pictures: bool = True) -> bytes:
        """The bytes of a ``.look`` file: the same for the same look. Small pictures of its reference and its result are inside, or not.

        Raises
        ------
        OptionsError
            For a look of pixels (``deep-photo``, ``neural``), which is bound to its photo, and a lookup table.
        """
        return self._native.encode(live(self._engine), pictures)

    def save(self, path: PathLike, *, pictures: bool = True) -> None:
        """Writes a ``.look`` file, which `load` and ``relumine apply`` read: whole, or not at all.

        Raises
        ------
        OptionsError
            As `to_bytes`, and for a name that does not end in ``.look``.
        WriteError
            If it cannot be written.
        """
        name = os.fspath(path)
        if not name.endswith(".look"):
            raise OptionsError(f"{name}: a look is written to a file whose name ends in .look")
        _native.write(name, self.to_bytes(pictures=pictures))

    @overload
    def apply(
        self,
        image: NDArray[Any],
        *,
        output: None = None,
        channel_order: Order = "rgb",
        engine: Engine | None = None,
        progress: Progress | None = None,
        **keywords: Unpack[ApplyKeywords],
    ) -> NDArray[Any]: ...
    @overload
    def apply(
        self,
        image: PathLike | Photo,
        *,
        output: PathLike | None = None,
        channel_order: Order = "rgb",
        engine: Engine | None = None,
        progress: Progress | None = None,
        **keywords: Unpack[ApplyKeywords],
    ) -> Photo: ...
    @overload
    def apply(
        self,
        image: bytes,
        *,
        output: None = None,
        channel_order: Order = "rgb",
        engine: Engine | None = None,
        progress: Progress | None = None,
        **keywords: Unpack[ApplyKeywords],
    ) -> bytes: ...
    @overload
    def apply(
        self,
        image: PILImage,
        *,
        output: None = None,
        channel_order: Order = "rgb",
        engine: Engine | None = None,
        progress: Progress | None = None,
        **keywords: Unpack[ApplyKeywords],
    ) -> PILImage: ...
    def apply(
        self,
        image: Image,
        *,
        output: PathLike | None = None,
        channel_order: Order = "rgb",
        engine: Engine | None = None,
        progress: Progress | None = None,
        **keywords: Unpack[ApplyKeywords],
    ) -> Any:
        """Gives a photo this look.

        Parameters
        ----------
        image : array, PIL.Image, path, bytes or Photo
            The photo: an array H×W×3 or 4, ``uint8``, ``uint16`` or ``float32`` in 0..1, of any strides.
        output : path, optional
            Where to write the result as well.
        channel_order : {"rgb", "bgr"}
            That of an array: ``"bgr"`` is OpenCV's.
        engine : Engine, optional
            Whose threads do it.
        progress : callable, optional
            Told how far it is.
        **keywords
            ``strength``, ``one``, ``keep``, ``format``, ``quality`` … of the program: ``relumine.keywords("apply")``.

        Returns
        -------
        array, PIL.Image, bytes or Photo
            What came in: an array for an array, of the same type and channels (grey becomes RGB), the bytes of a file in its own format for bytes, and
            a `Photo` for a path.

        Raises
        ------
        PhotoError, OptionsError, WriteError
        """
        given: dict[str, Any] = dict(keywords)
        photo, back = opened(image, words(reading(given)), engine, channel_order, "image")
        made = self._native.apply(live(engine), photo, self._name, words(given), progress)
        if output is not None:
            Photo(made, engine).save(output)
        return back(made)

    def lut(self, size: int = 33, *, region: str | None = None, strength: float = 1.0) -> Lut:
        """The look as a lookup table, which knows neither place nor region; ``relumine lut`` writes it for other programs.

        Parameters
        ----------
        size : int
            Points along each side, 2 to 144.
        region : str, optional
            The region whose grade it is, such as ``"sky"``; all of the photo where it is not given.
        strength : float
            How much of the look, 0..1.

        Raises
        ------
        OptionsError
            For what is out of range, and a region that is not there.
        """
        values, honesty = self._native.lut(live(self._engine), size, region, strength)
        return Lut(values, *(honesty or (None, None)))

    @property
    def regions(self) -> list[Region]:
        """Its regions with their grades; none of a lookup table."""
        return [Region(*region) for region in self._native.grades(live(self._engine))]

    @property
    def grades(self) -> dict[str, NDArray[np.float32]]:
        """The grade of each region by what it shows, levels×3×4; ``"all"`` where nothing was recognised, ``"sky (2)"`` of a second sky."""
        grades: dict[str, NDArray[np.float32]] = {}
        for region in self.regions:
            name, more = region.name or "all", 2
            while name in grades:
                name, more = f"{region.name or 'all'} ({more})", more + 1
            grades[name] = region.grade
        return grades

    @property
    def method(self) -> str:
        """The method that found it; ``"lut"`` of a lookup table, ``"edit"`` of what was learnt from an edit."""
        return self._native.method

    @property
    def options(self) -> dict[str, Any] | None:
        """The options that it was solved by."""
        told = self._native.options()
        return None if told is None else dict(json.loads(told))

    @property
    def report(self) -> dict[str, Any] | None:
        """What was done to find it: sizes, regions with their trust, seconds, losses, notices; ``None`` of a look from a file."""
        told = self._native.report()
        return None if told is None else dict(json.loads(told))

    def __reduce__(self) -> tuple[Any, tuple[bytes, str]]:
        return Look.from_bytes, (self._native.packed(live(self._engine)), self._name)

    def __repr__(self) -> str:
        names = self._native.names()
        return f"<relumine.Look {self._name!r} by {self.method}{': ' if names else ''}{'; '.join(names)}>"

    def _repr_html_(self) -> str:
        after, before, reference = self._native.pictures(live(self._engine))
        shown = []
        if after and before:
            shown.append(slider(before, after))
        elif after:
            shown.append(f'<img src="{data_uri(after)}" alt="The look on its photo">')
        if reference:
            shown.append(f'<img src="{data_uri(reference)}" alt="The reference">')
        rows = "".join(
            f"<tr><td>{html.escape(region.name or 'all')}</td><td>{region.share:.0%}</td><td>{_ramp(region.grade)}</td></tr>" for region in self.regions
        )
        table = f"<table><thead><tr><th>region</th><th>share</th><th>greys, and what becomes of them</th></tr></thead><tbody>{rows}</tbody></table>"
        pictures = f'<div style="display:flex;gap:12px;flex-wrap:wrap">{"".join(shown)}</div>'
        return f"<div><p><b>{html.escape(self._name)}</b> by {html.escape(self.method)}</p>{pictures}{table if rows else ''}</div>"

    def _repr_png_(self) -> bytes | None:
        after = self._native.pictures(live(self._engine))[0]
        if after is None:
            return None
        return _native.Photo.decode(live(self._engine), after, "look", []).small(live(self._engine), 720, "png")


def _ramp(grade: NDArray[np.float32]) -> str:
    """Greys from black to white, above what the grade makes of them."""
    levels = np.linspace(0.0, 1.0, len(grade), dtype=np.float32)
    colours = np.stack([levels, levels, levels, np.ones_like(levels)], axis=-1)
    made = np.einsum("lij,lj->li", grade, colours)
    bands = [np.repeat(levels[:, None], 3, axis=1), made]

    def gradient(band: NDArray[Any]) -> str:
        stops = ",".join(f"rgb({r},{g},{b})" for r, g, b in np.clip(band * 255, 0, 255).round().astype(int))
        return f'<div style="width:180px;height:9px;background:linear-gradient(90deg,{stops})"></div>'

    return "".join(gradient(band) for band in bands)
