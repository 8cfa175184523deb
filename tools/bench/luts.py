#!/usr/bin/env python3
"""How far a look's lookup table is from the full look, over a folder of pairs.

    python3 luts.py RELUMINE PAIRS/input PAIRS/style [--pairs N]

The n-th photo of the first folder is paired with the n-th of the second, in the order of the numbers in their names. For each method the
photo is transferred with `--save-look`, the look is written as a table of 33 points, and the table is applied to the photo: CIEDE2000 between
both pictures, mean over a photo's pixels; medians over the pairs, beside what the program says of itself, and of doing nothing.
Needs: numpy pillow scikit-image.
"""
import argparse
import re
import statistics
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

METHODS = {
    "`grade --masks none`": ["--method", "grade", "--masks", "none"],
    "`grade`": ["--method", "grade"],
    "`look --local 0`": ["--local", "0"],
    "`look`": [],
}


def lab(path):
    return rgb2lab(np.asarray(Image.open(path).convert("RGB")) / 255)


def numbered(folder):
    return sorted(Path(folder).iterdir(), key=lambda path: int(re.search(r"\d+", path.stem)[0]))


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.stderr}")
    return done.stderr


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("relumine")
    a.add_argument("contents")
    a.add_argument("references")
    a.add_argument("--pairs", type=int)
    a = a.parse_args()
    pairs = list(zip(numbered(a.contents), numbered(a.references)))[:a.pairs]
    print("| | LUT against the look: mean | 95th percentile | as the program says: mean | doing nothing: mean |\n|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        content, full, look, cube, made = (Path(folder) / name for name in ("photo.png", "full.png", "a.look", "a.cube", "made.png"))
        for method, options in METHODS.items():
            rows = []
            for ours, theirs in pairs:
                Image.open(ours).convert("RGB").save(content)
                run(a.relumine, "transfer", content, theirs, "-o", full, "--save-look", look, *options)
                said = run(a.relumine, "lut", look, "-o", cube)
                run(a.relumine, "apply", cube, content, "-o", made, "--overwrite")
                apart = deltaE_ciede2000(lab(made), lab(full))
                nothing = deltaE_ciede2000(lab(content), lab(full)).mean()
                rows.append((apart.mean(), np.percentile(apart, 95), float(re.search(r"ΔE2000 ([\d.]+)", said)[1]), nothing))
            print(f"| {method} | " + " | ".join(f"{statistics.median(column):.2f}" for column in zip(*rows)) + " |", flush=True)


if __name__ == "__main__":
    main()
