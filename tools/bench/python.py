#!/usr/bin/env python3
"""relumine from Python: what the binding costs, and beside what else Python has.

    python3 python.py overhead
    python3 python.py peers [--pairs 10] [--photos 10] [--without look]

`overhead`: what it takes to get arrays in and out, beside the whole transfer of a pair of 700 pixels; and a transfer at strength 0, which is all of a
transfer (keywords, arrays, a thread of its own) but the look: the binding is no more than that. Then arrays of 24 megapixels, with peak memory. CPU
seconds are those of all threads, and hardly depend on what else the machine does.

`peers`: speed and measures over the first pairs of RELUMINE_SHARED/pairs-auto at 700 pixels, and scores on pairs with a known truth that
`relumine eval --self` makes of the first photos of RELUMINE_SHARED/photos that no network was trained on. Tables are Markdown.

Needs: relumine numpy pillow; for the peers scikit-image, color-matcher.
"""
import argparse
import hashlib
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


def in_and_out(*arrays):
    """Arrays to photos, and the first back to an array: what the package does before the engine and after it."""
    photos = [relumine._images.opened(array, [], None, "rgb", "image") for array in arrays]
    photo, back = photos[0]
    return back(photo)


def overhead():
    pair = [at(EXAMPLES / f"{name}.jpg") for name in ("day", "dusk")]
    heading("700 px: CPU, the least of 15", "transfer, ms", "arrays in and out, ms", "share", "at strength 0, ms", "share")
    for method in ("transport", "grade"):
        works = [
            lambda: relumine.transfer(*pair, method=method),
            lambda: in_and_out(*pair),
            lambda: relumine.transfer(*pair, method=method, strength=0),
        ]
        # The first round loads the networks.
        rounds = [[1000 * timed(work)[2] for work in works] for _ in range(16)][1:]
        whole, arrays, nothing = np.min(rounds, axis=0)
        row(f"`{method}`", f"{whole:.0f}", f"{arrays:.1f}", f"{arrays / whole:.1%}", f"{nothing:.1f}", f"{nothing / whole:.1%}")
    print()
    heading("6000×4000×3: in and out, the least of 8", "MB", "CPU, s", "by the clock, s", "a copy by numpy, s", "peak beyond array and result, MB")
    for kind in ("uint8", "uint16", "float32"):
        command = [sys.executable, __file__, "round-trip", kind]
        print(subprocess.run(command, check=True, capture_output=True, text=True).stdout, end="", flush=True)


def round_trip(kind):
    """One row, of a process of its own: the system keeps the peak."""
    array = np.random.default_rng(0).integers(0, 256, (4000, 6000, 3), dtype=np.uint8)
    array = {"uint8": lambda: array, "uint16": lambda: array * np.uint16(257), "float32": lambda: array * np.float32(1 / 255)}[kind]()
    # From here on: what the array itself took to be made is none of it.
    Path("/proc/self/clear_refs").write_text("5")
    before, most, runs = peak(), 0, []
    for _ in range(8):
        result, clock, cpu = timed(in_and_out, array)
        most = most or peak() - before
        assert np.array_equal(result, array)
        del result
        runs.append((cpu, clock, timed(array.copy)[1]))
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


def held_out(path):
    """Whether the networks were never trained on it: `held_out` of `tools/train/crops.py`, which needs torch."""
    return hashlib.sha256(path.name.encode()).digest()[1] % 20 == 0


def self_table(methods, count):
    """Whether a method takes the grade or the scene: means, as `relumine eval --self` tells them."""
    photos = SHARED / "photos"
    if not photos.is_dir():
        print(f"SKIPPED pairs with a known truth: {photos} is not there", file=sys.stderr)
        return
    from skimage.color import rgb2lab

    kinds = ("global", "local")
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as unseen:
        for photo in filter(held_out, photos.glob("*.jpg")):
            (Path(unseen) / photo.name).symlink_to(photo.resolve())
        command = [sys.executable, "-m", "relumine", "eval", "--self", unseen, "--count", str(count), "--method", "transport", "-q"]
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
    parts.add_parser("round-trip", help="a row of overhead").add_argument("kind", choices=("uint8", "uint16", "float32"))
    peers = parts.add_parser("peers")
    peers.add_argument("--pairs", type=int, default=10, help="0 leaves the table out")
    peers.add_argument("--photos", type=int, default=10, help="as --pairs")
    peers.add_argument("--without", nargs="*", default=[], choices=("grade", "transport", "look"), help="methods of relumine to leave out")
    a = a.parse_args()
    if a.part == "overhead":
        overhead()
    elif a.part == "round-trip":
        round_trip(a.kind)
    else:
        from peers import known

        left = {f"relumine `{method}`" for method in a.without}
        methods = {name: method for name, method in known().items() if name not in left}
        if a.pairs:
            pairs_table(methods, a.pairs)
        if a.photos:
            self_table(methods, a.photos)


if __name__ == "__main__":
    main()
