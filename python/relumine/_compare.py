"""Before and after, by a slider that needs nothing but the page it is on."""

from __future__ import annotations

from typing import Any

from relumine import _native
from relumine._engine import Engine, live
from relumine._images import Image, opened
from relumine._photo import SHOWN, data_uri

# The upper picture is cut off where the slider stands.
_PAGE = """<div style="position:relative;display:inline-block;max-width:100%;line-height:0">
<img src="{before}" alt="before" style="display:block;max-width:100%">
<img src="{after}" alt="after" style="position:absolute;left:0;top:0;width:100%;height:100%;clip-path:inset(0 0 0 50%)">
<input type="range" min="0" max="100" value="50" aria-label="before and after" style="position:absolute;left:0;bottom:6px;width:100%;margin:0"
 oninput="this.previousElementSibling.style.clipPath='inset(0 0 0 '+this.value+'%)'">
</div>"""


def slider(before: bytes, after: bytes) -> str:
    """Two JPEGs of one size, one over the other."""
    return _PAGE.format(before=data_uri(before), after=data_uri(after))


class Comparison:
    """Two images, which a notebook shows one over the other with a slider between them."""

    def __init__(self, before: bytes, after: bytes) -> None:
        self._before = before
        self._after = after

    def _repr_html_(self) -> str:
        return slider(self._before, self._after)


def compare(before: Image, after: Image, *, width: int = SHOWN, engine: Engine | None = None) -> Comparison:
    """Shows two images of one size, such as a photo and what became of it, with a slider between them.

    Parameters
    ----------
    before, after : array, PIL.Image, path, bytes or Photo
        The images.
    width : int
        Long side of what is shown, in pixels.
    engine : Engine, optional
        Whose threads do it.

    Returns
    -------
    Comparison
        What a notebook shows as the value of a cell.
    """

    def small(image: Any) -> bytes:
        photo: _native.Photo = opened(image, [], engine, "rgb", "image")[0]
        return photo.small(live(engine), width, "jpg")

    return Comparison(small(before), small(after))
