"""Photorealistic style transfer: your photo in the look of another, still a photograph.

>>> import relumine
>>> result = relumine.transfer("examples/photos/day.jpg", "examples/photos/dusk.jpg", method="grade")
>>> result.save("day-at-dusk.jpg")  # doctest: +SKIP

`transfer` does it all in one call. `solve` gives the `Look`, to be applied to more photos, saved, and taken apart. `analyse` keeps what is known of
a photo that is in many pairs. `segment`, `matte` and `measure` are what it stands on. Keywords are the options of the program ``relumine``, which is
in the package too; `keywords` lists them.

Images are numpy arrays, PIL images, paths, the bytes of files, or `Photo`: what comes in decides what comes out. The logger ``relumine`` tells what
is noticed on the way.
"""

from relumine._compare import Comparison, compare
from relumine._engine import Engine
from relumine._errors import (
    Cancelled,
    LookError,
    MachineError,
    MemoryLimitError,
    OptionsError,
    PhotoError,
    RelumineError,
    RelumineWarning,
    WeightsError,
    WriteError,
)
from relumine._keywords import Keyword, keywords
from relumine._look import Look, Lut, Region
from relumine._matte import Matte, matte
from relumine._measure import measure
from relumine._native import __version__
from relumine._photo import Photo
from relumine._segment import Segmentation, segment
from relumine._transfer import Analysis, Reference, analyse, solve, transfer

__all__ = [
    "Analysis",
    "Cancelled",
    "Comparison",
    "Engine",
    "Keyword",
    "Look",
    "LookError",
    "Lut",
    "MachineError",
    "Matte",
    "MemoryLimitError",
    "OptionsError",
    "Photo",
    "PhotoError",
    "Reference",
    "Region",
    "RelumineError",
    "RelumineWarning",
    "Segmentation",
    "WeightsError",
    "WriteError",
    "__version__",
    "analyse",
    "compare",
    "keywords",
    "matte",
    "measure",
    "segment",
    "solve",
    "transfer",
]
