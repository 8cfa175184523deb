"""Training on from an exported network, of another trunk too: its convolutions where they fit, and maps to the teacher's taps."""
import torch

from network import TAPS, block_of

RIDGE = 1e-3


@torch.no_grad()
def take(student, given):
    """Copies the convolutions as far as both have them. Outputs of their own that the student has beside them stay as they are, and
    nothing of these flows into what is copied: a wider student computes what the given network did, and more."""
    for name, bias in student.bias.items():
        weight = given.weights.get(f"{name}.weight")
        if weight is None:
            continue
        kernel = student.kernel(name)
        outputs, inputs = (min(ours, theirs) for ours, theirs in zip(kernel.shape, weight.shape[:2]))
        kernel[:outputs] = 0
        kernel[:outputs, :inputs] = weight[:outputs, :inputs]
        bias[:outputs] = given.weights[f"{name}.bias"][:outputs]


@torch.no_grad()
def revive(student, batches):
    """Has outputs of convolutions that are 0 for all of the batches begin anew; nothing flows from them before it is learnt to."""
    names = list(student.bias)
    for at, name in enumerate(names):
        dead = torch.stack([student.after(name, rgb).amax((0, 2, 3)) for rgb in batches]).amax(0) <= 0
        kernel, following = student.kernel(name), names[at + 1:at + 2]
        kernel[dead] = torch.randn_like(kernel[dead]) * (2 / kernel[0].numel()) ** 0.5
        student.bias[name][dead] = 0
        for following in following:
            student.kernel(following)[:, dead] = 0


@torch.no_grad()
def fit_maps(student, teacher, batches, given, frozen=0):
    """Sets each E to T Fᵀ (F Fᵀ + r I)⁻¹ over all places of the batches, r being RIDGE of the mean of the diagonal.

    Where the blocks are frozen, E keeps the metric M of the given network but for its scale, E = s R M, R being the rotation, and s the
    scale, that bring R M F nearest to T.
    """
    products = {tap: [0, 0] for tap in TAPS}
    for rgb in batches:
        features, wanted = student.trunk(rgb), teacher.taps(rgb)[0]
        for tap, conv in TAPS.items():
            f, t = (x.transpose(0, 1).flatten(1) / x[:, 0].numel() ** 0.5 for x in (features[conv], wanted[tap]))
            products[tap] = [products[tap][0] + f @ f.T, products[tap][1] + t @ f.T]
    for tap, (ff, tf) in products.items():
        if block_of(TAPS[tap]) <= frozen:
            metric = given.weights[f"metric.{tap}"].to(ff)
            u, values, v = torch.linalg.svd(tf @ metric, full_matrices=False)
            scale = values.sum() / (metric @ ff @ metric).trace()
            student.expand[tap].copy_(scale * (u @ v @ metric))
            continue
        ridge = RIDGE * ff.diagonal().mean() * torch.eye(len(ff), device=ff.device)
        student.expand[tap].copy_(torch.linalg.solve(ff + ridge, tf.T).T)
