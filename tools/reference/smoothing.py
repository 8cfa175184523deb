"""The locally-affine smoothing of Deep Photo Style Transfer in f64, tap by tap, for the tests of `smoothing.rs`.

Models are fitted by the uncentred normal equations of the published code, with 1e-3 on the three slopes.
Writes crates/relumine/tests/fixtures/smoothing.safetensors.

Requirements: numpy==2.4.6 scipy==1.17.1 safetensors==0.8.0
Run from the repository's root: python tools/reference/smoothing.py
"""

import numpy as np
from safetensors.numpy import save_file
from scipy.ndimage import gaussian_filter

HEIGHT, WIDTH = 14, 19
random = np.random.default_rng(2017)
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]


def window(row, column, radius):
    inside = np.s_[max(0, row - radius) : row + radius + 1, max(0, column - radius) : column + radius + 1]
    return inside


def best_model(content, output, row, column):
    inside = window(row, column, 1)
    colours = content[inside].reshape(-1, 3)
    design = np.hstack([colours, np.ones((len(colours), 1))])
    normal = design.T @ design + np.diag([1e-3, 1e-3, 1e-3, 0])
    return np.linalg.solve(normal, design.T @ output[inside].reshape(-1, 3)).T


def smooth(content, output, radius, edge):
    models = np.array([[best_model(content, output, r, c) for c in range(WIDTH)] for r in range(HEIGHT)])
    smoothed = np.zeros_like(content)
    for row in range(HEIGHT):
        for column in range(WIDTH):
            inside = window(row, column, radius)
            distance = (y[inside] - row) ** 2 + (x[inside] - column) ** 2
            difference = ((content[inside] - content[row, column]) ** 2).mean(-1)
            weight = np.exp(-distance / (2 * (radius / 3) ** 2) - difference / (2 * edge**2))
            model = (weight[..., None, None] * models[inside]).sum((0, 1)) / weight.sum()
            smoothed[row, column] = model @ [*content[row, column], 1]
    return smoothed


content = gaussian_filter(random.random((HEIGHT, WIDTH, 3)), (1.5, 1.5, 0.5)) * 2 - 0.5
content[:, WIDTH // 2 :] *= 0.4
content = np.clip(content, 0, 1).astype(np.float32)
output = np.clip(content[..., ::-1] * 0.8 + 0.1 + 0.1 * random.standard_normal(content.shape), 0, 1)
output = output.astype(np.float32)
tensors = {"content": content, "output": output}
for radius, edge in [(15, 0.01), (5, 0.1), (2, 1)]:
    result = smooth(content.astype(np.float64), output.astype(np.float64), radius, edge)
    tensors[f"smoothed.{radius}.{edge}"] = result.astype(np.float32)
planar = {key: np.ascontiguousarray(value.transpose(2, 0, 1)) for key, value in tensors.items()}
save_file(planar, "crates/relumine/tests/fixtures/smoothing.safetensors")
