"""Products with the matting Laplacian, by PyMatting, for the tests of `matting/laplacian.rs`.

Writes crates/relumine/tests/fixtures/matting_laplacian.safetensors: guides (f32, 3×H×W) that are flat, have a hard edge, and look like a
photo; planes x (f32, H×W) that are noise, smooth, and nearly affine in the guide; products Lx and energies xᵀLx (f64).

PyMatting inverts each window's covariance by cofactors, which across a hard edge and with a small epsilon cancel: its products are
off there by up to 4e-3 of the largest (noise) and by all of it (nearly affine planes). Everything is therefore computed once more here,
from the same definition with inverses of 50 digits; the two have to agree where PyMatting's arithmetic can, and where it is
off by more than 1e-11 (the edge, the nearly affine planes) the fixture holds the exact products.

Requirements: numpy==2.4.6 scipy==1.17.1 PyMatting==1.1.16 mpmath==1.3.0 safetensors==0.8.0
Run from the repository's root: python tools/reference/matting.py
"""

import mpmath
import numpy as np
from pymatting import cf_laplacian
from safetensors.numpy import save_file
from scipy.ndimage import gaussian_filter

HEIGHT, WIDTH = 20, 27
random = np.random.default_rng(2008)
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]


def bytes_of(image):
    """What an 8-bit file would hold, as f32 in 0..1."""
    return (np.round(np.clip(image, 0, 1) * 255) / 255).astype(np.float32)


def flat():
    """One colour, with a pixel here and there a level off, as a JPEG's sky has them."""
    image = np.broadcast_to(np.array([0.4, 0.55, 0.8]), (HEIGHT, WIDTH, 3)).copy()
    image += (random.random(image.shape) < 0.1) / 255
    return bytes_of(image)


def edge():
    """Two flat greys with a slanted border, and a coloured disc."""
    image = np.where((x + y // 3 < WIDTH // 2)[..., None], 0.08, 0.9) * np.ones(3)
    image[(x - 20) ** 2 + (y - 9) ** 2 < 16] = [0.7, 0.2, 0.1]
    return bytes_of(image)


def photo():
    """Clouds of falling spectrum in correlated colours, a ridge before them, sensor noise."""
    clouds = sum(2.0**k * gaussian_filter(random.standard_normal((HEIGHT, WIDTH)), 2.0**k) for k in range(4))
    image = 0.6 + 0.12 * clouds[..., None] * np.array([0.8, 0.9, 1.0]) + np.array([-0.1, 0.0, 0.15])
    ridge = y > 12 + 3 * np.sin(x / 4)
    grain = gaussian_filter(random.standard_normal((HEIGHT, WIDTH, 3)), (0.6, 0.6, 0))
    image[ridge] = (np.array([0.2, 0.25, 0.12]) + 0.08 * grain)[ridge]
    return bytes_of(image + 0.01 * random.standard_normal(image.shape))


def exact_product(guide, epsilon, radius, plane):
    """Lx by equation 12 of Levin et al., the inverses in 50 digits."""
    mpmath.mp.dps = 50
    out = np.zeros((HEIGHT, WIDTH))
    for v in range(radius, HEIGHT - radius):
        for u in range(radius, WIDTH - radius):
            window = np.s_[v - radius : v + radius + 1, u - radius : u + radius + 1]
            colours = mpmath.matrix(guide[window].reshape(-1, 3).tolist())
            values = mpmath.matrix(plane[window].ravel().tolist())
            ones = mpmath.ones(colours.rows, 1)
            colours -= ones * (ones.T * colours) / colours.rows
            values -= ones * (ones.T * values) / colours.rows
            slope = mpmath.lu_solve(colours.T * colours + epsilon * mpmath.eye(3), colours.T * values)
            residuals = values - colours * slope
            out[window] += np.array([float(value) for value in residuals]).reshape(2 * radius + 1, -1)
    return out.ravel()


tensors = {}
for name, guide in {"flat": flat(), "edge": edge(), "photo": photo()}.items():
    smooth = gaussian_filter(random.random((HEIGHT, WIDTH)), 2)
    planes = {
        "noise": random.random((HEIGHT, WIDTH)),
        "smooth": smooth,
        "near": guide @ [0.5, 0.3, -0.4] + 0.2 + 0.05 * smooth,
    }
    planes = {key: plane.astype(np.float32) for key, plane in planes.items()}
    tensors[f"{name}.guide"] = np.ascontiguousarray(guide.transpose(2, 0, 1))
    tensors |= {f"{name}.{key}": plane for key, plane in planes.items()}
    for epsilon, radius in [(1e-7, 1), (1e-5, 1), (1e-5, 2)]:
        laplacian = cf_laplacian(guide.astype(np.float64), epsilon=epsilon, radius=radius)
        for key, plane in planes.items():
            plane = plane.astype(np.float64)
            product = laplacian @ plane.ravel()
            exact = exact_product(guide.astype(np.float64), epsilon, radius, plane)
            case = f"{name}.{key}.{epsilon:.0e}.{radius}"
            difference = np.abs(product - exact).max() / np.abs(exact).max()
            print(f"{case}: PyMatting differs from 50 digits by {difference:.1e}")
            assert name == "edge" or difference < (1e-9 if key == "near" else 1e-11)
            if name == "edge" or key == "near":
                product = exact
            tensors[f"{case}.product"] = product.reshape(HEIGHT, WIDTH)
            tensors[f"{case}.energy"] = np.array([plane.ravel() @ product])
save_file(tensors, "crates/relumine/tests/fixtures/matting_laplacian.safetensors")
