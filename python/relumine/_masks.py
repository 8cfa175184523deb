"""Regions by hand: pictures of flat colours, or arrays of labels."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Union

import numpy as np
from numpy.typing import NDArray

from relumine import _native
from relumine._engine import Engine, live
from relumine._errors import OptionsError
from relumine._images import Image, pixels

if TYPE_CHECKING:
    from relumine._segment import Segmentation

    Mask = Union[Image, Segmentation]
else:
    Mask = Any

#: What `measure` tells regions by, in their order there.
NAMED = [
    (0, 0, 255),
    (0, 255, 0),
    (0, 0, 0),
    (255, 255, 255),
    (255, 0, 0),
    (255, 255, 0),
    (128, 128, 128),
    (0, 255, 255),
    (255, 0, 255),
]


def pair(masks: Any, engine: Engine | None) -> tuple[_native.Mask, _native.Mask]:
    """The masks of content and reference. Labels mean the same in both; regions of one colour in both are paired."""
    ours, theirs = _two(masks)
    if is_labels(ours) and is_labels(theirs):
        return _of_labels(labels(ours), labels(theirs))
    return _native_mask(ours, engine, "the content's mask"), _native_mask(theirs, engine, "the reference's mask")


def _two(masks: Any) -> tuple[Any, Any]:
    if isinstance(masks, (str, bytes)) or not hasattr(masks, "__len__") or len(masks) != 2:
        raise OptionsError("masks are 'auto', 'none', or two: the content's and the reference's")
    return masks[0], masks[1]


def is_labels(mask: Any) -> bool:
    """Whether it says of each pixel which region it is of, by a number."""
    from relumine._segment import Segmentation

    return isinstance(mask, Segmentation) or (isinstance(mask, np.ndarray) and mask.ndim == 2 and mask.dtype.kind in "uib")


def labels(mask: Any) -> NDArray[Any]:
    """The numbers."""
    from relumine._segment import Segmentation

    return mask.labels if isinstance(mask, Segmentation) else mask


def _of_labels(ours: NDArray[Any], theirs: NDArray[Any]) -> tuple[_native.Mask, _native.Mask]:
    known = np.union1d(np.unique(ours), np.unique(theirs))
    # Colours that differ, one a label, the same in both masks.
    palette = [(place % 4 * 85, place // 4 % 4 * 85, place // 16 % 4 * 85) for place in range(len(known))]

    def made(mask: NDArray[Any]) -> _native.Mask:
        return _native.Mask.of_labels(np.ascontiguousarray(np.searchsorted(known, mask), dtype=np.uint16), palette)

    if len(known) > 64:
        raise OptionsError(f"masks have at most 64 regions, not {len(known)}")
    return made(ours), made(theirs)


def _native_mask(mask: Any, engine: Engine | None, name: str) -> _native.Mask:
    if is_labels(mask):
        raise OptionsError("one mask is of labels and the other of colours; give both of one kind")
    if isinstance(mask, (str, os.PathLike)):
        return _native.Mask.open(live(engine), os.fspath(mask), [])
    return _native.Mask.of_picture(live(engine), picture(mask, engine), name)


def picture(mask: Any, engine: Engine | None) -> NDArray[np.uint8]:
    """A mask as its colours, H×W×3."""
    array = pixels(mask, engine)
    if array.dtype != np.uint8 or array.ndim not in (2, 3):
        raise OptionsError(f"a mask is H×W of labels, or H×W×3 of uint8, not {array.shape} of {array.dtype}")
    if array.ndim == 2:
        array = np.repeat(array[:, :, None], 3, axis=2)
    return np.ascontiguousarray(array[:, :, :3])


def pictures(masks: Any, engine: Engine | None) -> list[NDArray[np.uint8]]:
    """Both masks in the colours that `measure` tells regions by."""
    ours, theirs = _two(masks)
    if not (is_labels(ours) and is_labels(theirs)):
        return [picture(mask, engine) for mask in (ours, theirs)]
    both = [labels(ours), labels(theirs)]
    known = np.union1d(np.unique(both[0]), np.unique(both[1]))
    if len(known) > len(NAMED):
        raise OptionsError(f"results are measured by at most {len(NAMED)} regions, not {len(known)}")
    palette = np.array(NAMED, np.uint8)
    return [palette[np.searchsorted(known, mask)] for mask in both]
