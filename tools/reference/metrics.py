#!/usr/bin/env python3
"""Fixtures for the metrics of results: Pillow, scipy, scikit-image, PyMatting and PyTorch.

    python3 metrics.py

Writes crates/relumine/tests/fixtures/metrics.safetensors: three synthetic pairs with a result and, for one, masks,
as 8-bit pictures (H×W×3), and of each the metrics style, swd, edge, lap, clip at a long side of 64 and lost, inverted, blotch_l,
blotch_ab, stray at one of 48. The network is VGG-19 with the weights of features.py's integer hash.

Made with Python 3.11 and:
    pip install torch==2.15.0 numpy==2.4.6 pillow==13.0.0 scipy==1.17.1 scikit-image==0.26.0 PyMatting==1.1.16 safetensors==0.8.0
"""
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from pymatting import cf_laplacian
from safetensors.numpy import save_file
from scipy import ndimage, sparse
from scipy.sparse.linalg import spsolve
from scipy.spatial import cKDTree
from skimage.color import rgb2lab
from skimage.metrics import structural_similarity

from features import FIXTURES, caffe, convolutions

SIZE, NATURAL_SIZE, TABLE = 64, 48, 9
BLOCKS = [(2, 64), (2, 128), (4, 256), (4, 512), (1, 512)]
KEYS = [(f"conv{b}_{i}", width) for b, (layers, width) in enumerate(BLOCKS, 1) for i in range(1, layers + 1)]
COLOURS = np.array([(0, 0, 1), (0, 1, 0), (0, 0, 0), (1, 1, 1), (1, 0, 0), (1, 1, 0), (.5, .5, .5), (0, 1, 1), (1, 0, 1)])


def resized(levels, shape, kind):
    picture = Image.fromarray(levels).resize((shape[1], shape[0]), kind)
    return np.asarray(picture).astype(np.float32) / 255


def at_size(levels, size):
    scale = size / max(levels.shape)
    return resized(levels, [round(side * scale) for side in levels.shape[:2]], Image.LANCZOS)


def regions(levels, shape):
    rgb = resized(levels, shape, Image.BILINEAR)
    label = ((rgb[None] - COLOURS[:, None, None]) ** 2).sum(-1).argmin(0)
    return np.stack([label == k for k in range(len(COLOURS))]).astype(np.float32)


def features(weights, rgb):
    x = caffe(torch.from_numpy(rgb).double().permute(2, 0, 1)[None])
    taps = []
    for key, _ in KEYS:
        if key.endswith("_1") and key != "conv1_1":
            x = F.max_pool2d(x, 2)
        x = F.relu(F.conv2d(x, weights[key + ".weight"].double(), weights[key + ".bias"].double(), padding=1))
        if key.endswith("_1"):
            taps.append(x[0])
    return taps


def gram(f, mask):
    m = F.adaptive_avg_pool2d(torch.from_numpy(mask)[None, None].double(), f.shape[1:]).flatten()
    f = f.flatten(1)
    return (f * m) @ f.T / (m.sum() + 1e-9) if m.sum() > 4 else None


def style(weights, result, reference, mc, ms):
    error = weight = 0.
    for o, s in zip(features(weights, result), features(weights, reference)):
        for a, b in zip(mc, ms):
            g, h = gram(o, a), gram(s, b)
            if g is not None and h is not None:
                error += a.mean() * float((g - h).pow(2).sum() / h.pow(2).sum())
                weight += a.mean()
    return error / weight


def sliced_wasserstein(a, b):
    d = np.random.default_rng(0).normal(size=(3, 64))
    d /= np.linalg.norm(d, axis=0)
    q = np.linspace(0, 1, 257)
    return np.abs(np.quantile(a @ d, q, axis=0) - np.quantile(b @ d, q, axis=0)).mean()


def edges(rgb):
    luma = rgb @ np.array([.299, .587, .114])
    return np.hypot(ndimage.sobel(luma, 0), ndimage.sobel(luma, 1))


def clipped(rgb):
    return ((rgb <= 0) | (rgb >= 1)).any(-1).mean()


def hats(values):
    """Weights of a table's entries along one axis: N×TABLE triangles."""
    return np.maximum(0, 1 - np.abs(values[:, None].astype(np.float64) * (TABLE - 1) - np.arange(TABLE)))


def explained(rgb, lab):
    """The best smooth 9×9×9 lookup table from the one to the other."""
    r, g, b = (hats(rgb[:, c]) for c in range(3))
    basis = sparse.csr_matrix(np.einsum("nk,nj,ni->nkji", b, g, r).reshape(len(rgb), -1))
    numbers = np.arange(TABLE**3).reshape(TABLE, TABLE, TABLE)
    pairs = [(np.take(numbers, range(TABLE - 1), axis).ravel(), np.take(numbers, range(1, TABLE), axis).ravel()) for axis in range(3)]
    first, second = (np.concatenate(side) for side in zip(*pairs))
    rows, ones = np.arange(len(first)), np.ones(len(first))
    rough = sparse.csr_matrix((np.concatenate([ones, -ones]), (np.tile(rows, 2), np.concatenate([second, first]))), (len(first), TABLE**3))
    normal = basis.T @ basis + 1e-3 * len(rgb) / TABLE**3 * (rough.T @ rough) + 1e-9 * sparse.identity(TABLE**3)
    return basis @ spsolve(normal.tocsc(), basis.T @ lab)


def structure(content, result):
    blur = lambda plane: ndimage.gaussian_filter(plane, 2.0)
    vc, vr = blur(content**2) - blur(content) ** 2, blur(result**2) - blur(result) ** 2
    correlation = (blur(content * result) - blur(content) * blur(result)) / np.sqrt(np.maximum(vc * vr, 1e-12))
    detail = vc > 4
    lost = detail & ((correlation < .5) | (vr < .35**2))
    return lost.sum() / detail.sum(), (detail & (correlation < -.2) & (vr > 1)).sum() / detail.sum()


def naturalness(content, reference, result, mc, ms):
    lab, of_result, of_reference = (rgb2lab(p.astype(np.float64)) for p in (content, result, reference))
    sigma = .02 * max(content.shape)
    squares, pixels, stray = np.zeros(2), 0, 0
    for here, there in zip(mc > .5, ms > .5):
        if here.sum() < 50:
            continue
        residual = np.zeros_like(lab)
        residual[here] = of_result[here] - explained(content[here], of_result[here])
        share = np.maximum(ndimage.gaussian_filter(here.astype(float), sigma), 1e-3)
        blotches = np.stack([ndimage.gaussian_filter(residual[..., c], sigma) / share for c in range(3)], -1)[here]
        squares += (blotches[:, 0] ** 2).sum(), (blotches[:, 1:] ** 2).sum()
        fine = [np.stack([ndimage.gaussian_filter(p[..., c], 1.5) for c in range(3)], -1) for p in (of_reference, of_result)]
        distance, _ = cKDTree(fine[0][there][::3]).query(fine[1][here][::2])
        stray += 2 * (distance > 8).sum()
        pixels += here.sum()
    return [*structure(lab[..., 0], of_result[..., 0]), *np.sqrt(squares / pixels), stray / pixels]


def at(pictures, size):
    content, reference = at_size(pictures["content"], size), at_size(pictures["reference"], size)
    result = resized(pictures["result"], content.shape[:2], Image.LANCZOS)
    if "content_mask" in pictures:
        mc, ms = regions(pictures["content_mask"], content.shape), regions(pictures["reference_mask"], reference.shape)
        keep = [k for k in range(len(COLOURS)) if min(mc[k].mean(), ms[k].mean()) >= .004]
        print("regions", keep, "left out", [k for k in range(9) if k not in keep and max(mc[k].mean(), ms[k].mean()) > 0])
        mc, ms = mc[keep], ms[keep]
    else:
        mc, ms = np.ones((1, *content.shape[:2]), np.float32), np.ones((1, *reference.shape[:2]), np.float32)
    return content, reference, result, mc, ms


def measure(weights, pictures):
    content, reference, result, mc, ms = at(pictures, SIZE)
    lab = rgb2lab(result), rgb2lab(reference)
    swd = sum(a.mean() * sliced_wasserstein(lab[0][a > .5], lab[1][b > .5]) for a, b in zip(mc, ms)) / mc.mean((1, 2)).sum()
    laplacian = cf_laplacian(content.astype(np.float64), epsilon=1e-5, radius=1)
    planes = result.reshape(-1, 3).T.astype(np.float64)
    return np.array([
        style(weights, result, reference, mc, ms),
        swd,
        structural_similarity(edges(content), edges(result), data_range=4.0),
        sum(p @ (laplacian @ p) for p in planes) / planes.shape[1],
        max(0., clipped(result) - clipped(reference)),
        *naturalness(*at(pictures, NATURAL_SIZE)),
    ], np.float64)


random = np.random.default_rng(5)


def photo(height, width, tint, contrast):
    """Smooth shapes with some texture and noise; high contrast clips."""
    y, x = np.mgrid[0:height, 0:width] / height
    texture = ndimage.gaussian_filter(random.normal(size=(height, width, 3)), (2, 2, 0))
    shapes = np.sin(7 * x + 3 * y)[..., None] * np.array(tint) + .5 * (x[..., None] > .6) + texture
    return np.round(np.clip(.5 + contrast * (shapes - .2), 0, 1) * 255).astype(np.uint8)


def mask(height, width):
    """Four regions with smooth borders; the cyan one is too small to count."""
    y, x = np.mgrid[0:height, 0:width] / height
    labels = np.where(y < .4, 0, np.where(x < .5, 4, 6))
    labels[:2, :3] = 7
    return np.round(ndimage.gaussian_filter(COLOURS[labels], (.7, .7, 0)) * 255).astype(np.uint8)


def main():
    weights = convolutions(KEYS)
    a, b = photo(66, 90, (.6, .3, .1), .25), photo(84, 70, (.1, .5, .8), .35)
    result = np.clip(a @ np.array([[.9, .2, 0], [.1, .8, .3], [0, .1, .9]]) * 1.6 - 60 + random.normal(size=a.shape) * 4, 0, 255)
    pictures = {"masked": {"content": a, "reference": b, "result": np.round(result).astype(np.uint8),
                           "content_mask": mask(66, 90), "reference_mask": mask(60, 50)}}
    c, d = photo(40, 53, (.2, .2, .5), .2), photo(45, 37, (.5, .1, .1), .2)
    # Pictures smaller than what they are measured at, and a result of another size than its content.
    small = np.asarray(Image.fromarray(np.clip(c * 1.7 - 60, 0, 255).astype(np.uint8)).resize((43, 32), Image.BICUBIC))
    pictures["whole"] = {"content": c, "reference": d, "result": small}
    # Detail that is flattened on one side and turned into its negative on the other, under a veil and a stain.
    e, f = photo(60, 80, (.3, .4, .2), .3), photo(50, 80, (.3, .3, .4), .3)
    y, x = np.mgrid[0:60, 0:80] / 60
    strength = np.where(x < .4, 0, np.where(x > .9, -.6, .9))[..., None]
    damage = 128 + (e - 128.) * strength + 40 * (y < .4)[..., None] * np.array([1, .8, .2]) * (x > .5)[..., None]
    pictures["damaged"] = {"content": e, "reference": f, "result": np.round(np.clip(damage, 0, 255)).astype(np.uint8)}
    out = {}
    for name, case in pictures.items():
        out[f"{name}.metrics"] = measure(weights, case)
        print(name, out[f"{name}.metrics"])
        out.update({f"{name}.{kind}": np.ascontiguousarray(levels) for kind, levels in case.items()})
    save_file(out, FIXTURES / "metrics.safetensors")


if __name__ == "__main__":
    main()
