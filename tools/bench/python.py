#!/usr/bin/env python3
"""relumine from Python: what the binding costs, and beside what else Python has.

    python3 python.py overhead
    python3 python.py peers [--pairs 10] [--photos 10] [--without look]

`overhead`: a transfer at strength 0 does all that a transfer does (keywords, arrays in and out, a thread of its own) but what the engine does for a
look; its time is held against that of the whole transfer, for a pair of 700 pixels. And what it takes to get an array of 24 megapixels in and out,
each alone, with peak memory.

`peers`: speed and measures over the first pairs of RELUMINE_SHARED/pairs-auto at 700 pixels, and scores on pairs with a known truth that
`relumine eval --self` makes of the first photos of RELUMINE_SHARED/photos. Tables are Markdown, medians but where they say otherwise.

Needs: relumine numpy pillow; for the peers scikit-image, color-matcher.
"""
import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

import relumine

EXAMPLES = Path(__file__).parent / "../../examples/photos"
SHARED = Path(os.environ.get("RELUMINE_SHARED", "../shared"))
MEASURES = ("swd", "edge", "lap", "lost", "inverted", "blotch_l", "blotch_ab", "stray")


def at(path, long=700):
    """A photo with this long side, `uint8`."""
    image = Image.open(path).convert("RGB")
    scale = long / max(image.size)
    return np.asarray(image.resize([round(side * scale) for side in image.size], Image.Resampling.LANCZOS))


def timed(work, *arguments, **keywords):
    """The result, seconds by the clock, and seconds of all threads of the process."""
    clock, cpu = time.perf_counter(), time.process_time()
    result = work(*arguments, **keywords)
    return result, time.perf_counter() - clock, time.process_time() - cpu


def row(*cells):
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def heading(*cells):
    row(*cells)
    row(*["---"] * len(cells))


def peak():
    """The most memory that this process has had, in MB."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024 / 1e6


def overhead():
    content, reference = at(EXAMPLES / "day.jpg"), at(EXAMPLES / "dusk.jpg")
    heading("700 px, the least of 15", "transfer, ms", "at strength 0, ms", "share", "CPU: transfer, ms", "at strength 0, ms", "share")
    for method in ("transport", "grade"):
        runs = {1.0: [], 0.0: []}
        for _ in range(16):
            for strength, kept in runs.items():
                kept.append(timed(relumine.transfer, content, reference, method=method, strength=strength)[1:])
        # The first loads the networks.
        least = {strength: np.min(kept[1:], axis=0) * 1000 for strength, kept in runs.items()}
        cells = [f"{least[1.0][by]:.0f} | {least[0.0][by]:.1f} | {least[0.0][by] / least[1.0][by]:.1%}" for by in (0, 1)]
        row(f"`{method}`", *cells)
    print()
    heading("6000×4000×3, the least of 8", "MB", "in, s", "out, s", "both by CPU, s", "a copy by numpy, s", "peak beyond array and result, MB")
    for kind in ("uint8", "uint16", "float32"):
        command = [sys.executable, __file__, "round-trip", kind]
        print(subprocess.run(command, check=True, capture_output=True, text=True).stdout, end="", flush=True)


def round_trip(kind):
    """One row, of a process of its own: the system keeps the peak."""
    array = np.random.default_rng(0).integers(0, 256, (4000, 6000, 3), dtype=np.uint8)
    array = {"uint8": lambda: array, "uint16": lambda: array * np.uint16(257), "float32": lambda: array * np.float32(1 / 255)}[kind]()
    opened, runs = relumine._images.opened, []
    # From here on: what the array itself took to be made is none of it.
    Path("/proc/self/clear_refs").write_text("5")
    before, most = peak(), 0
    for _ in range(8):
        (photo, back), *into = timed(opened, array, [], None, "rgb", "image")
        result, *out = timed(back, photo)
        most = most or peak() - before
        assert np.array_equal(result, array)
        del result, photo
        runs.append((into[0], out[0], into[1] + out[1], timed(array.copy)[1]))
    row(f"`{kind}`", round(array.nbytes / 1e6), *(f"{least:.3f}" for least in np.min(runs, axis=0)), f"{most - array.nbytes / 1e6:.0f}")


def pairs_table(methods, count):
    """Speed, and how near and how sound results are."""
    folder = SHARED / "pairs-auto"
    if not folder.is_dir():
        print(f"SKIPPED the pairs: {folder} is not there", file=sys.stderr)
        return
    ids = sorted(int(path.stem[2:]) for path in (folder / "input").iterdir())[:count]
    pairs = [(at(folder / f"input/in{id}.jpg"), at(folder / f"style/tar{id}.jpg")) for id in ids]
    heading(f"{len(pairs)} pairs, 700 px", "s a pair", "CPU s", *MEASURES)
    for name, method in methods.items():
        method(*pairs[0])
        results = [timed(method, *pair) for pair in pairs]
        found = [relumine.measure(made[0], *pair) for made, pair in zip(results, pairs)]
        seconds = [f"{statistics.median(made[by] for made in results):.2f}" for by in (1, 2)]
        row(name, *seconds, *(f"{statistics.median(one[key] for one in found):.3g}" for key in MEASURES))
    print()


def self_table(methods, count):
    """Whether a method takes the grade or the scene: means, as `relumine eval --self` tells them."""
    photos = SHARED / "photos"
    if not photos.is_dir():
        print(f"SKIPPED pairs with a known truth: {photos} is not there", file=sys.stderr)
        return
    from skimage.color import rgb2lab

    kinds = ("global", "local", "curve", "split", "linear", "film")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "relumine", "eval", "--self", photos, "--count", str(count), "--method", "transport", "-q"]
        subprocess.run([*command, "--kinds", ",".join(kinds), "--out", f"{folder}/{{id}}.png"], check=True, stdout=subprocess.DEVNULL)

        def read(number, name):
            return np.asarray(Image.open(f"{folder}/{number:02d}-{name}.png"))

        numbers = range(len(list(Path(folder).glob("*-truth.png"))))
        heading(f"{len(numbers)} photos, 448 px", *(f"{kind}: dB, ΔE" for kind in kinds), "all: dB, ΔE")
        for name, method in methods.items():
            scores = np.array([[against(method(read(n, kind), read(n, "ref")), read(n, "truth"), rgb2lab) for n in numbers] for kind in kinds])
            means = [*scores.mean(axis=1), scores.mean(axis=(0, 1))]
            row(name, *(f"{psnr:.1f}, {distance:.1f}" for psnr, distance in means))


def against(found, truth, lab):
    """Signal to noise in dB, and the mean CIE76 ΔE."""
    error = ((found.astype(float) - truth) ** 2).mean()
    return 10 * np.log10(255**2 / max(error, 1e-3)), np.linalg.norm(lab(found) - lab(truth), axis=-1).mean()


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = a.add_subparsers(dest="part", required=True)
    parts.add_parser("overhead")
    parts.add_parser("round-trip").add_argument("kind")
    peers = parts.add_parser("peers")
    peers.add_argument("--pairs", type=int, default=10)
    peers.add_argument("--photos", type=int, default=10)
    peers.add_argument("--without", nargs="*", default=[], help="methods of relumine to leave out")
    a = a.parse_args()
    if a.part == "overhead":
        overhead()
    elif a.part == "round-trip":
        round_trip(a.kind)
    else:
        from peers import known

        methods = {name: method for name, method in known().items() if not any(f"relumine `{left}`" == name for left in a.without)}
        pairs_table(methods, a.pairs)
        self_table(methods, a.photos)


if __name__ == "__main__":
    main()
