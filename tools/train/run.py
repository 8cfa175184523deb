"""A training by the clock: steps, reports and checkpoints until its minutes are over, or SIGTERM or SIGINT asks for an end."""
import os
import random
import signal
import time

import torch

import paths


class Run:
    """Of a training with `learn()`, `report()`, `state()`, `load()`, `steps()`, and REPORT (steps) and SAVE (seconds) between two of each;
    `load()` sets `elapsed`, the seconds that earlier runs took."""

    def __init__(self, o):
        self.o, self.elapsed, self.stop = o, 0.0, False

    def start(self):
        """What a training from the beginning does first."""

    def clock(self):
        """On a CPU the time that is worked, which other work on the machine does not take; elsewhere the wall's."""
        return time.process_time() if getattr(self.o, "device", "cpu") == "cpu" else time.monotonic()

    def done(self):
        """Share of the time that is gone."""
        return min(self.elapsed / (60 * self.o.minutes), 1)

    def save(self):
        torch.save(self.state() | {"elapsed": self.elapsed}, self.o.checkpoint + ".new")
        os.replace(self.o.checkpoint + ".new", self.o.checkpoint)

    def run(self):
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: setattr(self, "stop", True))
        began, before, saved = self.clock(), self.elapsed, time.monotonic()
        while not self.stop and self.done() < 1:
            self.learn()
            self.elapsed = before + self.clock() - began
            if self.steps() % self.REPORT == 0:
                with torch.no_grad():
                    self.report()
            if time.monotonic() - saved > self.SAVE:
                self.save()
                saved = time.monotonic()
        self.save()


def arguments(a):
    """What every training takes."""
    a.add_argument("--photos", default=paths.PHOTOS)
    a.add_argument("--minutes", type=float, required=True, help="in all, those before a --resume included")
    a.add_argument("--checkpoint", required=True)
    a.add_argument("--resume", action="store_true")
    a.add_argument("--seed", type=int, default=0)


def seed(number):
    torch.manual_seed(number), random.seed(number)


def train(training, o):
    """Goes on from the checkpoint, or begins; `training` makes a Run of the options."""
    if not o.resume and os.path.exists(o.checkpoint):
        raise SystemExit(f"{o.checkpoint} exists: --resume to go on from it, or choose another")
    seed(o.seed)
    run = training(o)
    if o.resume:
        run.load()
        seed(o.seed + run.steps())  # not the first lessons once more
    else:
        run.start()
    run.run()
