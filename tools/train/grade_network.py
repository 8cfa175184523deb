"""The learned grade: from small pictures of content and reference, an affine colour matrix for each level of luma.

Input   both pictures, N×3×64×64, sRGB-encoded RGB in [0, 1], and how much each of their pixels counts, N×1×64×64.
Output  N×LEVELS×12: rows of (red, green, blue, 1) for each level of luma, from 0 to 1; between levels they are interpolated.
Eye     four 3×3 convolutions of stride 2, 2, 2, 1, to 8×8 cells of FEATURES.
Match   each cell of the content asks the reference's cells for those that show the same (attention, HEADS heads); what differs in
        colour between a cell and what it finds is mostly grade, what differs in what is seen is not.
Tell    cells are averaged, beside histogram, moments and quantiles of both pictures; three dense layers give the matrices.
The grade is what the network says of (content, reference) less what it says of (content, content): a photo is its own grade exactly.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

from grade_lessons import SIDE, luma

LEVELS, CELL = 8, 8
WIDTHS, FEATURES, HEADS, KEY = (24, 48, 96), 96, 4, 16
MATCHED, BINS, HIDDEN = 128, 24, 192
QUANTILES = (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98)
COLOURS = 3 * BINS + 3 + 9 + 3 * len(QUANTILES)
CELL_COLOURS = 6        # mean and standard deviation


def identity():
    return torch.eye(3, 4).flatten()


@torch.no_grad()
def statistics(x, share):
    """Histogram, mean, covariance and quantiles of the colours of every other pixel, N×COLOURS; `share` N×1×H×W."""
    pixels, share = x[:, :, ::2, ::2].flatten(2), share[:, :, ::2, ::2].flatten(2)
    share = share / share.sum(2, keepdim=True).clamp_min(1e-6)
    each = share.expand_as(pixels)
    at = pixels.clamp(0, 1) * (BINS - 1)
    low = at.floor().clamp_max(BINS - 2)
    histogram = torch.zeros(*pixels.shape[:2], BINS, device=x.device)
    histogram.scatter_add_(2, low.long(), each * (1 - (at - low))).scatter_add_(2, low.long() + 1, each * (at - low))
    mean = (pixels * share).sum(2)
    centred = pixels - mean[..., None]
    covariance = (centred * share) @ centred.transpose(1, 2)
    # Values by rank, where each counts as much as its pixel does.
    value, order = pixels.sort(2)
    reached = each.gather(2, order).cumsum(2)
    at = torch.stack([(reached < q).sum(2).clamp_max(pixels.shape[2] - 1) for q in QUANTILES], 2)
    return torch.cat([histogram.flatten(1), mean, 10 * covariance.flatten(1), value.gather(2, at).flatten(1)], 1)


class Grade(nn.Module):
    def __init__(self):
        super().__init__()
        widths = [3, *WIDTHS, FEATURES]
        self.eye = nn.ModuleList(nn.Conv2d(i, o, 3, 2 if n < 3 else 1, 1) for n, (i, o) in enumerate(zip(widths, widths[1:])))
        self.query, self.key = nn.Linear(FEATURES, HEADS * KEY), nn.Linear(FEATURES, HEADS * KEY)
        self.matched = nn.Linear(2 * FEATURES + (1 + 2 * HEADS) * CELL_COLOURS, MATCHED)
        self.matched2 = nn.Linear(MATCHED, MATCHED)
        self.colours = nn.Linear(2 * COLOURS, HIDDEN)
        self.tell = nn.Linear(MATCHED + HIDDEN, HIDDEN)
        self.tell2 = nn.Linear(HIDDEN, HIDDEN)
        self.matrices = nn.Linear(HIDDEN, LEVELS * 12)
        with torch.no_grad():
            for layer in self.eye:
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                layer.bias.zero_()
            self.matrices.weight.mul_(0.1)

    def see(self, x, weight):
        """Cells N×64×FEATURES, their colours N×64×6, how much each counts N×64, and the picture's colours N×COLOURS."""
        total = weight.sum((2, 3), keepdim=True).clamp_min(1e-3)
        mean = (x * weight).sum((2, 3), keepdim=True) / total
        y = 2 * torch.lerp(mean, x, weight) - 1
        for layer in self.eye:
            y = F.relu(layer(y))
        counts = F.avg_pool2d(weight, CELL)
        cell = F.avg_pool2d(x * weight, CELL) / counts.clamp_min(1e-3)
        square = F.avg_pool2d(x * x * weight, CELL) / counts.clamp_min(1e-3)
        deviation = (square - cell * cell).clamp_min(1e-5).sqrt()
        flat = lambda t: t.flatten(2).transpose(1, 2)
        return flat(y), torch.cat([flat(cell), flat(deviation)], 2), counts.flatten(1), statistics(x, weight / total)

    def say(self, a, b):
        (fa, ca, wa, sa), (fb, cb, wb, sb) = a, b
        n, cells, _ = fa.shape
        heads = lambda t: t.view(n, cells, HEADS, KEY).transpose(1, 2)
        q, k = heads(self.query(fa)), heads(self.key(fb))
        logits = q @ k.transpose(2, 3) / KEY**0.5 + wb.clamp_min(1e-4).log()[:, None, None]
        attention = logits.softmax(3)
        found = (attention @ cb[:, None]).transpose(1, 2)
        seen = attention.mean(1) @ fb
        difference = found - ca[:, :, None]
        each = torch.cat([fa, seen, ca, found.flatten(2), difference.flatten(2)], 2)
        each = F.relu(self.matched2(F.relu(self.matched(each))))
        pooled = (each * wa[..., None]).sum(1) / wa.sum(1, keepdim=True).clamp_min(1e-3)
        colours = F.relu(self.colours(torch.cat([sa, sb], 1)))
        return self.matrices(F.relu(self.tell2(F.relu(self.tell(torch.cat([pooled, colours], 1))))))

    def forward(self, content, reference, counts=None, theirs=None):
        """The matrices, N×LEVELS×12."""
        one = lambda x, w: torch.ones_like(x[:, :1]) if w is None else w
        a, b = self.see(content, one(content, counts)), self.see(reference, one(reference, theirs))
        return (self.say(a, b) - self.say(a, a)).view(-1, LEVELS, 12) + identity().to(content.device)


def apply(matrices, x):
    """The pictures, N×3×H×W, each colour by the matrix of its luma."""
    z = luma(x)[:, 0].clamp(0, 1) * (LEVELS - 1)
    low = z.detach().floor().clamp(0, LEVELS - 2)
    n, h, w = z.shape
    rows = matrices.view(n, LEVELS, 12)
    index = low.long().flatten(1)[..., None].expand(-1, -1, 12)
    here, above = rows.gather(1, index), rows.gather(1, index + 1)
    m = torch.lerp(here, above, (z - low).flatten(1)[..., None]).view(n, h * w, 3, 4)
    flat = x.flatten(2).transpose(1, 2)
    return ((m[..., :3] * flat[:, :, None]).sum(3) + m[..., 3]).transpose(1, 2).reshape(x.shape)
