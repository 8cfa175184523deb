"""Looks as expressions of Daft."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from batches import need, shoot

need("daft", "PIL")

import daft  # noqa: E402
from daft import col  # noqa: E402

import relumine  # noqa: E402
from relumine.daft import transfer  # noqa: E402


@pytest.fixture
def frame(tmp_path: Path) -> Any:
    paths = shoot(tmp_path, 3, bad=1)
    return daft.from_pydict({"path": [path.name for path in paths], "image": [path.read_bytes() for path in paths]})


def expected(path: Path, look: relumine.Look, **keywords: Any) -> bytes:
    return relumine.Look.from_bytes(look.to_bytes(), "look").apply(path.read_bytes(), **keywords)


def test_failures_are_null_or_told_or_raised(frame: Any, look: relumine.Look, tmp_path: Path) -> None:
    null = frame.with_column("made", transfer(col("image"), look=look, on_error="null", strength=0.5)).to_pydict()["made"]
    assert null == [None, *(expected(tmp_path / f"00{number}.jpg", look, strength=0.5) for number in (1, 2))]

    told = frame.select("path", transfer(col("image"), look=look, on_error="tell", strength=0.5).alias("made")).select("path", col("made").unnest())
    rows = told.to_pydict()
    assert rows["image"] == null and rows["error"][1:] == [None, None]
    assert rows["error"][0].startswith("PhotoError: ") and "cut short" in rows["error"][0]

    with pytest.raises(relumine.PhotoError, match="cut short"):
        frame.select(transfer(col("image"), look=look)).collect()


def test_looks_and_references_come_from_columns_too(frame: Any, look: relumine.Look, photos: Path, tmp_path: Path) -> None:
    look.save(tmp_path / "dusk.look")
    photo = (tmp_path / "001.jpg").read_bytes()
    frame = frame.where(col("path") == "001.jpg").with_column("look", daft.lit(str(tmp_path / "dusk.look")))
    (made,) = frame.select(transfer(col("image"), look=col("look"), one=True, format="png").alias("made")).to_pydict()["made"]
    assert made == relumine.Look.load(tmp_path / "dusk.look").apply(photo, one=True, format="png")

    dusk = (photos / "dusk.jpg").read_bytes()
    frame = frame.with_column("dusk", daft.lit(dusk))
    (made,) = frame.select(transfer(col("image"), reference=col("dusk"), method="transport").alias("made")).to_pydict()["made"]
    assert made == relumine.transfer(photo, dusk, method="transport")


def test_what_is_wrong_with_the_call_is_said_at_once(look: relumine.Look) -> None:
    with pytest.raises(relumine.OptionsError, match="either a look or a reference"):
        transfer(col("image"))
    with pytest.raises(relumine.OptionsError, match="either a look or a reference"):
        transfer(col("image"), look=look, reference=col("other"))
    with pytest.raises(FileNotFoundError):
        transfer(col("image"), look="none.look")
    with pytest.raises(relumine.LookError):
        transfer(col("image"), look=b"no look")


def test_null_stays_null(look: relumine.Look) -> None:
    frame = daft.from_pydict({"image": [None]}).select(col("image").cast(daft.DataType.binary()))
    assert frame.select(transfer(col("image"), look=look).alias("made")).to_pydict() == {"made": [None]}
