#!/usr/bin/env python3
"""Write the segmenter of a training checkpoint (its averaged weights) as one safetensors file.

    python3 segment_export.py --checkpoint segment.pt --out segmenter.safetensors [--mean-with before.safetensors]

`--mean-with` takes the mean of its weights and another segmenter's that it went on from, or the other way about (Wortsman et al.,
"Model soups", ICML 2022).
Keys: `conv{b}_{i}.weight` (OIHW) and `.bias` of the trunk; of the head `enter`, `block{i}_spatial`
(OIHW), `block{i}_mix`, `mean`, `hidden`, `classify`, `fine_enter`, `fine_spatial` (OIHW), `fine_classify`, each `.weight` and `.bias`; the 1×1 ones are out × in. Large weights are
bytes with scales, as in export.py, the others f16. The header says the rest.
"""
import argparse
import os

import torch
from safetensors.torch import save_file

from export import weights
from network import MEAN, STD, TAPS
from segmenter import CLASSES, DILATIONS, FEATURES, FINE_SEEN, FINE_WIDTH, MEAN_AFTER, SEEN, WIDTH, trained


@torch.no_grad()
def folded(segmenter):
    """Moves the scales of its features into the weights, in place, and gives it back."""
    head = segmenter.head
    head.weight["enter"][:, :FEATURES] *= head.scale
    head.weight["fine_enter"][:, :-WIDTH] *= head.fine_scale
    head.scale.fill_(1)
    head.fine_scale.fill_(1)
    return segmenter


@torch.no_grad()
def mean(one, other):
    """The segmenter whose weights are the mean of two."""
    one, other = folded(one), folded(other).state_dict()
    one.load_state_dict({name: (value + other[name]) / 2 for name, value in one.state_dict().items()})
    return one


def tensors(segmenter):
    out, trunk, head = {}, segmenter.trunk, folded(segmenter).head
    for name, bias in trunk.bias.items():
        out |= weights(name, trunk.kernel(name).detach())
        out[f"{name}.bias"] = bias.detach().half()
    for name, weight in head.weight.items():
        weight = weight.detach()
        out |= weights(name, weight.unflatten(1, (-1, 3, 3)) if name.endswith("_spatial") else weight)
        out[f"{name}.bias"] = head.bias[name].detach().half()
    return out


def write(segmenter, path):
    out = tensors(segmenter)
    save_file(out, path + ".new", metadata={
        "format": "relumine-segmenter", "version": "1", "trunk": segmenter.trunk.trunk_widths, "taps": " ".join(f"{t}={TAPS[t]}" for t in [FINE_SEEN, *SEEN]),
        "fine-width": str(FINE_WIDTH), "mean": str(MEAN), "std": str(STD), "width": str(WIDTH), "dilations": " ".join(map(str, DILATIONS)),
        "mean-after": str(MEAN_AFTER), "classes": " ".join(CLASSES)})
    os.chmod(path + ".new", 0o644)
    os.replace(path + ".new", path)
    print(f"{path}: {sum(v.numel() for v in out.values()):,} parameters, {os.path.getsize(path):,} bytes")


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--checkpoint", required=True)
    a.add_argument("--mean-with", help="a checkpoint, or an exported file")
    a.add_argument("--out", required=True)
    o = a.parse_args()
    segmenter = trained(o.checkpoint)
    write(mean(segmenter, trained(o.mean_with)) if o.mean_with else segmenter, o.out)


if __name__ == "__main__":
    main()
