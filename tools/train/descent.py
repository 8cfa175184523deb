"""The steps of a training: Muon for matrices, Adam for biases, rates that warm up by steps and fall by the clock, averaged weights."""
import math
from dataclasses import dataclass

import torch

from muon import Muon

FLOOR = 0.01  # share of the rates at the end
CLIP = 2.0    # norm of all gradients


@dataclass
class Rates:
    matrix: float
    bias: float
    warm_up: int      # steps
    averaging: float  # share of the average that a step keeps
    weight_decay: float = 0.0


class Descent:
    """Moves `model`, and after it `average`, a model of the same shape; of its parameters only those of the groups, each a list of
    matrices, one of biases and a factor on the rates."""

    def __init__(self, model, average, groups, rates):
        self.model, self.average, self.rates, self.taken = model, average, rates, 0
        matrices, biases, self.factors = zip(*groups)
        self.muon = Muon([{"params": m} for m in matrices], momentum=0.9, weight_decay=rates.weight_decay)
        self.adam = torch.optim.Adam([{"params": b} for b in biases], betas=(0.9, 0.99))

    def step(self, done):
        """One step along the gradients that the parameters hold, which are then forgotten; `done` is the share of the time that is gone."""
        rate = min(1, (self.taken + 1) / self.rates.warm_up) * (FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * done)))
        for optimizer, own in ((self.muon, self.rates.matrix), (self.adam, self.rates.bias)):
            for group, factor in zip(optimizer.param_groups, self.factors):
                group["lr"] = own * factor * rate
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), CLIP)
        self.muon.step()
        self.adam.step()
        self.model.zero_grad()
        self.taken += 1
        keep = min(self.rates.averaging, self.taken / (self.taken + 20))
        with torch.no_grad():
            for slow, fast in zip(self.average.parameters(), self.model.parameters()):
                slow.lerp_(fast, 1 - keep)

    def state(self):
        return {"model": self.model.state_dict(), "average": self.average.state_dict(), "muon": self.muon.state_dict(),
                "adam": self.adam.state_dict(), "step": self.taken}

    def load(self, state):
        for part, name in ((self.model, "model"), (self.average, "average"), (self.muon, "muon"), (self.adam, "adam")):
            part.load_state_dict(state[name])
        self.taken = state["step"]
