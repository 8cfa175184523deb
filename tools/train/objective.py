"""What the student is trained on: features at sampled places, Gram matrices of regions, and differences of those.

Each crop is split by a random soft mask into two regions, for the look of a photo is compared region by region; looks
have the regions that they were solved with. The
teacher's side is a `Lesson`: Gram matrices (f16) and the taps at some positions (f16).
"""
import random
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from network import TAPS, block_of
from teacher import STYLE

POSITIONS = 256
TOGETHER = 4  # pictures whose regions are compared with one another, one after another in a batch
LAST, HEARD = 5, 0.25  # the last block, and the share of its gradient that the others heed: its errors are the largest by far


@dataclass
class Lesson:
    below: torch.Tensor  # what the frozen blocks put out; the crops, N×3×H×W, where none are
    masks: torch.Tensor  # N×K×H×W
    places: dict         # tap → P indices into h·w
    taps: dict           # tap → N×C×P f16
    variance: dict       # tap → scalar
    grams: dict          # style tap → N×K×C×C f16


def random_masks(rgb):
    """Two soft regions of each picture, N×2×H×W."""
    n, _, h, w = rgb.shape
    noise = torch.randn(n, 1, random.randint(2, 5), random.randint(2, 5), device=rgb.device)
    m = torch.sigmoid(8 * (F.interpolate(noise, size=(h, w), mode="bicubic") + random.uniform(-0.3, 0.3)))
    return torch.cat([m, 1 - m], 1)


def grams(f, masks):
    """Gram matrices F diag(m) Fᵀ / Σm: N×C×h×w features and N×K×H×W masks to N×K×C×C."""
    m = F.adaptive_avg_pool2d(masks, f.shape[2:]).flatten(2)
    f = f.flatten(2)
    m = m / (m.sum(2, keepdim=True) + 1e-6)
    return torch.stack([(f * m[:, k, None]) @ f.transpose(1, 2) for k in range(m.shape[1])], 1)


@torch.no_grad()
def lesson(teacher, rgb, masks, student, frozen):
    """Of the taps above the `frozen` first blocks of the student."""
    places, taps, gram = {}, {}, {}
    kept, variance = teacher.taps(rgb, [tap for tap, conv in TAPS.items() if block_of(conv) > frozen])
    for name, f in kept.items():
        places[name] = torch.randperm(f.shape[2] * f.shape[3], device=f.device)[:POSITIONS]
        taps[name] = f.flatten(2)[:, :, places[name]].half()
        if name in STYLE:
            gram[name] = grams(f, masks).clamp_max(6e4).half()
    return Lesson(student.blocks(rgb, 1, frozen)[0] if frozen else rgb, masks, places, taps, variance, gram)


def square(x):
    return x.square().sum((-1, -2))


def distances(x):
    """Squared Frobenius distances between all of …×K×C×C: …×K×K."""
    x = x.flatten(-2)
    inner, norms = x @ x.mT, x.square().sum(-1)
    return norms[..., None] + norms[..., None, :] - 2 * inner


def loss(student, lesson, spread, frozen=0):
    """The loss and, per tap above the `frozen` first blocks, its parts as a tensor: relative errors of features, of Gram
    matrices, of their differences.

    `spread` is the typical variance of each tap; it keeps flat crops from weighing without bound.
    """
    total, parts = 0, {}
    below, features = student.blocks(lesson.below, frozen + 1, LAST - 1)
    features |= student.blocks(torch.lerp(below.detach(), below, HEARD), LAST)[1]
    pooled, (n, regions) = {}, lesson.masks.shape[:2]
    together = (-1, min(TOGETHER, n) * regions)
    for tap in lesson.taps:
        conv = TAPS[tap]
        e = student.expand[tap]
        want = lesson.taps[tap].float()
        got = e @ features[conv].flatten(2)[:, :, lesson.places[tap]]
        scale = 0.5 * (lesson.variance[tap] + spread[tap])
        parts[tap] = [(got - want).square().sum(1).mean() / scale]
        total = total + 0.7 * parts[tap][0]
        if tap not in STYLE:
            continue
        if conv not in pooled:
            pooled[conv] = grams(features[conv], lesson.masks).flatten(0, 1)
        a, b = e @ pooled[conv] @ e.T, lesson.grams[tap].float().flatten(0, 1)
        norm = square(b)
        floor = 0.02 * norm.mean()
        size = norm.sqrt().view(together)
        apart = distances((a - b).unflatten(0, together)) / (
            distances(b.unflatten(0, together)) + 0.1 * size[:, :, None] * size[:, None] + floor)
        i, j = torch.triu_indices(*apart.shape[1:], 1)
        parts[tap] += [(square(a - b) / (norm + floor)).mean(), apart[:, i, j].mean()]
        total = total + parts[tap][1] + 1.5 * parts[tap][2]
    return total, {tap: torch.stack(values).detach() for tap, values in parts.items()}
