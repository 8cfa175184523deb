#!/usr/bin/env python3
"""Write the network of a training checkpoint (its averaged weights) as one safetensors file.

    python3 export.py --checkpoint checkpoint.pt --out features.safetensors

Keys `conv{b}_{i}.weight` (OIHW), `conv{b}_{i}.bias`, and per tap `metric.{tap}` = (EᵀE)^½, C×C; in f16, but the large weights in
signed bytes, to be multiplied by `conv{b}_{i}.weight.scale` (f32) per output channel. With G the Gram matrix of
the tapped convolution's output F, tr((metric ΔG metric)²) / tr((metric G_style metric)²) approximates the teacher's
relative Gram error at that tap. The header says the rest.
"""
import argparse
import os

import torch
from safetensors.torch import save_file

from network import MEAN, STD, TAPS, trained


LARGE = 40_000  # values; what is smaller costs little in f16


def in_bytes(weight):
    """Weights, outputs first, as signed bytes and a scale for each output."""
    scale = weight.flatten(1).abs().amax(1).clamp_min(1e-12) / 127
    return (weight / scale.view(-1, *[1] * (weight.dim() - 1))).round().to(torch.int8).contiguous(), scale


def weights(name, weight):
    """What is stored of a weight: by name."""
    if weight.numel() <= LARGE:
        out = {f"{name}.weight": weight.half().contiguous()}
    else:
        out = dict(zip((f"{name}.weight", f"{name}.weight.scale"), in_bytes(weight)))
    assert all(torch.isfinite(v).all() for v in out.values()), f"{name} does not fit f16"
    return out


def tensors(student):
    out = {}
    for name, bias in student.bias.items():
        out |= weights(name, student.kernel(name).detach())
        out[f"{name}.bias"] = bias.detach().half()
    for tap in TAPS:
        out[f"metric.{tap}"] = student.metric(tap).half()
    return out


def write(student, path):
    out = tensors(student)
    save_file(out, path + ".new", metadata={
        "format": "relumine-features", "version": "1", "trunk": student.trunk_widths,
        "taps": " ".join(f"{tap}={conv}" for tap, conv in TAPS.items()),
        "mean": str(MEAN), "std": str(STD), "origin": "distilled from VGG-19 (Simonyan & Zisserman 2014, CC BY 4.0)"})
    os.chmod(path + ".new", 0o644)
    os.replace(path + ".new", path)
    print(f"{path}: {sum(v.numel() for v in out.values()):,} parameters, {os.path.getsize(path):,} bytes")


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--checkpoint", required=True)
    a.add_argument("--out", required=True)
    o = a.parse_args()
    write(trained(torch.load(o.checkpoint, weights_only=True, map_location="cpu")), o.out)


if __name__ == "__main__":
    main()
