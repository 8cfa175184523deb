"""Training crops: photos at random scale and place, re-graded hard.

An optimiser of looks visits colours that no camera takes, and a network that never saw them can be fooled there. So
two thirds of the crops are graded: global tone and colour, and random bilateral grids of affine colour matrices, the
very family that the optimiser moves in. All pictures are N×3×H×W, sRGB-encoded RGB in [0, 1].
"""
import hashlib
import math
import random
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

LUMA = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
CLEAN = 0.35
SHAPES = [(128, 4, 0.3), (192, 2, 0.4), (256, 1, 0.2), (320, 1, 0.1)]  # side, crops a batch, share


def held_out(path):
    """About one photo in twenty, some of every collection, by the hash of its file name: never trained on."""
    return hashlib.sha256(Path(path).name.encode()).digest()[1] % 20 == 0


def load_photos(folder, test):
    """The training photos, or with `test` the held-out ones: name → H×W×3 uint8."""
    paths = [p for p in sorted(Path(folder).glob("*.jpg")) if held_out(p) == test]
    if not paths:
        raise SystemExit(f"no photos in {folder}")
    return {p.stem: np.asarray(Image.open(p).convert("RGB")) for p in paths}


def cut(photo, side, scale):
    """A random square of `side` pixels out of the photo reduced by `scale` ≤ 1 (or whatever still fits)."""
    k = min(round(side / scale), *photo.shape[:2])
    y, x = random.randint(0, photo.shape[0] - k), random.randint(0, photo.shape[1] - k)
    t = torch.from_numpy(photo[y:y + k, x:x + k].copy()).permute(2, 0, 1)[None].float() / 255
    if k != side:
        t = F.interpolate(t, size=(side, side), mode="area" if k > side else "bilinear")
    return t.flip(3) if random.random() < 0.5 else t


def tone(t):
    """Gamma, gain and offset, per channel too at times."""
    t = t.clamp(0, 1) ** math.exp(random.uniform(math.log(0.5), math.log(2.2)))
    if random.random() < 0.3:
        t = t ** torch.empty(1, 3, 1, 1).uniform_(0.7, 1.4)
    return t * torch.empty(1, 3, 1, 1).uniform_(0.6, 1.15) + random.uniform(-0.05, 0.05)


def mix(t):
    return torch.einsum("ij,njhw->nihw", torch.eye(3) + random.uniform(0.05, 0.35) * torch.randn(3, 3), t)


def saturate(t):
    grey = (t * LUMA).sum(1, keepdim=True)
    return grey + random.uniform(0, 3) * (t - grey)


def night(t):
    return t.clamp(0, 1) ** random.uniform(1.5, 3) * random.uniform(0.15, 0.7) * torch.empty(1, 3, 1, 1).uniform_(0.5, 1.2)


def field(t):
    """A random bilateral grid of 3×4 colour matrices (luma × y × x), sliced trilinearly at each pixel."""
    depth, height, width = random.choice([1, 2, 4, 8, 12]), random.randint(1, 8), random.randint(1, 8)
    grid = torch.eye(3, 4).view(1, 12, 1, 1, 1) + random.uniform(0.05, 0.5) * torch.randn(1, 12, depth, height, width)
    return slice_grid(grid, t)


def slice_grid(grid, t):
    """Trilinear lookup of a 3×4 matrix a pixel at (x, y, luma); grid N×12×luma×y×x."""
    n, _, h, w = t.shape
    y, x = torch.meshgrid(torch.linspace(-1, 1, h), torch.linspace(-1, 1, w), indexing="ij")
    z = (t * LUMA).sum(1).clamp(0, 1) * 2 - 1
    at = torch.stack([x.expand(n, h, w), y.expand(n, h, w), z], -1)[:, None]
    a = F.grid_sample(grid, at, align_corners=True, padding_mode="border").view(n, 3, 4, h, w)
    return (a[:, :, :3] * t[:, None]).sum(2) + a[:, :, 3]


def blobs(t):
    """Soft-edged blobs of flat colour, preferably over bright places such as skies."""
    h, w = t.shape[2:]
    noise = F.interpolate(torch.randn(1, 1, random.randint(2, 6), random.randint(2, 6)), size=(h, w), mode="bicubic")
    place = noise + random.uniform(0, 3) * ((t * LUMA).sum(1, keepdim=True) - 0.6)
    m = torch.sigmoid(random.uniform(2, 20) * (place - random.uniform(0.2, 1))) * random.uniform(0.3, 1)
    return t * (1 - m) + torch.rand(1, 3, 1, 1) * m


def blur(t):
    k = random.choice([2, 3, 4])
    low = F.avg_pool2d(F.pad(t, (k // 2, (k - 1) // 2) * 2, mode="replicate"), k, stride=1)
    return t + random.uniform(-1, 1) * (low - t)  # negative: sharpened


def noise(t):
    return t + random.uniform(0.005, 0.06) * torch.randn_like(t)


def grade(t):
    """One random hard grading."""
    steps = [f for f, p in ((tone, 0.6), (mix, 0.3), (saturate, 0.3), (night, 0.15), (field, 0.5), (blobs, 0.12),
                            (blur, 0.15), (noise, 0.1)) if random.random() < p] or [field]
    for step in steps:
        t = step(t)
        if random.random() < 0.5:
            t = t.clamp(0, 1)
    return t.clamp(0, 1)


def batch(photos):
    """Crops of one size; half of the batches hold each crop in two gradings, as an optimiser compares them."""
    side, count, _ = random.choices(SHAPES, weights=[s[2] for s in SHAPES])[0]
    twice = count > 1 and random.random() < 0.5
    out = []
    for _ in range(count // 2 if twice else count):
        photo = random.choice(photos)
        whole = side / min(photo.shape[:2])
        t = cut(photo, side, max(random.uniform(0.5, 1), min(whole, 1)) if side < 256 else random.uniform(whole, 1) if whole < 1 else 1)
        out += [t if random.random() < CLEAN else grade(t)]
        if twice:
            out += [grade(t)]
    return torch.cat(out)
