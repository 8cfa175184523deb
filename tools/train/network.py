"""The compact feature network (the student): a plain trunk of 3×3 convolutions and linear maps to the teacher's taps.

Input  N×3×H×W, sRGB-encoded RGB in [0, 1], normalised by MEAN and STD.
Trunk  convolutions (3×3, zero padding 1) each followed by ReLU; 2×2 max pooling between blocks. A tap is what a late
       convolution of its block puts out, so each tap has that depth for nothing.
Maps   teacher tap (in its principal directions) ≈ E F, no bias: then E (F diag(m) Fᵀ) Eᵀ is exactly the Gram matrix of E F, and both training and use
       need only the small Gram matrix of F.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors import safe_open

from teacher import KEPT

MEAN, STD = 0.45, 0.25
TRUNK = "16 16 M 32 32 M 64 80 M 128 144 128 M 144 192"
TAPS = {"relu1_1": "conv1_2", "relu2_1": "conv2_2", "relu3_1": "conv3_2", "relu4_1": "conv4_2", "relu4_2": "conv4_3",
        "relu5_1": "conv5_2"}


def layers(trunk=TRUNK):
    """The trunk string as a list of (name, width), with ("M", 0) for the pooling."""
    block, index, out = 1, 0, []
    for word in trunk.split():
        if word == "M":
            block, index = block + 1, 0
            out.append(("M", 0))
        else:
            index += 1
            out.append((f"conv{block}_{index}", int(word)))
    return out


def block_of(conv):
    return int(conv[len("conv")])


class Student(nn.Module):
    """Weights are kept as matrices, out × (in·3·3), which is what their optimiser (Muon) orthogonalises."""

    def __init__(self, trunk=TRUNK):
        super().__init__()
        self.trunk_widths, self.layers = trunk, layers(trunk)
        self.weight, self.bias, self.expand = nn.ParameterDict(), nn.ParameterDict(), nn.ParameterDict()
        width = 3
        for name, n in self.layers:
            if name != "M":
                self.weight[name] = nn.Parameter(torch.randn(n, 9 * width) * (2 / (9 * width)) ** 0.5)
                self.bias[name] = nn.Parameter(torch.zeros(n))
                width = n
        for tap, conv in TAPS.items():
            n = len(self.bias[conv])
            self.expand[tap] = nn.Parameter(0.2 * torch.randn(KEPT[tap], n) * n ** -0.5)

    def kernel(self, name):
        """OIHW."""
        return self.weight[name].unflatten(1, (-1, 3, 3))

    def trunk(self, rgb):
        """Convolution name → its output after ReLU, for the tapped convolutions."""
        return self.blocks(rgb, 1)[1]

    def blocks(self, x, first, last=5):
        """What comes out of the blocks from `first` to `last`, pooled where another follows, and their taps as in `trunk`.

        `x` is what `last` = `first` - 1 put out, or a picture for the first block.
        """
        x, block, out = (x - MEAN) / STD if first == 1 else x, 1, {}
        for name, _ in self.layers:
            if name == "M":
                x = F.max_pool2d(x, 2) if first <= block <= last else x
                block += 1
            elif first <= block <= last:
                x = F.relu(F.conv2d(x, self.kernel(name), self.bias[name], padding=1))
                if name in TAPS.values():
                    out[name] = x
        return x, out

    def after(self, last, x):
        """What the convolution `last` puts out, after ReLU."""
        x = (x - MEAN) / STD
        for name, _ in self.layers:
            x = F.max_pool2d(x, 2) if name == "M" else F.relu(F.conv2d(x, self.kernel(name), self.bias[name], padding=1))
            if name == last:
                return x

    def metric(self, tap):
        """(EᵀE)^½: distances between Gram matrices of metric·F equal those of E F."""
        e = self.expand[tap].detach().double()
        values, vectors = torch.linalg.eigh(e.T @ e)
        return (vectors * values.clamp_min(0).sqrt() @ vectors.T).float()


def trained(state):
    """The averaged network of a checkpoint."""
    student = Student(state["trunk"])
    student.load_state_dict(state["average"])
    return student


def flops(height, width, trunk=TRUNK):
    """Multiplications and additions of one forward pass through the trunk."""
    total, channels, pixels = 0, 3, height * width
    for name, n in layers(trunk):
        if name == "M":
            pixels //= 4
        else:
            total += 2 * 9 * channels * n * pixels
            channels = n
    return total


def read(file, name):
    """A tensor of an exported file as f32; bytes are multiplied by the scale of their first index."""
    values = file.get_tensor(name)
    if values.dtype != torch.int8:
        return values.float()
    return values.float() * file.get_tensor(f"{name}.scale").view(-1, *[1] * (values.dim() - 1))


class Compact:
    """An exported network (export.py): the metric-folded taps, as relumine reads them."""

    def __init__(self, path):
        with safe_open(path, "pt") as file:
            self.header = file.metadata()
            self.weights = {name: read(file, name) for name in file.keys() if not name.endswith(".scale")}
        self.convs = dict(word.split("=") for word in self.header["taps"].split())

    def taps(self, rgb):
        """Tap → N×C×h×w, metric·F."""
        seen = self.trunk(rgb)
        return {tap: torch.einsum("ij,njhw->nihw", self.weights[f"metric.{tap}"], seen[conv]) for tap, conv in self.convs.items()}

    def trunk(self, rgb):
        """Convolution name → its output after ReLU."""
        x, seen = (rgb - float(self.header["mean"])) / float(self.header["std"]), {}
        for name, _ in layers(self.header["trunk"]):
            if name == "M":
                x = F.max_pool2d(x, 2)
            else:
                x = seen[name] = F.relu(F.conv2d(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"], padding=1))
        return seen
