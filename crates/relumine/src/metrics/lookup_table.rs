//! The smooth colour map that explains a result best: a lookup table of 9×9×9 entries over the content's sRGB-encoded colours,
//! interpolated trilinearly.
//!
//! With B the weights of the entries in each of N pixels and D the differences of neighbouring entries along the three axes, the
//! table of a target Y solves (BᵀB + λ DᵀD + 10⁻⁹ I) T = BᵀY, λ = 10⁻³ N / 9³, by Cholesky's factors. They depend on the content
//! alone and serve any number of targets.

use nalgebra::{Cholesky, DMatrix, Dyn};

/// Entries an axis.
const SIDE: usize = 9;
const ENTRIES: usize = SIDE * SIDE * SIDE;
/// Numbers of the entries next along red, green and blue.
const STEPS: [usize; 3] = [1, SIDE, SIDE * SIDE];

/// The table of some colours, made ready for any targets.
#[derive(Debug)]
pub(super) struct TableFit {
    /// Of each colour, the entries about it and their weights.
    basis: Vec<[(usize, f64); 8]>,
    factors: Cholesky<f64, Dyn>,
}

impl TableFit {
    /// Takes colours in 0..1.
    ///
    /// # Panics
    /// If there are none, or one is not finite.
    pub(super) fn new(colours: &[[f32; 3]]) -> Self {
        let basis: Vec<_> = colours.iter().map(corners).collect();
        let mut normal = DMatrix::from_diagonal_element(ENTRIES, ENTRIES, 1e-9);
        for corners in &basis {
            for (a, weight) in corners {
                corners.iter().for_each(|(b, other)| normal[(*a, *b)] += weight * other);
            }
        }
        let roughness = 1e-3 * colours.len() as f64 / ENTRIES as f64;
        for entry in 0..ENTRIES {
            for step in STEPS.into_iter().filter(|step| entry / step % SIDE + 1 < SIDE) {
                let next = entry + step;
                normal[(entry, entry)] += roughness;
                normal[(next, next)] += roughness;
                normal[(entry, next)] -= roughness;
                normal[(next, entry)] -= roughness;
            }
        }
        Self {
            basis,
            factors: Cholesky::new(normal).expect("a sum of squares and the identity is positive definite"),
        }
    }

    /// The targets, one a colour, as far as a smooth map of the colours explains them.
    pub(super) fn explained(&self, targets: &[[f64; 3]]) -> Vec<[f64; 3]> {
        let mut table = DMatrix::zeros(ENTRIES, 3);
        for (corners, target) in self.basis.iter().zip(targets) {
            for (entry, weight) in corners {
                (0..3).for_each(|c| table[(*entry, c)] += weight * target[c]);
            }
        }
        self.factors.solve_mut(&mut table);
        let at = |corners: &[(usize, f64); 8]| {
            [0, 1, 2].map(|c| corners.iter().map(|(entry, weight)| weight * table[(*entry, c)]).sum())
        };
        self.basis.iter().map(at).collect()
    }
}

/// The eight entries about a colour with their weights.
fn corners(colour: &[f32; 3]) -> [(usize, f64); 8] {
    let place = colour.map(|v| f64::from(v).clamp(0.0, 1.0) * (SIDE - 1) as f64);
    let below = place.map(|p| (p as usize).min(SIDE - 2));
    std::array::from_fn(|corner| {
        let (mut entry, mut weight) = (0, 1.0);
        for axis in 0..3 {
            let (up, within) = (corner >> axis & 1, place[axis] - below[axis] as f64);
            entry += (below[axis] + up) * STEPS[axis];
            weight *= if up == 1 { within } else { 1.0 - within };
        }
        (entry, weight)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colours() -> Vec<[f32; 3]> {
        (0..3000).map(|k| [7, 13, 29].map(|step| (k * step % 101) as f32 / 100.0)).collect()
    }

    #[test]
    fn corners_interpolate_linearly() {
        for colour in [[0.0, 1.0, 0.3], [0.99, 0.125, 0.5]] {
            let corners = corners(&colour);
            assert!((corners.iter().map(|(_, weight)| weight).sum::<f64>() - 1.0).abs() < 1e-12);
            for (axis, step) in STEPS.into_iter().enumerate() {
                let found: f64 = corners
                    .iter()
                    .map(|(entry, w)| w * (entry / step % SIDE) as f64 / (SIDE - 1) as f64)
                    .sum();
                assert!((found - f64::from(colour[axis])).abs() < 1e-9, "{found} along axis {axis}");
            }
        }
    }

    #[test]
    fn a_smooth_map_is_explained_and_noise_is_not() {
        let colours = colours();
        let smooth: Vec<_> = colours.iter().map(|[r, g, b]| [r * r, g - b, 0.5 * b].map(f64::from)).collect();
        let noise: Vec<_> = (0..colours.len()).map(|k| [(k % 2) as f64; 3]).collect();
        let fit = TableFit::new(&colours);
        let error = |targets: &[[f64; 3]]| {
            let found = fit.explained(targets);
            let squares =
                found.iter().zip(targets).map(|(f, t)| (0..3).map(|c| (f[c] - t[c]).powi(2)).sum::<f64>());
            (squares.sum::<f64>() / targets.len() as f64).sqrt()
        };
        assert!(error(&smooth) < 0.01, "{}", error(&smooth));
        assert!(error(&noise) > 0.3, "{}", error(&noise));
    }

    #[test]
    fn one_colour_is_its_own_map() {
        let fit = TableFit::new(&[[0.4, 0.4, 0.4]]);
        let [found] = fit.explained(&[[50.0, -3.0, 7.0]])[..] else { panic!("one colour") };
        assert!((0..3).all(|c| (found[c] - [50.0, -3.0, 7.0][c]).abs() < 1e-3), "{found:?}");
    }
}
