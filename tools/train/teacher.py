"""The teacher: VGG-19 (Simonyan & Zisserman 2014) through relu5_1 and its six taps.

Input  N×3×H×W, sRGB-encoded RGB in [0, 1]; the network itself sees BGR, 0–255, less the Caffe means.
Output name → N×C×h×w, h = H/2^(block-1), max pooling, zero padding, as `Teacher.taps` divides them by their RMS.
"""
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

CHANNELS = {"relu1_1": 64, "relu2_1": 128, "relu3_1": 256, "relu4_1": 512, "relu4_2": 512, "relu5_1": 512}
STYLE = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"]
LAYERS = "1_1 1_2 M 2_1 2_2 M 3_1 3_2 3_3 3_4 M 4_1 4_2 4_3 4_4 M 5_1".split()
MEAN = torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1)


class Teacher:
    """VGG-19 in f32, `channels_last`: on CPUs without AMX faster than planar and than bfloat16."""

    def __init__(self, path):
        self.weights = {k: v.float() for k, v in load_file(path).items()}
        for name, w in self.weights.items():
            if w.dim() == 4:
                self.weights[name] = w.contiguous(memory_format=torch.channels_last)
        self.rms = dict.fromkeys(CHANNELS, 1.0)

    @torch.no_grad()
    def taps(self, rgb):
        x = (rgb[:, [2, 1, 0]] * 255 - MEAN).contiguous(memory_format=torch.channels_last)
        out = {}
        for name in LAYERS:
            if name == "M":
                x = F.max_pool2d(x, 2)
                continue
            x = F.relu_(F.conv2d(x, self.weights[f"conv{name}.weight"], self.weights[f"conv{name}.bias"], padding=1))
            if f"relu{name}" in CHANNELS:
                out[f"relu{name}"] = x / self.rms[f"relu{name}"]
        return out

    def calibrate(self, batches):
        """Set the RMS of each tap over some batches of crops (the student learns taps of RMS one); tap → variance over its square."""
        squares, variances = dict.fromkeys(CHANNELS, 0.0), dict.fromkeys(CHANNELS, 0.0)
        for rgb in batches:
            for name, f in self.taps(rgb).items():
                squares[name] += f.square().mean().item()
                variances[name] += f.var((0, 2, 3)).mean().item()
        self.rms = {name: (s / len(batches)) ** 0.5 for name, s in squares.items()}
        return {name: variances[name] / squares[name] for name in squares}
