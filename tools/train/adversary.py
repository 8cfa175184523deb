"""Hard examples: crops driven, as the optimiser of looks drives them, to where the student's distance is small and the teacher's may not be.

The unknowns are bilateral grids of 3×4 colour matrices (N×12×luma×y×x), the loss the student's relative Gram distance to
another crop's, the descent Adam. The pair (driven, aim) then becomes a lesson: the teacher says how far apart they are.
"""
import random

import torch

from crops import slice_grid
from network import TAPS
from objective import grams, square
from teacher import STYLE

RATE = 0.05


def style_grams(student, rgb):
    """Style tap → N×1×C×C Gram matrices over the whole crop, in the student's metric."""
    features, whole = student.trunk(rgb), torch.ones_like(rgb[:, :1])
    out = {}
    for tap in STYLE:
        m = student.metric(tap)
        out[tap] = m @ grams(features[TAPS[tap]], whole) @ m
    return out


def style_distance(got, want):
    """Mean over the style taps of |G - G_want|² / |G_want|²: N."""
    return sum(square(got[tap] - want[tap]) / square(want[tap]) for tap in STYLE).flatten() / len(STYLE)


def drive(student, rgb, aim, steps):
    """`rgb` re-coloured so that the student finds it close to `aim` (both N×3×H×W): N×3×H×W in [0, 1]."""
    student.requires_grad_(False)
    with torch.no_grad():
        want = style_grams(student, aim)
    luma, height, width = random.choice([4, 8, 12]), random.randint(2, 12), random.randint(2, 12)
    grid = torch.eye(3, 4).view(1, 12, 1, 1, 1).expand(len(rgb), 12, luma, height, width).clone().requires_grad_(True)
    adam = torch.optim.Adam([grid], lr=RATE)
    for _ in range(steps):
        out = slice_grid(grid, rgb)
        inside = out.clamp(0, 1)
        distance = style_distance(style_grams(student, inside), want)
        penalty = 20 * (out - inside).square().mean((1, 2, 3))
        adam.zero_grad()
        (distance + penalty).sum().backward()
        adam.step()
    return slice_grid(grid.detach(), rgb).clamp(0, 1)


def batch(student, crops, steps):
    """Half of the crops driven towards the other half, and those."""
    rgb, aim = crops.chunk(2)
    return torch.cat([drive(student, rgb[:len(aim)], aim, steps), aim])
