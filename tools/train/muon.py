"""Muon (Jordan et al. 2024) in f32: momentum, orthogonalised by five quintic Newton–Schulz steps.

Differs from `torch.optim.Muon`, which does the same in bfloat16: that is emulated, and slow, on CPUs without it.
"""
import torch

A, B, C = 3.4445, -4.7750, 2.0315


def orthogonalise(m):
    """About U Vᵀ of m = U S Vᵀ."""
    wide = m if m.shape[0] <= m.shape[1] else m.T
    x = wide / (wide.norm() + 1e-7)
    for _ in range(5):
        g = x @ x.T
        x = A * x + (B * g + C * g @ g) @ x
    return x if wide is m else x.T


class Muon(torch.optim.Optimizer):
    """The rate is that of an Adam of the same RMS update."""

    def __init__(self, parameters, lr=1e-3, momentum=0.9, weight_decay=0.0):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                velocity = self.state[p].setdefault("velocity", torch.zeros_like(p))
                velocity.lerp_(p.grad, 1 - group["momentum"])
                update = orthogonalise(p.grad.lerp(velocity, group["momentum"]))
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.sub_(update, alpha=0.2 * max(p.shape) ** 0.5 * group["lr"])
