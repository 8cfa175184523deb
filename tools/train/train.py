#!/usr/bin/env python3
"""Distil VGG-19's taps into the compact feature network.

    python3 train.py --minutes 105 --checkpoint checkpoint.pt [--resume] [--start features.safetensors [--frozen BLOCKS]]

From scratch, or from an exported network (start.py), whose first BLOCKS may stay as they are.

Two threads: one has the teacher make lessons, the other has the student learn from a random one of the
last BUFFER. So a lesson is learnt from a few times, and neither waits for the other. The schedule runs by the clock: training
lasts MINUTES of wall time, those before a --resume included. SIGTERM and SIGINT write a checkpoint and stop. Progress goes to
CHECKPOINT with the suffix .jsonl, one line a report.
"""
import argparse
import json
import os
import random
import signal
import threading
import time
from collections import deque
from pathlib import Path

import torch

import crops
import paths
import rollouts
import start
from descent import Descent, Rates
from network import TAPS, Compact, Student, block_of
from objective import lesson, loss, random_masks
from teacher import STYLE, Teacher

BUFFER, FIRST, CALIBRATION = 400, 12, 16  # lessons kept, before the first step; batches to measure by
TOGETHER = 2  # lessons a step
ROLLOUT_SHARE = 0.6  # of the lessons, where there are rollouts
REPORT, SAVE = 100, 120  # steps, seconds


class Training:
    def __init__(self, o):
        self.o = o
        self.photos = list(crops.load_photos(o.photos, test=False).values())
        self.teacher = Teacher(o.teacher)
        self.student, self.average = Student(), Student()
        self.average.load_state_dict(self.student.state_dict())

        def above(named):
            return [p for name, p in named.items() if block_of(TAPS.get(name, name)) > o.frozen]

        rates = Rates(matrix=6e-3 * o.rate, bias=2e-3 * o.rate, warm_up=60, averaging=0.998)
        matrices = above(self.student.weight) + above(self.student.expand)
        self.descent = Descent(self.student, self.average, matrices, above(self.student.bias), rates)
        self.elapsed, self.seen = 0.0, {}
        self.lessons, self.made, self.stop, self.failure = deque(maxlen=BUFFER), 0, threading.Event(), None

    def start(self):
        """Measure the teacher's taps: RMS and principal directions; and their variance, to judge errors by."""
        batches = [crops.batch(self.photos) for _ in range(CALIBRATION)]
        self.teacher.calibrate(batches)
        variances = [self.teacher.taps(rgb)[1] for rgb in batches]
        self.spread = {tap: sum(v[tap] for v in variances) / len(variances) for tap in TAPS}
        if self.o.start:
            given = Compact(self.o.start)
            start.take(self.student, given)
            start.fit_maps(self.student, self.teacher, batches, given, self.o.frozen)
            self.average.load_state_dict(self.student.state_dict())

    def save(self):
        state = self.descent.state() | {"rms": self.teacher.rms, "basis": self.teacher.basis, "spread": self.spread,
                                        "elapsed": self.elapsed}
        torch.save(state, self.o.checkpoint + ".new")
        os.replace(self.o.checkpoint + ".new", self.o.checkpoint)

    def load(self):
        state = torch.load(self.o.checkpoint, weights_only=True)
        self.descent.load(state)
        self.teacher.rms, self.teacher.basis, self.spread = state["rms"], state["basis"], state["spread"]
        self.elapsed = state["elapsed"]

    def done(self):
        return min(self.elapsed / (60 * self.o.minutes), 1)

    def teach(self):
        """The teacher's thread: lessons without end."""
        torch.set_num_threads(self.o.threads)
        try:
            solved = rollouts.read(self.o.rollouts) if self.o.rollouts else None
            while not self.stop.is_set():
                if solved and random.random() < ROLLOUT_SHARE:
                    rgb, masks = next(solved)
                else:
                    rgb = crops.batch(self.photos)
                    masks = random_masks(len(rgb), *rgb.shape[2:])
                self.lessons.append(lesson(self.teacher, rgb, masks, self.average, self.o.frozen))
                self.made += 1
                while (self.made - FIRST) * self.o.reuse > self.descent.taken * TOGETHER and not self.stop.is_set():
                    time.sleep(0.01)
        except BaseException as e:
            self.failure = e
            self.stop.set()

    def learn(self):
        """One step."""
        for _ in range(TOGETHER):
            total, parts = loss(self.student, self.lessons[random.randrange(len(self.lessons))], self.spread, self.o.frozen)
            (total / TOGETHER).backward()
            for tap, values in parts.items():
                old = self.seen.get(tap, values)
                self.seen[tap] = [0.99 * x + 0.01 * y for x, y in zip(old, values)]
        self.descent.step(self.done())

    def report(self):
        row = {"step": self.descent.taken, "minutes": round(self.elapsed / 60, 2), "lessons": self.made,
               "errors": {tap: [round(v, 4) for v in values] for tap, values in self.seen.items()}}
        with open(Path(self.o.checkpoint).with_suffix(".jsonl"), "a") as log:
            log.write(json.dumps(row) + "\n")
        gram = " ".join(f"{v[1]:.3f}/{v[2]:.3f}" for tap, v in self.seen.items() if tap in STYLE)
        print(f"{self.descent.taken:6} {self.elapsed / 60:6.1f} min {self.made:5} lessons  features {' '.join(f'{v[0]:.3f}' for v in self.seen.values())}"
              f"  Gram/difference {gram}", flush=True)

    def run(self):
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: self.stop.set())
        teaching = threading.Thread(target=self.teach)
        teaching.start()
        while len(self.lessons) < FIRST and not self.stop.is_set():
            time.sleep(0.1)
        began, before, saved = time.monotonic(), self.elapsed, time.monotonic()
        while not self.stop.is_set() and self.done() < 1:
            self.learn()
            self.elapsed = before + time.monotonic() - began
            if self.descent.taken % REPORT == 0:
                self.report()
            if time.monotonic() - saved > SAVE:
                self.save()
                saved = time.monotonic()
        self.stop.set()
        teaching.join()
        self.save()
        if self.failure:
            raise self.failure


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--photos", default=paths.PHOTOS)
    a.add_argument("--teacher", default=paths.TEACHER)
    a.add_argument("--minutes", type=float, required=True)
    a.add_argument("--checkpoint", required=True)
    a.add_argument("--resume", action="store_true")
    a.add_argument("--start", help="exported network to start from, as far as its trunk is the same")
    a.add_argument("--rollouts", help="folder of pairs that rollouts.py made, to learn from beside the crops")
    a.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 2) // 2), help="of the teacher, and of the student")
    a.add_argument("--frozen", type=int, default=0, choices=range(5), help="first blocks that stay as --start has them")
    a.add_argument("--reuse", type=int, default=3, help="how often a lesson is learnt from, at least")
    a.add_argument("--rate", type=float, default=1, help="factor on the learning rates")
    a.add_argument("--seed", type=int, default=0)
    o = a.parse_args()
    if not o.resume and os.path.exists(o.checkpoint):
        raise SystemExit(f"{o.checkpoint} exists: --resume to go on from it, or choose another")
    torch.set_num_threads(o.threads)
    torch.manual_seed(o.seed), random.seed(o.seed)
    training = Training(o)
    training.load() if o.resume else training.start()
    training.run()


if __name__ == "__main__":
    main()
