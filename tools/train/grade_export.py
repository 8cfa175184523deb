#!/usr/bin/env python3
"""Write the grade's network of a training checkpoint (its averaged weights) as one safetensors file, in f16.

    python3 grade_export.py --checkpoint grade.pt --out grade.safetensors [--mean-with before.safetensors]

`--mean-with` takes the mean of its weights and those of an exported network that it went on from. Keys are those of `grade_network.Grade`.
"""
import argparse
import os

import torch
from safetensors.torch import load_file, save_file


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--checkpoint", required=True)
    a.add_argument("--out", required=True)
    a.add_argument("--mean-with", help="an exported network")
    o = a.parse_args()
    weights = torch.load(o.checkpoint, weights_only=True, map_location="cpu")["average"]
    if o.mean_with:
        before = load_file(o.mean_with)
        weights = {name: (value + before[name].float()) / 2 for name, value in weights.items()}
    out = {name: value.half().contiguous() for name, value in weights.items()}
    save_file(out, o.out + ".new", metadata={"format": "relumine-grade", "version": "1"})
    os.chmod(o.out + ".new", 0o644)
    os.replace(o.out + ".new", o.out)
    print(f"{o.out}: {sum(v.numel() for v in out.values()):,} parameters, {os.path.getsize(o.out):,} bytes")


if __name__ == "__main__":
    main()
