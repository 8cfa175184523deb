"""Photos with the labels that the segmenter is taught, and how often each kind of photo is shown.

Labels are classes as `segmenter.CLASSES` numbers them. A photo that has neither skin nor hair calls all of a person `person`: then that
class stands for the sum of the three. `sure` is the probability of a label in 255ths.
"""
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import segment_photos
from segmenter import PARTS

FIRST, SURE = "first teacher", 180  # kind, and `sure`, of the photos whose labels are by one teacher alone
SHARES = {  # of the lessons, by SOURCES.tsv's `labels` or else `kind`
    FIRST: 0.22,
    "person, skin and hair": 0.20,
    "teacher; skin and hair by a face parser": 0.07,
    ("person", "portrait", "person/object", "portrait (masked)"): 0.13,
    ("sky", "sky/landscape", "landscape", "landscape/street", "street", "building", "dusk"): 0.26,
    ("night", "night and low light"): 0.05,
    ("fog", "rain", "snow"): 0.04,
    "interior": 0.10,
    ("object", "animal", "still life (food)", "still life (fruit)"): 0.07,
    ("mixed", "mixed (COCO val2014)"): 0.04,
}


@dataclass
class Labelled:
    name: str
    rgb: torch.Tensor     # H×W×3 uint8
    labels: torch.Tensor  # H×W uint8
    sure: torch.Tensor    # H×W uint8
    parts: bool           # whether people are told into skin, hair and the rest
    kind: str             # as `SHARES` names it
    truth: str            # what of it has true masks, as SOURCES.tsv says; "" where nothing has
    source: str           # of true masks where from and on which terms, else the kind of photo

    def to(self, device):
        self.rgb, self.labels, self.sure = (t.to(device) for t in (self.rgb, self.labels, self.sure))
        return self


def labelled(path, rows):
    """A photo with its labels; `rows` are those of SOURCES.tsv."""
    def plane(folder):
        return np.array(Image.open(path.parent / folder / f"{path.stem}.png"))
    rgb, labels = np.array(Image.open(path).convert("RGB")), plane("labels")
    row = rows[path.stem] if path.parent.name == "new" else None
    sure = np.full_like(labels, SURE)
    if row:
        sure = np.array(Image.fromarray(plane("confidence")).resize(labels.shape[::-1], Image.Resampling.NEAREST))
    by = row["labels"] if row else "teacher"
    kind = FIRST if not row else row["kind"] if by == "teacher" else by
    truth = by if row and row["kind"] == "true masks" else ""
    source = f"{row['repository']}, {row['licence as stated there'].split()[0]}" if truth else row["kind"] if row else FIRST
    parts = bool(np.isin(labels, PARTS).any())
    return Labelled(path.stem, *map(torch.from_numpy, (rgb, labels, sure)), parts, kind, truth, source)


def load(photos, paths):
    rows = segment_photos.sources(photos)
    return [labelled(Path(p), rows) for p in paths]


def weights(photos):
    """How often each is shown, relative to the others: the kinds have their shares, the photos of a kind are alike."""
    def lot(photo):
        return next(key for key in SHARES if photo.kind == key or isinstance(key, tuple) and photo.kind in key)
    lots = [lot(p) for p in photos]
    return [SHARES[key] / lots.count(key) for key in lots]
