"""The parts of batches by themselves: names, temporary files, retries, memory."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

import relumine
from relumine.batch import local, naming, node, retries


def test_names_depend_on_sources_alone() -> None:
    assert naming.output("a/b.JPG", None) == "a/b.JPG"
    assert naming.output("a/b.jpeg", "jpg") == "a/b.jpeg"
    assert naming.output("a/b.nef", None) == "a/b.nef.jpg"
    assert naming.output("a/b.jpg", "png") == "a/b.jpg.png"
    assert naming.output("a/.jpg", "png") == "a/.jpg.png"
    assert naming.output("../../etc/b.jpg", None) == "__/__/etc/b.jpg"
    assert naming.own_folder("/x/shoot") != naming.own_folder("/y/shoot")
    assert naming.whole("s3://bucket/a/b.jpg") == "bucket/a/b.jpg"


def test_temporary_files_are_removed_unless_somebody_writes_them(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    local.write(tmp_path / "more" / "a.jpg", b"photo")
    (tmp_path / "more" / ".relumine-0.tmp").write_bytes(b"left")
    (tmp_path / ".relumine-batch.json").write_bytes(b"{}")
    with open(tmp_path / ".relumine-1.tmp", "wb") as written:
        fcntl.flock(written, fcntl.LOCK_EX)
        assert local.remove_abandoned(tmp_path) == 1
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [".relumine-1.tmp", ".relumine-batch.json", "a.jpg"]
    assert (tmp_path / "more" / "a.jpg").stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_what_may_pass_is_tried_again_and_nothing_else() -> None:
    waits: list[float] = []

    def failing(*errors: Exception | None) -> tuple[int, Exception | None]:
        tried, left = 0, list(errors)

        def call() -> None:
            nonlocal tried
            tried += 1
            error = left.pop(0)
            if error is not None:
                raise error

        try:
            retries.retried(call, 3, sleep=waits.append)
        except Exception as error:
            return tried, error
        return tried, None

    slow = OSError("AWS Error SLOW_DOWN during PutObject operation: Please reduce your request rate.")
    assert failing(slow, ConnectionResetError(), None) == (3, None)
    assert failing(slow, slow, slow) == (3, slow)
    assert len(waits) == 4 and all(0 < wait <= retries.FIRST * 2 for wait in waits)
    for lasting in (
        OSError("AWS Error ACCESS_DENIED during GetObject operation"),
        FileNotFoundError("Path does not exist"),
        relumine.PhotoError("the file is damaged or cut short"),
        OSError("AWS Error NO_SUCH_BUCKET during PutObject operation"),
    ):
        assert failing(lasting, None) == (1, lasting)


def test_a_photo_too_large_for_its_share_has_the_machine_alone() -> None:
    gate, alone = node.Gate(3), threading.Event()
    seen: list[int] = []

    def large() -> None:
        with gate.entered(alone=True):
            seen.append(gate._free)
            alone.set()

    with gate.entered():
        thread = threading.Thread(target=large)
        thread.start()
        assert not alone.wait(0.1), "another is inside"
    assert alone.wait(10)
    thread.join()
    assert seen == [0] and gate._free == 3


def test_memory_bounds_how_many_are_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "available_memory", lambda: 2 << 30)
    assert node.Node(8, 1, 512 << 20).gate.jobs == 3
    assert node.Node(8, 1, 8 << 30).gate.jobs == 1
    own = node.Node(4, 1, None)
    assert own.gate.jobs == 4 and own.megapixels < own.megapixels_alone
