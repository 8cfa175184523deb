#!/usr/bin/env python3
"""Fixture for the learned grade: PyTorch's answer with the embedded weights.

    python3 grade.py

Writes crates/relumine/tests/fixtures/grade.safetensors: two synthetic pictures of 64×64 (3×64×64), how much each pixel of them counts
(64×64), and the matrices that the network tells (8×12), by tools/train/grade_network.py and
crates/relumine-weights/data/grade.safetensors. To be made anew where that file changes.

Made with Python 3.11 and:
    pip install torch==2.15.0 numpy==2.4.6 safetensors==0.8.0
"""
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/train"))
from grade_network import Grade, SIDE  # noqa: E402


def picture(seed):
    y, x = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    planes = [0.5 + 0.4 * torch.sin(0.1 * (seed + c) * x + 0.07 * (3 - c) * y + seed) for c in range(3)]
    noise = ((y * 7919 + x * 104729 + seed * 31) % 97) / 970.0
    return (torch.stack(planes) + noise).clamp(0, 1)[None].float()


def weights(seed):
    y, x = torch.meshgrid(torch.linspace(0, 1, SIDE), torch.linspace(0, 1, SIDE), indexing="ij")
    return torch.sigmoid(8 * (x - 0.3 * seed * y))[None, None].float()


def main():
    net = Grade()
    net.load_state_dict({name: value.float() for name, value in load_file(ROOT / "crates/relumine-weights/data/grade.safetensors").items()})
    content, reference, counts, theirs = picture(1), picture(2), weights(1), weights(2)
    with torch.no_grad():
        matrices = net(content, reference, counts, theirs)
    out = {"content": content[0], "reference": reference[0], "counts": counts[0, 0], "theirs": theirs[0, 0], "matrices": matrices[0]}
    save_file({name: value.contiguous() for name, value in out.items()}, ROOT / "crates/relumine/tests/fixtures/grade.safetensors")


if __name__ == "__main__":
    main()
