"""The segmenter: the compact feature network, then a head of dilated convolutions on its relu4_2 and relu5_1, and a fine one on relu3_1.

Input  N×3×H×W, sRGB-encoded RGB in [0, 1]; H and W multiples of 16. Output N×34×H/4×W/4, logits of CLASSES.
Trunk  begins as `features.safetensors`: what that knows of VGG-19 is worth more than what a thousand photos can teach.
Head   relu5_1, enlarged to the size of relu4_2, beside it; 1×1, then residual blocks x + B relu(A x + a) + b, A 3×3 with dilations that see farther and farther (Yu & Koltun,
       "Multi-Scale Context Aggregation by Dilated Convolutions", ICLR 2016), B 1×1; the mean over the picture is added
       after the third. Row and column are inputs too: skies are above.
Fine   what the head knows before it tells classes, enlarged, beside relu3_1; 1×1, x + relu(A x + a), A 3×3, and what it tells is
       added to the logits of the head, enlarged: where borders run is seen at half a cell.
"""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

import paths
import start
from network import TAPS, TRUNK, Compact, Student

CLASSES = ("other wall building sky floor tree ceiling road bed windowpane grass cabinet sidewalk person earth door table "
           "mountain plant curtain chair car water painting sofa shelf house sea mirror rug field armchair skin hair").split()
PERSON = CLASSES.index("person")
PARTS = [CLASSES.index(part) for part in ("skin", "hair")]
PEOPLE = [PERSON, *PARTS]  # all of a person: the first is what is neither of the others
FINE_SEEN, SEEN = "relu3_1", ["relu4_2", "relu5_1"]
FEATURES = 128 + 192
WIDTH, FINE_WIDTH, STRIDE, CELL = 80, 32, 4, 16
DILATIONS = (1, 2, 4, 8, 16, 4)
MEAN_AFTER = 3
DROPPED = 0.1  # share of the head's channels that a training step does without
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


def enlarged(x, size):
    return F.interpolate(x, size=size, mode="nearest")


def coordinates(height, width):
    """1×2×H×W: row and column of each cell's middle, from -1 to 1."""
    def line(n):
        return (torch.arange(n) + 0.5) * (2 / n) - 1
    return torch.stack(torch.meshgrid(line(height), line(width), indexing="ij"))[None]


class Head(nn.Module):
    """Weights are kept as matrices, out × (in·kernel), which is what their optimiser (Muon) orthogonalises."""

    def __init__(self, fine_features):
        super().__init__()
        self.weight, self.bias = nn.ParameterDict(), nn.ParameterDict()
        self.register_buffer("scale", torch.ones(FEATURES))
        self.register_buffer("fine_scale", torch.ones(fine_features))
        self.add("enter", WIDTH, FEATURES + 2)
        for i in range(len(DILATIONS)):
            self.add(f"block{i}_spatial", WIDTH, 9 * WIDTH)
            self.add(f"block{i}_mix", WIDTH, WIDTH, gain=0.1)
        self.add("mean", WIDTH, WIDTH, gain=0.1)
        self.add("hidden", WIDTH, WIDTH)
        self.add("classify", len(CLASSES), WIDTH, gain=0.1)
        self.add("fine_enter", FINE_WIDTH, fine_features + WIDTH)
        self.add("fine_spatial", FINE_WIDTH, 9 * FINE_WIDTH)
        self.add("fine_classify", len(CLASSES), FINE_WIDTH, gain=0.1)

    def add(self, name, out, inputs, gain=1.0):
        self.weight[name] = nn.Parameter(gain * torch.randn(out, inputs) * (2 / inputs) ** 0.5)
        self.bias[name] = nn.Parameter(torch.zeros(out))

    def point(self, name, x):
        return F.conv2d(x, self.weight[name][:, :, None, None], self.bias[name])

    def spatial(self, name, x, dilation):
        width = x.shape[1]
        return F.relu(F.conv2d(x, self.weight[name].unflatten(1, (width, 3, 3)), self.bias[name], padding=dilation, dilation=dilation))

    def forward(self, fine, features):
        at = coordinates(*features.shape[2:]).to(features).expand(len(features), -1, -1, -1)
        x = F.relu(self.point("enter", torch.cat([features * self.scale.view(1, -1, 1, 1), at], 1)))
        for i, d in enumerate(DILATIONS):
            y = self.spatial(f"block{i}_spatial", x, d)
            x = x + self.point(f"block{i}_mix", F.dropout2d(y, DROPPED, self.training))
            if i + 1 == MEAN_AFTER:
                x = x + F.relu(self.point("mean", x.mean((2, 3), keepdim=True)))
        x, size = F.dropout2d(F.relu(self.point("hidden", x)), DROPPED, self.training), fine.shape[2:]
        y = F.relu(self.point("fine_enter", torch.cat([fine * self.fine_scale.view(1, -1, 1, 1), enlarged(x, size)], 1)))
        y = y + self.spatial("fine_spatial", y, 1)
        return enlarged(self.point("classify", x), size) + self.point("fine_classify", y)


class Segmenter(nn.Module):
    def __init__(self, trunk=TRUNK):
        super().__init__()
        self.trunk = Student(trunk)
        self.head = Head(len(self.trunk.bias[TAPS[FINE_SEEN]]))
        self.trunk.expand = nn.ParameterDict()

    def features(self, rgb):
        """N×C×H/4×W/4 and N×FEATURES×H/8×W/8 of what the trunk sees."""
        seen = self.trunk.trunk(rgb)
        fine, middle, coarse = (seen[TAPS[tap]] for tap in [FINE_SEEN, *SEEN])
        return fine, torch.cat([middle, enlarged(coarse, middle.shape[2:])], 1)

    def forward(self, rgb):
        return self.head(*self.features(rgb))


@torch.no_grad()
def take(segmenter, given):
    """Becomes an exported segmenter. Where that knows whole people only, each of the three classes has a third of their probability;
    where it has nothing fine, that begins as it is, and says nothing."""
    start.take(segmenter.trunk, given)
    head, known = segmenter.head, given.header["classes"].split()
    for name, bias in head.bias.items():
        if f"{name}.weight" not in given.weights:
            head.weight["fine_classify"].zero_()
            continue
        weight, given_bias = given.weights[f"{name}.weight"].flatten(1), given.weights[f"{name}.bias"]
        if name.endswith("classify"):
            rows = [known.index(c if c in known else "person") for c in CLASSES]
            weight, given_bias = weight[rows], given_bias[rows]
        if name == "classify":
            sharing = [c for c in PEOPLE if rows[c] == rows[PERSON]]
            given_bias[sharing] -= math.log(len(sharing))
        head.weight[name].copy_(weight)
        bias.copy_(given_bias)
    head.scale.fill_(1)
    head.fine_scale.fill_(1)


def trained(path):
    """The segmenter of a file: an exported one, or the averaged one of a checkpoint."""
    if str(path).endswith(".safetensors"):
        given = Compact(path)
        segmenter = Segmenter(given.header["trunk"])
        take(segmenter, given)
    else:
        state = torch.load(path, weights_only=True, map_location="cpu")
        segmenter = Segmenter(state["trunk"])
        segmenter.load_state_dict(state["average"])
    return segmenter.eval()
