#!/usr/bin/env python3
"""Distil VGG-19's taps into the compact feature network.

    python3 train.py --minutes 8 --device cuda --size 32 --checkpoint checkpoint.pt [--resume] [--start features.safetensors]

From scratch, or from an exported network (start.py), whose first BLOCKS (--frozen) may stay as they are. A step is one lesson of
the teacher: on crops, or on what an optimiser of looks made of crops with the student as it was (looks.py). The schedule runs by the clock:
training lasts MINUTES (of the process on a CPU, else of the wall), those before a --resume included. SIGTERM and SIGINT write a checkpoint and stop. Progress goes to
CHECKPOINT with the suffix .jsonl, one line a report.
"""
import argparse
import json
import random
from collections import deque
from pathlib import Path

import torch

import crops
import looks
import paths
import run
import start
from descent import Descent, Rates
from network import TAPS, TRUNK, Compact, Student, block_of
from objective import lesson, loss, random_masks
from teacher import STYLE, Teacher

CALIBRATION = 16              # batches to measure by
LOOK_SHARE, LOOKS = 0.4, 48   # of the lessons, and batches of looks kept
LOOKS_FROM, LOOKS_EVERY = 0.15, 16  # share of the time before the first, from scratch; steps from one batch of looks to the next


class Training(run.Run):
    REPORT, SAVE = 100, 120  # steps, seconds

    def __init__(self, o):
        super().__init__(o)
        self.photos = [torch.tensor(photo).to(o.device) for photo in crops.load_photos(o.photos, test=False).values()]
        self.teacher = Teacher(o.teacher, o.device)
        self.student, self.average = Student(o.trunk).to(o.device), Student(o.trunk).to(o.device)
        self.average.load_state_dict(self.student.state_dict())

        def above(named):
            return [p for name, p in named.items() if block_of(TAPS.get(name, name)) > o.frozen]

        rates = Rates(matrix=6e-3 * o.rate, bias=2e-3 * o.rate, warm_up=60, averaging=0.998)
        matrices = above(self.student.weight) + above(self.student.expand)
        self.descent = Descent(self.student, self.average, [(matrices, above(self.student.bias), 1)], rates)
        self.seen, self.looks = {}, deque(maxlen=LOOKS)

    def start(self):
        """Measure the teacher's taps: RMS and principal directions; and their variance, to judge errors by."""
        batches = [crops.batch(self.photos, self.o.size) for _ in range(CALIBRATION)]
        self.teacher.calibrate(batches)
        variances = [self.teacher.taps(rgb)[1] for rgb in batches]
        self.spread = {tap: (sum(v[tap] for v in variances) / len(variances)).item() for tap in TAPS}
        given = Compact(self.o.start) if self.o.start else None
        if given:
            start.take(self.student, given)
            start.revive(self.student, batches)
        start.fit_maps(self.student, self.teacher, batches, given, self.o.frozen)
        self.average.load_state_dict(self.student.state_dict())

    def steps(self):
        return self.descent.taken

    def state(self):
        return self.descent.state() | {"rms": self.teacher.rms, "basis": self.teacher.basis, "spread": self.spread, "trunk": self.o.trunk}

    def load(self):
        state = torch.load(self.o.checkpoint, weights_only=True, map_location=self.o.device)
        self.descent.load(state)
        self.teacher.rms, self.teacher.basis, self.spread = state["rms"], state["basis"], state["spread"]
        self.elapsed = state["elapsed"]

    def pictures(self):
        """Of a lesson: N×3×H×W, and masks of their regions."""
        if self.o.start or self.done() > LOOKS_FROM:
            if self.descent.taken % LOOKS_EVERY == 0 or not self.looks:
                rgb, masks = looks.batch(self.average, self.photos, self.o.size)
                self.looks.append((rgb.half(), masks.half()))
            if random.random() < LOOK_SHARE:
                return tuple(t.float() for t in random.choice(self.looks))
        rgb = crops.batch(self.photos, self.o.size)
        return rgb, random_masks(rgb)

    def learn(self):
        """One step."""
        taught = lesson(self.teacher, *self.pictures(), self.average, self.o.frozen)
        total, parts = loss(self.student, taught, self.spread, self.o.frozen)
        total.backward()
        self.descent.step(self.done())
        for tap, values in parts.items():
            self.seen[tap] = torch.lerp(self.seen.get(tap, values), values, 0.01)

    def report(self):
        alive = {conv: (f.amax((0, 2, 3)) > f.amin((0, 2, 3))).float().mean().item()
                 for conv, f in self.average.trunk(crops.batch(self.photos, self.o.size)).items()}
        row = {"step": self.descent.taken, "minutes": round(self.elapsed / 60, 2), "alive": alive,
               "errors": {tap: [round(v, 4) for v in values.tolist()] for tap, values in self.seen.items()}}
        with open(Path(self.o.checkpoint).with_suffix(".jsonl"), "a") as log:
            log.write(json.dumps(row) + "\n")
        gram = " ".join(f"{v[1]:.3f}/{v[2]:.3f}" for tap, v in self.seen.items() if tap in STYLE)
        print(f"{self.descent.taken:6} {self.elapsed / 60:6.2f} min  features {' '.join(f'{v[0]:.3f}' for v in self.seen.values())}"
              f"  Gram/difference {gram}  alive {min(alive.values()):.2f}", flush=True)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    run.arguments(a)
    a.add_argument("--teacher", default=paths.TEACHER)
    a.add_argument("--device", default="cpu", help="cpu or cuda")
    a.add_argument("--size", type=int, default=1, help="lessons at once, in units of about 16 thousand pixels times four")
    a.add_argument("--trunk", default=TRUNK, help="widths of the student's convolutions; M is pooling")
    a.add_argument("--start", help="exported network to start from, as far as its trunk is the same")
    a.add_argument("--frozen", type=int, default=0, choices=range(5), help="first blocks that stay as --start has them")
    a.add_argument("--rate", type=float, default=1, help="factor on the learning rates")
    run.train(Training, a.parse_args())


if __name__ == "__main__":
    main()
