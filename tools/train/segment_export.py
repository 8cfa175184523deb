#!/usr/bin/env python3
"""Write the segmenter of a training checkpoint (trunk, and the head's averaged weights) as one safetensors file in f16.

    python3 segment_export.py --checkpoint segment.pt --out segmenter.safetensors

Keys: `conv{b}_{i}.weight` (OIHW) and `.bias` of the trunk; of the head `enter`, `block{i}_spatial` (OIHW), `block{i}_mix`,
`mean`, `hidden`, `classify`, each `.weight` and `.bias`; the 1×1 ones are out × in. The header says the rest.
"""
import argparse
import os

import torch
from safetensors.torch import save_file

from network import MEAN, STD
from segmenter import CLASSES, DILATIONS, FEATURES, MEAN_AFTER, NETWORK, TRUNK, WIDTH, Head, Trunk


def tensors(head, trunk):
    out = dict(trunk.tensors)
    for name, weight in head.weight.items():
        weight = weight.detach()
        if name == "enter":
            weight = torch.cat([weight[:, :FEATURES] * head.scale, weight[:, FEATURES:]], 1)
        out[f"{name}.weight"] = weight.unflatten(1, (WIDTH, 3, 3)) if name.endswith("_spatial") else weight
        out[f"{name}.bias"] = head.bias[name].detach()
    half = {k: v.half().contiguous() for k, v in out.items()}
    for name, v in half.items():
        assert torch.isfinite(v).all(), f"{name} does not fit f16"
    return half


def trunk_words(trunk):
    return " ".join("M" if name == "M" else str(len(trunk.tensors[f"{name}.bias"])) for name in TRUNK)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--checkpoint", required=True)
    a.add_argument("--out", required=True)
    a.add_argument("--trunk", default=NETWORK)
    o = a.parse_args()
    head, trunk = Head(), Trunk(o.trunk)
    head.load_state_dict(torch.load(o.checkpoint, weights_only=True)["average"])
    half = tensors(head, trunk)
    save_file(half, o.out + ".new", metadata={
        "format": "relumine-segmenter", "version": "1", "trunk": trunk_words(trunk), "taps": f"relu4_2={TRUNK[-1]}",
        "mean": str(MEAN), "std": str(STD), "width": str(WIDTH), "dilations": " ".join(map(str, DILATIONS)),
        "mean-after": str(MEAN_AFTER), "classes": " ".join(CLASSES)})
    os.chmod(o.out + ".new", 0o644)
    os.replace(o.out + ".new", o.out)
    print(f"{o.out}: {sum(v.numel() for v in half.values()):,} parameters, {os.path.getsize(o.out):,} bytes")


if __name__ == "__main__":
    main()
