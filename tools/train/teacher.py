"""The teacher: VGG-19 (Simonyan & Zisserman 2014) through relu5_1 and its six taps.

Input  N×3×H×W, sRGB-encoded RGB in [0, 1]; the network itself sees BGR, 0–255, less the Caffe means.
Output tap → N×C×h×w, h = H/2^(block-1), max pooling, zero padding. What the student imitates (`Teacher.taps`) is each tap
divided by its RMS and projected on the KEPT principal directions of its (uncentred) second moments, an orthonormal basis, so that
Gram matrices keep their distances but for the share in the directions left out.
"""
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

CHANNELS = {"relu1_1": 64, "relu2_1": 128, "relu3_1": 256, "relu4_1": 512, "relu4_2": 512, "relu5_1": 512}
KEPT = {"relu1_1": 32, "relu2_1": 64, "relu3_1": 128, "relu4_1": 256, "relu4_2": 192, "relu5_1": 384}
STYLE = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"]
LAYERS = "1_1 1_2 M 2_1 2_2 M 3_1 3_2 3_3 3_4 M 4_1 4_2 4_3 4_4 M 5_1".split()
MEAN = torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1)


class Teacher:
    """VGG-19, `channels_last`; in f32 on a CPU, where without AMX that is faster than bfloat16, and in bfloat16 on a GPU."""

    def __init__(self, path, device="cpu"):
        dtype = torch.float32 if device == "cpu" else torch.bfloat16
        self.weights = {k: v.to(device, dtype) for k, v in load_file(path).items()}
        for name, w in self.weights.items():
            if w.dim() == 4:
                self.weights[name] = w.contiguous(memory_format=torch.channels_last)
        self.rms, self.basis = {}, {}

    @torch.no_grad()
    def raw(self, rgb):
        """Tap → N×C×h×w, neither divided nor projected."""
        x = (rgb.flip(1) * 255 - MEAN.to(rgb.device, non_blocking=True)).to(self.weights["conv1_1.weight"], memory_format=torch.channels_last)
        out = {}
        for name in LAYERS:
            if name == "M":
                x = F.max_pool2d(x, 2)
                continue
            x = F.relu_(F.conv2d(x, self.weights[f"conv{name}.weight"], self.weights[f"conv{name}.bias"], padding=1))
            if f"relu{name}" in CHANNELS:
                out[f"relu{name}"] = x.float()
        return out

    def taps(self, rgb, names=tuple(CHANNELS)):
        """Of these taps: tap → N×KEPT×h×w, and tap → the variance of the whole tap (at a quarter of the places), summed over its channels."""
        raw = {tap: f for tap, f in self.raw(rgb).items() if tap in names}
        kept = {tap: F.conv2d(f, (self.basis[tap] / self.rms[tap])[:, :, None, None]) for tap, f in raw.items()}
        return kept, {tap: f[:, :, ::2, ::2].var((0, 2, 3)).sum() / self.rms[tap] ** 2 for tap, f in raw.items()}

    def calibrate(self, batches):
        """Set RMS and basis of each tap over some batches of crops."""
        moments = dict.fromkeys(CHANNELS, 0)
        for rgb in batches:
            for tap, f in self.raw(rgb).items():
                f = f.transpose(0, 1).flatten(1)
                moments[tap] = moments[tap] + f @ f.T / (f.shape[1] * len(batches))
        for tap, m in moments.items():
            self.rms[tap] = m.diagonal().mean().sqrt().item()
            self.basis[tap] = torch.linalg.eigh(m.double()).eigenvectors[:, -KEPT[tap]:].T.float().contiguous()
