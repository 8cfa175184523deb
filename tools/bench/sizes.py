#!/usr/bin/env python3
"""How long large photos take, and how much memory, file to file; beside what ImageMagick takes to decode, resize and encode the same file.

    python3 sizes.py RELUMINE [--runs 3] [--photo ../../examples/photos/day.jpg] [--reference ../../examples/photos/dusk.jpg]

The photo is enlarged with grain to 24, 45 and 100 megapixels as JPEG (quality 92, 4:2:0) and to 200 as TIFF of 16 bits. Prints medians of
seconds and peaks of resident memory. Needs: numpy pillow tifffile, and ImageMagick's `convert` for the last two columns.
"""
import argparse
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

HERE = Path(__file__).parent
PHOTOS = HERE / "../../examples/photos"
SIZES = [("24 MP JPEG", (6000, 4000), "jpg"), ("45 MP JPEG", (8256, 5504), "jpg"), ("100 MP JPEG", (11648, 8736), "jpg"), ("200 MP TIFF, 16 bits", (16320, 12240), "tif")]


def enlarged(photo, size, path):
    """The photo at that size, with grain, so that it compresses as photos do."""
    rgb = np.asarray(Image.open(photo).convert("RGB").resize(size, Image.Resampling.BICUBIC))
    random, band = np.random.default_rng(0), 512
    out = np.empty(rgb.shape, np.uint16 if path.suffix == ".tif" else np.uint8)
    for top in range(0, len(rgb), band):
        part = rgb[top:top + band].astype(np.float32)
        part += random.normal(0, 2.5, part.shape[:2] + (1,)).astype(np.float32)
        scale = 257 if out.dtype == np.uint16 else 1
        out[top:top + band] = np.clip(part * scale + 0.5, 0, 255 * scale)
    if path.suffix == ".tif":
        tifffile.imwrite(path, out, photometric="rgb", rowsperstrip=64)
    else:
        Image.fromarray(out).save(path, quality=92, subsampling=2)


def taken(command):
    """Seconds and peak memory in GiB of one run."""
    began = time.monotonic()
    pid = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).pid
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"{' '.join(map(str, command))}: failed")
    return time.monotonic() - began, usage.ru_maxrss / 2**20


def median(command, runs):
    seconds, memory = zip(*(taken(command) for _ in range(runs)))
    return f"{statistics.median(seconds):.2f} s", f"{max(memory):.2f} GiB"


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("relumine")
    a.add_argument("--runs", type=int, default=3)
    a.add_argument("--photo", default=PHOTOS / "day.jpg")
    a.add_argument("--reference", default=PHOTOS / "dusk.jpg")
    a.add_argument("--only", type=int, nargs="+", default=range(len(SIZES)), help="rows to run, from 0")
    o = a.parse_args()
    print("| | `look` | | `grade` | | ImageMagick: decode, resize, encode | |\n|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, size, kind in (SIZES[row] for row in o.only):
            source, out = Path(folder) / f"in.{kind}", Path(folder) / f"out.{kind}"
            enlarged(o.photo, size, source)
            ours = lambda method: [o.relumine, "transfer", source, o.reference, "-o", out, "--method", method, "-q"]
            cells = [*median(ours("look"), o.runs), *median(ours("grade"), o.runs)]
            peer = ["convert", source, "-resize", "99%", "-quality", "92", out]
            try:
                cells += median(peer, o.runs)
            except (SystemExit, FileNotFoundError):
                # Debian's ImageMagick refuses large pictures, or there is none.
                cells += ["–", "–"]
            print("| " + " | ".join([name, *cells]) + " |", flush=True)


if __name__ == "__main__":
    main()
