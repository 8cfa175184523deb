//! The linear Monge–Kantorovich map between two colour distributions (Pitié & Kokaram, "The linear Monge–Kantorovitch
//! linear colour mapping for example-based colour transfer", CVMP 2007).
//!
//! Of all linear maps that turn a Gaussian of covariance A into one of covariance B it moves colours least:
//! `T = A^-½ (A^½ B A^½)^½ A^-½`, `x ↦ T (x - mean_A) + mean_B`. T is symmetric and positive: it stretches along
//! three axes and does not turn colours round.
//!
//! Differs from the paper: a floor is added to both covariances, which decides where a distribution is flat (one
//! colour, all grey), and the stretch along any axis is limited, so that the noise and banding of a flat sky stay
//! below sight.

use nalgebra::{Matrix3, SymmetricEigen, Vector3};

use crate::Planes;

/// Variance added along every axis of colour, of the order of camera noise: a deviation of 0.01 in Oklab.
const FLOOR: f64 = 1e-4;

/// Most that the map stretches along any axis of colour.
const MOST_GAIN: f64 = 3.0;

/// Mean and covariance of the colours of a region.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statistics {
    /// Mean colour.
    pub(crate) mean: Vector3<f64>,
    /// Covariance of the colours.
    pub(crate) covariance: Matrix3<f64>,
}

impl Statistics {
    /// Of three colour planes, each pixel with its weight; `None` where all weights are 0.
    pub(crate) fn weighted(image: &Planes, weights: &[f32]) -> Option<Self> {
        assert_eq!(weights.len(), image.area(), "a weight a pixel");
        let [x, y, z] = image.rgb();
        let (mut total, mut sum, mut second) = (0.0, Vector3::zeros(), [0.0; 6]);
        for (((x, y), z), w) in x.iter().zip(y).zip(z).zip(weights) {
            let [x, y, z, w] = [*x, *y, *z, *w].map(f64::from);
            total += w;
            sum += Vector3::new(w * x, w * y, w * z);
            let products = [x * x, x * y, x * z, y * y, y * z, z * z];
            for (s, p) in second.iter_mut().zip(products) {
                *s += w * p;
            }
        }
        if total <= 0.0 {
            return None;
        }
        let mean = sum / total;
        let [xx, xy, xz, yy, yz, zz] = second.map(|s| s / total);
        let second = Matrix3::new(xx, xy, xz, xy, yy, yz, xz, yz, zz);
        Some(Self { mean, covariance: second - mean * mean.transpose() })
    }
}

/// An affine map of colours, `x ↦ linear x + offset`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ColourMap {
    linear: Matrix3<f64>,
    offset: Vector3<f64>,
}

impl ColourMap {
    /// The map that gives colours distributed like `from` the mean and covariance of `to`.
    pub(crate) fn between(from: &Statistics, to: &Statistics) -> Self {
        let floor = Matrix3::identity() * FLOOR;
        let (a, b) = (from.covariance + floor, to.covariance + floor);
        let (root, inverse) = (spectral(a, f64::sqrt), spectral(a, |v| v.sqrt().recip()));
        let middle = spectral(root * b * root, f64::sqrt);
        let linear = spectral(inverse * middle * inverse, |gain| gain.min(MOST_GAIN));
        Self { linear, offset: to.mean - linear * from.mean }
    }

    /// The mapped colour.
    pub(crate) fn apply(&self, colour: [f32; 3]) -> [f32; 3] {
        let mapped = self.linear * Vector3::from(colour.map(f64::from)) + self.offset;
        [mapped.x as f32, mapped.y as f32, mapped.z as f32]
    }
}

/// Applies a function to the eigenvalues of a symmetric matrix.
fn spectral(matrix: Matrix3<f64>, function: impl Fn(f64) -> f64) -> Matrix3<f64> {
    // Products of symmetric matrices are symmetric only up to rounding.
    let eigen = SymmetricEigen::new((matrix + matrix.transpose()) * 0.5);
    let values = eigen.eigenvalues.map(|v| function(v.max(FLOOR * 1e-6)));
    eigen.eigenvectors * Matrix3::from_diagonal(&values) * eigen.eigenvectors.transpose()
}
