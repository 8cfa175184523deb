//! The tint of a bilateral grid: how much its matrices add in chroma, the mean square of what their rows are beside their luma.
//!
//! ```text
//! E(γ) = 1/n Σ_v Σ_k |P γ_{v,k}|²        P = I − 1 lᵀ        ∂E/∂γ_{v,k} = 2/n Pᵀ P γ_{v,k}
//! ```
//!
//! γ_{v,k} the coefficients of red, green and blue by the k-th input at the vertex v, l the weights of luma, n the number of coefficients.

use super::{BilateralGrid, chroma_squared};

impl BilateralGrid {
    /// Adds `weight · ∂E/∂γ` to `gradient` and returns `weight · E`.
    pub(crate) fn tint(&self, weight: f64, gradient: &mut Self) -> f64 {
        assert_eq!(gradient.shape, self.shape, "a gradient a coefficient");
        let scale = weight / self.coefficients().len() as f64;
        let slope = 2.0 * scale as f32;
        let mut sum = 0.0;
        for (matrix, slopes) in self.vertices.iter().zip(&mut gradient.vertices) {
            let mut squares = 0.0;
            for k in 0..4 {
                let column = [matrix[k], matrix[4 + k], matrix[8 + k]];
                let (square, by_column) = chroma_squared(column);
                squares += square;
                by_column.into_iter().enumerate().for_each(|(c, by)| slopes[4 * c + k] += slope * by);
            }
            sum += f64::from(squares);
        }
        scale * sum
    }
}

#[cfg(test)]
mod tests {
    use super::super::GridShape;
    use super::*;

    const SHAPE: GridShape = GridShape { depth: 2, height: 3, width: 2 };

    fn grid() -> BilateralGrid {
        let mut grid = BilateralGrid::constant(SHAPE, &[0.0; 12]);
        let values = grid.coefficients_mut().iter_mut().enumerate();
        values.for_each(|(i, v)| *v = ((i * 7919) % 97) as f32 / 97.0 - 0.5);
        grid
    }

    #[test]
    fn lighter_and_darker_is_no_tint() {
        let row = [0.1, -0.2, 0.3, 0.4];
        let grid = BilateralGrid::constant(SHAPE, &std::array::from_fn(|i| row[i % 4]));
        let mut gradient = BilateralGrid::constant(SHAPE, &[0.0; 12]);
        assert!(grid.tint(1.0, &mut gradient) < 1e-12);
        assert!(gradient.coefficients().iter().all(|v| v.abs() < 1e-6));
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let mut slope = BilateralGrid::constant(SHAPE, &[0.0; 12]);
        let nothing = || BilateralGrid::constant(SHAPE, &[0.0; 12]);
        grid().tint(3.0, &mut slope);
        const STEP: f32 = 1e-2;
        for i in 0..slope.coefficients().len() {
            let at = |step: f32| {
                let mut grid = grid();
                grid.coefficients_mut()[i] += step;
                grid.tint(3.0, &mut nothing())
            };
            let expected = (at(STEP) - at(-STEP)) / f64::from(2.0 * STEP);
            assert!((f64::from(slope.coefficients()[i]) - expected).abs() < 1e-5, "{i}");
        }
    }
}
