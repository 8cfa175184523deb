//! How much of each region lies at each vertex of a grid, and grades laid over the photo by that.
//!
//! ```text
//! γ(y, x, z) = Σ_r M_r(y, x, z) A_r(z) + δ(y, x, z)
//! ```
//!
//! A_r is the grade of the region r; M_r its share of the pixels that the vertex stands for: masks splatted, spread to where no pixel is,
//! and divided by what was splatted in all, so that the shares of a vertex add up to 1. δ is whatever is more local than a grade. All of it
//! is one grid, so a look is one look-up a pixel.

use rayon::prelude::*;

use super::splat::{splat, spread};
use super::{BilateralGrid, Grade, GridShape, add_scaled};
use crate::Planes;

/// Factor by which a pixel's weight falls from vertex to vertex, across the photo and along luma.
const SPREAD: f32 = 0.1;

/// M_r: each region's share of each vertex.
#[derive(Clone, Debug)]
pub(crate) struct Shares {
    shape: GridShape,
    /// One plane of vertices a region.
    of: Vec<Vec<f32>>,
    /// What was splatted in all: how much each vertex stands for.
    total: Vec<f32>,
}

impl Shares {
    /// Of the regions of a photo (3×H×W) by its masks (R×H×W), which may leave pixels out.
    pub(crate) fn new(shape: GridShape, photo: &Planes, masks: &Planes) -> Self {
        let splatted = |region: usize| {
            let mask = masks.plane(region);
            let mut vertices = splat(shape, photo, |pixel| [mask[pixel]]);
            spread(&mut vertices, shape, SPREAD, SPREAD);
            vertices.into_iter().map(|[share]| share).collect()
        };
        let mut of: Vec<Vec<f32>> = (0..masks.channels()).into_par_iter().map(splatted).collect();
        let mut total = vec![0.0_f32; shape.vertices()];
        for shares in &of {
            total.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share);
        }
        let even = 1.0 / of.len().max(1) as f32;
        for shares in &mut of {
            for (share, total) in shares.iter_mut().zip(&total) {
                // So little has lost its digits to underflow.
                *share = if *total > 1e-30 { *share / total } else { even };
            }
        }
        Self { shape, of, total }
    }

    /// Σ_r M_r A_r.
    ///
    /// # Panics
    /// If there is not one grade a region, of as many levels as the grid.
    pub(crate) fn laid(&self, grades: &[Grade]) -> BilateralGrid {
        assert_eq!(grades.len(), self.of.len(), "a grade a region");
        let depth = self.shape.depth;
        assert!(grades.iter().all(|grade| grade.levels().len() == depth), "grades of {depth} levels");
        let mut grid = BilateralGrid::constant(self.shape, &[0.0; 12]);
        for (shares, grade) in self.of.iter().zip(grades) {
            for (index, (vertex, share)) in grid.vertices_mut().iter_mut().zip(shares).enumerate() {
                add_scaled(vertex, *share, &grade.levels()[index % depth]);
            }
        }
        grid
    }

    /// The transpose of [`laid`](Self::laid): the gradient by the grades' coefficients, region by region, level by level, given that by the
    /// grid's.
    pub(crate) fn gather(&self, gradient: &BilateralGrid) -> Vec<f32> {
        let depth = self.shape.depth;
        let of = |shares: &Vec<f32>| {
            let mut sums = vec![[0.0_f32; 12]; depth];
            for (index, (vertex, share)) in gradient.vertices().iter().zip(shares).enumerate() {
                add_scaled(&mut sums[index % depth], *share, vertex);
            }
            sums.into_flattened()
        };
        self.of.par_iter().flat_map_iter(of).collect()
    }

    /// How many pixels each vertex stands for, spread as the shares are.
    pub(crate) fn pixels(&self) -> &[f32] {
        &self.total
    }

    /// One region's share of each vertex, in the order of the grid's.
    pub(crate) fn of(&self, region: usize) -> &[f32] {
        &self.of[region]
    }
}

#[cfg(test)]
mod tests {
    use super::super::IDENTITY;
    use super::*;

    const SHAPE: GridShape = GridShape { depth: 3, height: 4, width: 5 };

    fn photo() -> Planes {
        let value = |i: usize| ((i * 7919 + i / 13) % 256) as f32 / 255.0;
        Planes::from_vec(3, 24, 30, (0..3 * 24 * 30).map(value).collect())
    }

    /// Left and right half, of which the right leaves its last columns out.
    fn masks() -> Planes {
        let left = |i: usize| f32::from(u8::from(i % 30 < 15));
        let right = |i: usize| f32::from(u8::from((15..26).contains(&(i % 30))));
        Planes::from_vec(2, 24, 30, (0..720).map(left).chain((0..720).map(right)).collect())
    }

    fn noise(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 31 + seed * 17) % 23) as f32 / 11.0 - 1.0).collect()
    }

    #[test]
    fn shares_add_up_to_one_and_follow_the_masks() {
        let shares = Shares::new(SHAPE, &photo(), &masks());
        for vertex in 0..SHAPE.vertices() {
            assert!((shares.of(0)[vertex] + shares.of(1)[vertex] - 1.0).abs() < 1e-5);
        }
        assert!(shares.of(0)[SHAPE.index(1, 2, 0)] > 0.9 && shares.of(1)[SHAPE.index(1, 2, 4)] > 0.9);
    }

    #[test]
    fn one_grade_for_all_is_that_grade_everywhere() {
        let shares = Shares::new(SHAPE, &photo(), &masks());
        let grade = Grade::from_levels((0..3).map(|z| IDENTITY.map(|v| v * (1.0 + z as f32))).collect());
        let grid = shares.laid(&[grade.clone(), grade.clone()]);
        for (index, vertex) in grid.vertices().iter().enumerate() {
            for (a, b) in vertex.iter().zip(&grade.levels()[index % 3]) {
                assert!((a - b).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn gathering_is_the_transpose_of_laying() {
        let shares = Shares::new(SHAPE, &photo(), &masks());
        let (grades, slope) = (noise(2 * 3 * 12, 1), noise(12 * SHAPE.vertices(), 2));
        let each = grades.chunks_exact(36).map(|g| Grade::from_levels(g.as_chunks::<12>().0.to_vec()));
        let laid = shares.laid(&each.collect::<Vec<_>>());
        let slope = BilateralGrid::from_vertices(SHAPE, slope.as_chunks::<12>().0.to_vec());
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        let (left, right) =
            (dot(laid.coefficients(), slope.coefficients()), dot(&grades, &shares.gather(&slope)));
        assert!((left - right).abs() < 1e-4 * left.abs().max(1.0), "{left} and {right}");
    }
}
