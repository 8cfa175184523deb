#!/usr/bin/env python3
"""Runs the notebooks in `examples/notebooks` in place, so that what they show is what the package does.

    python3 tools/notebooks.py [NOTEBOOK...]

What differs from run to run and says nothing (times, addresses, the version of Python) is left out of the files. Fails where a cell does, and
where a notebook becomes larger than 600 kB: pages of repositories stop showing what is too large.
Needs: relumine nbclient ipykernel numpy pillow.
"""
import re
import sys
import time
from pathlib import Path

import nbclient
import nbformat

FOLDER = Path(__file__).parents[1] / "examples/notebooks"
LARGEST = 600_000


def renew(path):
    """Runs one notebook, and writes it with its outputs."""
    notebook, began = nbformat.read(path, as_version=4), time.monotonic()
    nbclient.NotebookClient(notebook, timeout=300, record_timing=False, resources={"metadata": {"path": str(path.parent)}}).execute()
    notebook.metadata = {"kernelspec": notebook.metadata.kernelspec, "language_info": {"name": "python"}}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for shown in (output.get("data", {}) for output in cell.get("outputs", [])):
            # A page shows the richer one.
            if "text/html" in shown:
                shown.pop("image/png", None)
            if "text/plain" in shown:
                shown["text/plain"] = re.sub(r" at 0x[0-9a-f]+", "", shown["text/plain"])
    text = nbformat.writes(notebook) + "\n"
    size = len(text.encode())
    print(f"{path.name}: {time.monotonic() - began:.0f} s, {size / 1000:.0f} kB")
    if size > LARGEST:
        raise SystemExit(f"{path.name} is larger than {LARGEST / 1000:.0f} kB; show smaller pictures")
    path.write_text(text)


def main():
    for path in map(Path, sys.argv[1:]) if sys.argv[1:] else sorted(FOLDER.glob("*.ipynb")):
        renew(path.resolve())


if __name__ == "__main__":
    main()
