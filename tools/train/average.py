#!/usr/bin/env python3
"""The mean of the network that a training started from and of the one it came to, as a checkpoint.

    python3 average.py --start features.safetensors --checkpoint checkpoint.pt --out average.pt

Weights of one descent lie in one valley, and their mean is as good at what either has learnt (Wortsman et al. 2022, "Model soups").
The maps to the teacher's taps, which the exported file does not hold, are fitted to its metrics first (start.py).
"""
import argparse
import random

import torch

import crops
import paths
import start
from network import TAPS, Compact, Student, block_of
from teacher import Teacher

BATCHES = 12  # to fit the maps by


def mean(ours, theirs):
    """Of two networks' parameters by name."""
    return {name: (ours[name] + theirs[name]) / 2 for name in ours}


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--start", required=True)
    a.add_argument("--checkpoint", required=True)
    a.add_argument("--out", required=True)
    a.add_argument("--photos", default=paths.PHOTOS)
    a.add_argument("--teacher", default=paths.TEACHER)
    o = a.parse_args()
    torch.manual_seed(0), random.seed(0)
    state = torch.load(o.checkpoint, weights_only=True)
    teacher = Teacher(o.teacher)
    teacher.rms, teacher.basis = state["rms"], state["basis"]
    photos = list(crops.load_photos(o.photos, test=False).values())
    before, given = Student(), Compact(o.start)
    start.take(before, given)
    every_block = max(block_of(conv) for conv in TAPS.values())
    start.fit_maps(before, teacher, [crops.batch(photos) for _ in range(BATCHES)], given, frozen=every_block)
    state["average"] = mean(before.state_dict(), state["average"])
    torch.save(state, o.out)


if __name__ == "__main__":
    main()
