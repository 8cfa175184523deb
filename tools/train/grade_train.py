#!/usr/bin/env python3
"""Train the learned grade on photos, with no label but the photos themselves.

    python3 grade_train.py --minutes 60 --checkpoint grade.pt [--resume] [--pairs PAIRS]

AdamW, cosine by the clock, averaged weights. Errors count by their logarithm, lesson by lesson: a mild grade that is missed is as bad as a strong
one, and what cannot be told outweighs nothing. SIGTERM and SIGINT write a checkpoint and stop. `--pairs` names a folder of pairs with a
known truth ({id}-ref.png, {id}-truth.png, {id}-global.png, {id}-local.png) whose PSNR is printed as training goes.
"""
import argparse
import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file
from torch.utils.data import DataLoader

import run
from grade_lessons import SIDE, Places, lesson, load, luma
from grade_network import Grade, apply

RATE, DECAY, WARM_UP, AVERAGING, CLIP = 1.5e-3, 1e-3, 200, 0.999, 1.0
NEAR, SQUARE = 0.1, 0.08                        # weights of the logarithms of both errors,
LEAST_NEAR, LEAST_SQUARE = 3e-3, 1e-4           # and what these count as where there are none
BEND, FALL = 2e-3, 0.2  # weights of what bends along luma, and of a grey axis that rises too little
SLOPE = 0.15            # least rise of luma along the grey axis
TO_LMS = torch.tensor([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]])
TO_LAB = torch.tensor([[0.2105, 0.7936, -0.0041], [1.978, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]])


def oklab(x):
    x = x.clamp(1e-4, 1)
    linear = torch.where(x > 0.04045, ((x + 0.055) / 1.055) ** 2.4, x / 12.92)
    lms = torch.einsum("ij,njhw->nihw", TO_LMS.to(x.device), linear)
    return torch.einsum("ij,njhw->nihw", TO_LAB.to(x.device), lms.clamp_min(1e-6) ** (1 / 3))


def roughness(matrices):
    """How much the matrices bend from level to level, and how much the grey axis falls short of rising."""
    bend = (matrices[:, 2:] - 2 * matrices[:, 1:-1] + matrices[:, :-2]).square().mean()
    axis = torch.linspace(0, 1, 33, device=matrices.device).view(1, 1, 1, -1).expand(len(matrices), 3, 1, -1)
    grey = luma(apply(matrices, axis)).flatten(1)
    return BEND * bend + FALL * F.relu(SLOPE / 32 - grey.diff(dim=1)).mul(32).square().mean()


def psnr(net, pairs):
    def read(path):
        picture = torch.from_numpy(np.asarray(Image.open(path).convert("RGB")).copy()).permute(2, 0, 1)[None].float() / 255
        return picture.to(next(net.parameters()).device)

    scores = {}
    for kind in ("global", "local"):
        found = []
        for path in sorted(Path(pairs).glob("*-ref.png")):
            stem = str(path)[: -len("-ref.png")]
            content, reference, truth = (read(f"{stem}-{name}.png") for name in (kind, "ref", "truth"))
            small = [F.interpolate(x, (SIDE, SIDE), mode="area") for x in (content, reference)]
            error = (apply(net(*small), content).clamp(0, 1) - truth).square().mean().item()
            found.append(-10 * math.log10(max(error, 1e-7)))
        scores[kind] = round(sum(found) / len(found), 2)
    return scores


class Training(run.Run):
    REPORT, SAVE = 200, 60  # steps, seconds

    def __init__(self, o):
        super().__init__(o)
        # Workers are forks: before anything is on a GPU.
        self.places = iter(DataLoader(Places(load(o.photos), o.batch), batch_size=None, num_workers=o.workers))
        self.net, self.average = Grade().to(o.device), Grade().to(o.device)
        if o.network:
            self.net.load_state_dict({name: value.float() for name, value in load_file(o.network).items()})
        self.average.load_state_dict(self.net.state_dict())
        self.optimiser = torch.optim.AdamW(self.net.parameters(), RATE, weight_decay=DECAY)
        self.taken, self.seen = 0, None

    def steps(self):
        return self.taken

    def state(self):
        return {"net": self.net.state_dict(), "average": self.average.state_dict(), "optimiser": self.optimiser.state_dict(),
                "taken": self.taken}

    def load(self):
        state = torch.load(self.o.checkpoint, weights_only=True, map_location=self.o.device)
        for part in ("net", "average", "optimiser"):
            getattr(self, part).load_state_dict(state[part])
        self.taken, self.elapsed = state["taken"], state["elapsed"]

    def learn(self):
        rate = self.o.rate * min(1, (self.taken + 1) / WARM_UP) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * self.done())))
        self.optimiser.param_groups[0]["lr"] = rate
        content, reference, truth, counts, theirs = lesson(*(places.to(self.o.device) for places in next(self.places)))
        matrices = self.net(content, reference, counts, theirs)
        result = apply(matrices, content)
        each = (result - truth).square().mean((1, 2, 3))
        square = each.mean()
        nears = (oklab(result) - oklab(truth)).abs().mean((1, 2, 3))
        near = nears.mean()
        loss = NEAR * (nears + LEAST_NEAR).log().mean() + SQUARE * (each + LEAST_SQUARE).log().mean()
        (loss + roughness(matrices)).backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), CLIP)
        self.optimiser.step()
        self.optimiser.zero_grad()
        self.taken += 1
        keep = min(AVERAGING, self.taken / (self.taken + 20))
        with torch.no_grad():
            for slow, fast in zip(self.average.parameters(), self.net.parameters()):
                slow.lerp_(fast, 1 - keep)
        now = torch.stack([near, square]).detach()
        self.seen = now if self.seen is None else torch.lerp(self.seen, now, 0.01)

    def report(self):
        row = {"step": self.taken, "minutes": round(self.elapsed / 60, 2), "near": round(self.seen[0].item(), 5),
               "psnr": round(-10 * math.log10(self.seen[1].item()), 2)}
        if self.o.pairs and self.taken % (5 * self.REPORT) == 0:
            row |= psnr(self.average, self.o.pairs)
        print(json.dumps(row), flush=True)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    run.arguments(a)
    a.add_argument("--network", help="an exported network to begin from")
    a.add_argument("--rate", type=float, default=RATE)
    a.add_argument("--pairs")
    a.add_argument("--batch", type=int, default=32)
    a.add_argument("--device", default="cpu", help="cpu or cuda")
    a.add_argument("--workers", type=int, default=0, help="processes that cut crops")
    run.train(Training, a.parse_args())


if __name__ == "__main__":
    main()
