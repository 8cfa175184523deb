#!/usr/bin/env python3
"""Have relumine's `look` solve training photos with the network as it is, for the next one to learn from what it was fooled by.

    python3 rollouts.py --pairs 300 --out rollouts [--network features.safetensors]

An optimiser ends where its network sees no difference any more and the teacher still does; no grading that is drawn by chance is like
that. (So Ross, Gordon & Bagnell, "A Reduction of Imitation Learning and Structured Prediction to No-Regret Online Learning",
AISTATS 2011: learn on the states that the learner itself brings about.) A rollout is OUT/N.png, the result above the reference it
was to look like, both SIDES large, and OUT/N.mask.png, their regions as grey levels. Those that are there are kept.
"""
import argparse
import random
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import crops
import paths
from segment_lessons import load, regrade
from segmenter import groups
from teacher import STYLE

SIDES = (256, 384)  # the shorter and the longer
GRADED, COMMON, SMALL = 0.4, 2, 0.04  # share of graded references; regions that both photos have; share of the area of a region
LEVEL = 32  # grey levels between regions
STYLE_LAYERS = ",".join(STYLE[:4])  # those that `look` uses


def size(rgb):
    """Height and width in a rollout."""
    return SIDES if rgb.shape[1] >= rgb.shape[0] else SIDES[::-1]


def fit(rgb, labels):
    """The largest middle of the right aspect, scaled to a rollout's size."""
    height, width = size(rgb)
    scale = min(rgb.shape[0] / height, rgb.shape[1] / width)
    h, w = round(height * scale), round(width * scale)
    box = slice((rgb.shape[0] - h) // 2, (rgb.shape[0] + h) // 2), slice((rgb.shape[1] - w) // 2, (rgb.shape[1] + w) // 2)
    picture = Image.fromarray(rgb[box]).resize((width, height), Image.LANCZOS)
    return picture, np.asarray(Image.fromarray(labels[box]).resize((width, height), Image.NEAREST))


def draw(photos):
    """A content and a reference of one shape that have regions in common: pictures, and masks of what they have in common (0 the rest)."""
    merge = groups()[1].numpy()
    while True:
        (_, *content), (_, *reference) = random.sample(photos, 2)
        if size(content[0]) != size(reference[0]):
            continue
        (content, a), (reference, b) = fit(*content), fit(*reference)
        a, b = merge[a], merge[b]
        common = [g for g in np.unique(a) if min((a == g).mean(), (b == g).mean()) >= SMALL]
        if len(common) < COMMON:
            continue
        if random.random() < GRADED:
            t = torch.from_numpy(np.array(reference)).permute(2, 0, 1)[None].float() / 255
            reference = Image.fromarray((regrade(t)[0].permute(1, 2, 0) * 255).round().byte().numpy())
        masks = [sum(LEVEL * (k + 1) * (m == g) for k, g in enumerate(common)).astype(np.uint8) for m in (a, b)]
        return content, reference, masks


def solve(o, n, drawn):
    content, reference, masks = drawn
    with tempfile.TemporaryDirectory() as folder:
        files = [f"{folder}/{name}.png" for name in ("content", "reference", "content-mask", "reference-mask", "result")]
        for picture, file in zip((content, reference, *map(Image.fromarray, masks)), files):
            picture.save(file)
        command = [o.relumine, "transfer", *files[:2], "-o", files[4], "--method", "look", "--content-mask", files[2],
                   "--reference-mask", files[3], "--threads", "1", "--quiet", "--style-layers", STYLE_LAYERS]
        subprocess.run(command + (["--network", o.network] if o.network else []), check=True)
        both = np.concatenate([np.asarray(Image.open(files[4]).convert("RGB")), np.asarray(reference)])
    Image.fromarray(np.concatenate(masks)).save(f"{o.out}/{n}.mask.png")
    Image.fromarray(both).save(f"{o.out}/{n}.png")


def read(folder):
    """Yields 2×3×H×W pictures in [0, 1] (result, reference) and 2×K×H×W masks of their regions, without end.

    Takes all rollouts at or below `folder` in turn.
    """
    files = [f for f in sorted(Path(folder).rglob("*.png")) if not f.stem.endswith(".mask")]
    if not files:
        raise SystemExit(f"no rollouts in {folder}")
    while True:
        for file in random.sample(files, len(files)):
            rgb = torch.from_numpy(np.array(Image.open(file))).permute(2, 0, 1).float() / 255
            levels = torch.from_numpy(np.array(Image.open(file.with_suffix(".mask.png"))))
            masks = torch.stack([(levels == k).float() for k in levels.unique() if k > 0])
            flip = [-1] if random.random() < 0.5 else []
            yield torch.stack(rgb.chunk(2, 1)).flip(flip), torch.stack(masks.chunk(2, 1)).flip(flip)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--photos", default=paths.PHOTOS)
    a.add_argument("--pairs", type=int, required=True)
    a.add_argument("--out", required=True)
    a.add_argument("--network", help="exported; else the one that the program embeds")
    a.add_argument("--relumine", default=paths.WORKSPACE / "target/release/relumine")
    a.add_argument("--threads", type=int, default=2, help="pairs solved at a time")
    a.add_argument("--seed", type=int, default=0)
    o = a.parse_args()
    torch.manual_seed(o.seed), random.seed(o.seed)
    Path(o.out).mkdir(parents=True, exist_ok=True)
    photos = load(o.photos, test=False)
    with ThreadPoolExecutor(o.threads) as pool:
        jobs = []
        for n in range(o.pairs):
            drawn = draw(photos)
            if not Path(o.out, f"{n}.png").exists():
                jobs.append(pool.submit(solve, o, n, drawn))
        for done, job in enumerate(jobs, 1):
            job.result()
            if done % 20 == 0:
                print(f"{done} of {len(jobs)}", flush=True)


if __name__ == "__main__":
    main()
