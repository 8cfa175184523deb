#!/usr/bin/env python3
"""What the segmenter is worth, on photos that training never saw.

    python3 segment_evaluate.py --segmenter segment.pt       # or an exported segmenter.safetensors
    python3 segment_evaluate.py --program ../../target/release/relumine      # what `relumine segment` makes of it, borders refined

Agreement with the first teacher, group by group, on the photos that `crops.held_out` keeps back; IoU of sky, person, skin and hair
on true masks, by their source, and of person on held-out photos of other kinds, by the ensemble's labels. Photos are seen as relumine sees them (long
side 384, sides multiples of 16), probabilities enlarged to the size of the labels, without refinement; or by
the program, with skin and hair as groups of their own. IoU is over the pixels of all photos.
"""
import argparse
import subprocess
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import paths
import segment_photos
from segment_labels import FIRST, load
from segment_lessons import regrade
from segmenter import CELL, CLASSES, MERGING, PARTS, PEOPLE, groups, trained

LONG = 384
KINDS = {"sky": [CLASSES.index("sky")], "person": PEOPLE} | {CLASSES[part]: [part] for part in PARTS}


@torch.no_grad()
def look(segmenter, merge, rgb, change=None):
    """H×W×3 uint8 → the most probable group of each pixel, and its most probable part of a person, both H×W."""
    height, width = rgb.shape[:2]
    scale = LONG / max(height, width)
    size = [max(1, round(n * scale / CELL)) * CELL for n in (height, width)]
    t = rgb.permute(2, 0, 1)[None].float() / 255
    t = F.interpolate(change(t) if change else t, size=size, mode="bilinear", antialias=True)
    p = F.interpolate(segmenter(t).softmax(1), size=(height, width), mode="bilinear")[0]
    return torch.einsum("gc,chw->ghw", merge, p).argmax(0).numpy(), np.array(PEOPLE)[p[PEOPLE].argmax(0).numpy()]


class Program:
    """`relumine segment`, with the groups that relumine merges classes into, but that skin and hair are groups of their own."""

    def __init__(self, program, folder):
        self.program, self.merging, self.out = program, folder / "merging.txt", folder / "out.png"
        lines = [line for line in MERGING.read_text().splitlines() if line.strip() and not line.startswith("#")]
        own = [f"{CLASSES[part]} #0000{part:02x} {CLASSES[part]}" for part in PARTS]
        lines = own + [" ".join(word for word in line.split() if word not in (CLASSES[part] for part in PARTS)) for line in lines]
        self.merging.write_text("\n".join(lines) + "\n")
        colours = [int(line.split()[1][1:], 16) for line in lines]
        of_person = groups()[0].index("person")
        meaning = [of_person] * len(PARTS) + list(range(len(lines) - len(PARTS)))
        self.group = dict(zip(colours, meaning))
        self.part = {colour: part for colour, part in zip(colours, PARTS)}

    def look(self, path):
        """As `look`."""
        subprocess.run([self.program, "segment", path, "-o", self.out, "--merge", self.merging, "-q"], check=True)
        rgb = np.asarray(Image.open(self.out).convert("RGB")).astype(int)
        found, at = np.unique(rgb @ [65536, 256, 1], return_inverse=True)
        at = at.reshape(rgb.shape[:2])
        return np.array([self.group[c] for c in found])[at], np.array([self.part.get(c, PEOPLE[0]) for c in found])[at]


def unseen(photos):
    """Photos with labels that are never trained on: held out, or not free but with true masks."""
    rows = segment_photos.sources(photos)
    every = sorted(photos.glob("*.jpg")) + sorted(photos.glob("new/*.jpg"))
    return load(photos, [p for p in every if segment_photos.is_held_out(p)
                         or p.parent.name == "new" and not segment_photos.is_free(rows[p.stem]) and rows[p.stem]["kind"] == "true masks"])


def told(photo):
    """Which of KINDS its labels are to be compared by."""
    if photo.truth:
        return [kind for kind in KINDS if kind in photo.truth]
    return ["person", *(CLASSES[part] for part in PARTS)] if photo.parts else ["person"]


def report_groups(names, confusion):
    right, truth, said = confusion.diagonal(), confusion.sum(1), confusion.sum(0)
    union = truth + said - right
    print(f"first teacher: pixel agreement {right.sum() / confusion.sum():.3f}, mean IoU {(right[union > 0] / union[union > 0]).mean():.3f}")
    for name, r, u, t, row in zip(names, right, union, truth, confusion):
        rival = max((n for n in range(len(names)) if names[n] != name), key=lambda n: row[n])
        print(f"  {name:11} share {t / confusion.sum():.3f}  IoU {r / max(u, 1):.3f}  found {r / max(t, 1):.3f}  taken for {names[rival]}")


def report_kinds(tallies, photos):
    """Those by true masks first, then those by the ensemble's labels."""
    for (true, kind, source), (both, either, pixels) in sorted(tallies.items(), key=lambda item: (not item[0][0], item[0])):
        if either:
            print(f"{'true mask' if true else 'ensemble':9} {kind:7} IoU {both / either:.3f}  {photos[true, kind, source]:4} photos  "
                  f"share {pixels:.3f}  {source}")


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--photos", type=Path, default=paths.PHOTOS)
    which = a.add_mutually_exclusive_group(required=True)
    which.add_argument("--segmenter", help="a checkpoint, or an exported file")
    which.add_argument("--program", help="a relumine")
    a.add_argument("--regraded", action="store_true", help="in the looks of training (--segmenter)")
    o = a.parse_args()
    torch.manual_seed(0), torch.set_num_threads(1)
    names, of = groups()
    folder = tempfile.TemporaryDirectory()
    if o.program:
        program = Program(o.program, Path(folder.name))
    else:
        merge, segmenter = F.one_hot(of).T.float(), trained(o.segmenter)
    confusion = np.zeros((len(names), len(names)), int)
    tallies, photos = defaultdict(lambda: np.zeros(3)), Counter()
    for photo in unseen(o.photos):
        if o.program:
            found, parts = program.look(o.photos / ("" if photo.kind == FIRST else "new") / f"{photo.name}.jpg")
        else:
            found, parts = look(segmenter, merge, photo.rgb, regrade if o.regraded else None)
        labels = photo.labels.numpy()
        if photo.kind == FIRST:
            np.add.at(confusion, (of.numpy()[labels], found), 1)
            continue
        for kind in told(photo):
            truth = np.isin(labels, KINDS[kind])
            said = found == of[KINDS[kind][0]].item()
            if kind in ("skin", "hair"):
                said &= parts == KINDS[kind][0]
            for source in ("all", photo.source):
                tallies[bool(photo.truth), kind, source] += (truth & said).sum(), (truth | said).sum(), truth.mean()
                photos[bool(photo.truth), kind, source] += 1
    report_groups(names, confusion)
    report_kinds({key: (b, e, share / photos[key]) for key, (b, e, share) in tallies.items()}, photos)


if __name__ == "__main__":
    main()
