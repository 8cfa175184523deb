"""Arrays of other libraries."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import relumine

Array = NDArray[np.uint8]


def test_torch(day: Array, dusk: Array) -> None:
    torch = pytest.importorskip("torch")
    expected = relumine.transfer((day / 255).astype(np.float32), dusk, method="grade")
    made = relumine.transfer(torch.from_numpy(day).float() / 255, torch.from_numpy(dusk), method="grade")
    assert isinstance(made, torch.Tensor) and made.dtype == torch.float32
    assert np.abs(made.numpy() - expected).max() < 1e-6
    channels_first = torch.from_numpy(day).permute(2, 0, 1)
    back = relumine.transfer(channels_first.permute(1, 2, 0), dusk, method="grade").permute(2, 0, 1)
    assert back.shape == channels_first.shape
    with pytest.raises(relumine.OptionsError, match="last"):
        relumine.transfer(channels_first, dusk)


def test_jax(day: Array, dusk: Array) -> None:
    numpy_of_jax = pytest.importorskip("jax.numpy")
    made = relumine.transfer(numpy_of_jax.asarray(day), dusk, method="grade")
    assert isinstance(made, numpy_of_jax.ndarray)
    assert np.array_equal(np.asarray(made), relumine.transfer(day, dusk, method="grade"))


def test_opencv(photos: Path, tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    content, reference = (cv2.imread(str(photos / name)) for name in ("day.jpg", "dusk.jpg"))
    made = relumine.transfer(content, reference, method="grade", channel_order="bgr")
    cv2.imwrite(str(tmp_path / "made.png"), made)
    ours = relumine.transfer(content[:, :, ::-1], reference[:, :, ::-1], method="grade")
    assert np.array_equal(relumine.Photo.open(tmp_path / "made.png").to_numpy(), ours)


def test_scikit_image(day: Array, dusk: Array) -> None:
    util = pytest.importorskip("skimage.util")
    made = relumine.transfer(util.img_as_float(day), dusk, method="grade")
    assert made.dtype == np.float64 and made.min() >= 0 and made.max() <= 1
    assert np.abs(util.img_as_ubyte(made).astype(int) - relumine.transfer(day, dusk, method="grade")).max() <= 1


def test_iterables_of_rows(day: Array, dusk: Array, look: relumine.Look) -> None:
    pil = pytest.importorskip("PIL.Image")
    rows = [{"image": pil.fromarray(photo), "label": label} for photo, label in ((day, 0), (dusk, 1))]
    made = [{**row, "image": look.apply(row["image"])} for row in rows]
    assert [row["label"] for row in made] == [0, 1]
    assert np.array_equal(np.asarray(made[0]["image"]), look.apply(day))


def test_whatever_is_an_array(day: Array, dusk: Array) -> None:
    class Wrapped:
        def __array__(self, dtype: object = None, copy: object = None) -> Array:
            return day

    assert np.array_equal(relumine.transfer(Wrapped(), dusk, method="grade"), relumine.transfer(day, dusk, method="grade"))
