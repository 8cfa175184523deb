#!/usr/bin/env python3
"""Write the segmenter of a training checkpoint (trunk, and the head's averaged weights) as one safetensors file.

    python3 segment_export.py --checkpoint segment.pt --out segmenter.safetensors

Keys: `conv{b}_{i}.weight` (OIHW) and `.bias` of the trunk, as they are in its file; of the head `enter`, `block{i}_spatial`
(OIHW), `block{i}_mix`, `mean`, `hidden`, `classify`, each `.weight` and `.bias`; the 1×1 ones are out × in. Large weights are
bytes with scales, as in export.py, the others f16. The header says the rest.
"""
import argparse
import os

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from export import weights
from segmenter import CLASSES, DILATIONS, FEATURES, MEAN_AFTER, NETWORK, TAPS, WIDTH, Head


def tensors(head, trunk):
    out = {k: v for k, v in load_file(trunk).items() if k.startswith("conv")}
    for name, weight in head.weight.items():
        weight = weight.detach()
        if name == "enter":
            weight = torch.cat([weight[:, :FEATURES] * head.scale, weight[:, FEATURES:]], 1)
        out |= weights(name, weight.unflatten(1, (WIDTH, 3, 3)) if name.endswith("_spatial") else weight)
        out[f"{name}.bias"] = head.bias[name].detach().half()
    return out


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--checkpoint", required=True)
    a.add_argument("--out", required=True)
    a.add_argument("--trunk", default=NETWORK)
    o = a.parse_args()
    head = Head()
    head.load_state_dict(torch.load(o.checkpoint, weights_only=True)["average"])
    out = tensors(head, o.trunk)
    with safe_open(o.trunk, "pt") as file:
        of = file.metadata()
    convs = dict(word.split("=") for word in of["taps"].split())
    save_file(out, o.out + ".new", metadata={
        "format": "relumine-segmenter", "version": "1", "trunk": of["trunk"], "taps": " ".join(f"{t}={convs[t]}" for t in TAPS),
        "mean": of["mean"], "std": of["std"], "width": str(WIDTH), "dilations": " ".join(map(str, DILATIONS)),
        "mean-after": str(MEAN_AFTER), "classes": " ".join(CLASSES)})
    os.chmod(o.out + ".new", 0o644)
    os.replace(o.out + ".new", o.out)
    print(f"{o.out}: {sum(v.numel() for v in out.values()):,} parameters, {os.path.getsize(o.out):,} bytes")


if __name__ == "__main__":
    main()
