"""How much of each pixel is foreground."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from relumine import _native
from relumine._engine import Engine, live
from relumine._errors import OptionsError
from relumine._images import Image, Order, opened, pixels
from relumine._keywords import MatteKeywords, reading, words
from relumine._progress import Progress

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Matte(NamedTuple):
    """A finished matte."""

    alpha: NDArray[np.float32]
    """H×W in 0..1; exactly 0 and 1 where the trimap says so."""
    foreground: NDArray[np.float32] | None
    """The foreground's own colours, H×W×3, sRGB-encoded in 0..1, where they were asked for."""


def matte(
    image: Image,
    trimap: Image,
    *,
    foreground: bool = False,
    channel_order: Order = "rgb",
    engine: Engine | None = None,
    progress: Progress | None = None,
    **keywords: Unpack[MatteKeywords],
) -> Matte:
    """Solves the matte of a photo by closed-form matting (Levin, Lischinski, Weiss 2008).

    Parameters
    ----------
    image : array, PIL.Image, path, bytes or Photo
        The photo.
    trimap : the same
        What is known of it: black is background, white foreground, grey unknown; H×W of 0 to 255 or of 0..1, or a picture of that.
    foreground : bool
        Whether the foreground's colours are wanted, for composites.
    channel_order : {"rgb", "bgr"}
        That of an array.
    engine : Engine, optional
        Whose threads do it.
    progress : callable, optional
        Told how far it is.
    **keywords
        ``epsilon``, ``tolerance``, ``iterations`` of the program: ``relumine.keywords("matte")``.

    Returns
    -------
    Matte

    Raises
    ------
    PhotoError, OptionsError

    Examples
    --------
    >>> import numpy as np, relumine
    >>> image = np.zeros((32, 48, 3), np.uint8); image[:, 24:] = 200
    >>> trimap = np.full((32, 48), 128, np.uint8); trimap[:, :16] = 0; trimap[:, 32:] = 255
    >>> relumine.matte(image, trimap).alpha[:, [0, 47]].mean(axis=0)
    array([0., 1.], dtype=float32)
    """
    given: dict[str, Any] = dict(keywords)
    photo, _ = opened(image, words(reading(given)), engine, channel_order, "image")
    alpha, colours = _native.matte(live(engine), photo, _levels(trimap, engine), foreground, words(given), progress)
    if colours is not None and channel_order == "bgr":
        colours = np.ascontiguousarray(colours[:, :, ::-1])
    return Matte(alpha, colours)


def _levels(trimap: Any, engine: Engine | None) -> NDArray[np.float32]:
    """A trimap as levels in 0..1, H×W."""
    array = pixels(trimap, engine)
    if array.ndim == 3:
        array = array[:, :, :3].mean(axis=2, dtype=np.float64).astype(array.dtype)
    if array.ndim != 2:
        raise OptionsError(f"a trimap of shape {array.shape} is none; it must be H×W")
    if array.dtype == np.bool_:
        array = array.astype(np.float32)
    elif array.dtype.kind in "ui":
        array = array / np.iinfo(array.dtype).max
    return np.ascontiguousarray(array, dtype=np.float32)
