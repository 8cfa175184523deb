#!/usr/bin/env python3
"""Whether a look flickers over the frames of a film: a pan, light that changes, and a cut, made of photos, so that the motion is known.

    python3 flicker.py RELUMINE LOOK PHOTO OTHER_PHOTO [--frames 48]

CIEDE2000 between consecutive frames along the motion, mean over the pixels that both show: of the frames themselves, of one grade for all
(`--one`), of one grid for each scene, fixed, of its first frame (`--sequence --keys 0`), of `--sequence`, which is to have at most 1.1 times that, and frame by
frame; the mean CIEDE2000 from frame by frame of the last three, so that freezing would show; and the first and last frame about the cut against the same
scene alone, which is what would bleed. Needs: numpy pillow scikit-image.
"""
import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

WIDTH, HEIGHT, STEP = 640, 400, 6


def lab(path):
    return rgb2lab(np.asarray(Image.open(path).convert("RGB")) / 255)


def frames(folder):
    return sorted(Path(folder).glob("*.png"))


def flicker(folder, step):
    found, before = [], None
    for path in frames(folder):
        after = lab(path)
        if before is not None:
            found.append(deltaE_ciede2000(before[:, step:], after[:, : WIDTH - step]).mean())
        before = after
    return float(np.mean(found))


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("relumine", "look", "photo", "other"):
        a.add_argument(name)
    a.add_argument("--frames", type=int, default=48)
    a = a.parse_args()
    large = [np.asarray(Image.open(path).convert("RGB").resize((WIDTH + STEP * a.frames, HEIGHT + 40))) for path in (a.photo, a.other)]

    def write(folder, number, picture):
        folder.mkdir(exist_ok=True)
        Image.fromarray(picture.astype(np.uint8)).save(folder / f"frame-{number:05}.png")

    def apply(source, out, *words):
        command = [a.relumine, "apply", a.look, source / "frame-%05d.png", "-o", out / "frame-%05d.png", "-q", *words]
        subprocess.run([str(word) for word in command], check=True)
        return out

    ways = {"one grade": ["--one"], "fixed": ["--sequence", "--keys", "0"], "`--sequence`": ["--sequence"], "each": []}
    print("| | the frames | one grade | one grid, fixed | `--sequence` | frame by frame | of fixed | fixed from frame by frame | `--sequence` from it |")
    print("|---|" + "---|" * 8, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for number in range(a.frames):
            write(folder / "pan", number, large[0][:HEIGHT, STEP * number : STEP * number + WIDTH])
            light = 0.55 + 0.45 * number / (a.frames - 1)
            still = np.asarray(large[0][:HEIGHT, :WIDTH], float) / 255
            write(folder / "light", number, 255 * np.clip(still**2.2 * light, 0, 1) ** (1 / 2.2))
            scene = large[0] if number < a.frames // 2 else large[1]
            write(folder / "cut", number, scene[:HEIGHT, STEP * number : STEP * number + WIDTH])
        for name, step in (("pan", STEP), ("light", 0)):
            source = folder / name
            made = {way: apply(source, folder / f"{name}-{rank}", *words) for rank, (way, words) in enumerate(ways.items())}
            fixed, sequence, each = (made[way] for way in ("fixed", "`--sequence`", "each"))
            figures = [flicker(source, step)] + [flicker(out, step) for out in made.values()]
            away = [np.mean([deltaE_ciede2000(lab(x), lab(y)).mean() for x, y in zip(frames(out), frames(each))]) for out in (fixed, sequence)]
            ratio = figures[3] / figures[2]
            print(f"| {name} | " + " | ".join(f"{figure:.3f}" for figure in figures) + f" | {ratio:.2f} | {away[0]:.2f} | {away[1]:.2f} |", flush=True)
        whole = apply(folder / "cut", folder / "cut-sequence", "--sequence")
        middle = a.frames // 2
        for name, numbers in (("before", range(middle)), ("after", range(middle, a.frames))):
            alone = folder / f"alone-{name}"
            for number in numbers:
                write(alone, number, np.asarray(Image.open(folder / f"cut/frame-{number:05}.png")))
            apply(alone, folder / f"alone-{name}-sequence", "--sequence")
        edge = [(folder / "alone-before-sequence", middle - 1), (folder / "alone-after-sequence", middle)]
        bleeding = [deltaE_ciede2000(lab(out / f"frame-{number:05}.png"), lab(whole / f"frame-{number:05}.png")).max() for out, number in edge]
        print(f"\nabout a cut, from the scene alone: at most {max(bleeding):.2f}")


if __name__ == "__main__":
    main()
