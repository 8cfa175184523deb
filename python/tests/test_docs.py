"""Examples of the documentation run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import relumine
from conftest import ROOT


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(relumine.__path__) if module.name.startswith("_")])
def test_examples_of_docstrings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name in ("_native", "__main__"):
        pytest.skip("it has none")
    monkeypatch.chdir(ROOT)
    module = importlib.import_module(f"relumine.{name}")
    assert doctest.testmod(module).failed == 0


def test_the_packages_own_example(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert doctest.testmod(relumine).failed == 0


def test_what_is_public_is_documented() -> None:
    for name in relumine.__all__:
        if name != "__version__":
            assert getattr(relumine, name).__doc__, name


def test_the_pages_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "docs" / "python.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.S)
    assert blocks
    for name in ("day", "dusk", "autumn", "winter"):
        (tmp_path / f"{name}.jpg").write_bytes((ROOT / "examples" / "photos" / f"{name}.jpg").read_bytes())
    monkeypatch.chdir(tmp_path)
    known: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "docs/python.md", "exec"), known)


@pytest.mark.parametrize("path", sorted((ROOT / "examples" / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebooks_run(path: Path) -> None:
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(path.parent)}}).execute()
