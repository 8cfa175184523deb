#!/usr/bin/env python3
"""The photos that are trained on, by name and hash: writes, and reads, segment_photos.txt.

    python3 segment_photos.py > segment_photos.txt

Left out: what is held out (`crops.held_out`; in `new/` the numbers that are multiples of 10), what SOURCES.tsv says is non-commercial,
and photos of a scene that is held out or in a folder that relumine is judged by. Two pictures show one scene where at most SAME of
128 bits differ: 64 signs of a cosine transform against its median (pHash), and 64 of horizontal differences (dHash), of grey pictures, mirrored too.
"""
import argparse
import csv
import hashlib
import sys
import warnings
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.fft import dctn

import paths
from crops import held_out

LIST = Path(__file__).with_suffix(".txt")
SAME = 22  # bits; versions of one scene differ in at most 20, others in at least 23
JUDGED = ["pairs-auto", "pairs-everyday", "cases", "dpst"]
PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".tif"}


def digest(path):
    """What the list says of a file's bytes."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]


def is_held_out(path):
    """Never trained on."""
    path = Path(path)
    return int(path.stem) % 10 == 0 if path.parent.name == "new" else held_out(path)


def sources(photos):
    """Name of each photo in `new/` → its row of SOURCES.tsv."""
    with open(Path(photos) / "new/SOURCES.tsv", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file, delimiter="\t")}


def is_free(row):
    """Whether a network that is given away may be trained on such a photo."""
    return "non-commercial" not in row["licence as stated there"]


def bits(picture):
    """128 of them of a grey picture."""
    def reduced(width, height):
        return np.asarray(picture.resize((width, height), Image.Resampling.BOX), float)
    low, small = dctn(reduced(32, 32), norm="ortho")[:8, :8].ravel(), reduced(9, 8)
    return np.concatenate([low > np.median(low[1:]), (small[:, 1:] > small[:, :-1]).ravel()])


def scene(path, mirrored=False):
    """The bits of a file's picture, None where it is no picture."""
    try:
        picture = Image.open(path).convert("L")
    except (OSError, ValueError):
        return None
    return bits(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if mirrored else picture)


def listed(photos, shared):
    """Photos to train on, relative to their folder."""
    rows = sources(photos)
    every = sorted(photos.glob("*.jpg")) + sorted(photos.glob("new/*.jpg"))
    apart = [p for p in every if is_held_out(p)]
    judged = [p for folder in JUDGED for p in sorted((shared / folder).rglob("*")) if p.suffix.lower() in PICTURES]
    known = np.array([b for p in apart + judged for way in (False, True) if (b := scene(p, way)) is not None])
    ours = [p for p in every if not is_held_out(p) and (p.parent == photos or is_free(rows[p.stem]))]
    fresh = [p for p in ours if (known != scene(p)).sum(1).min() > SAME]
    print(f"{len(every)} photos, {len(apart)} held out, {len(ours)} of the others free, {len(fresh)} of scenes of their own", file=sys.stderr)
    return [p.relative_to(photos) for p in fresh]


def read(photos):
    """The photos of segment_photos.txt, whose bytes must be those that it names."""
    lines = [line.split("\t") for line in LIST.read_text().splitlines()]
    for name, expected in lines:
        if digest(Path(photos) / name) != expected:
            raise SystemExit(f"{Path(photos) / name} is not the photo of that name in {LIST.name}")
    return [Path(photos) / name for name, _ in lines]


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--shared", type=Path, default=paths.SHARED)
    o = a.parse_args()
    warnings.simplefilter("ignore")  # of pictures that are damaged on purpose
    photos = o.shared / "photos"
    for name in listed(photos, o.shared):
        print(f"{name}\t{digest(photos / name)}")


if __name__ == "__main__":
    main()
