"""Looks: applied, saved, sent, taken apart, shown."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import relumine
from conftest import program

Array = NDArray[np.uint8]


def test_its_own_photo_gets_all_of_it(day: Array, dusk: Array, look: relumine.Look) -> None:
    assert np.array_equal(look.apply(day), relumine.transfer(day, dusk, method="transport"))
    half, full = look.apply(day, strength=0.5).astype(float), look.apply(day)
    inside = (full > 0) & (full < 255)
    assert np.abs(half - (day.astype(float) + full) / 2)[inside].max() <= 1
    assert np.array_equal(look.apply(day, strength=0), day)


def test_another_photo_gets_it_as_the_program_gives_it(photos: Path, tmp_path: Path) -> None:
    look = relumine.solve(photos / "day.jpg", photos / "dusk.jpg", method="grade")
    look.save(tmp_path / "dusk.look")
    assert program("learn", photos / "day.jpg", photos / "dusk.jpg", "-o", tmp_path / "own.look", "-q", "--method=grade").returncode == 0
    assert (tmp_path / "own.look").read_bytes() == (tmp_path / "dusk.look").read_bytes()
    for words, keywords in (([], {}), (["--one", "--strength=0.6"], {"one": True, "strength": 0.6})):
        theirs, ours = tmp_path / f"program{len(words)}.jpg", tmp_path / f"python{len(words)}.jpg"
        done = program("apply", tmp_path / "dusk.look", photos / "autumn.jpg", "-o", theirs, "-q", *words)
        assert done.returncode == 0, done.stderr
        relumine.Look.load(tmp_path / "dusk.look").apply(photos / "autumn.jpg", output=ours, **keywords)  # type: ignore[call-overload]
        assert ours.read_bytes() == theirs.read_bytes()


def test_it_pickles_small_and_does_the_same(day: Array, dusk: Array, look: relumine.Look) -> None:
    packed = pickle.dumps(look)
    assert len(packed) < 300_000
    assert np.array_equal(pickle.loads(packed).apply(dusk), look.apply(dusk))


def test_its_table_and_grades_do_what_it_does(day: Array, look: relumine.Look) -> None:
    table = look.lut(33)
    assert table.values.shape == (33, 33, 33, 3) and table.mean is not None and table.p95 is not None
    assert table.values[-1, 0, 0, 0] > table.values[0, 0, -1, 0], "red is the first axis"
    one = look.apply(day, one=True).astype(int)
    at = np.rint(day / 255 * 32).astype(int)
    near = table.values[at[..., 0], at[..., 1], at[..., 2]] * 255
    assert np.abs(near - one).mean() < 6
    for region in look.regions:
        assert region.grade.shape[1:] == (3, 4) and 0 <= region.share <= 1
    assert len(look.grades) == len(look.regions)
    assert {region.name or "all" for region in look.regions} <= set(look.grades)


def test_a_lookup_table_is_a_look(day: Array, look: relumine.Look, tmp_path: Path) -> None:
    look.save(tmp_path / "a.look")
    assert program("lut", tmp_path / "a.look", "-o", tmp_path / "a.cube", "-q").returncode == 0
    table = relumine.Look.load(tmp_path / "a.cube")
    assert table.method == "lut" and table.regions == []
    assert np.abs(table.lut(33).values - look.lut(33).values).max() < 1e-5
    assert np.array_equal(pickle.loads(pickle.dumps(table)).apply(day), table.apply(day))
    with pytest.raises(relumine.OptionsError, match="strength"):
        table.lut(5, strength=2)
    with pytest.raises(relumine.OptionsError, match="no .look file"):
        table.to_bytes()


def test_it_shows_itself(look: relumine.Look) -> None:
    shown = look._repr_html_()
    assert shown.count("data:image/jpeg;base64,") == 3 and "<input type=\"range\"" in shown and "<table>" in shown
    kept = pickle.loads(pickle.dumps(look))._repr_html_()
    assert "data:image" not in kept and "<table>" in kept
    assert relumine.Look.from_bytes(look.to_bytes())._repr_html_().count("data:image") == 2
    png = look._repr_png_()
    assert png is not None and png.startswith(b"\x89PNG")
    assert repr(look).startswith("<relumine.Look 'reference' by transport")


def test_what_was_noticed_is_logged(day: Array, dusk: Array, caplog: pytest.LogCaptureFixture) -> None:
    bars = np.zeros((day.shape[0] + 60, day.shape[1], 3), np.uint8)
    bars[30:-30] = day
    with caplog.at_level("INFO", logger="relumine"):
        look = relumine.solve(bars, dusk, method="grade")
    assert look.report is not None and look.report["notices"]
    for told in look.report["notices"]:
        assert any(told["text"] in message and "{" not in message for message in caplog.messages), told


def test_two_images_are_compared(day: Array, dusk: Array) -> None:
    shown = relumine.compare(day, dusk)._repr_html_()
    assert shown.count("data:image/jpeg;base64,") == 2


def test_photos_show_themselves_and_tell_of_their_files(photos: Path) -> None:
    photo = relumine.Photo.open(photos / "day.jpg")
    assert photo._repr_png_().startswith(b"\x89PNG")
    assert photo.info["format"] == "JPEG" and photo.info["bit_depth"] == 8
    assert np.array_equal(np.asarray(photo), photo.to_numpy())
    pytest.importorskip("PIL")
    assert np.array_equal(np.asarray(photo.to_pil()), photo.to_numpy())


def test_regions_mattes_and_metrics(day: Array, dusk: Array, photos: Path) -> None:
    found = relumine.segment(photos / "day.jpg")
    assert found.shares["sky"] > 0.05 and found.mask("sky").mean() == pytest.approx(found.shares["sky"])
    assert abs(sum(found.shares.values()) - 1) < 1e-9
    with pytest.raises(relumine.OptionsError, match="wombat"):
        found.mask("wombat")
    ours, theirs = relumine.segment(day), relumine.segment(dusk)
    assert relumine.transfer(day, dusk, masks=(ours, theirs), method="transport").shape == day.shape

    trimap = np.full(day.shape[:2], 128, np.uint8)
    trimap[:10], trimap[-10:] = 0, 255
    matte = relumine.matte(day, trimap, foreground=True)
    assert (matte.alpha[:10] == 0).all() and (matte.alpha[-10:] == 1).all()
    assert matte.foreground is not None and matte.foreground.shape == day.shape
    assert np.array_equal(relumine.matte(day, trimap / 255).alpha, matte.alpha)

    same = relumine.measure(day, day, dusk)
    assert same["edge"] == 1 and same["lost"] == 0 and "style" not in same
    other = relumine.measure(relumine.transfer(day, dusk, method="transport"), day, dusk, masks=None)
    assert other["swd"] < same["swd"]
    halves = np.zeros(day.shape[:2], np.uint8)
    halves[40:] = 1
    assert relumine.measure(day, day, dusk, masks=(halves, halves))["swd"] > 0
