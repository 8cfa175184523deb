"""The program ``relumine``, as the package carries it."""

from __future__ import annotations

import sys

from relumine import _native


def main() -> int:
    """Runs the program by the words of the command line, and tells how it ended."""
    return _native.main(["relumine", *sys.argv[1:]])
