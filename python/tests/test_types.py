"""What is said of types is true, and keywords are the program's."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, get_type_hints

import pytest

import relumine
from conftest import ROOT
from relumine import _keywords

#: What a function has by a parameter of its own, and what is of the program's files alone.
OWN = {"transfer": {"method", "masks", "strength"}}


@pytest.mark.parametrize(
    ("call", "keywords"),
    [
        ("transfer", _keywords.SolveKeywords),
        ("apply", _keywords.ApplyKeywords),
        ("segment", _keywords.SegmentKeywords),
        ("matte", _keywords.MatteKeywords),
    ],
)
def test_keywords_are_the_programs(call: Any, keywords: type) -> None:
    known = {keyword.name: keyword for keyword in relumine.keywords(call)}
    typed = set(keywords.__annotations__) | OWN.get(call, set())
    for base in getattr(keywords, "__orig_bases__", ()):
        typed |= set(getattr(base, "__annotations__", {}))
    assert typed == set(known)
    assert all(keyword.help for keyword in known.values())


def test_choices_are_typed() -> None:
    hints = get_type_hints(_keywords.SolveKeywords)
    for keyword in relumine.keywords("transfer"):
        hint = str(hints.get(keyword.name, _keywords.Method if keyword.name == "method" else "Literal['auto', 'none']"))
        for choice in keyword.choices:
            assert repr(choice) in hint or choice in ("true", "false"), f"{keyword.name}: {choice} is not in {hint}"


def _run(*words: str) -> None:
    done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_mypy_is_content() -> None:
    pytest.importorskip("mypy")
    _run("-m", "mypy", "--strict", "-p", "relumine")


def test_the_stub_is_the_native_modules() -> None:
    pytest.importorskip("mypy")
    _run("-m", "mypy.stubtest", "relumine._native", "--concise")
