#!/usr/bin/env python3
"""What docs/scale.md reckons with: CPU seconds a photo by its size, and what planning a million photos takes.

    python batch_scale.py sizes [--count 6]           photos of 1, 12 and 24 megapixels, by what they show and with one grade (`--one`)
    python batch_scale.py plan  [--count 1000000]     names, and the anti-join with half of them: seconds and memory of the driver

Needs the package with its extra `batch`, and pillow.
"""
from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

from batch import EXAMPLES
from batch_daft import batch, run

from PIL import Image

SIZES = {1: (1216, 816), 12: (4240, 2832), 24: (6000, 4000)}


def sizes(folder: Path, a: argparse.Namespace) -> None:
    look = folder / "dusk.look"
    run([sys.executable, "-m", "relumine", "learn", EXAMPLES / "day.jpg", EXAMPLES / "dusk.jpg", "-o", look, "-q"])
    for megapixels, size in SIZES.items():
        few, many = folder / f"few-{megapixels}", folder / f"many-{megapixels}"
        for count, place in ((1, few), (1 + a.count, many)):
            place.mkdir()
            for number in range(count):
                picture = Image.open(EXAMPLES / f"{('day', 'autumn', 'winter', 'dusk')[number % 4]}.jpg").convert("RGB")
                picture.resize(size, Image.Resampling.BICUBIC).save(place / f"{number}.jpg", quality=92)
        for words in ((), ("--one",)):
            spent = [run(batch(place, look, folder / f"{place.name}{len(words)}", "--jobs-per-node", "1", "-q", *words))[1] for place in (few, many)]
            read, written = (sum(path.stat().st_size for path in place.glob("*.jpg")) / (1 + a.count) / 1e6 for place in (many, folder / f"{many.name}{len(words)}"))
            print(f"{megapixels} megapixels{' --one' if words else ''}: CPU {(spent[1] - spent[0]) / a.count:.3f} s a photo, {read:.2f} MB in, {written:.2f} MB out", flush=True)


def plan(folder: Path, a: argparse.Namespace) -> None:
    os.environ["DAFT_ANALYTICS_ENABLED"] = "0"
    from relumine.batch import plan as planning
    from relumine.batch.sources import Source
    from relumine.batch.stores import Stores

    found = [Source(f"s3://raw/2026/{number % 1000:03}/{number:08}.jpg", f"{number % 1000:03}/{number:08}.jpg", "s3://raw/2026") for number in range(a.count)]
    there = [source.relative for source in found[::2]]
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with mock.patch.object(planning, "results", lambda *_: there):
        made = planning.plan(found, str(folder), None, Stores(), False)
    spent, most = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{a.count} photos, {made.due} due: CPU {spent:.1f} s, {most / 2**20:.2f} GiB at most, of which {before / 2**20:.2f} before planning")


def main() -> None:
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = a.add_subparsers(dest="what", required=True)
    for name, call, count in (("sizes", sizes, 6), ("plan", plan, 1_000_000)):
        one = what.add_parser(name)
        one.set_defaults(call=call)
        one.add_argument("--count", type=int, default=count)
    a = a.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        a.call(Path(folder), a)


if __name__ == "__main__":
    main()
