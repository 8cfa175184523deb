//! The first two moments of the colours of a region.

use nalgebra::{Matrix3, Vector3};

use crate::Planes;

/// Total weight, mean and covariance of colours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moments {
    /// Sum of the weights.
    pub(crate) weight: f64,
    /// Mean colour.
    pub(crate) mean: Vector3<f64>,
    /// Covariance of the colours.
    pub(crate) covariance: Matrix3<f64>,
}

impl Moments {
    /// Of three colour planes, each pixel with its weight; `None` where no weight is above 0.
    pub(crate) fn weighted(image: &Planes, weights: &[f32]) -> Option<Self> {
        assert_eq!(weights.len(), image.area(), "a weight a pixel");
        let [x, y, z] = image.rgb();
        let (mut weight, mut sum, mut second) = (0.0, Vector3::zeros(), [0.0; 6]);
        for (((x, y), z), w) in x.iter().zip(y).zip(z).zip(weights).filter(|(_, w)| **w > 0.0) {
            let [x, y, z, w] = [*x, *y, *z, *w].map(f64::from);
            weight += w;
            sum += Vector3::new(w * x, w * y, w * z);
            let products = [x * x, x * y, x * z, y * y, y * z, z * z];
            for (s, p) in second.iter_mut().zip(products) {
                *s += w * p;
            }
        }
        if weight <= 0.0 {
            return None;
        }
        let mean = sum / weight;
        let [xx, xy, xz, yy, yz, zz] = second.map(|s| s / weight);
        let second = Matrix3::new(xx, xy, xz, xy, yy, yz, xz, yz, zz);
        Some(Self { weight, mean, covariance: second - mean * mean.transpose() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weighted_moments_are_those_of_repeated_pixels() {
        let image = Planes::from_vec(3, 1, 3, vec![0.0, 0.3, 0.9, 0.2, 0.4, 0.1, 0.5, 0.5, 0.8]);
        let repeated = Planes::from_vec(3, 1, 3, vec![0.0, 0.3, 0.3, 0.2, 0.4, 0.4, 0.5, 0.5, 0.5]);
        let weighted = Moments::weighted(&image, &[0.5, 1.0, 0.0]).unwrap();
        let plain = Moments::weighted(&repeated, &[1.0; 3]).unwrap();
        assert_eq!((weighted.weight, plain.weight), (1.5, 3.0));
        assert!((weighted.mean - plain.mean).amax() < 1e-12);
        assert!((weighted.covariance - plain.covariance).amax() < 1e-12);
        assert!(Moments::weighted(&image, &[0.0; 3]).is_none());
    }
}
