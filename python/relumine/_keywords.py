"""Keywords, which are the program's options: their types, and their way to its parser."""

from __future__ import annotations

import json
import numbers
import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypedDict, Union

from relumine import _native
from relumine._errors import RelumineWarning

if TYPE_CHECKING:
    PathLike = Union[str, os.PathLike[str]]
else:
    PathLike = Union[str, os.PathLike]

Method = Literal["look", "transport", "grade", "deep-photo", "neural"]
Space = Literal["srgb", "linear", "display-p3", "adobe-rgb", "prophoto", "rec2020", "slog3", "logc3", "vlog"]
OutputSpace = Literal["srgb", "display-p3"]
Format = Literal["jpg", "png", "tif", "webp", "exr"]
Strength = Union[float, Mapping[str, float], Sequence[Union[float, Mapping[str, float]]]]


class EncodeKeywords(TypedDict, total=False):
    """How files of photos are read and written."""

    quality: int
    subsampling: Literal["4:4:4", "4:2:2", "4:2:0"]
    progressive: bool
    background_colour: str
    strip_metadata: bool
    strip_gps: bool
    max_megapixels: int
    max_bytes: int
    developer: str | None
    input_space: Space | None
    output_space: OutputSpace | None


class FileKeywords(EncodeKeywords, total=False):
    """The same, and in which format."""

    format: Format | None


class ControlKeywords(FileKeywords, total=False):
    """What a photographer steers."""

    keep: Literal["luminance", "colour", "none"] | None
    keep_exposure: bool
    map: Mapping[str, str] | None


class ApplyKeywords(ControlKeywords, total=False):
    """Of ``Look.apply``."""

    strength: Strength
    one: bool


class RecogniseKeywords(TypedDict, total=False):
    """How it is recognised what a photo shows."""

    refine: Literal["dense", "none", "robust-pn", "mcmc"]
    merge: PathLike | None
    segmenter: PathLike | None


class SegmentKeywords(FileKeywords, RecogniseKeywords, total=False):
    """Of ``segment``."""


class MatteKeywords(FileKeywords, total=False):
    """Of ``matte``."""

    epsilon: float
    tolerance: float
    iterations: int


class SolveKeywords(ControlKeywords, RecogniseKeywords, total=False):
    """Of ``transfer`` and ``solve``, beside method, masks and strength."""

    edges: Literal["soft", "matte"]
    unpaired: Literal["global", "keep"]
    ground: Literal["keep", "free"]
    skin: Literal["protect", "free"]
    pair: Mapping[str, str]
    leave: Sequence[str]
    reference_space: Space | None
    network: PathLike | None
    size: int | None
    schedule: Literal["coarse-to-fine", "paper"] | None
    iterations: int | None
    seed: int | None
    content_weight: float | None
    style_weight: float | None
    colour_weight: float | None
    photorealism_weight: float | None
    structure_weight: float | None
    local: float | None
    contrast_weight: float | None
    smoothness_weight: float | None
    tv_weight: float | None
    gamut_weight: float | None
    content_layers: Sequence[str] | None
    style_layers: Sequence[str] | None


class Keyword(NamedTuple):
    """What a keyword is."""

    name: str
    help: str
    default: str | None
    choices: tuple[str, ...]


def keywords(call: Literal["transfer", "apply", "segment", "matte"]) -> list[Keyword]:
    """The keywords of a function, as the program describes its options.

    Parameters
    ----------
    call : {"transfer", "apply", "segment", "matte"}
        The function; ``solve`` has those of ``transfer``.

    Returns
    -------
    list of Keyword
        Each with its name, what it is, its default (``None``: the method's own, or nothing), and its values where they are so many.

    Examples
    --------
    >>> import relumine
    >>> [keyword.default for keyword in relumine.keywords("transfer") if keyword.name == "skin"]
    ['protect']
    """
    known = json.loads(_native.keywords(call))
    return [Keyword(one["name"], one["help"], one["default"], tuple(one["choices"])) for one in known]


def words(given: Mapping[str, Any]) -> list[str]:
    """Keywords as words of a command line; those that are ``None`` are left out."""
    return [word for name, value in given.items() for word in _words(name.replace("_", "-"), value)]


def reading(given: Mapping[str, Any]) -> dict[str, Any]:
    """Of keywords, those that say how a photo is read."""
    return {name: given[name] for name in ("input_space", "max_megapixels", "max_bytes", "developer") if name in given}


def _words(flag: str, value: Any) -> Iterable[str]:
    if value is None:
        return
    if isinstance(value, bool):
        # What is off is not said, but where it is on or off by a value.
        if value:
            yield f"--{flag}"
        elif flag == "keep-exposure":
            yield f"--{flag}=false"
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield f"--{flag}={key}={_text(one)}"
    elif isinstance(value, (str, os.PathLike, numbers.Number)):
        yield f"--{flag}={_text(value)}"
    elif isinstance(value, Iterable):
        for one in value:
            yield from _words(flag, one)
    else:
        raise TypeError(f"{flag.replace('-', '_')} cannot be a {type(value).__name__}")


def _text(value: Any) -> str:
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, numbers.Real):
        return repr(float(value))
    return str(os.fspath(value))


def warn_unused(given: list[str], method: str, depth: int) -> None:
    """Warns of keywords that the method makes no use of."""
    unused = _native.unused(given)
    if unused:
        warnings.warn(f"{method} makes no use of {', '.join(unused)}", RelumineWarning, stacklevel=depth + 1)
