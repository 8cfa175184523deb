"""Training crops: photos at random scale and place, re-graded hard.

An optimiser of looks visits colours that no camera takes, and a network that never saw them can be fooled there. So
two thirds of the crops are graded: global tone and colour, and random bilateral grids of affine colour matrices, the
very family that the optimiser moves in. All pictures are N×3×H×W, sRGB-encoded RGB in [0, 1], on any device; gradings draw for
each of the N, but for the shapes of grids and blurs.
"""
import hashlib
import math
import random
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

LUMA = torch.tensor([0.299, 0.587, 0.114])
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
    """A random square of `side` pixels out of the photo (H×W×3 uint8) reduced by `scale` ≤ 1 (or whatever still fits)."""
    k = min(round(side / scale), *photo.shape[:2])
    y, x = random.randint(0, photo.shape[0] - k), random.randint(0, photo.shape[1] - k)
    t = photo[y:y + k, x:x + k].permute(2, 0, 1)[None].float() / 255
    if k != side:
        t = F.interpolate(t, size=(side, side), mode="area" if k > side else "bilinear")
    return t.flip(3) if random.random() < 0.5 else t


def each(t, low, high, channels=1):
    """A number for each picture (or channel of it), uniform in low..high."""
    return torch.empty(len(t), channels, 1, 1, device=t.device).uniform_(low, high)


def luma(t):
    """N×1×H×W."""
    return torch.einsum("c,nchw->nhw", LUMA.to(t.device, non_blocking=True), t)[:, None]


def some(t, share, change):
    """The pictures, a random share of them changed."""
    return changed(t, [n for n in range(len(t)) if random.random() < share], change)


def changed(t, chosen, change):
    """The pictures, those with the chosen numbers changed."""
    if not chosen:
        return t
    chosen = torch.tensor(chosen).to(t.device, non_blocking=True)  # which does not wait for what the device has to do
    return t.index_copy(0, chosen, change(t[chosen]))


def tone(t):
    """Gamma, gain and offset, per channel too at times."""
    t = t.clamp(0, 1) ** each(t, math.log(0.5), math.log(2.2)).exp()
    t = some(t, 0.3, lambda t: t ** each(t, 0.7, 1.4, 3))
    return t * each(t, 0.6, 1.15, 3) + each(t, -0.05, 0.05)


def mix(t):
    change = each(t, 0.05, 0.35)[:, 0] * torch.randn(len(t), 3, 3, device=t.device)
    return torch.einsum("nij,njhw->nihw", torch.eye(3, device=t.device) + change, t)


def saturate(t):
    grey = luma(t)
    return grey + each(t, 0, 3) * (t - grey)


def night(t):
    return t.clamp(0, 1) ** each(t, 1.5, 3) * each(t, 0.15, 0.7) * each(t, 0.5, 1.2, 3)


def field(t):
    """A random bilateral grid of 3×4 colour matrices (luma × y × x), sliced trilinearly at each pixel."""
    depth, height, width = random.choice([1, 2, 4, 8, 12]), random.randint(1, 8), random.randint(1, 8)
    change = torch.randn(len(t), 12, depth, height, width, device=t.device)
    return slice_grid(identity(t) + each(t, 0.05, 0.5)[..., None] * change, t)


def identity(t):
    """The grid of one cell that changes nothing, 1×12×1×1×1."""
    return torch.eye(3, 4, device=t.device).view(1, 12, 1, 1, 1)


def slice_grid(grid, t):
    """Trilinear lookup of a 3×4 matrix a pixel at (x, y, luma); grid N×12×luma×y×x."""
    n, _, h, w = t.shape
    y, x = torch.meshgrid(*(torch.linspace(-1, 1, k, device=t.device) for k in (h, w)), indexing="ij")
    z = luma(t)[:, 0].clamp(0, 1) * 2 - 1
    at = torch.stack([x.expand(n, h, w), y.expand(n, h, w), z], -1)[:, None]
    a = F.grid_sample(grid, at, align_corners=True, padding_mode="border").view(n, 3, 4, h, w)
    return (a[:, :, :3] * t[:, None]).sum(2) + a[:, :, 3]


def blobs(t):
    """Soft-edged blobs of flat colour, preferably over bright places such as skies."""
    noise = torch.randn(len(t), 1, random.randint(2, 6), random.randint(2, 6), device=t.device)
    noise = F.interpolate(noise, size=t.shape[2:], mode="bicubic")
    place = noise + each(t, 0, 3) * (luma(t) - 0.6)
    m = torch.sigmoid(each(t, 2, 20) * (place - each(t, 0.2, 1))) * each(t, 0.3, 1)
    return torch.lerp(t, each(t, 0, 1, 3), m)


def blur(t):
    k = random.choice([2, 3, 4])
    low = F.avg_pool2d(F.pad(t, (k // 2, (k - 1) // 2) * 2, mode="replicate"), k, stride=1)
    return t + each(t, -1, 1) * (low - t)  # negative: sharpened


def noise(t):
    return t + each(t, 0.005, 0.06) * torch.randn_like(t)


GRADINGS = [(tone, 0.6), (mix, 0.3), (saturate, 0.3), (night, 0.15), (field, 0.55), (blobs, 0.12), (blur, 0.15), (noise, 0.1)]


def grade(t):
    """One random hard grading of each."""
    for change, share in GRADINGS:
        t = some(some(t, share, change), 0.5, lambda t: t.clamp(0, 1))
    return t.clamp(0, 1)


def batch(photos, size=1):
    """Crops of one side, `size` times as many as SHAPES says; half of the batches hold each crop in two gradings, one after the
    other, as an optimiser compares them. `photos` are H×W×3 uint8 tensors."""
    side, count, _ = random.choices(SHAPES, weights=[s[2] for s in SHAPES])[0]
    count *= size
    twice = count % 2 == 0 and random.random() < 0.5
    crops = []
    for photo in random.choices(photos, k=count // 2 if twice else count):
        whole = side / min(photo.shape[:2])
        scale = max(random.uniform(0.5, 1), min(whole, 1)) if side < 256 else random.uniform(min(whole, 1), 1)
        crops.append(cut(photo, side, scale))
    clean = torch.cat(crops)
    first = some(clean, 1 - CLEAN, grade)
    return torch.stack([first, grade(clean)], 1).flatten(0, 1) if twice else first
