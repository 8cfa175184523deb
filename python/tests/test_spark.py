"""The Spark lines of docs/batch.md; Spark needs Java and takes a while to start: `-m long`."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from batches import need, shoot
from conftest import ROOT

need("pyspark", "pandas", "pyarrow", "PIL")

import relumine  # noqa: E402


@pytest.mark.long
@pytest.mark.skipif(shutil.which("java") is None, reason="SKIPPED: Java is not installed")
def test_the_lines_of_the_docs_give_photos_the_look(look: relumine.Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyspark.sql import SparkSession

    lines = re.search(r"```python\n(from collections.*?)```", (ROOT / "docs" / "batch.md").read_text(), re.DOTALL)
    assert lines is not None
    paths = shoot(tmp_path / "raw", 3, bad=1)
    look.save(tmp_path / "dusk.look")
    monkeypatch.chdir(tmp_path)
    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.driver.host", "127.0.0.1").getOrCreate()
    try:
        known: dict[str, Any] = {"spark": spark}
        exec(lines[1].replace("s3a://raw/2026/*.jpg", str(tmp_path / "raw")).replace("s3a://made/2026", str(tmp_path / "made")), known)
        rows = spark.read.parquet(str(tmp_path / "made")).collect()
    finally:
        spark.stop()
    own = relumine.Look.from_bytes((tmp_path / "dusk.look").read_bytes())
    expected = {path.name: None if path == paths[0] else own.apply(path.read_bytes()) for path in paths}
    assert {Path(row.path).name: row.made and bytes(row.made) for row in rows} == expected
