#!/usr/bin/env python3
"""Write the network of a training checkpoint (its averaged weights) as one safetensors file in f16.

    python3 export.py --checkpoint checkpoint.pt --out features.safetensors

Keys `conv{b}_{i}.weight` (OIHW), `conv{b}_{i}.bias`, and per tap `metric.{tap}` = (EᵀE)^½, C×C. With G the Gram matrix of
the tapped convolution's output F, tr((metric ΔG metric)²) / tr((metric G_style metric)²) approximates the teacher's
relative Gram error at that tap. The header says the rest.
"""
import argparse
import os

import torch
from safetensors.torch import save_file

from network import MEAN, STD, TAPS, TRUNK, Student


def tensors(student):
    out = {}
    for name, bias in student.bias.items():
        out[f"{name}.weight"], out[f"{name}.bias"] = student.kernel(name).detach(), bias.detach()
    for tap in TAPS:
        out[f"metric.{tap}"] = student.metric(tap)
    half = {k: v.half().contiguous() for k, v in out.items()}
    for name, v in half.items():
        assert torch.isfinite(v).all(), f"{name} does not fit f16"
    return half


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--checkpoint", required=True)
    a.add_argument("--out", required=True)
    o = a.parse_args()
    student = Student()
    student.load_state_dict(torch.load(o.checkpoint, weights_only=True)["average"])
    half = tensors(student)
    save_file(half, o.out + ".new", metadata={
        "format": "relumine-features", "version": "1", "trunk": TRUNK,
        "taps": " ".join(f"{tap}={conv}" for tap, conv in TAPS.items()),
        "mean": str(MEAN), "std": str(STD), "origin": "distilled from VGG-19 (Simonyan & Zisserman 2014, CC BY 4.0)"})
    os.chmod(o.out + ".new", 0o644)
    os.replace(o.out + ".new", o.out)
    print(f"{o.out}: {sum(v.numel() for v in half.values()):,} parameters, {os.path.getsize(o.out):,} bytes")


if __name__ == "__main__":
    main()
