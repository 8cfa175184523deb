"""From a photo and its references to the photo in their look, or to the look."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Union

from relumine import _masks, _native
from relumine._engine import Engine, live
from relumine._errors import OptionsError
from relumine._images import Back, Image, Order, opened
from relumine._keywords import Method, PathLike, SolveKeywords, Strength, reading, warn_unused, words
from relumine._look import Look
from relumine._photo import Photo
from relumine._progress import Progress

if TYPE_CHECKING:
    from typing_extensions import Unpack

    Masks = Union[Literal["auto", "none"], tuple[_masks.Mask, _masks.Mask], None]
else:
    Masks = Any

_log = logging.getLogger("relumine")


class Analysis:
    """What is known of a photo, for every pair that it is in: a reference is looked at once for any number of photos.

    `analyse` makes it; it stands for its image wherever that can be given.
    """

    def __init__(self, native: _native.Analysis, back: Back) -> None:
        self._native = native
        self._back = back

    @property
    def photo(self) -> Photo:
        """The photo."""
        return Photo(self._native.photo)


@dataclass(frozen=True)
class Reference:
    """One of several photos whose look it is to get.

    Attributes
    ----------
    image : array, PIL.Image, path, bytes, Photo or Analysis
        The photo.
    weight : float
        Its weight among the others, at least 0.
    region : str, optional
        The region of the photo that takes this look, such as ``"sky"``; all that has no reference of its own where it is not given.
    """

    image: Any
    weight: float = 1.0
    region: str | None = None


def analyse(
    image: Image, *, input_space: str | None = None, channel_order: Order = "rgb", engine: Engine | None = None
) -> Analysis:
    """Begins to know a photo; everything about it is found out when it is first needed, and then kept.

    Parameters
    ----------
    image : array, PIL.Image, path, bytes or Photo
        The photo.
    input_space : str, optional
        Its colour space, where it does not say; sRGB where that is not given.
    channel_order : {"rgb", "bgr"}
        That of an array.
    engine : Engine, optional
        Whose threads do it.

    Examples
    --------
    >>> import relumine
    >>> dusk = relumine.analyse("examples/photos/dusk.jpg")
    >>> [relumine.transfer(f"examples/photos/{name}.jpg", dusk, method="grade").width for name in ("day", "autumn")]
    [1200, 1200]
    """
    photo, back = opened(image, words({"input_space": input_space}), engine, channel_order, "image")
    return Analysis(_native.Analysis(live(engine), photo), back)


def transfer(
    content: Image | Analysis,
    reference: Any,
    *,
    masks: Masks = None,
    method: Method = "look",
    strength: Strength = 1.0,
    output: PathLike | None = None,
    channel_order: Order = "rgb",
    engine: Engine | None = None,
    progress: Progress | None = None,
    **keywords: Unpack[SolveKeywords],
) -> Any:
    """Gives a photo the look of another, and keeps it a photograph: what ``relumine transfer`` does.

    Parameters
    ----------
    content : array, PIL.Image, path, bytes, Photo or Analysis
        The photo to change. An array is H×W×3 or 4 (H×W grey), ``uint8``, ``uint16`` or ``float32`` in 0..1, of any strides; a tensor of torch
        or JAX is taken like one, channels last.
    reference : the same, Reference, or a list of these
        The photo whose look it is to get; or several, each with its weight, or of one region.
    masks : {"auto", "none"} or a pair
        Regions: what is recognised in both photos (the default), none, or masks of content and reference: H×W arrays of labels that mean the same in
        both, a `Segmentation` each, or pictures of flat colours.
    method : {"look", "grade", "transport", "deep-photo", "neural"}
        How it is found. The last two need VGG-19: ``network="vgg19"``, after ``relumine weights fetch vgg19``.
    strength : float or mapping
        How much of the look, 0..1; of a region by its name: ``{"sky": 0.5}``; or both in a list.
    output : path, optional
        Where to write the result as well.
    channel_order : {"rgb", "bgr"}
        That of arrays: ``"bgr"`` is OpenCV's.
    engine : Engine, optional
        Whose threads do it.
    progress : callable, optional
        ``progress(stage, done, total, loss)``, on the thread that does the work. What it raises stops the work.
    **keywords
        Any other option of the program, by the same name: ``skin="free"``, ``local=0.2``, ``keep="luminance"``, ``quality=95`` …
        ``relumine.keywords("transfer")`` lists them.

    Returns
    -------
    array, PIL.Image, bytes, Photo
        What came in as content: an array for an array, of the same type (grey becomes RGB), a PIL image for one, the bytes of a file in the same
        format for bytes, and a `Photo` for a path, which `Photo.save` writes as the program would, byte for byte.

    Raises
    ------
    OptionsError
        For keywords that are out of range, unknown, or contradict each other (also a ``ValueError``).
    PhotoError
        For images and masks that cannot be used (also an ``OSError``).
    WeightsError, MachineError, MemoryLimitError, WriteError
    KeyboardInterrupt
        Within a tenth of a second.

    Warns
    -----
    RelumineWarning
        For keywords that the method makes no use of.

    Examples
    --------
    >>> import relumine
    >>> result = relumine.transfer("examples/photos/day.jpg", "examples/photos/dusk.jpg", method="grade", strength=0.8)
    >>> result.save("day-at-dusk.jpg", quality=92)  # doctest: +SKIP

    Of arrays:

    >>> import numpy as np
    >>> photo = np.asarray(relumine.Photo.open("examples/photos/day.jpg"))
    >>> relumine.transfer(photo, "examples/photos/dusk.jpg", method="grade").dtype
    dtype('uint8')
    """
    pair = _Pair(content, reference, masks, {"method": method, "strength": strength, **keywords}, channel_order, engine)
    photo, look = _native.transfer(live(engine), pair.content, pair.references, pair.masks, pair.words, progress)
    if look is not None:
        _tell(look)
    if output is not None:
        Photo(photo, engine).save(output)
    return pair.back(photo)


def solve(
    content: Image | Analysis,
    reference: Any,
    *,
    masks: Masks = None,
    method: Method = "look",
    strength: Strength = 1.0,
    channel_order: Order = "rgb",
    engine: Engine | None = None,
    progress: Progress | None = None,
    **keywords: Unpack[SolveKeywords],
) -> Look:
    """Finds the look of a reference for a photo, to be applied as often as one likes, saved, or taken apart.

    Parameters are those of `transfer`; the strength, and what else is steered of how a look is applied, is what `Look.apply` does unless it is told
    otherwise.

    Returns
    -------
    Look

    Raises
    ------
    OptionsError, PhotoError, WeightsError, MachineError, MemoryLimitError, KeyboardInterrupt
        As `transfer`.

    Examples
    --------
    >>> import relumine
    >>> look = relumine.solve("examples/photos/day.jpg", "examples/photos/dusk.jpg", method="grade")
    >>> look.lut(17).values.shape
    (17, 17, 17, 3)
    """
    pair = _Pair(content, reference, masks, {"method": method, "strength": strength, **keywords}, channel_order, engine)
    look = _native.solve(live(engine), pair.content, pair.references, pair.masks, pair.words, progress)
    _tell(look)
    return Look(look, pair.name, engine)


class _Pair:
    """A photo and its references as native values, and the way back to what the photo was."""

    def __init__(
        self, content: Any, reference: Any, masks: Any, given: dict[str, Any], order: Order, engine: Engine | None
    ) -> None:
        native = live(engine)
        if isinstance(masks, str) or masks is None:
            given["masks"] = masks
        self.words = words(given)
        # What is wrong with keywords is said before any photo is read.
        warn_unused(self.words, str(given["method"]), depth=3)
        self.masks = None if isinstance(masks, str) or masks is None else _masks.pair(masks, engine)
        references = _references(reference)

        def analysed(image: Any, space: Any, name: str, once: bool) -> tuple[_native.Analysis, Back]:
            if isinstance(image, Analysis):
                return image._native, image._back
            photo, back = opened(image, words({**reading(given), "input_space": space}), engine, order, name)
            return _native.Analysis(native, photo, once), back

        self.content, self.back = analysed(content, given.get("input_space"), "content", len(references) == 1)
        self.references = [
            (analysed(one.image, given.get("reference_space"), "reference", True)[0], float(one.weight), one.region)
            for one in references
        ]
        self.name = Path(self.references[0][0].photo.path).stem


def _references(given: Any) -> list[Reference]:
    listed = given if isinstance(given, (list, tuple)) else [given]
    if not listed:
        raise OptionsError("there is no reference; give a photo whose look it is to get")
    return [one if isinstance(one, Reference) else Reference(one) for one in listed]


def _tell(look: _native.Look) -> None:
    """Tells who listens what was noticed on the way."""
    for notice in look.notices():
        _log.info("%s", notice)
