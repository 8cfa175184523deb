//! Mean field inference in the fully connected model.
//!
//! Source: Krähenbühl & Koltun 2011 (see [`super::model`]), algorithm 1: every iteration filters the marginals
//! with each kernel, by the permutohedral lattice, and takes the softmax of the logarithm of the unary
//! probabilities plus the filtered marginals.
//!
//! Shapes: marginals and unary logarithms have one [`Row`] of `B` blocks of labels a pixel; labels beyond the last
//! have probability 0. Memory: two such arrays, and two tables a lattice. Time per iteration is linear in
//! pixels × labels; one thread, so that nothing depends on how many there are.
//!
//! Differs from the paper: kernels are normalised symmetrically. A pixel's message to itself is subtracted
//! exactly, through the diagonal of the lattice filter. Slicing, softmax and the splatting of the next iteration
//! are one pass over the pixels, since reading the marginals from memory costs more than computing them.

use std::ops::Range;

use multiversion::multiversion;

use super::model::{FullyConnected, LEAST_PROBABILITY};
use super::permutohedral::{LANES, Lattice, Row, slice, splat};
use super::runs::runs;
use crate::vector_math::{exp, ln};
use crate::watch::CancelToken;
use crate::{Planes, Result};

/// Logarithm of the probability of labels that only fill up a block.
const IMPOSSIBLE: f32 = -1e30;

/// How long and how exactly mean field runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MeanField {
    /// Iterations; 0 leaves the unary probabilities.
    pub iterations: usize,
    /// Passes of the lattice's blur, 1 to 4: the more, the nearer to exact Gaussians and the slower.
    pub passes: usize,
}

impl Default for MeanField {
    fn default() -> Self {
        Self { iterations: 5, passes: 1 }
    }
}

/// The most labels that a row has room for.
pub(super) const MOST_LABELS: usize = 32 * LANES;

/// Marginals (C×H×W, each pixel's sum 1) after mean field from `probabilities` (C×H×W).
pub(super) fn mean_field(
    probabilities: &Planes,
    photo: &Planes,
    model: &FullyConnected,
    inference: &MeanField,
    token: &CancelToken,
) -> Result<Planes> {
    // The width of a row is known to the compiler, for the vectorised loops; few widths keep the program small.
    let run = match probabilities.channels().div_ceil(LANES) {
        1 => run::<1>,
        2 => run::<2>,
        3 => run::<3>,
        4 => run::<4>,
        5..=8 => run::<8>,
        9..=32 => run::<32>,
        _ => panic!("at most {MOST_LABELS} labels"),
    };
    run(probabilities, photo, model, inference, token)
}

fn run<const B: usize>(
    probabilities: &Planes,
    photo: &Planes,
    model: &FullyConnected,
    inference: &MeanField,
    token: &CancelToken,
) -> Result<Planes> {
    let (height, width) = (photo.height(), photo.width());
    let passes = inference.passes;
    let points = model.appearance_points(photo);
    let mut appearance = GaussianKernel::<6, B>::new(&points, model.appearance_weight, passes, token)?;
    let points = model.smoothness_points(height, width);
    let mut smoothness = GaussianKernel::<3, B>::new(&points, model.smoothness_weight, passes, token)?;
    let unary = logarithms::<B>(probabilities, token)?;
    let mut marginals = unary.clone();
    for pixels in runs(unary.len(), token) {
        start(pixels?, &mut marginals, &mut appearance, &mut smoothness);
    }
    for _ in 0..inference.iterations {
        appearance.blur(token)?;
        smoothness.blur(token)?;
        for pixels in runs(unary.len(), token) {
            iterate(pixels?, &unary, &mut marginals, &mut appearance, &mut smoothness);
        }
    }
    planes(&marginals, probabilities, token)
}

/// One Gaussian kernel with its weight and normalisation, and the marginals splatted onto its lattice.
struct GaussianKernel<const V: usize, const B: usize> {
    lattice: Lattice<V>,
    /// What each pixel would send to itself.
    own: Vec<f32>,
    table: Vec<Row<B>>,
    next: Vec<Row<B>>,
}

impl<const V: usize, const B: usize> GaussianKernel<V, B> {
    fn new(points: &[f32], weight: f32, passes: usize, token: &CancelToken) -> Result<Self> {
        let mut lattice = Lattice::new(points, passes, token)?;
        lattice.scale_points(&symmetric_normalisation(&lattice, weight, token)?);
        Ok(Self { own: lattice.self_response(), table: lattice.table(), next: lattice.table(), lattice })
    }

    /// Blurs what was splatted and clears the table of the next iteration.
    fn blur(&mut self, token: &CancelToken) -> Result<()> {
        std::mem::swap(&mut self.table, &mut self.next);
        self.lattice.blur(&mut self.table, &mut self.next, token)?;
        self.next.fill([[0.0; LANES]; B]);
        Ok(())
    }
}

/// √(weight / dᵢ) with dᵢ = Σⱼ k(i, j): on both sides of the kernel these make weight · k̃.
pub(super) fn symmetric_normalisation<const V: usize>(
    lattice: &Lattice<V>,
    weight: f32,
    token: &CancelToken,
) -> Result<Vec<f32>> {
    let sums = lattice.filter(&vec![[[1.0; LANES]]; lattice.points()], token)?;
    Ok(sums.iter().map(|[[sum, ..]]| (weight / sum).sqrt()).collect())
}

/// Turns the logarithms of some pixels into marginals and splats them.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn start<const B: usize>(
    pixels: Range<usize>,
    marginals: &mut [Row<B>],
    appearance: &mut GaussianKernel<6, B>,
    smoothness: &mut GaussianKernel<3, B>,
) {
    let (far, near) = (appearance.lattice.corners(), smoothness.lattice.corners());
    let corners = far[pixels.clone()].iter().zip(&near[pixels.clone()]);
    for (marginals, (far, near)) in marginals[pixels].iter_mut().zip(corners) {
        *marginals = softmax(marginals);
        splat(far, marginals, &mut appearance.next);
        splat(near, marginals, &mut smoothness.next);
    }
}

/// One iteration over some pixels, from the blurred tables to the marginals and the splatted tables of the next.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn iterate<const B: usize>(
    pixels: Range<usize>,
    unary: &[Row<B>],
    marginals: &mut [Row<B>],
    appearance: &mut GaussianKernel<6, B>,
    smoothness: &mut GaussianKernel<3, B>,
) {
    let (far, near) = (appearance.lattice.corners(), smoothness.lattice.corners());
    let corners = far[pixels.clone()].iter().zip(&near[pixels.clone()]);
    let own = appearance.own[pixels.clone()].iter().zip(&smoothness.own[pixels.clone()]);
    let pixels = unary[pixels.clone()].iter().zip(&mut marginals[pixels]).zip(corners.zip(own));
    for ((unary, marginals), ((far, near), (own_far, own_near))) in pixels {
        let own = own_far + own_near;
        let from_far = slice(far, &appearance.table);
        let from_near = slice(near, &smoothness.table);
        let mut logits = *unary;
        for block in 0..B {
            for lane in 0..LANES {
                logits[block][lane] +=
                    from_far[block][lane] + from_near[block][lane] - own * marginals[block][lane];
            }
        }
        let updated = softmax(&logits);
        splat(far, &updated, &mut appearance.next);
        splat(near, &updated, &mut smoothness.next);
        *marginals = updated;
    }
}

/// Softmax over all lanes of one row.
#[inline(always)]
fn softmax<const B: usize>(logits: &Row<B>) -> Row<B> {
    let larger = |a: f32, b: f32| if a > b { a } else { b };
    let mut greatest = logits[0];
    for block in logits {
        for lane in 0..LANES {
            greatest[lane] = larger(block[lane], greatest[lane]);
        }
    }
    let [a, b, c, d, e, f, g, h] = greatest;
    let greatest = larger(larger(larger(a, e), larger(b, f)), larger(larger(c, g), larger(d, h)));
    // One flat loop: the compiler vectorises it as a whole, and eight lanes at a time would be unrolled instead.
    let mut row = *logits;
    for value in row.as_flattened_mut() {
        *value = exp(*value - greatest);
    }
    let mut sums = [0.0; LANES];
    for block in &row {
        for lane in 0..LANES {
            sums[lane] += block[lane];
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    let scale = (((a + e) + (b + f)) + ((c + g) + (d + h))).recip();
    for block in &mut row {
        for value in block {
            *value *= scale;
        }
    }
    row
}

/// Pixels that are turned from planes into rows at a time: few enough for their rows to stay in the first cache.
const TILE: usize = 64;

/// Logarithms of the probabilities, floored, one row a pixel.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn logarithms<const B: usize>(probabilities: &Planes, token: &CancelToken) -> Result<Vec<Row<B>>> {
    let mut rows = vec![[[IMPOSSIBLE; LANES]; B]; probabilities.area()];
    for (tile, rows) in rows.chunks_mut(TILE).enumerate() {
        token.check()?;
        for label in 0..probabilities.channels() {
            let plane = &probabilities.plane(label)[tile * TILE..];
            let mut logarithms = [0.0; TILE];
            for (logarithm, &probability) in logarithms.iter_mut().zip(plane) {
                let probability =
                    if probability > LEAST_PROBABILITY { probability } else { LEAST_PROBABILITY };
                *logarithm = ln(probability);
            }
            for (row, logarithm) in rows.iter_mut().zip(logarithms) {
                row[label / LANES][label % LANES] = logarithm;
            }
        }
    }
    Ok(rows)
}

/// Planes of the shape of `like` from one row a pixel.
fn planes<const B: usize>(rows: &[Row<B>], like: &Planes, token: &CancelToken) -> Result<Planes> {
    let mut planes = Planes::zeros_like(like);
    for (tile, rows) in rows.chunks(TILE).enumerate() {
        token.check()?;
        for label in 0..like.channels() {
            let plane = &mut planes.plane_mut(label)[tile * TILE..];
            for (value, row) in plane.iter_mut().zip(rows) {
                *value = row[label / LANES][label % LANES];
            }
        }
    }
    Ok(planes)
}
