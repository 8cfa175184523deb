"""Lessons for the learned grade: two crops of one photo, each in a grade of its own; the first is to be brought to the second's.

The content is p(A), the reference q(B), the truth q(A), for grades p and q that are drawn at random; q is the identity at times, and p two
grades at once, one for the lighter and one for the darker half. At times B is of another photo: what a grade is can then be known only
from what photos are like. Pictures are N×3×SIDE×SIDE, sRGB-encoded RGB in [0, 1].
"""
import math
import random

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import segment_photos

SIDE, SHORT = 64, 200
NATURAL, SPLIT, STRANGE, PARTIAL = 0.5, 0.5, 0.1, 0.3
TONED, COLOURED = 0.55, 0.8  # share of the grades that change tone, and of those that change colours
WARPED, ALONE = 0.6, 0.3    # share of those that move colours by a smooth field of displacements, of these of those that do nothing else,
LUMALESS = 0.5              # and of those whose displacements leave luma as it is
WARP, NODES = 0.1, (2, 3, 4)  # how far at most, as a standard deviation, and nodes of the field a side: the fewer, the smoother
MILD = 0.5  # grades of any lesser strength, down to none: where little was done, little is to be undone
TURNED = 0.3  # lessons upside down, and lessons on their side: so much of them each
LUMA = [0.299, 0.587, 0.114]


def load(folder):
    """The photos that may be trained on, H×W×3 uint8 with a short side of SHORT."""
    photos = []
    for path in segment_photos.read(folder):
        image = Image.open(path).convert("RGB")
        k = SHORT / min(image.size)
        size = [max(SHORT, round(side * k)) for side in image.size]
        photos.append(np.asarray(image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2)))
    return photos


def uniform(count, channels, device):
    return torch.rand(count, channels, 1, 1, device=device)


def chance(part, count, device):
    """1 for about this part of so many, 0 for the others, count×1×1×1."""
    return (uniform(count, 1, device) < part).float()


def displacements(far, device):
    """Smooth fields of displacements in the cube of colours, count×3×nodes×nodes×nodes, as `far`, count×1×1×1, as a standard deviation."""
    count, nodes = len(far), random.choice(NODES)
    field = far.unsqueeze(4) * torch.randn(count, 3, nodes, nodes, nodes, device=device)
    light = torch.einsum("c,nczyx->nzyx", torch.tensor(LUMA, device=device), field).unsqueeze(1)
    return field - chance(LUMALESS, count, device).unsqueeze(4) * light


def draw(count, device):
    """Smooth grades: exposure, contrast, saturation, hue, gamma and gain by channel, lift, and displacements in the cube of colours."""
    def number(low, high, channels=1):
        return strength * (uniform(count, channels, device) * (high - low) + low)

    def share(part):
        return chance(part, count, device)

    strength = 1 - share(MILD) * uniform(count, 1, device)
    warped, tone, colour = share(WARPED), share(TONED), share(COLOURED)
    warp = displacements(warped * strength * WARP * uniform(count, 1, device), device)
    strength = strength * (1 - warped * share(ALONE))
    return {"exposure": 1 + tone * share(0.9) * number(-0.4, 0.4), "contrast": 1 + tone * share(0.9) * number(-0.4, 0.4),
            "saturation": 1 + colour * share(0.9) * number(-0.5, 0.5), "hue": colour * share(0.8) * number(-0.05, 0.05) * 2 * math.pi,
            "gamma": torch.exp(share(0.5) * (tone * number(-0.2, 0.2) + colour * number(-0.15, 0.15, 3))),
            "gain": 1 + colour * share(0.5) * number(-0.15, 0.15, 3), "lift": tone * share(0.3) * number(-0.03, 0.1, 3), "warp": warp}


def weighted(x, row):
    """The channels of N×3×H×W by these three weights, N×1×H×W."""
    return (x * torch.as_tensor(row, device=x.device).view(1, 3, 1, 1)).sum(1, keepdim=True)


def luma(x):
    return weighted(x, LUMA)


def graded(x, grade, mean):
    """The pictures in their grades; contrast turns about `mean`, N×1×1×1."""
    y = (x * grade["exposure"] * grade["gain"] + grade["lift"] * (1 - x)).clamp(1e-4, 1) ** grade["gamma"]
    at = 2 * y.permute(0, 2, 3, 1).unsqueeze(1) - 1
    y = y + F.grid_sample(grade["warp"], at, align_corners=True).squeeze(2)
    y = ((y - mean) * grade["contrast"] + mean).clamp(0, 1)
    grey = luma(y)
    y = (y - grey) * grade["saturation"] + grey
    i, q = (weighted(y, row) for row in ([0.596, -0.274, -0.322], [0.211, -0.523, 0.312]))
    c, s = torch.cos(grade["hue"]), torch.sin(grade["hue"])
    i, q = i * c - q * s, i * s + q * c
    return torch.cat([grey + 0.956 * i + 0.621 * q, grey - 0.272 * i - 0.647 * q, grey - 1.106 * i + 1.703 * q], 1).clamp(0, 1)


def box(photo):
    """Of 0.1 to 0.6 of the area: top, left, bottom, right."""
    height, width = photo.shape[:2]
    area, aspect = random.uniform(0.1, 0.6) * height * width, math.exp(random.uniform(-0.29, 0.29))
    h, w = min(height, int((area / aspect) ** 0.5)), min(width, int((area * aspect) ** 0.5))
    y, x = random.randint(0, height - h), random.randint(0, width - w)
    return y, x, y + h, x + w


def crop(photo, box):
    """1×3×SIDE×SIDE."""
    t = torch.from_numpy(photo[box[0]:box[2], box[1]:box[3]].copy()).permute(2, 0, 1)[None].float() / 255
    return F.interpolate(t, (SIDE, SIDE), mode="bilinear", antialias=True)


def crops(photo):
    """Two crops, mostly of places that the other does not have."""
    first, tries = box(photo), 1 if random.random() < 0.2 else 12
    for _ in range(tries):
        second = box(photo)
        if first[2] <= second[0] or second[2] <= first[0] or first[3] <= second[1] or second[3] <= first[1]:
            break
    return crop(photo, first), crop(photo, second)


def weights(count, device):
    """How much each pixel counts, N×1×SIDE×SIDE: all, or a part with soft borders."""
    noise = F.interpolate(torch.randn(count, 1, 4, 4, device=device), (SIDE, SIDE), mode="bicubic")
    part = torch.sigmoid(8 * (noise + 0.4))
    return torch.where(uniform(count, 1, device) < PARTIAL, part, 1.0)


def turned(*pictures):
    """The pictures as they are, or at times all upside down or on their side: a grade does not depend on which way is up."""
    if random.random() < TURNED:
        pictures = [picture.flip(2) for picture in pictures]
    if random.random() < TURNED:
        pictures = [picture.transpose(2, 3) for picture in pictures]
    return pictures


class Places(torch.utils.data.IterableDataset):
    """Crops of photos without end: `count` pictures and as many others, each mostly of another place of the same photo."""

    def __init__(self, photos, count):
        self.photos, self.count = photos, count

    def __iter__(self):
        while True:
            flips = [random.choice([1, -1]) for _ in range(self.count)]
            chosen = zip(random.choices(self.photos, k=self.count), flips)
            a, b = map(torch.cat, zip(*(turned(*crops(photo[:, ::flip])) for photo, flip in chosen)))
            strange = int(STRANGE * self.count)
            b[:strange] = b[:strange].roll(1, 0)
            yield a, b


def lesson(a, b):
    """Content, reference, truth, and how much each pixel of content and reference counts, of crops as `Places` has them."""
    count, device = len(a), a.device
    p, p2, q = (draw(count, device) for _ in range(3))
    grey = luma(a)
    mean = grey.mean((2, 3), keepdim=True)
    middle = grey.flatten(1).median(1).values.view(-1, 1, 1, 1)
    lighter = torch.sigmoid((grey - middle) / 0.04)
    split = (uniform(count, 1, device) < SPLIT).float() * (1 - lighter)
    content = torch.lerp(graded(a, p, mean), graded(a, p2, mean), split)
    natural = (uniform(count, 1, device) < NATURAL).float()
    reference, truth = (torch.lerp(graded(x, q, mean), x, natural) for x in (b, a))
    return content, reference, truth, weights(count, device), weights(count, device)
