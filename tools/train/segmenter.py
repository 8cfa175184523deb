"""The segmenter: the compact feature network's first four blocks, then a head of dilated convolutions.

Input  N×3×H×W, sRGB-encoded RGB in [0, 1]; H and W multiples of 8. Output N×32×H/8×W/8, logits of CLASSES.
Trunk  conv1_1 … conv4_2 of `features.safetensors`, frozen: what it knows of VGG-19 is worth more than what a thousand
       photos can teach.
Head   1×1, then residual blocks x + B relu(A x + a) + b, A 3×3 with dilations that see farther and farther (Yu & Koltun,
       "Multi-Scale Context Aggregation by Dilated Convolutions", ICLR 2016), B 1×1; the mean over the picture is added
       after the third. Row and column are inputs too: skies are above.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import load_file

import paths
from network import MEAN, STD

CLASSES = ("other wall building sky floor tree ceiling road bed windowpane grass cabinet sidewalk person earth door table "
           "mountain plant curtain chair car water painting sofa shelf house sea mirror rug field armchair").split()
TRUNK = ["conv1_1", "conv1_2", "M", "conv2_1", "conv2_2", "M", "conv3_1", "conv3_2", "M", "conv4_1", "conv4_2"]
FEATURES, WIDTH, STRIDE = 128, 80, 8
DILATIONS = (1, 2, 4, 8, 16, 4)
MEAN_AFTER = 3
NETWORK = paths.WORKSPACE / "crates/relumine-weights/data/features.safetensors"
MERGING = paths.WORKSPACE / "crates/relumine/src/segment/merging.txt"


def groups():
    """Names of the groups and the group of each class, as relumine merges them."""
    names, of = [], {}
    for line in MERGING.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, *classes = line.split()
            of.update(dict.fromkeys(classes, len(names)))
            names.append(name)
    return names, torch.tensor([of.get(c, len(names) - 1) for c in CLASSES])


class Trunk(nn.Module):
    def __init__(self, path=NETWORK):
        super().__init__()
        self.tensors = {k: v.float() for k, v in load_file(path).items() if k.split(".")[0] in TRUNK}

    @torch.no_grad()
    def forward(self, rgb):
        x = (rgb - MEAN) / STD
        for name in TRUNK:
            if name == "M":
                x = F.max_pool2d(x, 2)
            else:
                x = F.relu(F.conv2d(x, self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"], padding=1))
        return x


def coordinates(height, width):
    """1×2×H×W: row and column of each cell's middle, from -1 to 1."""
    def line(n):
        return (torch.arange(n) + 0.5) * (2 / n) - 1
    return torch.stack(torch.meshgrid(line(height), line(width), indexing="ij"))[None]


class Head(nn.Module):
    """Weights are kept as matrices, out × (in·kernel), which is what their optimiser (Muon) orthogonalises."""

    def __init__(self):
        super().__init__()
        self.weight, self.bias = nn.ParameterDict(), nn.ParameterDict()
        self.register_buffer("scale", torch.ones(FEATURES))
        self.add("enter", WIDTH, FEATURES + 2)
        for i in range(len(DILATIONS)):
            self.add(f"block{i}_spatial", WIDTH, 9 * WIDTH)
            self.add(f"block{i}_mix", WIDTH, WIDTH, gain=0.1)
        self.add("mean", WIDTH, WIDTH, gain=0.1)
        self.add("hidden", WIDTH, WIDTH)
        self.add("classify", len(CLASSES), WIDTH, gain=0.1)

    def add(self, name, out, inputs, gain=1.0):
        self.weight[name] = nn.Parameter(gain * torch.randn(out, inputs) * (2 / inputs) ** 0.5)
        self.bias[name] = nn.Parameter(torch.zeros(out))

    def point(self, name, x):
        return F.conv2d(x, self.weight[name][:, :, None, None], self.bias[name])

    def forward(self, features):
        at = coordinates(*features.shape[2:]).expand(len(features), -1, -1, -1)
        x = F.relu(self.point("enter", torch.cat([features * self.scale.view(1, -1, 1, 1), at], 1)))
        for i, d in enumerate(DILATIONS):
            kernel = self.weight[f"block{i}_spatial"].unflatten(1, (WIDTH, 3, 3))
            y = F.relu(F.conv2d(x, kernel, self.bias[f"block{i}_spatial"], padding=d, dilation=d))
            x = x + self.point(f"block{i}_mix", y)
            if i + 1 == MEAN_AFTER:
                x = x + F.relu(self.point("mean", x.mean((2, 3), keepdim=True)))
        return self.point("classify", F.relu(self.point("hidden", x)))
