//! How steeply a grid's luma rises with the content's, held within bounds.
//!
//! At one place, between two levels, colours have a chroma k beside their luma, in the mean. As light rises there the luma of level z comes out as
//! L_z = luma(γ_z (g + k, 1)), g = z / (levels - 1) in all channels. Its slope
//!
//! ```text
//! S_z = (levels - 1) (L_{z+1} - L_z)
//! ```
//!
//! is the contrast that detail gets there, which is linear in γ: below 0 detail turns negative, near 0 it is gone, and where it is far above
//! 1 noise grows. The slopes of red, green and blue are what becomes of noise in each. Of the greys alone a blue sky would say nothing: what differs between the
//! matrices of two levels is multiplied by all of its colour. Penalised is, of luma and the three,
//!
//! ```text
//! Σ_v w_v (max(0, low - S)² + max(0, S - high)²)
//! ```
//!
//! w the share of the pixels between the two levels, or a part of those on the side that has fewer: what a dark branch is to a sky has no pixels
//! between, and is not to vanish. Where the content has only noise, that is where its luma departs from its neighbours'
//! mean by less than [`NOISE`], the bound from above is close.

use rayon::prelude::*;

use super::splat::{splat, spread};
use super::{BilateralGrid, GridShape, Shares, add_slope, grey, of_colour};
use crate::Planes;
use crate::colour::{LUMA, luma};

/// What slopes are taken of: luma and each channel.
const AXES: [[f32; 3]; 4] = [LUMA, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
/// Slopes of grades outside of these count as their ends: bounds around a grade that has lost the detail would keep it lost.
const ORDINARY: (f32, f32) = (0.4, 2.0);
/// Share of the fewer of the pixels above and below that a slope counts for at least: between branches and the sky behind them lie hardly any.
const ACROSS: f32 = 0.25;
/// Deviation of luma from its neighbours' mean up to which there is noise alone, and from which there is detail.
const NOISE: (f32, f32) = (0.006, 0.020);
/// How much noise may grow.
const NOISE_GAIN: f32 = 2.0;
/// Factor by which a pixel's weight falls from vertex to vertex, across the photo and along luma.
const SPREAD: f32 = 0.3;
/// How far the neighbours are, in pixels, with whose mean a pixel is compared.
const APART: usize = 2;

/// Bounds of the contrast between each two levels at each place.
#[derive(Clone, Debug)]
pub(crate) struct ContrastBounds {
    /// Of each axis, least and most, in the order of the vertices; the last level has none.
    of: Vec<[(f32, f32); 4]>,
    /// Mean chroma between a level and the next: red, green and blue less luma.
    chroma: Vec<[f32; 3]>,
    weights: Vec<f32>,
}

impl ContrastBounds {
    /// Slopes between `low` and `high` times those of `grades`, laid over a photo (3×H×W) by `shares`; `luma` is how far its luma departs from
    /// its neighbours' mean at each vertex ([`departure`]).
    pub(crate) fn around(
        photo: &Planes,
        grades: &BilateralGrid,
        luma: &[f32],
        shares: &Shares,
        (low, high): (f32, f32),
    ) -> Self {
        let depth = grades.shape().depth;
        let total: f32 = shares.pixels().iter().sum::<f32>().max(1e-12);
        let chroma = chroma_between(grades.shape(), photo);
        let bounds = |index: usize| {
            let last = index % depth + 1 == depth;
            let share = detail(if last { luma[index] } else { luma[index].max(luma[index + 1]) }, NOISE);
            let column = index / depth * depth;
            let rise = if last {
                [1.0; 3]
            } else {
                rise(&grades.vertices()[column..column + depth], index % depth, chroma[index])
            };
            let most = |slope: f32| {
                let ordinary = slope.clamp(ORDINARY.0, ORDINARY.1);
                NOISE_GAIN + share * (high * ordinary - NOISE_GAIN)
            };
            std::array::from_fn(|axis| {
                let slope = along(&rise, &AXES[axis]);
                let least =
                    if axis == 0 { low * slope.clamp(ORDINARY.0, ORDINARY.1) } else { -most(slope.abs()) };
                (least.min(most(slope.abs())), most(slope.abs()))
            })
        };
        let pixels = shares.pixels();
        let mut weights = vec![0.0; pixels.len()];
        for (weights, pixels) in weights.chunks_exact_mut(depth).zip(pixels.chunks_exact(depth)) {
            let all: f32 = pixels.iter().sum();
            let mut below = 0.0;
            for level in 0..depth - 1 {
                below += pixels[level];
                let between = 0.5 * (pixels[level] + pixels[level + 1]);
                weights[level] = between.max(ACROSS * below.min(all - below)) / total;
            }
        }
        Self { of: (0..pixels.len()).map(bounds).collect(), chroma, weights }
    }

    /// `weight` times the penalty at `grid`; adds its gradient.
    pub(crate) fn penalty(&self, grid: &BilateralGrid, weight: f64, gradient: &mut BilateralGrid) -> f64 {
        let depth = grid.shape().depth;
        let columns = grid.vertices().par_chunks(depth).zip(gradient.vertices_mut().par_chunks_mut(depth));
        let bounds =
            self.of.par_chunks(depth).zip(self.chroma.par_chunks(depth)).zip(self.weights.par_chunks(depth));
        let sums: Vec<f64> = columns
            .zip(bounds)
            .map(|((column, slopes), ((bounds, chroma), shares))| {
                let mut sum = 0.0;
                for (level, ((bounds, chroma), share)) in bounds.iter().zip(chroma).zip(shares).enumerate() {
                    if *share > 0.0 {
                        sum += of_levels(column, level, *chroma, bounds, *share, weight as f32, slopes);
                    }
                }
                sum
            })
            .collect();
        weight * sums.iter().sum::<f64>()
    }
}

/// The penalty between a level of a column of vertices and the next, but for its weight; adds its gradient.
fn of_levels(
    column: &[[f32; 12]],
    level: usize,
    chroma: [f32; 3],
    bounds: &[(f32, f32); 4],
    share: f32,
    weight: f32,
    slopes: &mut [[f32; 12]],
) -> f64 {
    let depth = column.len();
    let rise = rise(column, level, chroma);
    let mut sum = 0.0;
    for (axis, (low, high)) in AXES.iter().zip(bounds) {
        let slope = along(&rise, axis);
        let beyond = (slope - high).max(0.0) - (low - slope).max(0.0);
        if beyond == 0.0 {
            continue;
        }
        sum += f64::from(share * beyond * beyond);
        let factor = 2.0 * weight * share * beyond * (depth - 1) as f32;
        for (vertex, sign) in [(level, -1.0), (level + 1, 1.0)] {
            add_slope(&mut slopes[vertex], sign * factor, axis, at_level(vertex, depth, chroma));
        }
    }
    sum
}

/// How still a photo is at each vertex, 0..1.
pub(crate) fn stillness(departure: &[f32]) -> Vec<f32> {
    departure.iter().map(|d| 1.0 - detail(*d, NOISE)).collect()
}

/// Share of what departs so far from its neighbours' mean that is detail, not noise.
pub(super) fn detail(departure: f32, (noise, detail): (f32, f32)) -> f32 {
    ((departure - noise) / (detail - noise)).clamp(0.0, 1.0)
}

/// How far planes of a photo's size are from their neighbours' mean, all together, in the mean at each vertex of a grid over it: few pixels on an
/// edge do not make a sky restless.
pub(crate) fn departure<const N: usize>(
    shape: GridShape,
    photo: &Planes,
    planes: &[Vec<f32>; N],
) -> Vec<f32> {
    let (width, height) = (photo.width(), photo.height());
    let apart = |pixel: usize| -> f32 {
        let (y, x) = (pixel / width, pixel % width);
        let of = |plane: &Vec<f32>| {
            let at = |y: usize, x: usize| plane[y.min(height - 1) * width + x.min(width - 1)];
            let (up, left) = (at(y.saturating_sub(APART), x), at(y, x.saturating_sub(APART)));
            let mean = (up + left + at(y + APART, x) + at(y, x + APART)) / 4.0;
            (plane[pixel] - mean).powi(2)
        };
        planes.iter().map(of).sum::<f32>().sqrt()
    };
    let mut sums = splat(shape, photo, |pixel| [1.0, apart(pixel)]);
    spread(&mut sums, shape, SPREAD, SPREAD);
    sums.into_iter().map(|[count, sum]| sum / count.max(1e-20)).collect()
}

/// Mean chroma of a photo's pixels between each level and the next: red, green and blue less luma, in the order of the vertices.
fn chroma_between(shape: GridShape, photo: &Planes) -> Vec<[f32; 3]> {
    let [red, green, blue] = photo.rgb();
    let mut sums = splat(shape, photo, |pixel| {
        let [r, g, b] = [red, green, blue].map(|plane| plane[pixel]);
        let y = luma([r, g, b]);
        [1.0, r - y, g - y, b - y]
    });
    spread(&mut sums, shape, SPREAD, SPREAD);
    let between = |index: usize| {
        let next = if (index + 1).is_multiple_of(shape.depth) { index } else { index + 1 };
        let sum: [f32; 4] = std::array::from_fn(|i| sums[index][i] + sums[next][i]);
        std::array::from_fn(|i| sum[i + 1] / sum[0].max(1e-20))
    };
    (0..sums.len()).map(between).collect()
}

/// The colour of a level with this chroma.
fn at_level(level: usize, depth: usize, chroma: [f32; 3]) -> [f32; 3] {
    chroma.map(|k| grey(level, depth) + k)
}

/// The slopes of red, green and blue of colours with this chroma, between a level of a column of vertices and the next.
fn rise(column: &[[f32; 12]], level: usize, chroma: [f32; 3]) -> [f32; 3] {
    let depth = column.len();
    let colour = |level: usize| of_colour(&column[level], at_level(level, depth, chroma));
    let (here, above) = (colour(level), colour(level + 1));
    std::array::from_fn(|i| (depth - 1) as f32 * (above[i] - here[i]))
}

/// The slope of what an axis adds up.
fn along(rise: &[f32; 3], axis: &[f32; 3]) -> f32 {
    rise.iter().zip(axis).map(|(rise, part)| part * rise).sum()
}

#[cfg(test)]
mod tests {
    use super::super::IDENTITY;
    use super::*;

    const SHAPE: GridShape = GridShape { depth: 4, height: 2, width: 3 };

    /// Noise of this deviation about the middle, everywhere.
    fn photo(deviation: f32) -> Planes {
        let value = |i: usize| 0.5 + deviation * ((i * 7919 % 13) as f32 / 6.0 - 1.0) * 1.6;
        Planes::from_vec(3, 40, 50, (0..3).flat_map(|_| (0..2000).map(value)).collect())
    }

    fn bounds(photo: &Planes) -> ContrastBounds {
        let shares = Shares::new(SHAPE, photo, &Planes::filled(1, 40, 50, 1.0));
        let luma = departure(SHAPE, photo, &[photo.luma().data().to_vec()]);
        ContrastBounds::around(
            photo,
            &BilateralGrid::identity(SHAPE),
            &luma,
            &shares,
            (0.5, 2.0 * NOISE_GAIN),
        )
    }

    fn penalty(bounds: &ContrastBounds, factor: f32) -> f64 {
        let grid = BilateralGrid::constant(SHAPE, &IDENTITY.map(|v| factor * v));
        bounds.penalty(&grid, 2.0, &mut BilateralGrid::identity(SHAPE))
    }

    #[test]
    fn ordinary_contrast_costs_nothing_and_inverted_and_steep_do() {
        let bounds = bounds(&photo(0.1));
        assert_eq!([0.6, 1.0, 1.9].map(|factor| penalty(&bounds, factor)), [0.0; 3]);
        assert!(penalty(&bounds, -0.5) > 0.5 && penalty(&bounds, 3.0 * NOISE_GAIN) > 0.5);
    }

    #[test]
    fn branches_do_not_fade_into_the_sky() {
        const FINE: GridShape = GridShape { depth: 12, height: 2, width: 3 };
        let value = |i: usize| if (i % 50).is_multiple_of(9) { 0.02 } else { 0.98 };
        let photo = Planes::from_vec(3, 40, 50, (0..3).flat_map(|_| (0..2000).map(value)).collect());
        let shares = Shares::new(FINE, &photo, &Planes::filled(1, 40, 50, 1.0));
        let luma = departure(FINE, &photo, &[photo.luma().data().to_vec()]);
        let identity = BilateralGrid::identity(FINE);
        let bounds = ContrastBounds::around(&photo, &identity, &luma, &shares, (0.5, 2.0 * NOISE_GAIN));
        let penalty = |grid: &BilateralGrid| bounds.penalty(grid, 2.0, &mut identity.clone());
        assert_eq!(penalty(&identity), 0.0);
        // All below the middle comes out lighter by what lies between two levels: flat there, where no pixel is.
        let mut faded = identity.clone();
        for (index, matrix) in faded.vertices_mut().iter_mut().enumerate() {
            if index % FINE.depth < FINE.depth / 2 {
                [3, 7, 11].into_iter().for_each(|offset| matrix[offset] += grey(1, FINE.depth));
            }
        }
        assert!(penalty(&faded) > 5e-3, "{}", penalty(&faded));
    }

    #[test]
    fn noise_may_grow_less_than_detail() {
        let (detail, noise) = (bounds(&photo(0.1)), bounds(&photo(0.002)));
        assert_eq!(penalty(&detail, 1.8 * NOISE_GAIN), 0.0);
        assert_eq!(penalty(&noise, 0.9 * NOISE_GAIN), 0.0);
        assert!(penalty(&noise, 1.8 * NOISE_GAIN) > 0.1);
    }

    #[test]
    fn what_differs_between_levels_by_colour_alone_is_seen_where_there_is_colour() {
        let grey = photo(0.002);
        let mut sky = grey.clone();
        for (plane, by) in sky.data_mut().chunks_exact_mut(2000).zip([-0.2, 0.0, 0.2]) {
            plane.iter_mut().for_each(|v| *v += by);
        }
        let mut grid = BilateralGrid::identity(SHAPE);
        for (index, matrix) in grid.vertices_mut().iter_mut().enumerate() {
            let more = 10.0 * super::grey(index % SHAPE.depth, SHAPE.depth);
            for row in matrix.chunks_exact_mut(4) {
                (row[0], row[2]) = (row[0] - more, row[2] + more);
            }
        }
        let penalty = |photo: &Planes| bounds(photo).penalty(&grid, 2.0, &mut BilateralGrid::identity(SHAPE));
        assert_eq!(penalty(&grey), 0.0);
        assert!(penalty(&sky) > 0.1);
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let mut grid = BilateralGrid::constant(SHAPE, &IDENTITY.map(|v| 0.5 * v));
        let values = grid.coefficients_mut().iter_mut().enumerate();
        values.for_each(|(i, v)| *v += ((i * 7919) % 23) as f32 / 23.0 - 0.5);
        let mut photo = photo(0.1);
        photo.data_mut()[..2000].iter_mut().for_each(|v| *v -= 0.2);
        let (bounds, mut slope) = (bounds(&photo), BilateralGrid::constant(SHAPE, &[0.0; 12]));
        bounds.penalty(&grid, 3.0, &mut slope);
        for i in (0..grid.coefficients().len()).step_by(5) {
            let value = grid.coefficients()[i];
            let mut at = |v: f32| {
                grid.coefficients_mut()[i] = v;
                bounds.penalty(&grid, 3.0, &mut BilateralGrid::identity(SHAPE))
            };
            let numeric = (at(value + 1e-3) - at(value - 1e-3)) / 2e-3;
            grid.coefficients_mut()[i] = value;
            let exact = f64::from(slope.coefficients()[i]);
            assert!((numeric - exact).abs() < 2e-2 * (0.1 + exact.abs()), "{i}: {numeric} against {exact}");
        }
    }
}
