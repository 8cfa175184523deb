"""A transfer is the program's, whatever its photos come in."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import relumine
from conftest import program

Array = NDArray[np.uint8]


@pytest.mark.parametrize(
    "keywords",
    [
        {"method": "grade"},
        {"method": "transport", "strength": [0.8, {"sky": 0.5}], "skin": "free", "quality": 83, "keep": "luminance"},
        {"method": "look", "size": 200, "iterations": 4, "strip_gps": True},
    ],
    ids=lambda keywords: str(keywords["method"]),
)
def test_a_file_is_the_programs_byte_for_byte(photos: Path, tmp_path: Path, keywords: dict[str, object]) -> None:
    words: list[str] = []
    for name, value in keywords.items():
        flag = f"--{name.replace('_', '-')}"
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                words += [f"{flag}={key}={part}" for key, part in one.items()]
            else:
                words.append(flag if one is True else f"{flag}={one}")
    theirs, ours = tmp_path / "program.jpg", tmp_path / "python.jpg"
    done = program("transfer", photos / "day.jpg", photos / "dusk.jpg", "-o", theirs, "-q", *words)
    assert done.returncode == 0, done.stderr
    result = relumine.transfer(photos / "day.jpg", photos / "dusk.jpg", **keywords)  # type: ignore[arg-type]
    result.save(ours)
    assert ours.read_bytes() == theirs.read_bytes()


def test_masks_are_those_of_the_program(photos: Path, tmp_path: Path) -> None:
    theirs, ours = tmp_path / "program.png", tmp_path / "python.png"
    masks = (photos / "day-mask.png", photos / "dusk-mask.png")
    words = ["--content-mask", masks[0], "--reference-mask", masks[1], "--method", "transport"]
    assert program("transfer", photos / "day.jpg", photos / "dusk.jpg", "-o", theirs, "-q", *words).returncode == 0
    relumine.transfer(photos / "day.jpg", photos / "dusk.jpg", masks=masks, method="transport", output=ours)
    assert ours.read_bytes() == theirs.read_bytes()


def test_what_comes_in_decides_what_comes_out(day: Array, dusk: Array, photos: Path) -> None:
    pil = pytest.importorskip("PIL.Image")
    made = relumine.transfer(day, dusk, method="grade")
    assert isinstance(made, np.ndarray) and made.dtype == np.uint8 and made.shape == day.shape
    of_pil = relumine.transfer(pil.fromarray(day), pil.fromarray(dusk), method="grade")
    assert isinstance(of_pil, pil.Image)
    assert np.array_equal(np.asarray(of_pil), made)
    file = io.BytesIO()
    pil.fromarray(day).save(file, "PNG")
    of_bytes = relumine.transfer(file.getvalue(), dusk, method="grade")
    assert of_bytes.startswith(b"\x89PNG")
    assert np.array_equal(np.asarray(pil.open(io.BytesIO(of_bytes))), made)
    of_path = relumine.transfer(photos / "day.jpg", dusk, method="grade")
    assert isinstance(of_path, relumine.Photo)
    assert (of_path.width, of_path.height) == (1200, 800)


@pytest.mark.parametrize("kind", [np.uint16, np.float32, np.float64, np.float16])
def test_other_numbers_are_the_same_picture(day: Array, dusk: Array, kind: type) -> None:
    given = day.astype(np.uint16) * 257 if kind is np.uint16 else (day / 255.0).astype(kind)
    made = relumine.transfer(given, dusk, method="grade")
    assert made.dtype == kind
    levels = made.astype(np.float64) / (65535 if kind is np.uint16 else 1)
    assert levels.min() >= 0 and levels.max() <= 1
    # Half a level of 8 bits, and what three digits of half precision do not hold.
    assert np.abs(levels * 255 - relumine.transfer(day, dusk, method="grade")).max() <= (1.2 if kind is np.float16 else 0.51)


def test_light_above_white_stays(day: Array, dusk: Array) -> None:
    light = (day / 255.0).astype(np.float32)
    light[:8, :8] = 3.0
    assert relumine.transfer(light, dusk, method="grade")[:8, :8].min() > 1.0


def test_any_strides_and_alpha_and_grey(day: Array, dusk: Array) -> None:
    expected = relumine.transfer(day, dusk, method="grade")
    wide = np.zeros((day.shape[0], 2 * day.shape[1], 4), np.uint8)
    wide[:, ::2, :3] = day
    for view in (wide[:, ::2, :3], np.asfortranarray(day), np.ascontiguousarray(day[::-1])[::-1]):
        assert np.array_equal(relumine.transfer(view, dusk, method="grade"), expected)
    alpha = np.dstack([day, np.full(day.shape[:2], 128, np.uint8)])
    made = relumine.transfer(alpha, dusk, method="grade", masks="none")
    assert made.shape[2] == 4 and (made[:, :, 3] == 128).all()
    grey = relumine.transfer(day[:, :, 0], dusk, method="grade")
    assert grey.shape == (*day.shape[:2], 3)


def test_opencvs_order_is_named(day: Array, dusk: Array) -> None:
    expected = relumine.transfer(day, dusk, method="grade")
    made = relumine.transfer(day[:, :, ::-1], dusk[:, :, ::-1], method="grade", channel_order="bgr")
    assert np.array_equal(made[:, :, ::-1], expected)


def test_strength_0_is_the_photo_itself(day: Array, dusk: Array) -> None:
    assert np.array_equal(relumine.transfer(day, dusk, strength=0), day)
    assert np.array_equal(relumine.transfer(day[:, :, 0], dusk, strength=0), day[:, :, 0])


def test_labels_are_paired_by_what_they_are(day: Array, dusk: Array) -> None:
    top = np.zeros(day.shape[:2], np.int64)
    top[day.shape[0] // 2 :] = 7
    colours = np.zeros((*top.shape, 3), np.uint8)
    colours[top == 7] = (255, 0, 0)
    by_labels = relumine.transfer(day, dusk, masks=(top, top), method="transport")
    by_colours = relumine.transfer(day, dusk, masks=(colours, colours), method="transport")
    assert np.array_equal(by_labels, by_colours)
    assert not np.array_equal(by_labels, relumine.transfer(day, dusk, masks="none", method="transport"))


def test_an_analysis_stands_for_its_photo(day: Array, dusk: Array) -> None:
    ours, theirs = relumine.analyse(day), relumine.analyse(dusk)
    expected = relumine.transfer(day, dusk, method="transport")
    for _ in range(2):
        assert np.array_equal(relumine.transfer(ours, theirs, method="transport"), expected)


def test_several_references_mix(day: Array, dusk: Array, photos: Path) -> None:
    autumn = photos / "autumn.jpg"
    one = relumine.transfer(day, [relumine.Reference(dusk, 1.0), relumine.Reference(autumn, 0.0)], method="grade")
    assert np.abs(one.astype(int) - relumine.transfer(day, dusk, method="grade")).max() <= 1
    sky = relumine.transfer(day, [dusk, relumine.Reference(autumn, region="sky")], method="transport")
    assert not np.array_equal(sky, relumine.transfer(day, dusk, method="transport"))


def test_a_colour_space_is_named(day: Array, dusk: Array) -> None:
    linear = np.where(day <= 10, day / 255 / 12.92, ((day / 255 + 0.055) / 1.055) ** 2.4).astype(np.float32)
    made = relumine.transfer(linear, dusk, method="grade", input_space="linear")
    encoded = np.where(made <= 0.0031308, made * 12.92, 1.055 * np.maximum(made, 0) ** (1 / 2.4) - 0.055)
    assert np.abs(encoded * 255 - relumine.transfer(day, dusk, method="grade")).max() < 1.0


def test_a_profile_is_obeyed_and_kept(day: Array, dusk: Array) -> None:
    pil = pytest.importorskip("PIL.Image")
    cms = pytest.importorskip("PIL.ImageCms")
    image = pil.fromarray(day)
    image.info["icc_profile"] = cms.ImageCmsProfile(cms.createProfile("sRGB")).tobytes()
    made = relumine.transfer(image, dusk, method="grade")
    assert made.info["icc_profile"] == image.info["icc_profile"]
    assert np.abs(np.asarray(made).astype(int) - relumine.transfer(day, dusk, method="grade")).max() <= 1
