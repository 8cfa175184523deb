"""Colours of two RGB spaces in sRGB, from the primaries that their standards publish.

Written with Python 3.11, requirements: numpy==2.4.6 safetensors==0.8.0
Display P3: SMPTE EG 432-1 primaries, D65, the sRGB curve. Adobe RGB (1998): section 4.3 of its specification, gamma 563/256.
sRGB: IEC 61966-2-1, its curve mirrored at zero for negative light, as scRGB does.
All three have the white point D65, so no adaptation is involved.

Writes crates/relumine/tests/fixtures/icc.safetensors: `device`, `display_p3`, `adobe_rgb`, each N×3 in f32.
"""

import pathlib

import numpy as np
from safetensors.numpy import save_file

WHITE = (0.3127, 0.3290)
PRIMARIES = {
    "srgb": ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)),
    "display_p3": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    "adobe_rgb": ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)),
}


def xyz(x, y):
    return np.array([x / y, 1.0, (1.0 - x - y) / y])


def to_xyz(space):
    columns = np.stack([xyz(*primary) for primary in PRIMARIES[space]], axis=1)
    return columns * np.linalg.solve(columns, xyz(*WHITE))


def srgb_decode(v):
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def srgb_encode(linear):
    size = np.abs(linear)
    return np.sign(linear) * np.where(size <= 0.0031308, 12.92 * size, 1.055 * size ** (1 / 2.4) - 0.055)


levels = np.array([0, 1, 20, 77, 128, 200, 254, 255]) / 255
device = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 3)
curves = {"display_p3": srgb_decode, "adobe_rgb": lambda v: v ** (563 / 256)}
tables = {"device": device}
for space, decode in curves.items():
    matrix = np.linalg.inv(to_xyz("srgb")) @ to_xyz(space)
    tables[space] = srgb_encode(decode(device) @ matrix.T)

out = pathlib.Path(__file__).parents[2] / "crates/relumine/tests/fixtures/icc.safetensors"
save_file({name: np.ascontiguousarray(table, dtype=np.float32) for name, table in tables.items()}, out)
