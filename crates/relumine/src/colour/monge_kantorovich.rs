//! The linear Monge–Kantorovich map between two colour distributions (Pitié & Kokaram, "The linear Monge–Kantorovitch
//! linear colour mapping for example-based colour transfer", CVMP 2007).
//!
//! Of all linear maps that turn a Gaussian of covariance A into one of covariance B it moves colours least:
//! `T = A^-½ (A^½ B A^½)^½ A^-½`, `x ↦ T (x - mean_A) + mean_B`. T is symmetric and positive: it stretches along
//! three axes and does not turn colours round.
//!
//! Differs from the paper: a floor is added to both covariances, which decides where a distribution is flat (one
//! colour, all grey), and the stretch along any axis is limited, which bounds how far the noise and banding of a
//! flat sky are amplified.

use nalgebra::{Matrix3, SymmetricEigen, Vector3};

use super::Moments;

/// Variance added along every axis of colour, of the order of camera noise: a deviation of 0.01 in Oklab.
const FLOOR: f64 = 1e-4;

/// Most that the map stretches along any axis of colour.
const MOST_GAIN: f64 = 3.0;

/// An affine map of colours, `x ↦ linear x + offset`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ColourMap {
    linear: Matrix3<f64>,
    offset: Vector3<f64>,
}

impl ColourMap {
    /// The map that gives colours distributed like `from` the mean and covariance of `to`.
    pub(crate) fn between(from: &Moments, to: &Moments) -> Self {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use safetensors::SafeTensors;

    use super::*;

    fn moments(covariance: Matrix3<f64>) -> Moments {
        Moments { weight: 1.0, mean: Vector3::new(0.5, 0.01, -0.02), covariance }
    }

    #[test]
    fn the_map_is_that_of_the_closed_form() {
        let file = SafeTensors::deserialize(include_bytes!("../../tests/fixtures/grid.safetensors")).unwrap();
        let matrix = |name: &str| {
            let numbers = file.tensor(name).unwrap().data().to_vec();
            Matrix3::from_row_iterator(
                numbers.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())),
            )
        };
        let covariance = |name: &str| moments(matrix(name) - Matrix3::identity() * FLOOR);
        let map = ColourMap::between(&covariance("covariance_from"), &covariance("covariance_to"));
        assert!((map.linear - matrix("linear_map")).amax() < 1e-9);
    }

    #[test]
    fn a_flat_region_takes_the_mean_and_is_stretched_within_the_limit() {
        let (flat, varied) = (moments(Matrix3::zeros()), moments(Matrix3::identity() * 0.1));
        let map = ColourMap::between(&flat, &varied);
        assert!((map.linear - Matrix3::identity() * MOST_GAIN).amax() < 1e-9);
        let mapped = map.apply([0.5, 0.01, -0.02]);
        assert!((mapped[0] - 0.5).abs() < 1e-6 && (mapped[2] + 0.02).abs() < 1e-6);
    }

    #[test]
    fn a_grey_reference_takes_the_colour_away() {
        let colourful = moments(Matrix3::from_diagonal(&Vector3::new(0.05, 0.01, 0.01)));
        let grey = moments(Matrix3::from_diagonal(&Vector3::new(0.05, 0.0, 0.0)));
        let map = ColourMap::between(&colourful, &grey);
        assert!((map.linear[(0, 0)] - 1.0).abs() < 1e-9);
        assert!(map.linear[(1, 1)] < 0.11 && map.linear[(2, 2)] < 0.11, "{}", map.linear);
    }

    proptest! {
        #[test]
        fn equal_distributions_give_the_identity(entries in proptest::array::uniform9(-0.5_f64..0.5)) {
            let root = Matrix3::from_row_slice(&entries);
            let same = moments(root * root.transpose());
            let map = ColourMap::between(&same, &same);
            prop_assert!((map.linear - Matrix3::identity()).amax() < 1e-6, "{}", map.linear);
        }
    }
}
