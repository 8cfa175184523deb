"""How good a result is, by numbers."""

from __future__ import annotations

from typing import Any

from relumine import _masks, _native
from relumine._engine import Engine, live
from relumine._images import Image, Order, opened
from relumine._keywords import PathLike
from relumine._progress import Progress


def measure(
    result: Image,
    content: Image,
    reference: Image,
    *,
    masks: Any = None,
    network: PathLike | None = None,
    size: int = 512,
    channel_order: Order = "rgb",
    engine: Engine | None = None,
    progress: Progress | None = None,
) -> dict[str, float]:
    """Measures a result as ``relumine eval`` does: how near it is to the reference's look, and how much of a photograph is left.

    Parameters
    ----------
    result, content, reference : array, PIL.Image, path, bytes or Photo
        What was made, of which photo, after which.
    masks : pair, optional
        Masks of content and reference, by whose regions it is measured: arrays of labels, or pictures in blue, green, black, white, red, yellow,
        grey, cyan and magenta; all of the photo is one region where they are not given.
    network : path, optional
        Weights of VGG-19, or ``"vgg19"`` for those of ``relumine weights fetch vgg19``: ``style`` is measured by it.
    size : int
        Long side, in pixels, at which it is measured; 512 for figures that compare.
    channel_order : {"rgb", "bgr"}
        That of arrays.
    engine : Engine, optional
        Whose threads do it.
    progress : callable, optional
        Told how far it is.

    Returns
    -------
    dict of str to float
        ``style`` (with a network), ``swd``, ``edge``, ``lap``, ``clip``, ``lost``, ``inverted``, ``blotch_l``, ``blotch_ab``, ``stray``; of
        ``edge`` more is better, of the others less.

    Raises
    ------
    PhotoError, OptionsError, WeightsError

    Examples
    --------
    >>> import relumine
    >>> day, dusk = "examples/photos/day.jpg", "examples/photos/dusk.jpg"
    >>> relumine.measure(day, day, dusk)["edge"]
    1.0
    """
    ours, of, after = [
        opened(image, [], engine, channel_order, name)[0]
        for image, name in ((result, "result"), (content, "content"), (reference, "reference"))
    ]
    pictures = None
    if masks is not None:
        names = ("the content's mask", "the reference's mask")
        both = zip(_masks.pictures(masks, engine), names)
        content_mask, reference_mask = (_native.Photo.of_array(live(engine), picture, name, []) for picture, name in both)
        pictures = (content_mask, reference_mask)
    return dict(_native.measure(live(engine), ours, of, after, pictures, network, size, progress))
