//! How much light a grid adds to the dark, the more the darker: what it adds lies over shadows like mist.
//!
//! ```text
//! E(γ) = 1/n Σ_v (1 − z_v)² max(0, a_v)²        a_v = lᵀ γ_v (z_v, z_v, z_v, 1)ᵀ        ∂E/∂γ_v = 2/n (1 − z_v)² max(0, a_v) l (z_v, z_v, z_v, 1)
//! ```
//!
//! γ_v the 3×4 matrix of the vertex v, z_v its luma, l the weights of luma, n the number of coefficients.

use super::{BilateralGrid, add_slope, grey, of_colour};
use crate::colour::{LUMA, luma};

impl BilateralGrid {
    /// Adds `weight · ∂E/∂γ` to `gradient` and returns `weight · E`.
    pub(crate) fn veil(&self, weight: f64, gradient: &mut Self) -> f64 {
        assert_eq!(gradient.shape, self.shape, "a gradient a coefficient");
        let scale = weight / self.coefficients().len() as f64;
        let depth = self.shape.depth;
        let levels = (0..depth).map(|level| grey(level, depth)).cycle();
        let mut sum = 0.0;
        for ((matrix, slopes), z) in self.vertices.iter().zip(&mut gradient.vertices).zip(levels) {
            let light = luma(of_colour(matrix, [z; 3])).max(0.0);
            let dark = (1.0 - z) * (1.0 - z);
            sum += f64::from(dark * light * light);
            add_slope(slopes, 2.0 * scale as f32 * dark * light, &LUMA, [z; 3]);
        }
        scale * sum
    }
}

#[cfg(test)]
mod tests {
    use super::super::GridShape;
    use super::*;

    const SHAPE: GridShape = GridShape { depth: 3, height: 3, width: 2 };

    fn nothing() -> BilateralGrid {
        BilateralGrid::constant(SHAPE, &[0.0; 12])
    }

    /// What it costs that so much is added to all colours.
    fn of_added(light: f32) -> f64 {
        let row = [0.0, 0.0, 0.0, light];
        let grid = BilateralGrid::constant(SHAPE, &std::array::from_fn(|i| row[i % 4]));
        grid.veil(1.0, &mut nothing())
    }

    #[test]
    fn what_darkens_is_no_veil() {
        assert!(of_added(0.1) > 0.0);
        assert_eq!(of_added(-0.1), 0.0);
    }

    #[test]
    fn light_that_is_added_to_the_light_is_no_veil() {
        let mut grid = nothing();
        for top in grid.vertices.iter_mut().skip(SHAPE.depth - 1).step_by(SHAPE.depth) {
            for offset in [3, 7, 11] {
                top[offset] = 0.2;
            }
        }
        assert_eq!(grid.veil(1.0, &mut nothing()), 0.0);
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let mut grid = nothing();
        let values = grid.coefficients_mut().iter_mut().enumerate();
        values.for_each(|(i, v)| *v = ((i * 7919) % 97) as f32 / 97.0 - 0.4);
        let mut slope = nothing();
        grid.veil(3.0, &mut slope);
        const STEP: f32 = 1e-3;
        let cost = |grid: &BilateralGrid| grid.veil(3.0, &mut nothing());
        for i in (0..grid.coefficients().len()).step_by(5) {
            let moved = |by: f32| {
                let mut grid = grid.clone();
                grid.coefficients_mut()[i] += by;
                cost(&grid)
            };
            let expected = (moved(STEP) - moved(-STEP)) / f64::from(2.0 * STEP);
            let found = f64::from(slope.coefficients()[i]);
            assert!((found - expected).abs() < 1e-3 * expected.abs() + 1e-5, "{i}: {found} {expected}");
        }
    }
}
