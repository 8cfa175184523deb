"""A photo with all that is needed to write it as the file it came from."""

from __future__ import annotations

import base64
import json
import logging
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from relumine import _native
from relumine._engine import Engine, live
from relumine._errors import RelumineWarning
from relumine._keywords import EncodeKeywords, FileKeywords, Format, PathLike, words
from relumine._progress import Progress

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage
    from typing_extensions import Unpack

_log = logging.getLogger("relumine")

#: Long side, in pixels, of what notebooks show.
SHOWN = 720


class Photo:
    """A photo: its pixels, colour profile and metadata, as its file had them.

    Photos come from files (`Photo.open`), and out of functions that were given a file. They are written by `save` with what a photographer expects
    of a file: profile, EXIF, XMP and IPTC are kept, and what was done is noted. ``numpy.asarray(photo)`` is its samples.

    Attributes
    ----------
    width, height : int
        Pixels, upright.
    path : pathlib.Path
        The file that it came from, or what stands for it in messages.
    notices : list of str
        What its owner should know, such as metadata that were set aside.
    """

    def __init__(self, native: _native.Photo, engine: Engine | None = None) -> None:
        self._native = native
        self._engine = engine

    @staticmethod
    def open(
        source: PathLike | bytes, *, engine: Engine | None = None, progress: Progress | None = None, **keywords: Unpack[FileKeywords]
    ) -> Photo:
        """Reads a JPEG, PNG, TIFF, WebP, JPEG XL or OpenEXR file, or the camera's own preview in a RAW file.

        Parameters
        ----------
        source : path or bytes
            The file, or what is in it.
        engine : Engine, optional
            Whose threads do it.
        progress : callable, optional
            Told how far it is: ``progress(stage, done, total, loss)``.
        **keywords
            ``input_space``, ``max_megapixels``, ``max_bytes``, ``developer`` of the program.

        Raises
        ------
        PhotoError
            If it cannot be read, is damaged, too large, or of another kind.

        Examples
        --------
        >>> import relumine
        >>> relumine.Photo.open("examples/photos/day.jpg")
        <relumine.Photo examples/photos/day.jpg 1200×800>
        """
        given = words(keywords)
        if isinstance(source, (bytes, bytearray, memoryview)):
            native = _native.Photo.decode(live(engine), bytes(source), "bytes", given)
        else:
            native = _native.Photo.open(live(engine), os.fspath(source), given, progress)
        for notice in native.notices:
            _log.info("%s: %s", native.path, notice)
        return Photo(native, engine)

    @property
    def width(self) -> int:
        return self._native.width

    @property
    def height(self) -> int:
        return self._native.height

    @property
    def path(self) -> Path:
        return Path(self._native.path)

    @property
    def notices(self) -> list[str]:
        return self._native.notices

    @property
    def info(self) -> dict[str, Any]:
        """What its file is, as ``relumine info --json`` says: format, depth, colour space, kinds of metadata."""
        described: dict[str, Any] = json.loads(self._native.describe())
        return described

    def to_numpy(self) -> NDArray[Any]:
        """Its samples, H×W×3 or 4 (H×W of a grey file), as a file without loss would hold them: ``uint8``, ``uint16`` or ``float32``."""
        array: NDArray[Any] = self._native.array(live(self._engine))
        return array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        array = self.to_numpy()
        return array if dtype is None else array.astype(dtype)

    def to_pil(self) -> PILImage:
        """It as a PIL image with its profile; 16 bits and floating-point numbers, which PIL has no colours of, become 8 bits."""
        import io

        from PIL import Image

        data = self.encode("png", strip_metadata=True)
        image = Image.open(io.BytesIO(data))
        image.load()
        return image

    def save(
        self, path: PathLike, *, engine: Engine | None = None, progress: Progress | None = None, **keywords: Unpack[FileKeywords]
    ) -> None:
        """Writes it; the extension chooses the format. The file is there whole, or not at all.

        Parameters
        ----------
        path : path
            The file, which is replaced where there is one.
        **keywords
            ``quality``, ``subsampling``, ``strip_metadata`` … of the program; those of the call that made it, where none is given.

        Raises
        ------
        WriteError
            If it cannot be written.
        OptionsError
            For an extension that says no format.

        Warns
        -----
        RelumineWarning
            Of what the format cannot hold.
        """
        given = words(keywords)
        _warn(self._native.save(live(engine or self._engine), os.fspath(path), given, progress), os.fspath(path))

    def encode(
        self,
        format: Format | None = None,
        *,
        engine: Engine | None = None,
        progress: Progress | None = None,
        **keywords: Unpack[EncodeKeywords],
    ) -> bytes:
        """The bytes of a file: of this format, such as ``"jpg"``, or of the one that it came in.

        Raises and warns as `save`.
        """
        data, losses = self._native.encode(live(engine or self._engine), format, words(keywords), progress)
        _warn(losses, f"a {format} file" if format else "the file")
        return data

    def _small(self, long: int, format: str) -> bytes:
        return self._native.small(live(self._engine), long, format)

    def _repr_png_(self) -> bytes:
        return self._small(SHOWN, "png")

    def __repr__(self) -> str:
        return f"<relumine.Photo {self.path} {self.width}×{self.height}>"


def data_uri(jpeg: bytes) -> str:
    """A JPEG as an address of itself."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"


def _warn(losses: list[str], where: str) -> None:
    for loss in losses:
        warnings.warn(f"{where}: {loss}", RelumineWarning, stacklevel=3)
