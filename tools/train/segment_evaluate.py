#!/usr/bin/env python3
"""What the segmenter is worth: agreement with its teacher on the photos held out from training, group by group.

    python3 segment_evaluate.py --checkpoint segment.pt

Photos are seen as relumine sees them (long side 384, sides multiples of 16), logits enlarged to the size of the labels; no
refinement. IoU is over the pixels of all photos.
"""
import argparse

import numpy as np
import torch
import torch.nn.functional as F

import paths
from segment_lessons import load, regrade
from segmenter import CELL, groups, trained

LONG = 384


@torch.no_grad()
def group_map(segmenter, merge, rgb, look=None):
    """H×W×3 uint8 → H×W, the most probable group of each pixel."""
    height, width = rgb.shape[:2]
    scale = LONG / max(height, width)
    size = [max(1, round(n * scale / CELL)) * CELL for n in (height, width)]
    t = torch.from_numpy(rgb.copy()).permute(2, 0, 1)[None].float() / 255
    t = F.interpolate(look(t) if look else t, size=size, mode="bilinear", antialias=True)
    p = torch.einsum("gc,nchw->nghw", merge, segmenter(t).softmax(1))
    return F.interpolate(p, size=(height, width), mode="bilinear")[0].argmax(0).numpy()


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--photos", default=paths.PHOTOS)
    a.add_argument("--checkpoint", required=True)
    a.add_argument("--regraded", action="store_true", help="in the looks of training")
    o = a.parse_args()
    torch.manual_seed(0), torch.set_num_threads(1)
    names, of = groups()
    merge = F.one_hot(of).T.float()
    segmenter = trained(torch.load(o.checkpoint, weights_only=True, map_location="cpu"))
    confusion = np.zeros((len(names), len(names)), int)
    for _, rgb, labels in load(o.photos, test=True):
        found = group_map(segmenter, merge, rgb, regrade if o.regraded else None)
        np.add.at(confusion, (of.numpy()[labels], found), 1)
    right, truth, said = confusion.diagonal(), confusion.sum(1), confusion.sum(0)
    union = truth + said - right
    print(f"pixel agreement {right.sum() / confusion.sum():.3f}, mean IoU {(right[union > 0] / union[union > 0]).mean():.3f}")
    for name, r, u, t, row in zip(names, right, union, truth, confusion):
        rival = max((n for n in range(len(names)) if names[n] != name), key=lambda n: row[n])
        print(f"{name:11} share {t / confusion.sum():.3f}  IoU {r / max(u, 1):.3f}  found {r / max(t, 1):.3f}  taken for {names[rival]}")


if __name__ == "__main__":
    main()
