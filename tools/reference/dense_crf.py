#!/usr/bin/env python3
"""Mean field in the fully connected CRF by brute force, in float64: the fixture of `crates/relumine/src/refine/tests.rs`.

Every kernel is a full N x N matrix; nothing is approximated. Made with Python 3.11, numpy 2.4.6, safetensors 0.8.0:
    pip install numpy==2.4.6 safetensors==0.8.0
    python tools/reference/dense_crf.py crates/relumine/tests/fixtures/dense_crf.safetensors
"""

import sys

import numpy as np
from safetensors.numpy import save_file

HEIGHT, WIDTH, LABELS, ITERATIONS = 20, 26, 5, 10
# Weight, position and colour of the appearance kernel; weight and position of the smoothness kernel.
PARAMETERS = (4.0, 12.0, 0.15, 2.0, 2.5)


def scene(rng):
    """Three shaded fields with grain, and an uncertain classification that is wrong in places."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    field = np.where(columns > 8 + rows // 3, 1, 0)
    field[(rows - 12) ** 2 + (columns - 18) ** 2 < 30] = 2
    colours = np.array([[0.2, 0.4, 0.7], [0.3, 0.6, 0.2], [0.8, 0.5, 0.3]])
    photo = colours[field] + 0.1 * (rows / HEIGHT)[..., None] + 0.03 * rng.normal(size=(HEIGHT, WIDTH, 3))
    logits = rng.normal(size=(LABELS, HEIGHT, WIDTH)) + 1.2 * (np.arange(LABELS)[:, None, None] == field)
    probabilities = np.exp(logits)
    return np.clip(photo, 0, 1).transpose(2, 0, 1), probabilities / probabilities.sum(0)


def normalised_kernel(points):
    squares = ((points[:, None] - points[None]) ** 2).sum(-1)
    kernel = np.exp(-squares / 2)
    sums = kernel.sum(1)
    return kernel / np.sqrt(sums[:, None] * sums[None])


def softmax(logits):
    exponentials = np.exp(logits - logits.max(0))
    return exponentials / exponentials.sum(0)


def main(path):
    photo, probabilities = (values.astype(np.float32) for values in scene(np.random.default_rng(7)))
    weight_far, position_far, colour, weight_near, position_near = PARAMETERS
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    position = np.stack([columns.ravel(), rows.ravel()], 1).astype(np.float64)
    pixels = photo.reshape(3, -1).T.astype(np.float64)
    appearance = normalised_kernel(np.hstack([position / position_far, pixels / colour]))
    smoothness = normalised_kernel(position / position_near)
    pairwise = weight_far * appearance + weight_near * smoothness
    np.fill_diagonal(pairwise, 0)
    unary = np.log(probabilities.astype(np.float64).reshape(LABELS, -1))
    marginals = softmax(unary)
    for _ in range(ITERATIONS):
        marginals = softmax(unary + marginals @ pairwise)
    tensors = {
        "photo": photo,
        "probabilities": probabilities,
        "marginals": marginals.reshape(LABELS, HEIGHT, WIDTH),
        "appearance_filtered": probabilities.reshape(LABELS, -1) @ appearance,
        "smoothness_filtered": probabilities.reshape(LABELS, -1) @ smoothness,
        "parameters": np.array(PARAMETERS),
    }
    save_file({name: np.ascontiguousarray(values, dtype=np.float32) for name, values in tensors.items()}, path)


if __name__ == "__main__":
    main(sys.argv[1])
