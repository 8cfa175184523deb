#!/usr/bin/env python3
"""Fixtures for the segmenter: a small network of its kind with random weights, and its logits by PyTorch in f64.

    python3 segmenter.py

Writes crates/relumine/tests/fixtures/segmenter{,-expected}.safetensors. Made with Python 3.11, torch 2.15.0, safetensors 0.8.0.
"""
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "crates/relumine/tests/fixtures"
TRUNK, WIDTH, FINE_WIDTH, DILATIONS, MEAN_AFTER = "4 4 M 4 4 M 4 5 M 8 8 M 10", 6, 7, [1, 2, 4, 12], 2
FINE = {"relu3_1": "conv3_2"}
TAPS = {"relu4_2": "conv4_2", "relu5_1": "conv5_1"}
CLASSES = "other sky water tree wall"
MEAN, STD, SIZE = 0.45, 0.25, (80, 96)


def network():
    torch.manual_seed(0)
    tensors, inputs, block, index, features = {}, 3, 1, 0, 0

    def add(name, *shape):
        shape = torch.Size(shape)
        tensors[name + ".weight"] = torch.randn(shape) * (2 / shape[1:].numel()) ** 0.5
        tensors[name + ".bias"] = 0.1 * torch.randn(shape[0])

    for word in TRUNK.split():
        if word == "M":
            block, index = block + 1, 0
            continue
        index += 1
        add(f"conv{block}_{index}", int(word), inputs, 3, 3)
        inputs = int(word)
        features += inputs if f"conv{block}_{index}" in TAPS.values() else 0
    add("enter", WIDTH, features + 2)
    for i in range(len(DILATIONS)):
        add(f"block{i}_spatial", WIDTH, WIDTH, 3, 3)
        add(f"block{i}_mix", WIDTH, WIDTH)
    add("mean", WIDTH, WIDTH)
    add("hidden", WIDTH, WIDTH)
    add("classify", len(CLASSES.split()), WIDTH)
    add("fine_enter", FINE_WIDTH, 5 + WIDTH)
    add("fine_spatial", FINE_WIDTH, FINE_WIDTH, 3, 3)
    add("fine_classify", len(CLASSES.split()), FINE_WIDTH)
    return tensors


def logits(tensors, photo):
    t = {k: v.double() for k, v in tensors.items()}
    x, block, index, seen, fine = (photo - MEAN) / STD, 1, 0, [], []
    for word in TRUNK.split():
        if word == "M":
            x, block, index = F.max_pool2d(x, 2), block + 1, 0
            continue
        index += 1
        x = F.relu(F.conv2d(x, t[f"conv{block}_{index}.weight"], t[f"conv{block}_{index}.bias"], padding=1))
        if f"conv{block}_{index}" in TAPS.values():
            seen.append(x)
        if f"conv{block}_{index}" in FINE.values():
            fine.append(x)

    def point(name, x):
        return F.conv2d(x, t[name + ".weight"][:, :, None, None], t[name + ".bias"])

    h, w = seen[0].shape[2:]
    x = torch.cat([seen[0], F.interpolate(seen[1], size=(h, w), mode="nearest")], 1)
    rows = ((torch.arange(h) + 0.5) * 2 / h - 1).double().view(1, 1, h, 1).expand(1, 1, h, w)
    columns = ((torch.arange(w) + 0.5) * 2 / w - 1).double().view(1, 1, 1, w).expand(1, 1, h, w)
    x = F.relu(point("enter", torch.cat([x, rows, columns], 1)))
    for i, d in enumerate(DILATIONS):
        y = F.conv2d(x, t[f"block{i}_spatial.weight"], t[f"block{i}_spatial.bias"], padding=d, dilation=d)
        x = x + point(f"block{i}_mix", F.relu(y))
        if i + 1 == MEAN_AFTER:
            x = x + F.relu(point("mean", x.mean((2, 3), keepdim=True)))
    x, size = F.relu(point("hidden", x)), fine[0].shape[2:]
    y = F.relu(point("fine_enter", torch.cat([fine[0], F.interpolate(x, size=size, mode="nearest")], 1)))
    y = y + F.relu(F.conv2d(y, t["fine_spatial.weight"], t["fine_spatial.bias"], padding=1))
    return (F.interpolate(point("classify", x), size=size, mode="nearest") + point("fine_classify", y))[0]


def main():
    tensors = network()
    photo = torch.rand(3, *SIZE, generator=torch.Generator().manual_seed(1))
    save_file(tensors, FIXTURES / "segmenter.safetensors", metadata={
        "format": "relumine-segmenter", "version": "1", "trunk": TRUNK, "taps": " ".join(f"{tap}={conv}" for tap, conv in (FINE | TAPS).items()),
        "fine-width": str(FINE_WIDTH), "mean": str(MEAN),
        "std": str(STD), "width": str(WIDTH), "dilations": " ".join(map(str, DILATIONS)), "mean-after": str(MEAN_AFTER),
        "classes": CLASSES})
    save_file({"photo": photo, "logits": logits(tensors, photo[None].double()).float()},
              FIXTURES / "segmenter-expected.safetensors")


if __name__ == "__main__":
    main()
