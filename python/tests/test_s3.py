"""Batches from and to an S3 on loopback."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batches import batch, need, process, shoot

need("daft", "pyarrow", "moto", "boto3", "PIL")

import relumine  # noqa: E402
from store import Store  # noqa: E402


_numbers = itertools.count()


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with Store() as store:
        yield store


@pytest.fixture
def bucket(store: Store, look: relumine.Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket of six photos below ``raw``, the first cut short, with a look; credentials are in the environment."""
    for name, value in (("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_REGION", "us-east-1")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", store.url)
    name = f"bucket-{next(_numbers)}"
    client = store.client()
    client.create_bucket(Bucket=name)
    for path in shoot(tmp_path / "raw", 6, bad=1):
        client.upload_file(str(path), name, f"raw/a b/{path.name}")
    client.put_object(Bucket=name, Key="dusk.look", Body=look.to_bytes())
    yield name
    store.application.fail_every, store.application.delay = 0, 0.0
    store.authenticate(False)


def made(store: Store, bucket: str) -> dict[str, bytes]:
    """What is below ``made``, by name."""
    client = store.client()
    listed = client.list_objects_v2(Bucket=bucket, Prefix="made/").get("Contents", [])
    keys = [one["Key"] for one in listed if not one["Key"].endswith(".json")]
    return {key.removeprefix("made/"): client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


def test_a_store_that_fails_and_is_slow_changes_nothing(
    store: Store, bucket: str, look: relumine.Look, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.application.fail_every, store.application.delay = 5, 0.02
    words = ("-r", f"s3://{bucket}/raw", f"s3://{bucket}/dusk.look", f"s3://{bucket}/made/")
    failed = store.application.failed
    assert batch(*words) == 1
    told = capsys.readouterr().err
    assert "5 of 6 photos" in told and "000.jpg: the file is damaged or cut short" in told, told
    assert store.application.failed > failed
    store.application.fail_every = 0
    found = made(store, bucket)
    own = relumine.Look.from_bytes(look.to_bytes(), "dusk")
    assert found == {f"a b/{number:03}.jpg": own.apply((tmp_path / "raw" / f"{number:03}.jpg").read_bytes()) for number in range(1, 6)}

    # The second run has the photo that fails to look at, and writes nothing.
    store.client().delete_object(Bucket=bucket, Key="raw/a b/000.jpg")
    assert batch(*words) == 0
    assert "nothing to do: all 5 photos were done before" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("source", "file", "destination", "told"),
    [
        ("s3://{}/raw/a b", "s3://{}/dusk.look", "s3://no-such-bucket/made", "s3://no-such-bucket/made: there is no such bucket"),
        ("s3://no-such-bucket/raw", "s3://{}/dusk.look", "s3://{}/made", "s3://no-such-bucket/raw: there is no such bucket"),
        ("s3://{}/raw", "s3://{}/dusk.look", "s3://{}/made", "there are no photos in it (--recursive looks below it, too)"),
        ("s3://{}/raw/a b", "s3://{}/none.look", "s3://{}/made", "none.look: the look cannot be read"),
    ],
)
def test_what_is_not_there_is_one_error(
    source: str, file: str, destination: str, told: str, bucket: str, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert batch(*(word.format(bucket) for word in (source, file, destination))) == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1 and told in said[0], said
    assert not made(store, bucket)


def test_a_bad_credential_is_one_error(bucket: str, store: Store, tmp_path: Path, look: relumine.Look, capsys: pytest.CaptureFixture[str]) -> None:
    look.save(tmp_path / "dusk.look")
    store.authenticate()
    for words in ((f"s3://{bucket}/raw/a b", tmp_path / "dusk.look", tmp_path / "made"), (tmp_path / "raw", tmp_path / "dusk.look", f"s3://{bucket}/made")):
        assert batch(*words) == 1
        said = capsys.readouterr().err.strip().splitlines()
        assert len(said) == 1 and "are the environment's credentials those of this store?" in said[0], said


def test_a_table_in_a_store_names_photos_anywhere(bucket: str, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import io

    import pyarrow
    from pyarrow import parquet

    file = io.BytesIO()
    parquet.write_table(pyarrow.table({"path": [f"s3://{bucket}/raw/a b/001.jpg", str(tmp_path / "raw" / "002.jpg"), "raw/none.jpg"]}), file)
    store.client().put_object(Bucket=bucket, Key="photos.parquet", Body=file.getvalue())
    assert batch(f"s3://{bucket}/photos.parquet", f"s3://{bucket}/dusk.look", f"s3://{bucket}/made", "--failures", tmp_path / "f.parquet") == 1
    (row,) = parquet.read_table(tmp_path / "f.parquet").to_pylist()
    assert (row["path"], row["kind"]) == (f"s3://{bucket}/raw/none.jpg", "missing")
    assert sorted(made(store, bucket)) == sorted([f"{bucket}/raw/a b/001.jpg", str(tmp_path / "raw" / "002.jpg").lstrip("/")])


@pytest.mark.long
def test_killed_and_run_again_nothing_is_lost(bucket: str, store: Store, look: relumine.Look, tmp_path: Path) -> None:
    client = store.client()
    for path in shoot(tmp_path / "more", 40):
        client.upload_file(str(path), bucket, f"more/{path.name}")
    words = (f"s3://{bucket}/more", f"s3://{bucket}/dusk.look", f"s3://{bucket}/made", "--jobs-per-node", "1")
    store.application.fail_every = 20
    run = process(*words)
    while run.poll() is None and len(made(store, bucket)) < 5:
        time.sleep(0.1)
    run.kill()
    run.communicate()
    half = made(store, bucket)
    assert 5 <= len(half) < 40
    assert batch(*words) == 0
    found = made(store, bucket)
    own = relumine.Look.from_bytes(look.to_bytes(), "dusk")
    assert found == {path.name: own.apply(path.read_bytes()) for path in (tmp_path / "more").iterdir()}
