"""Lessons for the segmenter: re-graded crops, and how much of each 8×8 cell is of which class.

The looks are those of references (night, dusk, fog, saturated, one colour over all) beside the hard gradings of `crops.py`.
"""
import math
import random
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import crops
from segmenter import CLASSES, STRIDE

SHAPES = {True: [(224, 320), (256, 256), (192, 288)], False: [(320, 224), (256, 256)]}  # of landscapes, of portraits
CLEAN, WHOLE = 0.3, 0.6


def load(folder, test):
    """[(name, H×W×3 uint8, H×W uint8)] of the photos that have labels."""
    photos = crops.load_photos(folder, test)
    return [(name, rgb, np.asarray(Image.open(Path(folder) / "labels" / f"{name}.png"))) for name, rgb in photos.items()]


def dusk(t):
    """Darker, blue in the dark and orange in the light, as if lamps were on."""
    t = t ** crops.each(t, 1.0, 2.2)
    y = crops.luma(t)
    tints = [torch.tensor(c).view(1, 3, 1, 1).to(t.device, non_blocking=True) for c in ([0.35, 0.5, 0.95], [1.2, 0.75, 0.3])]
    cold, warm = tints if random.random() < 0.8 else tints[::-1]
    k = torch.sigmoid(8 * (y - crops.each(t, 0.3, 0.9)))
    return torch.lerp(t, crops.each(t, 0.4, 1.1) * y.sqrt() * (cold * (1 - k) + warm * k), crops.each(t, 0.3, 1))


def fog(t):
    """Mist of one pale colour, mostly thicker at the top."""
    down = torch.linspace(0, 1, t.shape[2], device=t.device).view(1, 1, -1, 1)
    veil = torch.lerp(crops.each(t, 0.2, 0.9), crops.each(t, 0, 0.5), down)
    return torch.lerp(t, crops.each(t, 0.5, 0.95, 3), veil)


def cast(t):
    """All of one colour, or grey."""
    colour = torch.lerp(crops.each(t, 0.5, 0.5, 3), crops.each(t, 0, 1, 3), (crops.each(t, 0, 1) < 0.7).float())
    return torch.lerp(t, crops.luma(t) ** crops.each(t, 0.7, 1.5) * 2 * colour, crops.each(t, 0.3, 1))


LOOKS = {crops.grade: 2, dusk: 2, fog: 1, cast: 1, crops.night: 2, crops.saturate: 1, crops.tone: 2}


def regrade(t):
    """Each in one of the looks."""
    look = random.choices(list(LOOKS), weights=LOOKS.values(), k=len(t))
    for change in LOOKS:
        t = crops.changed(t, [n for n in range(len(t)) if look[n] is change], change).clamp(0, 1)
    return crops.some(t, 0.2, crops.noise).clamp(0, 1)


def shares(labels):
    """N×H×W classes → N×C×H/8×W/8, the share of each class in each cell."""
    one_hot = F.one_hot(labels.long(), len(CLASSES)).permute(0, 3, 1, 2).float()
    return F.avg_pool2d(one_hot, STRIDE)


def cut(rgb, labels, height, width):
    """A crop of random place, size and slight distortion → (1×3×height×width, 1×height×width). Takes H×W×3 and H×W uint8 tensors."""
    largest = min(rgb.shape[0] / height, rgb.shape[1] / width)
    zoom = largest * (random.uniform(0.8, 1) if random.random() < WHOLE else math.exp(random.uniform(math.log(0.45), 0)))
    h = min(rgb.shape[0], round(height * zoom * random.uniform(0.9, 1.12)))
    w = min(rgb.shape[1], round(width * zoom * random.uniform(0.9, 1.12)))
    y, x = random.randint(0, rgb.shape[0] - h), random.randint(0, rgb.shape[1] - w)
    flip = [2] if random.random() < 0.5 else []
    t = rgb[y:y + h, x:x + w].permute(2, 0, 1).flip(flip)[None].float() / 255
    labels = labels[None, None, y:y + h, x:x + w].float().flip([d + 1 for d in flip])
    t = F.interpolate(t, size=(height, width), mode="bilinear", antialias=True)
    return t, F.interpolate(labels, size=(height, width), mode="nearest")[0]


class Lessons:
    """Batches out of the photos, [(H×W×3 uint8, H×W uint8)]."""

    def __init__(self, photos):
        self.of = {lying: [p for p in photos if (p[0].shape[1] >= p[0].shape[0]) == lying] for lying in (True, False)}

    def batch(self, count):
        """Crops N×3×h×w of one shape, most of them re-graded, and N×C×h/8×w/8 shares."""
        lying = random.random() * sum(map(len, self.of.values())) < len(self.of[True])
        shape = random.choice(SHAPES[lying])
        rgb, labels = zip(*(cut(*photo, *shape) for photo in random.choices(self.of[lying], k=count)))
        return crops.some(torch.cat(rgb), 1 - CLEAN, regrade), shares(torch.cat(labels))
