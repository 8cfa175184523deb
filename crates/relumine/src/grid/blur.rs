//! A blur of a grid across the photo, (1, 2, 1) / 4 along x and along y, ends repeated.
//!
//! As a map of all coefficients it is symmetric, so it is its own adjoint, and it takes the pattern that alternates from
//! vertex to vertex to zero.

use super::BilateralGrid;

impl BilateralGrid {
    /// Blurs the grid in place.
    pub(crate) fn blur_across(&mut self) {
        let shape = self.shape();
        let column = 12 * shape.depth;
        let row = column * shape.width;
        let values = self.coefficients_mut();
        for values in values.chunks_exact_mut(row) {
            blur(values, column);
        }
        blur(values, row);
    }
}

/// Blurs over the runs of `stride` values that follow one another.
fn blur(values: &mut [f32], stride: usize) {
    let count = values.len() / stride;
    let mut before = values[..stride].to_vec();
    for i in 0..count {
        let (here, after) = values[i * stride..].split_at_mut(stride);
        for (k, here) in here.iter_mut().enumerate() {
            let next = if i + 1 < count { after[k] } else { *here };
            let blurred = 0.25 * (before[k] + next) + 0.5 * *here;
            before[k] = std::mem::replace(here, blurred);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{GridShape, IDENTITY};
    use super::*;

    const SHAPE: GridShape = GridShape { depth: 2, height: 6, width: 5 };

    fn noise(seed: usize) -> BilateralGrid {
        let mut grid = BilateralGrid::identity(SHAPE);
        let values = grid.coefficients_mut().iter_mut().enumerate();
        values.for_each(|(i, v)| *v = ((i * 7919 + seed * 104_729) % 97) as f32 / 97.0);
        grid
    }

    #[test]
    fn is_its_own_adjoint() {
        let (a, b) = (noise(1), noise(2));
        let dot = |a: &BilateralGrid, b: &BilateralGrid| -> f64 {
            a.coefficients().iter().zip(b.coefficients()).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
        };
        let (mut blurred_a, mut blurred_b) = (a.clone(), b.clone());
        blurred_a.blur_across();
        blurred_b.blur_across();
        let (left, right) = (dot(&blurred_a, &b), dot(&a, &blurred_b));
        assert!((left - right).abs() < 1e-5 * left, "{left} and {right}");
    }

    #[test]
    fn constants_stay_and_checkerboards_vanish() {
        let mut flat = BilateralGrid::identity(SHAPE);
        flat.blur_across();
        assert!(
            flat.vertices()
                .iter()
                .all(|vertex| vertex.iter().zip(IDENTITY).all(|(a, b)| (a - b).abs() < 1e-6))
        );

        let mut board = BilateralGrid::identity(SHAPE);
        for (i, vertex) in board.coefficients_mut().chunks_mut(12 * SHAPE.depth).enumerate() {
            let sign = if (i / SHAPE.width + i % SHAPE.width).is_multiple_of(2) { 1.0 } else { -1.0 };
            vertex.fill(sign);
        }
        board.blur_across();
        let middle = 12 * SHAPE.depth * (2 * SHAPE.width + 2);
        assert_eq!(board.coefficients()[middle], 0.0);
    }
}
