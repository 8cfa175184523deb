#!/usr/bin/env python3
"""Stored values of the bilateral grid and the linear colour map, made independently of the library.

Writes crates/relumine/tests/fixtures/grid.safetensors; all arithmetic in f64.

Requirements: torch==2.15.0 numpy==2.4.6 scipy==1.17.1 safetensors==0.8.0
Run from the repository's root: python tools/reference/grid.py

slice   torch.nn.functional.grid_sample over (luma, y, x), corners aligned, borders held; adjoint by autograd.
smooth  sum over the axes of the mean squared difference; gradient by autograd.
map     the closed form of Pitié & Kokaram with scipy.linalg.sqrtm.
"""
from pathlib import Path

import numpy as np
import scipy.linalg
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

OUT = Path(__file__).parents[2] / "crates/relumine/tests/fixtures/grid.safetensors"


def slice_grid(grid, rgb):
    """grid 12 x depth x height x width, rgb 3 x h x w."""
    h, w = rgb.shape[1:]
    luma = (rgb * torch.tensor([0.299, 0.587, 0.114], dtype=rgb.dtype).view(3, 1, 1)).sum(0)
    y, x = torch.meshgrid(torch.linspace(-1, 1, h).double(), torch.linspace(-1, 1, w).double(), indexing="ij")
    at = torch.stack([x, y, luma * 2 - 1], -1)[None, None]
    m = F.grid_sample(grid[None], at, align_corners=True, padding_mode="border").view(3, 4, h, w)
    return (m[:, :3] * rgb[None]).sum(1) + m[:, 3]


def vertices(grid):
    """12 x depth x height x width to height x width x depth x 12, as the library stores it."""
    return grid.detach().permute(2, 3, 1, 0).contiguous().numpy()


def main():
    torch.manual_seed(7)
    grid = torch.randn(12, 5, 4, 6, dtype=torch.float64).requires_grad_()
    # Some lumas lie outside 0..1, where the grid's ends hold.
    rgb = torch.rand(3, 19, 23, dtype=torch.float64) * 1.3 - 0.15
    weights = torch.randn(3, 19, 23, dtype=torch.float64)
    out = slice_grid(grid, rgb)
    (adjoint,) = torch.autograd.grad((out * weights).sum(), grid)
    energy = sum(grid.diff(dim=d).pow(2).mean() for d in (1, 2, 3))
    (slope,) = torch.autograd.grad(energy, grid)

    rng = np.random.default_rng(7)
    a, b = (np.cov((rng.normal(size=(3, 3)) * 0.3 + np.eye(3)) @ rng.normal(size=(3, 200))) * 0.05 for _ in range(2))
    root = scipy.linalg.sqrtm(a).real
    inverse = np.linalg.inv(root)
    linear = inverse @ scipy.linalg.sqrtm(root @ b @ root).real @ inverse

    arrays = {
        "grid": vertices(grid), "rgb": rgb.numpy(), "weights": weights.numpy(), "slice": out.detach().numpy(),
        "adjoint": vertices(adjoint), "smoothness": np.array([energy.item()]), "smoothness_gradient": vertices(slope),
        "covariance_from": a, "covariance_to": b, "linear_map": linear,
    }
    save_file({k: np.ascontiguousarray(v, dtype=np.float64) for k, v in arrays.items()}, OUT)


if __name__ == "__main__":
    main()
