"""What a photo shows where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from relumine import _native
from relumine._engine import Engine, live
from relumine._images import Image, Order, opened
from relumine._keywords import SegmentKeywords, reading, words
from relumine._progress import Progress

if TYPE_CHECKING:
    from typing_extensions import Unpack


@dataclass(frozen=True)
class Segmentation:
    """What was recognised in a photo.

    Attributes
    ----------
    labels : numpy.ndarray
        H×W of ``uint8``: for each pixel the place of its group in `names`.
    names : tuple of str
        The groups, such as ``"sky"`` or ``"person"``.
    colours : tuple of tuple of int
        The colour of each group in masks, red, green and blue in 0..255.
    """

    labels: NDArray[np.uint8]
    names: tuple[str, ...]
    colours: tuple[tuple[int, int, int], ...]

    @property
    def shares(self) -> dict[str, float]:
        """The share of the photo of each group that is there, the largest first."""
        counts = np.bincount(self.labels.ravel(), minlength=len(self.names)) / self.labels.size
        order = np.argsort(-counts, kind="stable")
        return {self.names[place]: float(counts[place]) for place in order if counts[place] > 0}

    def mask(self, name: str) -> NDArray[np.bool_]:
        """Where a group is, H×W."""
        from relumine._errors import OptionsError

        if name not in self.names:
            raise OptionsError(f"there is no group {name!r}; there are {', '.join(self.names)}")
        found: NDArray[np.bool_] = self.labels == self.names.index(name)
        return found

    def picture(self) -> NDArray[np.uint8]:
        """Each pixel in the colour of its group, H×W×3: a mask, as `relumine segment` writes it."""
        return np.array(self.colours, np.uint8)[self.labels]

    def _repr_png_(self) -> bytes:
        photo = _native.Photo.of_array(live(None), self.picture(), "regions", [])
        return photo.small(live(None), 720, "png")

    def __repr__(self) -> str:
        shown = ", ".join(f"{name} {share:.0%}" for name, share in self.shares.items() if share >= 0.01)
        return f"<relumine.Segmentation {self.labels.shape[1]}×{self.labels.shape[0]}: {shown}>"


def segment(
    image: Image,
    *,
    channel_order: Order = "rgb",
    engine: Engine | None = None,
    progress: Progress | None = None,
    **keywords: Unpack[SegmentKeywords],
) -> Segmentation:
    """Recognises what a photo shows where: sky, water, building, person …

    Parameters
    ----------
    image : array, PIL.Image, path, bytes or Photo
        The photo; an array is H×W×3 or 4, ``uint8``, ``uint16`` or ``float32`` in 0..1.
    channel_order : {"rgb", "bgr"}
        That of an array.
    engine : Engine, optional
        Whose threads do it.
    progress : callable, optional
        Told how far it is.
    **keywords
        ``refine``, ``merge``, ``segmenter`` of the program: ``relumine.keywords("segment")``.

    Returns
    -------
    Segmentation
        Labels in the photo's size, and what they mean.

    Raises
    ------
    PhotoError, OptionsError, WeightsError

    Examples
    --------
    >>> import relumine
    >>> regions = relumine.segment("examples/photos/day.jpg")
    >>> regions.mask("sky").shape
    (800, 1200)
    """
    given: dict[str, Any] = dict(keywords)
    photo, _ = opened(image, words(reading(given)), engine, channel_order, "image")
    labels, groups = _native.segment(live(engine), photo, words(given), progress)
    return Segmentation(labels, tuple(name for name, _ in groups), tuple((r, g, b) for _, (r, g, b) in groups))
