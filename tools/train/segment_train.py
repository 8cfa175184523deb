#!/usr/bin/env python3
"""Train the segmenter on photos and the label maps of a teacher.

    python3 segment_train.py --minutes 4 --device cuda --batch 32 --checkpoint segment.pt [--resume]

Muon for matrices, Adam for biases, cosine by the clock, averaged weights; the trunk is learnt at a fraction of the head's rate, its
first two blocks not at all. SIGTERM and SIGINT write a checkpoint and stop. MINUTES are
of the process on a CPU, of the clock elsewhere.
The loss is the cross-entropy of the groups that relumine merges the classes into, half of that of the classes, and that
of the parts of people. Only photos of segment_photos.txt are seen.
"""
import argparse
import json
from pathlib import Path

import torch

import run
import segment_photos
import start
from descent import Descent, Rates
from network import Compact, block_of
from segment_labels import load
from segment_lessons import Lessons
from segmenter import FEATURES, NETWORK, PEOPLE, PERSON, WIDTH, Segmenter, groups, take

RATES = Rates(matrix=4e-3, bias=2e-3, warm_up=40, averaging=0.998, weight_decay=0.02)
FROZEN = 2              # blocks
CALIBRATION = 16        # batches that the size of the features is measured by
CLASS_WEIGHT, PARTS_WEIGHT, SMOOTHING = 0.5, 1.0, 0.02


def of_classes(log_p, parts):
    """log_p N×C×h×w, with that of all of a person as `person` where a lesson does not tell its parts (`parts` N is false)."""
    whole = log_p.clone()
    whole[:, PERSON] = log_p[:, PEOPLE].logsumexp(1)
    return torch.where(parts.view(-1, 1, 1, 1), log_p, whole)


def loss(logits, shares, parts, merge):
    """Cross-entropy of groups, of classes, and of the parts of people that are told, and the share of cells whose group is right.

    `shares` count as much as they are sure; `merge` G×C is 0 or 1.
    """
    log_p = logits.log_softmax(1)
    target, sure = torch.einsum("gc,nchw->nghw", merge, shares), shares.sum(1)
    log_q = torch.einsum("gc,nchw->nghw", merge, log_p.exp()).clamp_min(1e-7).log()
    right = ((log_q.argmax(1) == target.argmax(1)) * sure).sum() / sure.sum()
    even = (1 - SMOOTHING) * target + SMOOTHING / len(merge) * sure[:, None]
    told = shares[:, PEOPLE] * parts.view(-1, 1, 1, 1)
    total = (even * log_q).sum() + CLASS_WEIGHT * (shares * of_classes(log_p, parts)).sum()
    people = (told * logits[:, PEOPLE].log_softmax(1)).sum() / told.sum().clamp_min(1)
    return -total / sure.sum() - PARTS_WEIGHT * people, right


class Training(run.Run):
    REPORT, SAVE = 50, 60  # steps, seconds

    def __init__(self, o):
        super().__init__(o)
        self.lessons = Lessons([photo.to(o.device) for photo in load(o.photos, segment_photos.read(o.photos))])
        given = Compact(o.network)
        self.trunk = given.header["trunk"]
        self.model, self.average = (Segmenter(self.trunk).to(o.device) for _ in range(2))
        self.given = set(given.weights)
        if given.header["format"] == "relumine-segmenter":
            take(self.model, given)
        else:
            start.take(self.model.trunk, given)
        _, of = groups()
        self.merge = torch.nn.functional.one_hot(of).T.float().to(o.device)

        def above(named):
            return [p.requires_grad_() for name, p in named.items() if block_of(name) > FROZEN]

        def learnt(named):
            return [p.requires_grad_() for name, p in named.items() if name.startswith("fine_") or not o.fine]

        self.model.requires_grad_(False)
        trunk, head = self.model.trunk, self.model.head
        lots = [(learnt(head.weight), learnt(head.bias), o.rate)]
        if not o.fine:
            lots.append((above(trunk.weight), above(trunk.bias), o.rate * o.trunk_rate))
        self.descent = Descent(self.model, self.average, lots, RATES)
        self.seen = None

    @torch.no_grad()
    def start(self):
        """Inputs of the head of about unit size, by the RMS of each feature."""
        squares = zip(*([f.square().mean((0, 2, 3)) for f in self.model.features(self.lessons.batch(self.o.batch)[0])] for _ in range(CALIBRATION)))
        head = self.model.head
        fine_scale, scale = ((sum(square) / CALIBRATION).clamp_min(1e-6).rsqrt() for square in squares)
        if "enter.weight" in self.given:
            head.weight["enter"][:, :FEATURES] /= scale
        if "fine_enter.weight" in self.given:
            head.weight["fine_enter"][:, :-WIDTH] /= fine_scale
        head.scale.copy_(scale)
        head.fine_scale.copy_(fine_scale)
        self.average.load_state_dict(self.model.state_dict())

    def steps(self):
        return self.descent.taken

    def state(self):
        return self.descent.state() | {"trunk": self.trunk}

    def load(self):
        state = torch.load(self.o.checkpoint, weights_only=True, map_location=self.o.device)
        self.descent.load(state)
        self.elapsed = state["elapsed"]

    def learn(self):
        rgb, shares, parts = self.lessons.batch(self.o.batch)
        total, right = loss(self.model(rgb), shares, parts, self.merge)
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


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    run.arguments(a)
    a.add_argument("--network", default=NETWORK, help="exported feature network to begin the trunk as, or segmenter to go on from")
    a.add_argument("--device", default="cpu", help="cpu or cuda")
    a.add_argument("--batch", type=int, default=8, help="lessons a step")
    a.add_argument("--fine", action="store_true", help="learn the fine part of the head alone")
    a.add_argument("--rate", type=float, default=1, help="factor on all learning rates")
    a.add_argument("--trunk-rate", type=float, default=0.3, help="factor on the learning rates of the trunk")
    run.train(Training, a.parse_args())


if __name__ == "__main__":
    main()
