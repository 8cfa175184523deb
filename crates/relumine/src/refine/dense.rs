//! Mean field inference in the fully connected model.
//!
//! Source: Krähenbühl & Koltun 2011 (see [`super::model`]), algorithm 1: every iteration filters the marginals
//! with each kernel, by the permutohedral lattice, and takes the softmax of the logarithm of the unary
//! probabilities plus the filtered marginals.
//!
//! Shapes: marginals and unary logarithms are rows of `blocks` [`Block`]s, one row a pixel; labels beyond the last
//! have probability 0. Memory: two such arrays, and two tables a lattice. Time per iteration is linear in
//! pixels × labels; one thread, so that nothing depends on how many there are.
//!
//! Differs from the paper: kernels are normalised symmetrically. A pixel's message to itself is subtracted
//! exactly, through the diagonal of the lattice filter. Slicing, softmax and the splatting of the next iteration
//! are one pass over the pixels, since reading the marginals from memory costs more than computing them.

use multiversion::multiversion;

use super::model::{FullyConnected, LEAST_PROBABILITY};
use super::permutohedral::{Block, Corner, LANES, Lattice, blocks_for, slice, splat};
use super::vector_math::{exp, ln};
use crate::Planes;

/// Logarithm of the probability of labels that only fill up a block.
const IMPOSSIBLE: f32 = -1e30;

/// Marginals (C×H×W, each pixel's sum 1) after `iterations` of mean field from `probabilities` (C×H×W).
pub(super) fn mean_field(
    probabilities: &Planes,
    photo: &Planes,
    model: &FullyConnected,
    iterations: usize,
) -> Planes {
    let (height, width) = (photo.height(), photo.width());
    let blocks = blocks_for(probabilities.channels());
    let mut appearance = Kernel::<6>::new(&model.appearance_points(photo), model.appearance_weight, blocks);
    let mut smoothness =
        Kernel::<3>::new(&model.smoothness_points(height, width), model.smoothness_weight, blocks);
    let unary = interleave_logarithms(probabilities, blocks);
    let mut marginals = unary.clone();
    start(&mut marginals, blocks, &mut appearance, &mut smoothness);
    for _ in 0..iterations {
        appearance.blur();
        smoothness.blur();
        iterate(&unary, &mut marginals, blocks, &mut appearance, &mut smoothness);
    }
    deinterleave(&marginals, blocks, probabilities)
}

/// One Gaussian kernel with its weight and normalisation, and the marginals splatted onto its lattice.
struct Kernel<const V: usize> {
    lattice: Lattice<V>,
    /// What each pixel would send to itself.
    own: Vec<f32>,
    table: Vec<Block>,
    next: Vec<Block>,
}

impl<const V: usize> Kernel<V> {
    fn new(points: &[f32], weight: f32, blocks: usize) -> Self {
        let mut lattice = Lattice::new(points);
        lattice.scale_points(&symmetric_normalisation(&lattice, weight));
        Self {
            own: lattice.self_response(),
            table: lattice.table(blocks),
            next: lattice.table(blocks),
            lattice,
        }
    }

    /// Blurs what was splatted and clears the table of the next iteration.
    fn blur(&mut self) {
        std::mem::swap(&mut self.table, &mut self.next);
        self.lattice.blur(&mut self.table, &mut self.next);
        self.next.fill([0.0; LANES]);
    }
}

/// √(weight / dᵢ) with dᵢ = Σⱼ k(i, j): on both sides of the kernel these make weight · k̃.
pub(super) fn symmetric_normalisation<const V: usize>(lattice: &Lattice<V>, weight: f32) -> Vec<f32> {
    let sums = lattice.filter(&vec![[1.0; LANES]; lattice.points()], 1);
    sums.iter().map(|[sum, ..]| (weight / sum).sqrt()).collect()
}

/// Turns the logarithms into marginals and splats them.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn start(marginals: &mut [Block], blocks: usize, appearance: &mut Kernel<6>, smoothness: &mut Kernel<3>) {
    let corners = appearance.lattice.corners().iter().zip(smoothness.lattice.corners());
    for (row, (far, near)) in marginals.chunks_exact_mut(blocks).zip(corners) {
        softmax(row);
        splat_row(row, far, &mut appearance.next);
        splat_row(row, near, &mut smoothness.next);
    }
}

/// One iteration over all pixels, from the blurred tables to the marginals and the splatted tables of the next.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn iterate(
    unary: &[Block],
    marginals: &mut [Block],
    blocks: usize,
    appearance: &mut Kernel<6>,
    smoothness: &mut Kernel<3>,
) {
    let corners = appearance.lattice.corners().iter().zip(smoothness.lattice.corners());
    let own = appearance.own.iter().zip(&smoothness.own);
    let rows = unary.chunks_exact(blocks).zip(marginals.chunks_exact_mut(blocks));
    for ((unary, row), ((far, near), (own_far, own_near))) in rows.zip(corners.zip(own)) {
        let own = own_far + own_near;
        for (block, (unary, marginal)) in unary.iter().zip(row.iter_mut()).enumerate() {
            let from_far = slice(far, &appearance.table, blocks, block);
            let from_near = slice(near, &smoothness.table, blocks, block);
            for lane in 0..LANES {
                marginal[lane] = unary[lane] + (from_far[lane] + from_near[lane] - own * marginal[lane]);
            }
        }
        softmax(row);
        splat_row(row, far, &mut appearance.next);
        splat_row(row, near, &mut smoothness.next);
    }
}

#[inline(always)]
fn splat_row<const V: usize>(row: &[Block], corners: &[Corner; V], table: &mut [Block]) {
    for (block, value) in row.iter().enumerate() {
        splat(corners, table, row.len(), block, value);
    }
}

/// Softmax over all lanes of one row.
#[inline(always)]
fn softmax(row: &mut [Block]) {
    let mut greatest = [f32::MIN; LANES];
    for block in row.iter() {
        for lane in 0..LANES {
            greatest[lane] = if block[lane] > greatest[lane] { block[lane] } else { greatest[lane] };
        }
    }
    let greatest = greatest.into_iter().fold(f32::MIN, |a, b| if a > b { a } else { b });
    let mut sums = [0.0; LANES];
    for block in row.iter_mut() {
        for lane in 0..LANES {
            block[lane] = exp(block[lane] - greatest);
            sums[lane] += block[lane];
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    let scale = (((a + b) + (c + d)) + ((e + f) + (g + h))).recip();
    for block in row {
        for value in block {
            *value *= scale;
        }
    }
}

/// Pixels that are turned from planes into rows at a time: few enough for their rows to stay in the first cache.
const TILE: usize = 64;

/// Logarithms of the probabilities, floored, one row of blocks a pixel.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn interleave_logarithms(probabilities: &Planes, blocks: usize) -> Vec<Block> {
    let mut rows = vec![[IMPOSSIBLE; LANES]; probabilities.area() * blocks];
    for (tile, rows) in rows.chunks_mut(TILE * blocks).enumerate() {
        for label in 0..probabilities.channels() {
            let plane = &probabilities.plane(label)[tile * TILE..];
            let mut logarithms = [0.0; TILE];
            for (logarithm, &probability) in logarithms.iter_mut().zip(plane) {
                let probability = if probability > LEAST_PROBABILITY { probability } else { LEAST_PROBABILITY };
                *logarithm = ln(probability);
            }
            for (row, logarithm) in rows.chunks_exact_mut(blocks).zip(logarithms) {
                row[label / LANES][label % LANES] = logarithm;
            }
        }
    }
    rows
}

/// Planes of the shape of `like` from one row of blocks a pixel.
fn deinterleave(rows: &[Block], blocks: usize, like: &Planes) -> Planes {
    let mut planes = Planes::zeros_like(like);
    for (tile, rows) in rows.chunks(TILE * blocks).enumerate() {
        for label in 0..like.channels() {
            let plane = &mut planes.plane_mut(label)[tile * TILE..];
            for (value, row) in plane.iter_mut().zip(rows.chunks_exact(blocks)) {
                *value = row[label / LANES][label % LANES];
            }
        }
    }
    planes
}
