"""Lessons for the segmenter's head: features of re-graded crops, and how much of each 8×8 cell is of which class.

A lesson is made once and learnt from several times, since the frozen trunk costs as much as a step of the head. The looks
are those of references (night, dusk, fog, saturated, one colour over all) beside the hard gradings of `crops.py`.
"""
import math
import random
from collections import deque
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import crops
from segmenter import CLASSES, STRIDE, beside

SHAPES = {True: [(224, 320), (256, 256), (192, 288)], False: [(320, 224), (256, 256)]}  # of landscapes, of portraits
CLEAN, WHOLE = 0.3, 0.6
KEPT = 900  # lessons a shape


def load(folder, test):
    """[(name, H×W×3 uint8, H×W uint8)] of the photos that have labels."""
    photos = crops.load_photos(folder, test)
    return [(name, rgb, np.asarray(Image.open(Path(folder) / "labels" / f"{name}.png"))) for name, rgb in photos.items()]


def dusk(t):
    """Darker, blue in the dark and orange in the light, as if lamps were on."""
    t = t ** random.uniform(1.0, 2.2)
    y = crops.luma(t)
    cold, warm = torch.tensor([0.35, 0.5, 0.95]).view(1, 3, 1, 1), torch.tensor([1.2, 0.75, 0.3]).view(1, 3, 1, 1)
    if random.random() < 0.2:
        cold, warm = warm, cold
    k = torch.sigmoid(8 * (y - random.uniform(0.3, 0.9)))
    return torch.lerp(t, random.uniform(0.4, 1.1) * y.sqrt() * (cold * (1 - k) + warm * k), random.uniform(0.3, 1))


def fog(t):
    """Mist of one pale colour, mostly thicker at the top."""
    veil = torch.linspace(random.uniform(0.2, 0.9), random.uniform(0, 0.5), t.shape[2]).view(1, 1, -1, 1)
    return torch.lerp(t, torch.empty(1, 3, 1, 1).uniform_(0.5, 0.95).expand_as(t), veil)


def cast(t):
    """All of one colour, or grey."""
    y = crops.luma(t)
    colour = torch.rand(1, 3, 1, 1) if random.random() < 0.7 else torch.full((1, 3, 1, 1), 0.5)
    return torch.lerp(t, y ** random.uniform(0.7, 1.5) * 2 * colour, random.uniform(0.3, 1))


def regrade(t):
    look = random.choices([crops.grade, dusk, fog, cast, crops.night, crops.saturate, crops.tone],
                          weights=[2, 2, 1, 1, 2, 1, 2])[0]
    t = look(t).clamp(0, 1)
    return crops.noise(t).clamp(0, 1) if random.random() < 0.2 else t


def shares(labels):
    """H×W classes → C×H/8×W/8, the share of each class in each cell."""
    one_hot = F.one_hot(torch.from_numpy(labels).long(), len(CLASSES)).permute(2, 0, 1).float()
    return F.avg_pool2d(one_hot, STRIDE)


def cut(rgb, labels):
    """A crop of random place, size and slight distortion → (1×3×h×w, h×w)."""
    height, width = random.choice(SHAPES[rgb.shape[1] >= rgb.shape[0]])
    largest = min(rgb.shape[0] / height, rgb.shape[1] / width)
    zoom = largest * (random.uniform(0.8, 1) if random.random() < WHOLE else math.exp(random.uniform(math.log(0.45), 0)))
    h = min(rgb.shape[0], round(height * zoom * random.uniform(0.9, 1.12)))
    w = min(rgb.shape[1], round(width * zoom * random.uniform(0.9, 1.12)))
    y, x = random.randint(0, rgb.shape[0] - h), random.randint(0, rgb.shape[1] - w)
    box = slice(y, y + h), slice(x, x + w)
    flip = -1 if random.random() < 0.5 else 1
    t = torch.from_numpy(rgb[box][:, ::flip].copy()).permute(2, 0, 1)[None].float() / 255
    t = F.interpolate(t, size=(height, width), mode="bilinear", antialias=True)
    rows, columns = (np.arange(height) * h // height)[:, None], np.arange(width) * w // width
    return t, labels[box][:, ::flip][rows, columns]


class Lessons:
    """The latest lessons, by shape."""

    def __init__(self, photos, trunk):
        self.photos, self.trunk, self.made, self.order = photos, trunk, 0, []
        self.by_shape = {}

    def make(self):
        if not self.order:
            self.order = random.sample(self.photos, len(self.photos))
        _, rgb, labels = self.order.pop()
        t, labels = cut(rgb, labels)
        if random.random() > CLEAN:
            t = regrade(t)
        maps = [m[0].half() for m in self.trunk(t)]
        self.by_shape.setdefault(maps[0].shape[1:], deque(maxlen=KEPT)).append((maps, shares(labels).half()))
        self.made += 1

    def batch(self, count):
        """Features N×F×h×w and shares N×C×h×w of lessons of one shape."""
        shapes = list(self.by_shape)
        shape = random.choices(shapes, weights=[len(self.by_shape[s]) for s in shapes])[0]
        chosen = random.choices(self.by_shape[shape], k=count)
        maps = [torch.stack(m).float() for m in zip(*(m for m, _ in chosen))]
        return beside(maps), torch.stack([s for _, s in chosen]).float()
