"""Mattes and foregrounds by PyMatting, for the tests of `matting/alpha.rs` and `matting/foreground.rs`.

Writes crates/relumine/tests/fixtures/matte.safetensors: of a synthetic picture whose alpha is known and of a branch before the sky in
examples/photos/winter.jpg, the photo (u8, 3×H×W), the trimap (u8, H×W) and the alpha of `estimate_alpha_cf`; of the synthetic one also
the true alpha and, computed from that, the foreground of `estimate_foreground_ml` (3×H×W). Results are u16, 65535 for 1.

Requirements: numpy==2.4.6 scipy==1.17.1 PyMatting==1.1.16 pillow==13.0.0 safetensors==0.8.0
Run from the repository's root: python tools/reference/matte.py
"""

import numpy as np
from PIL import Image
from pymatting import estimate_alpha_cf, estimate_foreground_ml
from safetensors.numpy import save_file
from scipy.ndimage import binary_dilation, binary_erosion, gaussian_filter

random = np.random.default_rng(2008)


def synthetic():
    """A soft disc with hairs, reds before blues: every window's colours are nearly on a line, so alpha is nearly affine in them."""
    height, width = 56, 80
    y, x = np.mgrid[0:height, 0:width]
    alpha = np.clip((18 - np.hypot(y - 28, x - 40)) / 5 + 0.5, 0, 1)
    for turn in np.linspace(0, 2 * np.pi, 12, endpoint=False):
        along = (y - 28) * np.sin(turn) + (x - 40) * np.cos(turn)
        across = (y - 28) * np.cos(turn) - (x - 40) * np.sin(turn)
        hair = np.clip(1.4 - np.abs(across), 0, 1) * np.clip(25 - along, 0, 1) * (along > 0)
        alpha = np.maximum(alpha, hair)
    wave = gaussian_filter(random.standard_normal((height, width)), 8)
    front = np.array([0.85, 0.3, 0.15]) + 0.3 * wave[..., None]
    behind = np.array([0.2, 0.4, 0.8]) - 0.3 * wave[..., None]
    image = alpha[..., None] * front + (1 - alpha[..., None]) * behind
    trimap = np.where(binary_erosion(alpha == 1, iterations=3), 255, np.where(binary_erosion(alpha == 0, iterations=3), 0, 128))
    return np.round(np.clip(image, 0, 1) * 255), trimap, alpha


def branches():
    """The exact regions of the rendered photo, the border between sky and everything else left open by 4 pixels either way."""
    part = np.s_[70:166, 960:1080]
    image = np.array(Image.open("examples/photos/winter.jpg").convert("RGB"))[part]
    sky = (np.array(Image.open("examples/photos/winter-mask.png").convert("RGB"))[part] == [0, 128, 255]).all(-1)
    # The branches are thinner than the border: what is theirs alone is known where they cover all of 3×3 pixels.
    front = binary_erosion(~sky)
    near = binary_dilation(~sky, iterations=4)
    return image, np.where(front, 255, np.where(near, 128, 0)), None


def in_16_bits(values):
    return np.round(values * 65535).astype(np.uint16)


tensors = {}
for name, (image, trimap, true) in {"synthetic": synthetic(), "branches": branches()}.items():
    colours = image.astype(np.float64) / 255
    alpha = estimate_alpha_cf(colours, trimap / 255, cg_kwargs={"rtol": 1e-10})
    print(name, image.shape, f"unknown {np.mean(trimap == 128):.2f}")
    tensors[f"{name}.photo"] = np.ascontiguousarray(image.astype(np.uint8).transpose(2, 0, 1))
    tensors[f"{name}.trimap"] = trimap.astype(np.uint8)
    tensors[f"{name}.alpha"] = in_16_bits(alpha)
    if true is not None:
        true = in_16_bits(true)
        tensors[f"{name}.true"] = true
        foreground = estimate_foreground_ml(colours, true / 65535)
        tensors[f"{name}.foreground"] = in_16_bits(np.ascontiguousarray(foreground.transpose(2, 0, 1)))
        print("from the true alpha", np.abs(alpha - true / 65535).mean())
save_file(tensors, "crates/relumine/tests/fixtures/matte.safetensors")
