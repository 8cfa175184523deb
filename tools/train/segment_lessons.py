"""Lessons for the segmenter: re-graded crops, and how much of each 4×4 cell is surely of which class.

The looks are those of references (night, dusk, fog, saturated, one colour over all) beside the hard gradings of `crops.py`.
"""
import math
import random

import torch
import torch.nn.functional as F

import crops
from segment_labels import weights
from segmenter import CLASSES, STRIDE

SHAPES = {True: [(224, 320), (256, 256), (192, 288)], False: [(320, 224), (256, 256)]}  # of landscapes, of portraits
CLEAN, WHOLE = 0.3, 0.6


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


def shares(labels, sure):
    """N×H×W classes, and how sure they are in 0..1 → N×C×H/4×W/4, the share of each class in each cell, times how sure that is."""
    one_hot = F.one_hot(labels.long(), len(CLASSES)).permute(0, 3, 1, 2)
    return F.avg_pool2d(one_hot * sure[:, None], STRIDE)


def cut(photo, height, width):
    """A crop of random place, size and slight distortion → 1×3×height×width, and labels and how sure they are, 1×height×width."""
    rgb = photo.rgb
    largest = min(rgb.shape[0] / height, rgb.shape[1] / width)
    zoom = largest * (random.uniform(0.8, 1) if random.random() < WHOLE else math.exp(random.uniform(math.log(0.45), 0)))
    h = min(rgb.shape[0], round(height * zoom * random.uniform(0.9, 1.12)))
    w = min(rgb.shape[1], round(width * zoom * random.uniform(0.9, 1.12)))
    y, x = random.randint(0, rgb.shape[0] - h), random.randint(0, rgb.shape[1] - w)
    flip = [2] if random.random() < 0.5 else []
    t = rgb[y:y + h, x:x + w].permute(2, 0, 1).flip(flip)[None].float() / 255
    known = torch.stack([photo.labels, photo.sure])[:, y:y + h, x:x + w].flip(flip)[None].float()
    known = F.interpolate(known, size=(height, width), mode="nearest")
    t = F.interpolate(t, size=(height, width), mode="bilinear", antialias=True)
    return t, known[:, 0], known[:, 1] / 255


class Lessons:
    """Batches out of labelled photos."""

    def __init__(self, photos):
        lots = {lying: [(p, w) for p, w in zip(photos, weights(photos)) if (p.rgb.shape[1] >= p.rgb.shape[0]) == lying]
                for lying in (True, False)}
        self.lots = {lying: tuple(zip(*lot)) for lying, lot in lots.items() if lot}

    def batch(self, count):
        """Crops N×3×h×w of one shape, most of them re-graded, N×C×h/4×w/4 shares, and of which crops people are told into parts."""
        lying = random.choices(list(self.lots), weights=[sum(w) for _, w in self.lots.values()])[0]
        shape = random.choice(SHAPES[lying])
        photos, often = self.lots[lying]
        chosen = random.choices(photos, weights=often, k=count)
        rgb, labels, sure = map(torch.cat, zip(*(cut(photo, *shape) for photo in chosen)))
        parts = torch.tensor([photo.parts for photo in chosen], device=rgb.device)
        return crops.some(rgb, 1 - CLEAN, regrade), shares(labels, sure), parts
