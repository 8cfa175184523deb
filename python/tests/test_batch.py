"""Batches on one machine, files to files."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from batches import batch, need, process, results, shoot, written
from conftest import program

need("daft", "pyarrow", "PIL")

import relumine  # noqa: E402
from relumine.batch import naming  # noqa: E402


@pytest.fixture
def dusk_look(look: relumine.Look, tmp_path: Path) -> Path:
    path = tmp_path / "dusk.look"
    look.save(path)
    return path


def test_results_are_those_of_the_program(dusk_look: Path, tmp_path: Path) -> None:
    shoot(tmp_path / "raw", 3)
    shoot(tmp_path / "raw" / "more", 2)
    assert batch("-r", tmp_path / "raw", dusk_look, tmp_path / "made") == 0
    told = program("apply", dusk_look, tmp_path / "raw", "-r", "-o", tmp_path / "expected", "--name", "{name}.{ext}")
    assert told.returncode == 0, told.stderr
    made = results(tmp_path / "made")
    assert sorted(made) == ["000.jpg", "001.jpg", "002.jpg", "more/000.jpg", "more/001.jpg"]
    assert made == results(tmp_path / "expected")


def test_a_second_run_does_nothing_and_says_so(dusk_look: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photos = shoot(tmp_path / "raw", 3)
    words = (tmp_path / "raw", dusk_look, tmp_path / "made", "--format", "png")
    assert batch(*words) == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "made").iterdir()}
    capsys.readouterr()
    assert batch(*words) == 0
    assert "nothing to do: all 3 photos were done before" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "made").iterdir()} == before

    # What is not there any more, or is empty, is made again; and nothing else.
    (tmp_path / "made" / "000.jpg.png").unlink()
    (tmp_path / "made" / "001.jpg.png").write_bytes(b"")
    assert batch(*words) == 0
    assert "2 of 3 photos" in capsys.readouterr().err
    assert len(photos) == 3 and (tmp_path / "made" / "001.jpg.png").stat().st_size > 0


def test_failures_are_rows_and_not_the_end(dusk_look: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from pyarrow import parquet

    photos = shoot(tmp_path / "raw", 6, bad=2)
    table = tmp_path / "failed.parquet"
    assert batch(tmp_path / "raw", dusk_look, tmp_path / "made", "--failures", table) == 1
    rows = parquet.read_table(table).to_pylist()
    assert sorted(row["path"] for row in rows) == [str(path) for path in photos[:2]]
    assert {row["kind"] for row in rows} == {"photo"} and all("cut short" in row["error"] for row in rows)
    assert sorted(results(tmp_path / "made")) == ["002.jpg", "003.jpg", "004.jpg", "005.jpg"]
    assert "4 of 6 photos" in capsys.readouterr().err


def test_rows_of_tables_have_looks_and_references_of_their_own(dusk_look: Path, photos: Path, tmp_path: Path) -> None:
    first, second, third = shoot(tmp_path / "raw", 3)
    table = tmp_path / "photos.csv"
    table.write_text(f"path,look,reference\nraw/{first.name},{dusk_look.name},\nraw/{second.name},,{photos / 'dusk.jpg'}\nraw/{third.name},,\n")
    assert batch(table, "-", tmp_path / "made", "--failures", tmp_path / "failed.parquet") == 1
    made = results(tmp_path / "made")
    whole = naming.whole(str(first))
    assert made[whole] == relumine.Look.load(dusk_look).apply(first.read_bytes())
    assert made[naming.whole(str(second))] == relumine.transfer(second.read_bytes(), photos / "dusk.jpg")
    assert len(made) == 2, "the third has neither"


def test_folders_with_photos_of_one_name_are_apart(dusk_look: Path, tmp_path: Path) -> None:
    shoot(tmp_path / "a" / "shoot", 1)
    shoot(tmp_path / "b" / "shoot", 1)
    assert batch(tmp_path / "a" / "shoot", tmp_path / "b" / "shoot", dusk_look, tmp_path / "made") == 0
    names = sorted(results(tmp_path / "made"))
    assert len(names) == 2 and all(name.startswith("shoot-") and name.endswith("/000.jpg") for name in names)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("raw", "none.look", "made"), 1, "none.look: the look cannot be read"),
        (("raw", "raw/000.jpg", "made"), 1, "000.jpg: the look cannot be read"),
        (("raw", "dusk.look", "dusk.look/made"), 1, "cannot be written to"),
        (("nowhere", "dusk.look", "made"), 1, "nowhere: there is no such file or folder"),
        (("empty", "dusk.look", "made"), 1, "there are no photos in it"),
        (("raw", "dusk.look", "hf://made"), 2, "nothing can be written there"),
        (("raw", "dusk.look", "made", "--strength", "7"), 2, "strength is 7"),
        (("raw", "dusk.look", "made", "--quality", "0"), 2, "quality"),
        (("bad.csv", "dusk.look", "made"), 1, "it has no column `path`"),
    ],
)
def test_what_is_wrong_with_all_of_it_is_one_error_before_the_work(
    words: tuple[str, ...], code: int, told: str, dusk_look: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shoot(tmp_path / "raw", 1)
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.csv").write_text("photo\na.jpg\n")
    assert batch(*words) == code
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1 and said[0].startswith("error: ") and told in said[0], said
    assert not results(tmp_path / "made")


def test_wrong_usage_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (("raw",), ("raw", "look", "made", "--runner", "dask"), ("raw", "look", "made", "--memory-per-job", "much")):
        with pytest.raises(SystemExit) as stopped:
            batch(*words)
        assert stopped.value.code == 2
    assert "is no size, such as 512M or 2G" in capsys.readouterr().err


def test_a_destination_keeps_to_one_look_and_its_options(dusk_look: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shoot(tmp_path / "raw", 1)
    words = (tmp_path / "raw", dusk_look, tmp_path / "made")
    assert batch(*words) == 0
    before = results(tmp_path / "made")
    assert batch(*words, "--strength", "0.5") == 1
    assert "other options: strength was not given and is [0.5]" in capsys.readouterr().err
    assert results(tmp_path / "made") == before
    assert batch(*words, "--strength", "0.5", "--overwrite") == 0
    assert results(tmp_path / "made") != before


def test_killed_and_run_again_nothing_is_lost(dusk_look: Path, tmp_path: Path) -> None:
    shoot(tmp_path / "raw", 16)
    words = (tmp_path / "raw", dusk_look, tmp_path / "made", "--jobs-per-node", "1")
    run = process(*words)
    while run.poll() is None and written(tmp_path / "made") < 3:
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    half = {name: data for name, data in results(tmp_path / "made").items() if name.endswith(".jpg")}
    assert 0 < len(half) < 16
    assert batch(*words) == 0
    made = results(tmp_path / "made")
    assert len(made) == 16, "and no temporary files"
    assert half.items() <= made.items()
    one = relumine.Look.load(dusk_look)
    assert all(made[path.name] == one.apply(path.read_bytes()) for path in (tmp_path / "raw").iterdir())


def test_stopped_by_ctrl_c_it_says_so_and_goes_on(dusk_look: Path, tmp_path: Path) -> None:
    shoot(tmp_path / "raw", 16)
    words = (tmp_path / "raw", dusk_look, tmp_path / "made", "--jobs-per-node", "1")
    run = process(*words)
    while run.poll() is None and written(tmp_path / "made") < 3:
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    _, told = run.communicate(timeout=60)
    assert run.returncode == 130 and "stopped, and the same command goes on" in told, told
    assert 3 <= len(results(tmp_path / "made")) < 16
    assert batch(*words) == 0
    assert len(results(tmp_path / "made")) == 16
