#!/usr/bin/env python3
"""Train the segmenter on photos and the label maps of a teacher.

    python3 segment_train.py --minutes 4 --device cuda --batch 32 --checkpoint segment.pt [--resume]

Muon for matrices, Adam for biases, cosine by the clock, averaged weights; the trunk is learnt at a fraction of the head's rate, its
first two blocks not at all. SIGTERM and SIGINT write a checkpoint and stop.
The loss is the cross-entropy of the groups that relumine merges the classes into, and half of that of the classes.
"""
import argparse
import json
import os
import random
import signal
import time
from pathlib import Path

import torch

import paths
import start
from descent import Descent, Rates
from network import Compact, block_of
from segment_lessons import Lessons, load
from segmenter import CLASSES, NETWORK, Segmenter, groups

RATES = Rates(matrix=4e-3, bias=2e-3, warm_up=40, averaging=0.998, weight_decay=0.02)
FROZEN = 2              # blocks
CALIBRATION = 16        # batches that the size of the features is measured by
CLASS_WEIGHT, SMOOTHING = 0.5, 0.02
REPORT, SAVE = 50, 60   # steps, seconds


def loss(logits, shares, merge):
    """Cross-entropy of groups and classes, and the share of cells whose group is right; `merge` G×C is 0 or 1."""
    log_p = logits.log_softmax(1)
    target = torch.einsum("gc,nchw->nghw", merge, shares)
    log_q = torch.einsum("gc,nchw->nghw", merge, log_p.exp()).clamp_min(1e-7).log()
    right = (log_q.argmax(1) == target.argmax(1)).float().mean()
    even = (1 - SMOOTHING) * target + SMOOTHING / len(merge)
    return -(even * log_q).sum(1).mean() - CLASS_WEIGHT * (shares * log_p).sum(1).mean(), right


class Training:
    def __init__(self, o):
        self.o = o
        self.lessons = Lessons([(torch.tensor(rgb).to(o.device), torch.tensor(labels).to(o.device))
                                for _, rgb, labels in load(o.photos, test=False)])
        given = Compact(o.network)
        self.trunk = given.header["trunk"]
        self.model, self.average = (Segmenter(self.trunk).to(o.device) for _ in range(2))
        start.take(self.model.trunk, given)
        _, of = groups()
        self.merge = torch.nn.functional.one_hot(of).T.float().to(o.device)

        def above(named):
            return [p for name, p in named.items() if block_of(name) > FROZEN]

        trunk, head = self.model.trunk, self.model.head
        self.descent = Descent(self.model, self.average, [
            (list(head.weight.values()), list(head.bias.values()), 1),
            (above(trunk.weight), above(trunk.bias), o.trunk_rate)], RATES)
        self.elapsed, self.seen, self.stop = 0.0, None, False

    @torch.no_grad()
    def start(self):
        """Inputs of the head of about unit size, by the RMS of each feature."""
        squares = [self.model.features(self.lessons.batch(self.o.batch)[0]).square().mean((0, 2, 3)) for _ in range(CALIBRATION)]
        self.model.head.scale.copy_((sum(squares) / CALIBRATION).clamp_min(1e-6).rsqrt())
        self.average.load_state_dict(self.model.state_dict())

    def save(self):
        state = self.descent.state() | {"elapsed": self.elapsed, "trunk": self.trunk}
        torch.save(state, self.o.checkpoint + ".new")
        os.replace(self.o.checkpoint + ".new", self.o.checkpoint)

    def load(self):
        state = torch.load(self.o.checkpoint, weights_only=True, map_location=self.o.device)
        self.descent.load(state)
        self.elapsed = state["elapsed"]

    def done(self):
        return min(self.elapsed / (60 * self.o.minutes), 1)

    def learn(self):
        rgb, shares = self.lessons.batch(self.o.batch)
        total, right = loss(self.model(rgb), shares, self.merge)
        total.backward()
        self.descent.step(self.done())
        now = torch.stack([total.detach(), right])
        self.seen = now if self.seen is None else torch.lerp(self.seen, now, 0.02)

    def report(self):
        seen = self.seen.tolist()
        row = {"step": self.descent.taken, "minutes": round(self.elapsed / 60, 2), "loss": round(seen[0], 4), "right": round(seen[1], 4)}
        print(json.dumps(row), flush=True)
        with open(Path(self.o.checkpoint).with_suffix(".jsonl"), "a") as log:
            log.write(json.dumps(row) + "\n")

    def run(self):
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: setattr(self, "stop", True))
        began, before, saved = time.monotonic(), self.elapsed, time.monotonic()
        while not self.stop and self.done() < 1:
            self.learn()
            self.elapsed = before + time.monotonic() - began
            if self.descent.taken % REPORT == 0:
                self.report()
            if time.monotonic() - saved > SAVE:
                self.save()
                saved = time.monotonic()
        self.save()


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--photos", default=paths.PHOTOS)
    a.add_argument("--network", default=NETWORK, help="exported feature network to begin the trunk as")
    a.add_argument("--minutes", type=float, required=True)
    a.add_argument("--checkpoint", required=True)
    a.add_argument("--resume", action="store_true")
    a.add_argument("--device", default="cpu", help="cpu or cuda")
    a.add_argument("--batch", type=int, default=8, help="lessons a step")
    a.add_argument("--trunk-rate", type=float, default=0.3, help="factor on the learning rates of the trunk")
    a.add_argument("--seed", type=int, default=0)
    o = a.parse_args()
    if not o.resume and os.path.exists(o.checkpoint):
        raise SystemExit(f"{o.checkpoint} exists: --resume to go on from it, or choose another")
    torch.manual_seed(o.seed), random.seed(o.seed)
    training = Training(o)
    training.load() if o.resume else training.start()
    training.run()


if __name__ == "__main__":
    main()
