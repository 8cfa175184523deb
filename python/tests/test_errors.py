"""Bad input: an exception of its own, which is also what Python has for the like, and says what to do."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import relumine

Array = NDArray[np.uint8]


@pytest.mark.parametrize(
    ("keywords", "told"),
    [
        ({"strength": 2}, "strength is 2"),
        ({"strength": "much"}, "strength"),
        ({"method": "wombat"}, "wombat"),
        ({"style_wieght": 3}, "style_weight"),
        ({"quality": 0}, "quality"),
        ({"masks": "some"}, "masks"),
        ({"channel_order": "gbr"}, "channel_order"),
        ({"method": "deep-photo"}, "network"),
        ({"strength": {"wombat": 0.5}}, "wombat"),
        ({"leave": ["wombat"]}, "wombat"),
        ({"masks": (1, 2, 3)}, "masks"),
    ],
    ids=str,
)
def test_keywords(day: Array, dusk: Array, keywords: dict[str, object], told: str) -> None:
    with pytest.raises(relumine.OptionsError, match=told) as caught:
        relumine.transfer(day, dusk, **keywords)  # type: ignore[arg-type]
    assert isinstance(caught.value, ValueError) and isinstance(caught.value, relumine.RelumineError)
    assert "--" not in str(caught.value), "flags are the program's"


def test_a_keyword_without_use_is_warned_of(day: Array, dusk: Array) -> None:
    with pytest.warns(relumine.RelumineWarning, match="grade makes no use of style_weight") as caught:
        relumine.transfer(day, dusk, method="grade", style_weight=3)
    assert caught[0].filename == __file__


def test_files(tmp_path: Path, day: Array, dusk: Array) -> None:
    with pytest.raises(relumine.PhotoError, match="none.jpg") as caught:
        relumine.transfer(tmp_path / "none.jpg", dusk)
    assert isinstance(caught.value, OSError)
    text = tmp_path / "text.jpg"
    text.write_text("no photo")
    with pytest.raises(relumine.PhotoError, match="text.jpg"):
        relumine.Photo.open(text)
    with pytest.raises(relumine.PhotoError, match="reference"):
        relumine.transfer(day, b"no photo")
    with pytest.raises(relumine.LookError, match="text.jpg"):
        relumine.Look.load(text)
    with pytest.raises(FileNotFoundError):
        relumine.Look.load(tmp_path / "none.look")
    with pytest.raises(relumine.OptionsError, match="out.gif"):
        relumine.Photo.open(_png(day)).save(tmp_path / "out.gif")
    with pytest.raises(relumine.WriteError, match="nowhere"):
        relumine.Photo.open(_png(day)).save(tmp_path / "nowhere" / "out.png")
    with pytest.raises(relumine.PhotoError, match="megapixels"):
        relumine.Photo.open(_png(np.zeros((1100, 1000, 3), np.uint8)), max_megapixels=1)
    assert sorted(os.listdir(tmp_path)) == ["text.jpg"]


def _png(array: Array) -> bytes:
    image = pytest.importorskip("PIL.Image").fromarray(array)
    import io

    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("image", "error", "told"),
    [
        (np.zeros((0, 4, 3), np.uint8), relumine.PhotoError, "nothing in it"),
        (np.zeros((4, 4, 5), np.uint8), relumine.OptionsError, "channels"),
        (np.zeros((3, 40, 40), np.float32), relumine.OptionsError, "moveaxis"),
        (np.zeros((2, 4, 4, 3), np.uint8), relumine.OptionsError, "one at a time"),
        (np.zeros(4, np.uint8), relumine.OptionsError, "H×W"),
        (np.zeros((4, 4, 3), np.int32), TypeError, "int32"),
        (np.zeros((4, 4, 3), bool), TypeError, "bool"),
        (7, TypeError, "int"),
        (None, TypeError, "NoneType"),
    ],
    ids=str,
)
def test_images(dusk: Array, image: object, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        relumine.transfer(image, dusk, method="grade")  # type: ignore[arg-type]


def test_numbers_that_are_none_do_not_spread(day: Array, dusk: Array) -> None:
    holes = (day / 255).astype(np.float32)
    holes[5, 5] = np.nan
    holes[6, 6] = np.inf
    made = relumine.transfer(holes, dusk, method="grade")
    assert np.isfinite(made).all()


def test_what_a_format_cannot_hold_is_warned_of(day: Array, dusk: Array, tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    alpha = np.dstack([day, np.full(day.shape[:2], 128, np.uint8)])
    photo = relumine.Photo.open(_png(alpha))
    with pytest.warns(relumine.RelumineWarning, match="alpha|transparen"):
        photo.save(tmp_path / "a.jpg")


def test_masks_are_refused(day: Array, dusk: Array) -> None:
    many = (np.arange(day[:, :, 0].size) % 100).reshape(day.shape[:2])
    with pytest.raises(relumine.OptionsError, match="64"):
        relumine.transfer(day, dusk, masks=(many, many))
    with pytest.raises(relumine.OptionsError, match="one kind"):
        relumine.transfer(day, dusk, masks=(many, day))
    one, other = np.zeros(day.shape[:2], int), np.ones(day.shape[:2], int)
    with pytest.raises(relumine.PhotoError, match="share"):
        relumine.transfer(day, dusk, masks=(one, other))
    with pytest.raises(relumine.OptionsError, match="at least 1"):
        relumine.Engine(threads=0)
