#!/usr/bin/env python3
"""Train the segmenter's head on photos and the label maps of a teacher.

    python3 segment_train.py --minutes 45 --checkpoint segment.pt [--resume]

Muon for matrices, Adam for biases, cosine by the clock, averaged weights. SIGTERM and SIGINT write a checkpoint and stop.
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
from descent import Descent, Rates
from segment_lessons import Lessons, load
from segmenter import CLASSES, Head, Trunk, groups

BATCH = 8  # lessons a step
RATES = Rates(matrix=4e-3, bias=2e-3, warm_up=40, averaging=0.995, weight_decay=0.02)
FIRST, REUSE = 150, 4  # lessons before the first step; how often each is learnt from
CLASS_WEIGHT, SMOOTHING = 0.5, 0.02
REPORT, SAVE = 25, 60  # steps, seconds


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
        self.lessons = Lessons(load(o.photos, test=False), Trunk())
        self.head, self.average = Head(), Head()
        _, of = groups()
        self.merge = torch.nn.functional.one_hot(of).T.float()
        self.descent = Descent(self.head, self.average, self.head.weight.values(), self.head.bias.values(), RATES)
        self.elapsed, self.seen, self.stop = 0.0, None, False

    def start(self):
        """Inputs of about unit size, by the RMS of each feature."""
        kept = [maps for lessons in self.lessons.by_shape.values() for maps, _ in lessons]
        square = sum(torch.cat([m.float().square().mean((1, 2)) for m in maps]) for maps in kept)
        self.head.scale.copy_((square / self.lessons.made).clamp_min(1e-6).rsqrt())
        self.average.load_state_dict(self.head.state_dict())

    def save(self):
        state = self.descent.state() | {"elapsed": self.elapsed}
        torch.save(state, self.o.checkpoint + ".new")
        os.replace(self.o.checkpoint + ".new", self.o.checkpoint)

    def load(self):
        state = torch.load(self.o.checkpoint, weights_only=True)
        self.descent.load(state)
        self.elapsed = state["elapsed"]

    def done(self):
        return min(self.elapsed / (60 * self.o.minutes), 1)

    def learn(self):
        features, shares = self.lessons.batch(BATCH)
        total, right = loss(self.head(features), shares, self.merge)
        total.backward()
        self.descent.step(self.done())
        now = total.item(), right.item()
        self.seen = [0.98 * a + 0.02 * b for a, b in zip(self.seen or now, now)]

    def run(self):
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: setattr(self, "stop", True))
        began, before, saved = time.monotonic(), self.elapsed, time.monotonic()
        while not self.stop and self.done() < 1:
            while self.lessons.made * REUSE <= self.descent.taken * BATCH + FIRST * REUSE:
                self.lessons.make()
            self.learn()
            self.elapsed = before + time.monotonic() - began
            if self.descent.taken % REPORT == 0:
                row = {"step": self.descent.taken, "minutes": round(self.elapsed / 60, 2), "lessons": self.lessons.made,
                       "cpu": round(time.process_time()), "loss": round(self.seen[0], 4), "right": round(self.seen[1], 4)}
                print(json.dumps(row), flush=True)
                with open(Path(self.o.checkpoint).with_suffix(".jsonl"), "a") as log:
                    log.write(json.dumps(row) + "\n")
            if time.monotonic() - saved > SAVE:
                self.save()
                saved = time.monotonic()
        self.save()


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--photos", default=paths.PHOTOS)
    a.add_argument("--minutes", type=float, required=True)
    a.add_argument("--checkpoint", required=True)
    a.add_argument("--resume", action="store_true")
    a.add_argument("--threads", type=int, default=1)
    a.add_argument("--seed", type=int, default=0)
    o = a.parse_args()
    if not o.resume and os.path.exists(o.checkpoint):
        raise SystemExit(f"{o.checkpoint} exists: --resume to go on from it, or choose another")
    torch.set_num_threads(o.threads)
    torch.manual_seed(o.seed), random.seed(o.seed)
    training = Training(o)
    for _ in range(FIRST):
        training.lessons.make()
    training.load() if o.resume else training.start()
    training.run()


if __name__ == "__main__":
    main()
