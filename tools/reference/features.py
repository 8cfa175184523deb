#!/usr/bin/env python3
"""Fixtures for the feature networks and perceptual losses: PyTorch in f64, gradients by autograd.

    python3 features.py [--vgg vgg19.safetensors]

Writes crates/relumine/tests/fixtures/{features,features-vgg19}.safetensors and checkpoint-*.pth beside them.
Made with Python 3.11, torch 2.15.0, numpy 2.4.6, safetensors 0.8.0:
    pip install torch==2.15.0 numpy==2.4.6 safetensors==0.8.0

Weights, photos and masks come from an integer hash that `features/synthetic.rs` shares.
"""
import argparse
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "crates/relumine/tests/fixtures"
CONTENT, REFERENCE = (37, 50), (41, 30)
UNITS = {"1": 64, "2": 128, "3": 256, "4": 512, "5": 512}


def uniform(stream, count):
    h = (np.arange(1, count + 1, dtype=np.uint64) * 0x9E3779B1 & 0xFFFFFFFF) ^ np.uint64(stream * 0x85EBCA77 & 0xFFFFFFFF)
    h = (h ^ (h >> np.uint64(15))) * np.uint64(0x2C1B3C6D) & np.uint64(0xFFFFFFFF)
    h = (h ^ (h >> np.uint64(12))) * np.uint64(0x297A2D39) & np.uint64(0xFFFFFFFF)
    h ^= h >> np.uint64(15)
    return (h >> np.uint64(8)).astype(np.float32) / np.float32(1 << 24)


def centred(stream, shape, scale):
    return torch.from_numpy(((2 * uniform(stream, math.prod(shape)) - 1) * np.float32(scale)).reshape(shape))


def photo(stream, size):
    return torch.from_numpy(uniform(stream, 3 * size[0] * size[1]).reshape(1, 3, *size)).double()


def masks(size):
    y, x = torch.meshgrid(*(torch.arange(n) for n in size), indexing="ij")
    patch = ((y < 6) & (x < 6)).double()
    right = ((x - size[1] // 2) / 8 + .5).clamp(0, 1).double()
    return [(1 - right) * (1 - patch), right, patch]


def convolutions(layers):
    out, inputs = {}, 3
    for number, (key, outputs) in enumerate(layers):
        out[key + ".weight"] = centred(number, (outputs, inputs, 3, 3), math.sqrt(6 / (9 * inputs)))
        out[key + ".bias"] = centred(number + 100, (outputs,), .125)
        inputs = outputs
    return out


class Network:
    """`trunk`: list of "M" and keys of convolutions; `taps`: name → key; `metrics`: name → C×C."""

    def __init__(self, weights, trunk, enter, taps, metrics=None):
        self.weights = {k: v.double() for k, v in weights.items()}
        self.trunk, self.enter, self.taps = trunk, enter, taps
        self.metrics = {k: v.double() for k, v in (metrics or {}).items()}

    def __call__(self, rgb):
        x, out = self.enter(rgb), {}
        for key in self.trunk:
            if key == "M":
                x = F.max_pool2d(x, 2)
                continue
            x = F.relu(F.conv2d(x, self.weights[key + ".weight"], self.weights[key + ".bias"], padding=1))
            out[key] = x[0]
        mapped = {}
        for tap, key in self.taps.items():
            f = out[key]
            mapped[tap] = torch.einsum("ij,jhw->ihw", self.metrics[tap], f) if tap in self.metrics else f
        return mapped

    def followed(self, mask, tap):
        """The mask averaged 3×3 at each convolution and 2×2 at each pooling, down to a tap."""
        m = mask[None, None]
        for key in self.trunk:
            m = F.avg_pool2d(m, 2) if key == "M" else F.avg_pool2d(m, 3, 1, 1, count_include_pad=False)
            if key == self.taps[tap]:
                return m[0, 0]


def content_loss(network, layers, o, i):
    total = 0
    for tap, weight in layers:
        f, p = o[tap], i[tap]
        total = total + weight * (f - p).pow(2).sum() / (2 * UNITS[tap[4]] * f[0].numel())
    return total


def paper_loss(network, layers, o, s, mi, ms):
    total = 0
    for tap, weight in layers:
        n = UNITS[tap[4]]
        for a, b in zip(mi, ms):
            grams = []
            for f, m in ((o[tap], a), (s[tap], b)):
                m = network.followed(m, tap)
                masked = (f * m).flatten(1)
                grams.append(masked @ masked.T / (n * m.numel() * m.mean()))
            share = network.followed(a, tap).mean()
            total = total + weight * share / (2 * n * n) * (grams[0] - grams[1]).pow(2).sum()
    return total


def relative_loss(network, layers, o, s, mi, ms):
    total = 0
    for tap, weight in layers:
        for a, b in zip(mi, ms):
            grams = []
            for f, m in ((o[tap], a), (s[tap], b)):
                m = F.adaptive_avg_pool2d(m[None, None], f.shape[1:]).flatten()
                f = f.flatten(1)
                grams.append((f * m) @ f.T / (m.sum() + 1e-9) if m.sum() > 4 else None)
            if grams[0] is not None and grams[1] is not None:
                total = total + weight * a.mean() * (grams[0] - grams[1]).pow(2).sum() / grams[1].pow(2).sum()
    return total


def loss_fixtures(out, name, network, content, style):
    i, s, o = photo(1, CONTENT), photo(2, REFERENCE), photo(3, CONTENT)
    mi, ms = masks(CONTENT), masks(REFERENCE)
    ones = ([torch.ones(CONTENT).double()], [torch.ones(REFERENCE).double()])
    with torch.no_grad():
        ti, ts = network(i), network(s)
    cases = {
        "content": lambda t: content_loss(network, content, t, ti),
        "neural": lambda t: paper_loss(network, style, t, ts, *ones),
        "paper": lambda t: paper_loss(network, style, t, ts, mi, ms),
        "relative": lambda t: relative_loss(network, style, t, ts, mi, ms),
    }
    for case, loss in cases.items():
        o = o.detach().requires_grad_(True)
        value = loss(network(o))
        value.backward()
        out[f"{name}.{case}.loss"] = value.detach().reshape(1)
        out[f"{name}.{case}.gradient"] = o.grad[0].float().contiguous()
        print(name, case, value.item(), o.grad.norm().item())


def statistics(features):
    """Per channel: mean and root mean square."""
    f = features.flatten(1)
    return torch.stack([f.mean(1), f.pow(2).mean(1).sqrt()]).contiguous()


MEAN = torch.tensor([103.939, 116.779, 123.68]).double().view(1, 3, 1, 1)
IMAGENET = [torch.tensor(v).double().view(1, 3, 1, 1) for v in ([.485, .456, .406], [.229, .224, .225])]


def caffe(rgb):
    return rgb[:, [2, 1, 0]] * 255 - MEAN


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--vgg", help="VGG-19 in the Caffe convention, for the second fixture")
    o = a.parse_args()
    out = {}

    keys = ["conv1_1", "conv1_2", "conv2_1", "conv2_2"]
    weights = convolutions(zip(keys, [64, 64, 128, 128]))
    trunk = ["conv1_1", "conv1_2", "M", "conv2_1", "conv2_2"]
    taps = {"relu" + k[4:]: k for k in keys}
    for name, enter in ("caffe", caffe), ("torchvision", lambda x: (x - IMAGENET[0]) / IMAGENET[1]):
        network = Network(weights, trunk, enter, taps)
        loss_fixtures(out, name, network, [("relu2_2", 5.), ("relu1_2", 1.)], [("relu1_1", 2.), ("relu2_1", .5)])
        for tap, f in network(photo(1, CONTENT)).items():
            out[f"{name}.{tap}"] = statistics(f)

    widths = {"conv1_1": 8, "conv1_2": 8, "conv2_1": 12, "conv2_2": 16, "conv3_1": 40, "conv3_2": 33, "conv4_1": 36, "conv4_2": 32}
    trunk = "conv1_1 conv1_2 M conv2_1 conv2_2 M conv3_1 conv3_2 M conv4_1 conv4_2".split()
    taps = {"relu1_1": "conv1_2", "relu2_1": "conv2_2", "relu3_1": "conv3_2", "relu4_1": "conv4_2", "relu4_2": "conv4_2"}
    metrics = {}
    for k, (tap, key) in enumerate(taps.items()):
        half = centred(200 + k, (widths[key],) * 2, .125)
        metrics[tap] = torch.eye(widths[key]) + (half + half.T)
    network = Network(convolutions(widths.items()), trunk, lambda x: (x - .45) / .25, taps, metrics)
    loss_fixtures(out, "compact", network, [("relu4_2", 5.)], [(t, 1.) for t in ("relu1_1", "relu2_1", "relu3_1", "relu4_1")])
    save_file(out, FIXTURES / "features.safetensors")

    state = {f"features.{n}.{kind}": weights[f"{key}.{kind}"] for n, key in ((0, "conv1_1"), (2, "conv1_2")) for kind in ("weight", "bias")}
    flat = torch.cat([torch.zeros(7), state["features.0.weight"].flatten()]).half()
    state["features.0.weight"] = flat[7:].view(64, 3, 3, 3)
    state["features.0.bias"] = state["features.0.bias"].bfloat16()
    state["features.2.weight"] = state["features.2.weight"][:, :, :, :].to(memory_format=torch.channels_last).half()
    state["features.2.bias"] = torch.nn.Parameter(state["features.2.bias"])
    state["classifier.count"] = torch.tensor([3])
    torch.save(state, FIXTURES / "checkpoint-zip.pth")
    torch.save(state, FIXTURES / "checkpoint-legacy.pth", _use_new_zipfile_serialization=False)

    if o.vgg:
        weights, trunk, block = load_file(o.vgg), [], "1"
        for key in sorted(k[:-7] for k in weights if k.endswith(".weight")):
            if key[4] != block:
                trunk.append("M")
                block = key[4]
            trunk.append(key)
        network = Network(weights, trunk, caffe, {f"relu{k[4:]}": k for k in trunk if k != "M"})
        i = photo(1, (64, 83))
        save_file({tap: statistics(f).float() for tap, f in network(i).items()}, FIXTURES / "features-vgg19.safetensors")


if __name__ == "__main__":
    main()
