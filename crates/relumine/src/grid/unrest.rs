//! How much the light and the chroma that a grid adds differ from place to place, most of all where the photo is still: clouds in a clear
//! sky, stains on a wall.
//!
//! ```text
//! E(γ) = 1/n Σ_{d ∈ y, x} Σ_v ( q_v q_{v+d} (lᵀ (a_{v+d} − a_v))² + k r_v r_{v+d} |P (a_{v+d} − a_v)|² )
//!
//! a_v = γ_v (z_v, z_v, z_v, 1)ᵀ        P = I − 1 lᵀ        ∂E/∂γ_v = ∂E/∂a_v (z_v, z_v, z_v, 1)
//! ```
//!
//! γ_v the 3×4 matrix of the vertex v, z_v its luma, l the weights of luma, c_v in 0..1 how still the photo is there, k [`CHROMA_DEARER`],
//! q_v = min(1, c_v + [`LEAST_FOR_LIGHT`]), r_v = min(1, c_v + [`LEAST_FOR_CHROMA`]), n the number of coefficients. Smudges and hues that come and go
//! are seen in a meadow, too.

use super::{BilateralGrid, add_slope, chroma_squared, grey, of_grey};
use crate::colour::{LUMA, luma};

/// How many times dearer chroma is than light.
pub(super) const CHROMA_DEARER: f32 = 4.0;
/// How still a photo is where it is not still at all, for light and for chroma.
const LEAST_FOR_LIGHT: f32 = 0.4;
const LEAST_FOR_CHROMA: f32 = 0.12;

impl BilateralGrid {
    /// Adds `weight · ∂E/∂γ` to `gradient` and returns `weight · E`; `still` is c, in the order of the vertices.
    pub(crate) fn unrest(&self, still: &[f32], weight: f64, gradient: &mut Self) -> f64 {
        assert_eq!(gradient.shape, self.shape, "a gradient a coefficient");
        assert_eq!(still.len(), self.vertices.len(), "how still it is at each vertex");
        let shape = self.shape;
        let scale = weight / self.coefficients().len() as f64;
        let z = |index: usize| grey(index % shape.depth, shape.depth);
        let vertices = self.vertices.iter().enumerate();
        let added: Vec<[f32; 3]> = vertices.map(|(index, matrix)| of_grey(matrix, z(index))).collect();
        let mut by_added = vec![[0.0_f32; 3]; added.len()];
        let mut sum = 0.0;
        let mut pair = |here: usize, next: usize| {
            let apart: [f32; 3] = std::array::from_fn(|c| added[next][c] - added[here][c]);
            let light = luma(apart);
            let (chroma, by_chroma) = chroma_squared(apart);
            let of_light = still_for_light(still[here]) * still_for_light(still[next]);
            let of_chroma = CHROMA_DEARER * still_for_chroma(still[here]) * still_for_chroma(still[next]);
            sum += f64::from(of_light * light * light + of_chroma * chroma);
            for (c, part) in LUMA.into_iter().enumerate() {
                let by = of_light * light * part + of_chroma * by_chroma[c];
                by_added[here][c] -= by;
                by_added[next][c] += by;
            }
        };
        for here in 0..shape.height * shape.row() {
            if here % shape.row() + shape.depth < shape.row() {
                pair(here, here + shape.depth);
            }
            if here + shape.row() < added.len() {
                pair(here, here + shape.row());
            }
        }
        for (index, (slopes, by_added)) in gradient.vertices.iter_mut().zip(by_added).enumerate() {
            add_slope(slopes, 2.0 * scale as f32, &by_added, [z(index); 3]);
        }
        scale * sum
    }
}

/// How still a photo is for light where it is as still as this, 0..1.
pub(super) fn still_for_light(still: f32) -> f32 {
    (still + LEAST_FOR_LIGHT).min(1.0)
}

/// And for chroma.
pub(super) fn still_for_chroma(still: f32) -> f32 {
    (still + LEAST_FOR_CHROMA).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::super::GridShape;
    use super::*;

    const SHAPE: GridShape = GridShape { depth: 3, height: 3, width: 4 };

    fn nothing() -> BilateralGrid {
        BilateralGrid::constant(SHAPE, &[0.0; 12])
    }

    /// What adds so much to all colours at the place (y, x).
    fn adds(light: impl Fn(usize, usize) -> f32) -> BilateralGrid {
        let mut grid = nothing();
        for (index, matrix) in grid.vertices.iter_mut().enumerate() {
            let place = index / SHAPE.depth;
            [3, 7, 11]
                .into_iter()
                .for_each(|offset| matrix[offset] = light(place / SHAPE.width, place % SHAPE.width));
        }
        grid
    }

    fn cost(grid: &BilateralGrid, still: f32) -> f64 {
        grid.unrest(&vec![still; SHAPE.vertices()], 1.0, &mut nothing())
    }

    #[test]
    fn the_same_light_everywhere_costs_nothing_and_a_cloud_most_where_it_is_still() {
        let cloud = adds(|y, x| if y == 1 && x == 2 { 0.3 } else { 0.0 });
        assert_eq!(cost(&adds(|_, _| 0.3), 1.0), 0.0);
        let [anywhere, still] = [0.0, 1.0].map(|c| cost(&cloud, c));
        assert!(anywhere > 0.0 && still > 5.0 * anywhere, "{anywhere} {still}");
    }

    #[test]
    fn a_stain_costs_more_where_it_is_still_and_something_everywhere() {
        let mut stain = nothing();
        stain.vertices[7][3] = 0.3;
        let [anywhere, still] = [0.0, 1.0].map(|c| cost(&stain, c));
        assert!(anywhere > 0.0 && still > 5.0 * anywhere, "{anywhere} {still}");
    }

    #[test]
    fn the_ends_of_rows_are_no_neighbours() {
        // Differs between rows alone: three levels, four columns, two steps down of 0.1.
        let rows = cost(&adds(|y, _| 0.1 * y as f32), 1.0);
        let expected = 3.0 * 4.0 * 2.0 * 0.01 / (12 * SHAPE.vertices()) as f64;
        assert!((rows - expected).abs() < 1e-6 * expected.abs(), "{rows} {expected}");
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let mut grid = nothing();
        let values = grid.coefficients_mut().iter_mut().enumerate();
        values.for_each(|(i, v)| *v = ((i * 7919) % 97) as f32 / 97.0 - 0.4);
        let still: Vec<_> = (0..SHAPE.vertices()).map(|i| (i * 31 % 7) as f32 / 6.0).collect();
        let mut slope = nothing();
        grid.unrest(&still, 3.0, &mut slope);
        const STEP: f32 = 1e-2;
        for i in (0..grid.coefficients().len()).step_by(5) {
            let moved = |by: f32| {
                let mut grid = grid.clone();
                grid.coefficients_mut()[i] += by;
                grid.unrest(&still, 3.0, &mut nothing())
            };
            let expected = (moved(STEP) - moved(-STEP)) / f64::from(2.0 * STEP);
            let found = f64::from(slope.coefficients()[i]);
            assert!((found - expected).abs() < 1e-3 * expected.abs() + 1e-5, "{i}: {found} {expected}");
        }
    }
}
