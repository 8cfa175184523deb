"""What an optimiser of looks makes of crops with the student's eyes, for the student to learn from what it was fooled by.

An optimiser ends where its network sees no difference any more and the teacher still does; no grading that is drawn by chance is like
that. (So Ross, Gordon & Bagnell, "A Reduction of Imitation Learning and Structured Prediction to No-Regret Online Learning",
AISTATS 2011: learn on the states that the learner itself brings about.) As in relumine's `look`, the unknowns are a bilateral grid
of 3×4 colour matrices and the objective is the relative style distance of regions, smoothness and gamut; the steps are Adam's.
"""
import math
import random

import torch

import crops
from network import TAPS
from objective import grams, random_masks, square
from teacher import STYLE

STEPS, RATE = 24, 0.05
SHAPES = [(8, 4, 4), (8, 8, 8), (12, 12, 12), (4, 3, 3)]  # luma × y × x
SMOOTHNESS = (0.3, 30)  # weight of the mean squared difference between neighbours in the grid
GAMUT = 10.0            # weight of the mean squared distance from 0…1


def transfer(content, reference):
    """The grid of one cell that brings each channel to the reference's mean and deviation, N×12×1×1×1."""
    (a, ma), (b, mb) = (torch.std_mean(t, (2, 3)) for t in (content, reference))
    gain = (b / (a + 1e-3)).clamp(0.3, 3)
    return torch.cat([torch.diag_embed(gain), (mb - gain * ma)[:, :, None]], 2).view(-1, 12, 1, 1, 1)


def smoothness(grid):
    """Of each, the mean squared difference between neighbours."""
    return sum(grid.diff(dim=d).square().mean((1, 2, 3, 4)) for d in (2, 3, 4))


def styles(student, rgb, masks):
    """Tap → Gram matrices of regions as the student sees the teacher's, N×K×C×C."""
    seen = student.trunk(rgb)
    return {tap: student.expand[tap] @ grams(seen[TAPS[tap]], masks) @ student.expand[tap].T for tap in STYLE}


def solve(student, content, masks, reference, reference_masks, steps=STEPS):
    """The looks of N×3×H×W contents in the styles of as many references, region by region of N×K×H×W masks."""
    n, shape = len(content), random.choice(SHAPES)
    start = transfer(content, reference) if random.random() < 0.7 else crops.identity(content).expand(n, -1, -1, -1, -1)
    grid = start.expand(-1, -1, *shape).clone().requires_grad_()
    weight = crops.each(content, *map(math.log, SMOOTHNESS)).exp().flatten()
    with torch.no_grad():
        wanted = styles(student, reference, reference_masks)
    adam = torch.optim.Adam([grid], betas=(0.8, 0.95))
    for step in range(steps):
        t = crops.slice_grid(grid, content)
        total = weight * smoothness(grid) + GAMUT * (t - t.clamp(0, 1)).square().mean((1, 2, 3))
        for tap, got in styles(student, t, masks).items():
            apart = square(got - wanted[tap]) / (square(wanted[tap]) + 1e-6)
            total = total + apart.mean(1) / len(STYLE)
        grid.grad, = torch.autograd.grad(total.sum(), grid)
        adam.param_groups[0]["lr"] = RATE * (1 - 0.9 * step / steps)
        adam.step()
    with torch.no_grad():
        return crops.slice_grid(grid, content).clamp(0, 1)


def batch(student, photos, size=1):
    """Results and references, 2N×3×H×W, one after the other, and 2N×2×H×W masks of their regions."""
    while True:
        rgb = crops.batch(photos, size)
        if len(rgb) > 1:
            break
    content, reference = rgb[::2], rgb[1::2]
    reference = reference[:len(content)].roll(1, 0)
    content = content[:len(reference)]
    masks, reference_masks = random_masks(content), random_masks(reference)
    result = solve(student, content, masks, reference, reference_masks)
    pairs = [torch.stack(both, 1).flatten(0, 1) for both in ((result, reference), (masks, reference_masks))]
    return pairs[0], pairs[1]
