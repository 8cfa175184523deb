//! What a grid's matrices make of chroma, held within bounds.
//!
//! Of a vertex's matrix with the rows a_i, p_i = a_i − (Σ a_i) luma is what channel i takes from colours beside their luma, luma its weights: what
//! a matrix makes of luma itself is no whole, for the levels add to it. Noise of
//! cameras and JPEG is mostly there, and what luma alone becomes ([`ContrastBounds`](super::ContrastBounds)) does not show it: a matrix may leave greys alone
//! and draw a tenfold grain out of a white wall's chroma. Penalised is
//!
//! ```text
//! Σ_v w_v (max(0, |P_v|_F − 1.53 most_v)² + max(0, |Σ_i luma_i p_i| − luma_v)²)
//! ```
//!
//! the gain of chroma as a whole, which is 1.53 where colours stay as they are, and what of it becomes luma, which is nothing there; w the share of the
//! pixels. Where chroma departs from its neighbours' mean by less than [`NOISE`], there is noise alone, and it may grow the least. How much of it may
//! become luma is said by how far luma itself departs: where that is still, chroma makes no grain.

use rayon::prelude::*;

use super::contrast::{departure, detail};
use super::{BilateralGrid, GridShape, Shares};
use crate::Planes;
use crate::colour::{LUMA, luma};

/// Deviation of chroma from its neighbours' mean up to which there is noise alone, and from which there is detail.
const NOISE: (f32, f32) = (0.012, 0.03);
/// How much chroma may grow where there is noise alone, and where there is detail.
const MOST: (f32, f32) = (2.0, 4.0);

/// How much more luma may depart from its neighbours' mean by what comes of chroma than it does, or than [`STILL`] where it does less.
const TO_LUMA: f32 = 1.5;
const STILL: f32 = 0.003;
/// Least and most of how much of chroma may become luma, whatever departs.
const LUMA_BOUNDS: (f32, f32) = (0.15, 2.0);
/// |P|_F of the matrix that leaves colours as they are.
const UNCHANGED: f32 = 1.53;

/// Fewest vertices that a thread takes.
const VERTICES_AT_ONCE: usize = 1024;

/// Bounds of the gain of chroma at each vertex.
#[derive(Clone, Debug)]
pub(crate) struct ChromaGain {
    of: Vec<Bound>,
}

#[derive(Clone, Copy, Debug)]
struct Bound {
    /// Most of the gain, and of what becomes luma.
    most: f32,
    luma: f32,
    /// The vertex's share of the pixels.
    share: f32,
}

impl ChromaGain {
    /// Of grids of this shape over a photo (3×H×W); `shares` are of the same, and `of_luma` is how far its luma departs from its neighbours'
    /// mean at each vertex ([`departure`]).
    pub(crate) fn new(shape: GridShape, photo: &Planes, of_luma: &[f32], shares: &Shares) -> Self {
        let pixels = shares.pixels();
        let total: f32 = pixels.iter().sum::<f32>().max(1e-12);
        let [red, green, blue] = photo.rgb();
        let luma = photo.luma();
        let beside =
            |plane: &[f32]| -> Vec<f32> { plane.iter().zip(luma.data()).map(|(v, y)| v - y).collect() };
        let of_chroma = departure(shape, photo, &[red, green, blue].map(beside));
        let of = |((chroma, luma), pixels): ((f32, &f32), &f32)| {
            let luma = TO_LUMA * luma.max(STILL) / chroma.max(1e-6);
            Bound {
                most: MOST.0 + detail(chroma, NOISE) * (MOST.1 - MOST.0),
                luma: luma.clamp(LUMA_BOUNDS.0, LUMA_BOUNDS.1),
                share: pixels / total,
            }
        };
        Self { of: of_chroma.into_iter().zip(of_luma).zip(pixels).map(of).collect() }
    }

    /// `weight` times the penalty at `grid`; adds its gradient.
    pub(crate) fn penalty(&self, grid: &BilateralGrid, weight: f64, gradient: &mut BilateralGrid) -> f64 {
        let vertices = grid.vertices().par_iter().zip(gradient.vertices_mut()).zip(&self.of);
        let sums: Vec<f64> = vertices
            .with_min_len(VERTICES_AT_ONCE)
            .map(|((matrix, slopes), bound)| bound.penalty(matrix, weight as f32, slopes))
            .collect();
        weight * sums.iter().sum::<f64>()
    }
}

impl Bound {
    /// The penalty at a vertex's matrix, but for its weight; adds its gradient.
    fn penalty(&self, matrix: &[f32; 12], weight: f32, slopes: &mut [f32; 12]) -> f64 {
        let Self { most, luma: most_luma, share } = *self;
        if share == 0.0 {
            return 0.0;
        }
        let beside: [[f32; 3]; 3] = std::array::from_fn(|row| beside(&matrix[4 * row..][..3]));
        let mut to_luma = [0.0; 3];
        for (row, part) in beside.iter().zip(LUMA) {
            to_luma.iter_mut().zip(row).for_each(|(sum, p)| *sum += part * p);
        }
        let norm = |values: &mut dyn Iterator<Item = f32>| values.map(|v| v * v).sum::<f32>().sqrt();
        let whole = norm(&mut beside.iter().flatten().copied());
        let becomes_luma = norm(&mut to_luma.into_iter());
        let (over, luma_over) = ((whole - most * UNCHANGED).max(0.0), (becomes_luma - most_luma).max(0.0));
        if over == 0.0 && luma_over == 0.0 {
            return 0.0;
        }
        let factor = 2.0 * weight * share;
        let (of_whole, of_luma) =
            (factor * over / whole.max(1e-12), factor * luma_over / becomes_luma.max(1e-12));
        for ((slopes, row), part) in slopes.chunks_exact_mut(4).zip(&beside).zip(LUMA) {
            let by: [f32; 3] = std::array::from_fn(|c| of_whole * row[c] + of_luma * part * to_luma[c]);
            let of_sum = luma(by);
            slopes.iter_mut().zip(by).for_each(|(slope, by)| *slope += by - of_sum);
        }
        f64::from(share * (over * over + luma_over * luma_over))
    }
}

/// What a row takes from colours beside their luma.
fn beside(row: &[f32]) -> [f32; 3] {
    let sum: f32 = row[..3].iter().sum();
    std::array::from_fn(|c| row[c] - sum * LUMA[c])
}

#[cfg(test)]
mod tests {
    use super::super::IDENTITY;
    use super::*;

    const SHAPE: GridShape = GridShape { depth: 4, height: 2, width: 3 };

    /// A grey wall whose blue has noise of this deviation.
    fn wall(deviation: f32) -> Planes {
        let value = |c: usize, i: usize| {
            0.5 + if c == 2 { deviation * ((i * 7919 % 13) as f32 / 6.0 - 1.0) * 1.6 } else { 0.0 }
        };
        Planes::from_vec(3, 40, 50, (0..3).flat_map(|c| (0..2000).map(move |i| value(c, i))).collect())
    }

    fn bounds(photo: &Planes) -> ChromaGain {
        let luma = departure(SHAPE, photo, &[photo.luma().data().to_vec()]);
        ChromaGain::new(SHAPE, photo, &luma, &Shares::new(SHAPE, photo, &Planes::filled(1, 40, 50, 1.0)))
    }

    /// Luma stays, chroma grows by `gain`.
    fn saturated(gain: f32) -> BilateralGrid {
        let part = |row: usize, column: usize| match column {
            3 => 0.0,
            _ => (1.0 - gain) * LUMA[column] + if row == column { gain } else { 0.0 },
        };
        BilateralGrid::constant(SHAPE, &std::array::from_fn(|i| part(i / 4, i % 4)))
    }

    fn penalty(bounds: &ChromaGain, grid: &BilateralGrid) -> f64 {
        bounds.penalty(grid, 2.0, &mut BilateralGrid::identity(SHAPE))
    }

    #[test]
    fn colours_may_grow_and_noise_less_and_grey_costs_nothing() {
        let (detail, noise) = (bounds(&wall(0.1)), bounds(&wall(0.002)));
        for bounds in [&detail, &noise] {
            assert_eq!([0.0, 1.0, 1.9].map(|gain| penalty(bounds, &saturated(gain))), [0.0; 3]);
        }
        assert_eq!(penalty(&detail, &saturated(3.8)), 0.0);
        assert!(penalty(&noise, &saturated(3.8)) > 1.0 && penalty(&detail, &saturated(8.0)) > 1.0);
    }

    #[test]
    fn grain_out_of_chroma_costs_though_greys_stay() {
        let mut matrix = IDENTITY;
        for row in matrix.chunks_exact_mut(4) {
            (row[1], row[2]) = (row[1] - 3.0, row[2] + 3.0);
        }
        assert!(penalty(&bounds(&wall(0.004)), &BilateralGrid::constant(SHAPE, &matrix)) > 1.0);
    }

    #[test]
    fn chroma_may_become_luma_where_luma_varies_itself_and_not_where_it_is_still() {
        let still = wall(0.02);
        let mut textured = still.clone();
        for plane in textured.data_mut().chunks_exact_mut(2000) {
            plane.iter_mut().enumerate().for_each(|(i, v)| *v += 0.03 * ((i * 31 % 11) as f32 / 5.0 - 1.0));
        }
        let mut matrix = IDENTITY;
        for row in matrix.chunks_exact_mut(4) {
            (row[0], row[2]) = (row[0] - 0.7, row[2] + 0.7);
        }
        let grid = BilateralGrid::constant(SHAPE, &matrix);
        assert!(penalty(&bounds(&still), &grid) > 0.1);
        assert_eq!(penalty(&bounds(&textured), &grid), 0.0);
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let mut grid = saturated(4.0);
        let values = grid.coefficients_mut().iter_mut().enumerate();
        values.for_each(|(i, v)| *v += 3.0 * (((i * 7919) % 23) as f32 / 23.0 - 0.5));
        let (bounds, mut slope) = (bounds(&wall(0.004)), BilateralGrid::constant(SHAPE, &[0.0; 12]));
        bounds.penalty(&grid, 3.0, &mut slope);
        for i in (0..grid.coefficients().len()).step_by(5) {
            let value = grid.coefficients()[i];
            let mut at = |v: f32| {
                grid.coefficients_mut()[i] = v;
                bounds.penalty(&grid, 3.0, &mut BilateralGrid::identity(SHAPE))
            };
            let numeric = (at(value + 1e-2) - at(value - 1e-2)) / 2e-2;
            grid.coefficients_mut()[i] = value;
            let exact = f64::from(slope.coefficients()[i]);
            assert!((numeric - exact).abs() < 2e-2 * (0.1 + exact.abs()), "{i}: {numeric} against {exact}");
        }
    }
}
