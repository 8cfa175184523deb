"""Images as Python has them, on their way to photos and back: what comes in decides what comes out."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Union

import numpy as np
from numpy.typing import NDArray

from relumine import _native
from relumine._engine import Engine, live
from relumine._errors import OptionsError
from relumine._keywords import PathLike
from relumine._photo import Photo

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage

    Image = Union[NDArray[Any], PILImage, PathLike, bytes, Photo]
else:
    Image = Any

#: The order of an array's channels: that of OpenCV is ``"bgr"``.
Order = Literal["rgb", "bgr"]

#: Makes an image of the kind that came in of a photo.
Back = Callable[[_native.Photo], Any]

#: What PIL's modes of whole numbers are as arrays.
_PIL_MODES = {"L": None, "LA": None, "RGB": None, "RGBA": None, "I;16": None, "1": "L", "RGBX": "RGB"}


def opened(image: Any, given: list[str], engine: Engine | None, order: Order, name: str) -> tuple[_native.Photo, Back]:
    """The photo of an image, and the way back.

    Parameters
    ----------
    image
        An array, a PIL image, a path, the bytes of a file, a `Photo`, or what has ``__dlpack__`` or ``__array__``.
    given
        Words of the program's options of files.
    order
        That of an array's channels.
    name
        What stands for it in messages.
    """
    if order not in ("rgb", "bgr"):
        raise OptionsError(f"channel_order is {order!r}, but must be 'rgb' or 'bgr'")
    native = live(engine)
    if isinstance(image, Photo):
        return image._native, lambda photo: Photo(photo, engine)
    if isinstance(image, (str, os.PathLike)):
        path = os.fspath(image)
        return _native.Photo.open(native, path, given), lambda photo: Photo(photo, engine)
    if isinstance(image, (bytes, bytearray, memoryview)):
        photo = _native.Photo.decode(native, bytes(image), name, given)
        return photo, lambda photo: photo.encode(live(engine), None, [])[0]
    if _is_pil(image):
        return _of_pil(image, given, engine, name)
    array, back = _array(image)
    if array.ndim == 3 and order == "bgr":
        array = _turned(array)
    # An array of Fortran's order, or a part of another, is copied here; others are taken as they are.
    own = np.ascontiguousarray(array)
    photo = _native.Photo.of_array(native, own, name, given)
    is_within = own.dtype == np.float32 and own.size > 0 and 0.0 <= own.min() and own.max() <= 1.0

    def restored(photo: _native.Photo) -> Any:
        made = photo.array(live(engine))
        if is_within:
            np.clip(made, 0.0, 1.0, out=made)
        if made.ndim == 3 and order == "bgr":
            made = np.ascontiguousarray(_turned(made))
        return back(made)

    return photo, restored


def _turned(array: NDArray[Any]) -> NDArray[Any]:
    """Blue, green, red to red, green, blue, and back; alpha stays the last."""
    channels = array.shape[2]
    if channels < 3:
        return array
    return array[:, :, [2, 1, 0, *range(3, channels)]]


def _array(image: Any) -> tuple[NDArray[Any], Callable[[NDArray[Any]], Any]]:
    """The array of an image of numpy or of another library, and the way back to that."""
    array: NDArray[Any]
    back: Callable[[NDArray[Any]], Any]
    array, back = (image, _same) if isinstance(image, np.ndarray) else _of_others(image)
    if array.dtype in (np.float64, np.float16):
        kind = array.dtype
        own = back
        return array.astype(np.float32), lambda made: own(made.astype(kind))
    if array.dtype == np.bool_ or array.dtype.kind not in "uf" or array.dtype not in (np.uint8, np.uint16, np.float32):
        raise TypeError(f"an image of {array.dtype} is none; it must be uint8, uint16, or floating-point numbers in 0..1")
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 2, 3, 4)):
        hint = ""
        if array.ndim == 3 and array.shape[0] in (1, 3, 4):
            hint = "; channels come last here: numpy.moveaxis(image, 0, -1)"
        elif array.ndim == 4:
            hint = "; of a batch, give one at a time"
        raise OptionsError(f"an array of shape {array.shape} is no image; it must be H×W, or H×W×C with 1 to 4 channels{hint}")
    return array, back


def _same(made: NDArray[Any]) -> NDArray[Any]:
    return made


def _of_others(image: Any) -> tuple[NDArray[Any], Callable[[NDArray[Any]], Any]]:
    root = type(image).__module__.partition(".")[0]
    if root == "torch":
        torch = sys.modules["torch"]
        device = image.device
        array = np.from_dlpack(image.detach().cpu().contiguous())
        return array, lambda made: torch.from_numpy(made).to(device)
    if root in ("jax", "jaxlib"):
        jax_numpy = sys.modules["jax"].numpy
        return np.asarray(image), lambda made: jax_numpy.asarray(made)
    if hasattr(image, "__array__"):
        return np.asarray(image), _same
    if hasattr(image, "__dlpack__"):
        return np.from_dlpack(image), _same
    raise TypeError(
        f"{type(image).__name__} is no image; it must be a numpy array, a PIL image, a path, the bytes of a file, a Photo, or a tensor"
    )


def _is_pil(image: Any) -> bool:
    # Nobody has an image of a library that nobody imported.
    pil = sys.modules.get("PIL.Image")
    return pil is not None and isinstance(image, pil.Image)


def _of_pil(image: PILImage, given: list[str], engine: Engine | None, name: str) -> tuple[_native.Photo, Back]:
    from PIL import Image as pil

    own = image
    if image.mode in ("P", "PA"):
        image = image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB")
    elif image.mode not in _PIL_MODES:
        raise OptionsError(f"a PIL image of mode {image.mode} is not taken; convert it: image.convert('RGB')")
    elif mode := _PIL_MODES[image.mode]:
        image = image.convert(mode)
    native, profile = live(engine), image.info.get("icc_profile")
    if profile:
        # Its colours are those of its profile, as in a file.
        file = io.BytesIO()
        image.save(file, "TIFF", icc_profile=profile)
        photo = _native.Photo.decode(native, file.getvalue(), name, given)
    else:
        photo = _native.Photo.of_array(native, np.ascontiguousarray(image), name, given)

    def restored(photo: _native.Photo) -> PILImage:
        made = pil.fromarray(photo.array(live(engine)))
        made.info = dict(own.info)
        made.info.pop("transparency", None)
        return made

    return photo, restored


def pixels(image: Any, engine: Engine | None) -> NDArray[Any]:
    """An image as an array, whatever it is: for masks and trimaps, which are no photos."""
    if isinstance(image, Photo):
        return image.to_numpy()
    if isinstance(image, (bytes, bytearray, memoryview)):
        return Photo.open(bytes(image), engine=engine).to_numpy()
    if isinstance(image, (str, os.PathLike)):
        return Photo.open(image, engine=engine).to_numpy()
    if _is_pil(image):
        return np.asarray(image.convert("RGB") if image.mode in ("P", "PA") else image)
    return _array_of_any(image)


def _array_of_any(image: Any) -> NDArray[Any]:
    return image if isinstance(image, np.ndarray) else _of_others(image)[0]
