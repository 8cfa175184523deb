//! 3×3 convolution by minimal filtering, F(4×4, 3×3): 36 multiplications for 16 outputs instead of 144.
//!
//! Source: A. Lavin and S. Gray, *Fast Algorithms for Convolutional Neural Networks*, CVPR 2016, with the points
//! 0, ±1, ±2, ∞. The input is cut into 6×6 tiles that overlap by two; Bᵀ d B takes each to 36 frequencies, at each of which
//! the sum over channels is one matrix product of tiles × inputs with inputs × outputs, and Aᵀ m A takes the
//! products back to 4×4 outputs. In f32 the error is a few times that of the direct sum (some 10⁻⁶, relative).

use multiversion::multiversion;
use rayon::prelude::*;

use super::{FeatureMap, Matrix, MatrixMut, multiply, share, with_scratch};
use crate::watch::CancelToken;

/// Outputs a tile and side.
const TILE: usize = 4;
/// Inputs a tile and side.
const PATCH: usize = 6;
/// Matrix products a block of tiles.
const FREQUENCIES: usize = PATCH * PATCH;
/// Values in both transformed domains that a block of tiles may have: what the second-level cache holds.
const BLOCK_VALUES: usize = 1 << 18;
/// Fewest tiles a block: below it, fetching the weights costs more than the products.
const BLOCK_TILES: usize = 32;
/// Tiles that a band of rows aims at.
const BAND_TILES: usize = 64;
/// Channels transformed together.
const LANES: usize = 16;

type Lane = [f32; LANES];

/// The weights of a 3×3 convolution in the transformed domain.
#[derive(Clone, Debug)]
pub(super) struct Winograd {
    inputs: usize,
    outputs: usize,
    /// For each of the 36 frequencies a matrix of inputs × outputs.
    weights: Vec<f32>,
}

impl Winograd {
    /// Transforms `outputs × inputs × 3 × 3` weights (OIHW), U = G g Gᵀ, in f64.
    pub(super) fn new(weights: &[f32], outputs: usize, inputs: usize) -> Self {
        let mut transformed = vec![0.0; FREQUENCIES * inputs * outputs];
        transform_kernels(weights, outputs, inputs, &mut transformed);
        Self { inputs, outputs, weights: transformed }
    }

    /// As [`Kernel::convolve`](super::Kernel::convolve).
    pub(super) fn convolve(
        &self,
        input: &FeatureMap,
        output: &mut FeatureMap,
        accumulate: bool,
        token: &CancelToken,
        finish: impl Fn(usize, &mut [f32]) + Sync,
    ) {
        let (inputs, outputs, pitch) = (self.inputs, self.outputs, output.pitch());
        let columns = output.width().div_ceil(TILE);
        let tile_rows = share(output.height().div_ceil(TILE), BAND_TILES.div_ceil(columns));
        let block = (BLOCK_VALUES / (FREQUENCIES * (inputs + outputs))).max(BLOCK_TILES);
        let bands = output.framed_rows_mut().par_chunks_mut(pitch * TILE * tile_rows);
        bands.enumerate().for_each(|(band, rows)| {
            let first = band * tile_rows;
            let tiles = (rows.len() / pitch).div_ceil(TILE) * columns;
            let block = tiles.div_ceil(tiles.div_ceil(block));
            with_scratch(FREQUENCIES * block * (inputs + outputs), |scratch| {
                let (patches, products) = scratch.split_at_mut(FREQUENCIES * block * inputs);
                for start in (0..tiles).step_by(block) {
                    if token.is_cancelled() {
                        return;
                    }
                    let count = block.min(tiles - start);
                    transform_input(input, first * columns + start, count, columns, patches);
                    for f in 0..FREQUENCIES {
                        let patches = Matrix::new(&patches[f * count * inputs..], count, inputs, inputs);
                        let weights =
                            Matrix::new(&self.weights[f * inputs * outputs..], inputs, outputs, outputs);
                        let out =
                            MatrixMut::new(&mut products[f * count * outputs..], count, outputs, outputs);
                        multiply(out, patches, weights, false);
                    }
                    transform_output(products, start, count, columns, outputs, rows, pitch, accumulate);
                }
            });
            if token.is_cancelled() {
                return;
            }
            for (r, row) in rows.chunks_exact_mut(pitch).enumerate() {
                finish(first * TILE + r, &mut row[outputs..pitch - outputs]);
            }
        });
    }
}

/// U = G g Gᵀ for each kernel of `weights` (OIHW), to `transformed[frequency][input][output]`.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn transform_kernels(weights: &[f32], outputs: usize, inputs: usize, transformed: &mut [f32]) {
    let (mut rows, mut column) = ([[[0.0; LANES]; PATCH]; 3], [[0.0; LANES]; PATCH]);
    for first in (0..outputs).step_by(LANES) {
        let count = LANES.min(outputs - first);
        for i in 0..inputs {
            for (k, row) in rows.iter_mut().enumerate() {
                let mut taps = [[0.0; LANES]; 3];
                for o in 0..count {
                    let kernel = &weights[((first + o) * inputs + i) * 9..][..9];
                    taps.iter_mut().zip(&kernel[3 * k..]).for_each(|(tap, w)| tap[o] = f64::from(*w));
                }
                kernel_1d([&taps[0], &taps[1], &taps[2]], row);
            }
            let [r0, r1, r2] = &rows;
            for b in 0..PATCH {
                kernel_1d([&r0[b], &r1[b], &r2[b]], &mut column);
                for (a, values) in column.iter().enumerate() {
                    let at = ((a * PATCH + b) * inputs + i) * outputs + first;
                    let out = transformed[at..][..count].iter_mut();
                    out.zip(values).for_each(|(out, value)| *out = *value as f32);
                }
            }
        }
    }
}

/// V = Bᵀ d B for `count` tiles from tile `first` on, to `patches[frequency][tile][channel]`.
#[multiversion(targets("x86_64+avx512f+avx512vl+fma", "x86_64+avx2+fma", "aarch64+neon"))]
fn transform_input(input: &FeatureMap, first: usize, count: usize, columns: usize, patches: &mut [f32]) {
    let (channels, pitch) = (input.channels(), input.pitch());
    let padded = input.padded();
    let (height, width) = (input.height() + 2, input.width() + 2);
    // Kept from tile to tile, for clearing them costs as much as filling them.
    let (mut row, mut half, mut column) =
        ([[0.0; LANES]; PATCH], [[[0.0; LANES]; PATCH]; PATCH], [[0.0; LANES]; PATCH]);
    for t in 0..count {
        let (top, left) = ((first + t) / columns * TILE, (first + t) % columns * TILE);
        let (rows, cells) = (PATCH.min(height - top), PATCH.min(width - left));
        row[cells..].fill([0.0; LANES]);
        half[rows..].fill([[0.0; LANES]; PATCH]);
        let mut c = 0;
        while c < channels {
            let n = LANES.min(channels - c);
            for (y, half) in half[..rows].iter_mut().enumerate() {
                for (x, lane) in row[..cells].iter_mut().enumerate() {
                    load(lane, &padded[(top + y) * pitch + (left + x) * channels + c..][..n]);
                }
                input_1d([&row[0], &row[1], &row[2], &row[3], &row[4], &row[5]], half);
            }
            let [r0, r1, r2, r3, r4, r5] = &half;
            for b in 0..PATCH {
                input_1d([&r0[b], &r1[b], &r2[b], &r3[b], &r4[b], &r5[b]], &mut column);
                for (a, lane) in column.iter().enumerate() {
                    let at = ((a * PATCH + b) * count + t) * channels + c;
                    store(&mut patches[at..][..n], lane);
                }
            }
            c += n;
        }
    }
}

/// Aᵀ m A for `count` tiles from tile `first` of the band on, to (or onto) the band's framed `rows`.
#[multiversion(targets("x86_64+avx512f+avx512vl+fma", "x86_64+avx2+fma", "aarch64+neon"))]
#[expect(clippy::too_many_arguments, reason = "the macro takes free functions alone")]
fn transform_output(
    products: &[f32],
    first: usize,
    count: usize,
    columns: usize,
    channels: usize,
    rows: &mut [f32],
    pitch: usize,
    accumulate: bool,
) {
    let (height, width) = (rows.len() / pitch, pitch / channels - 2);
    let (mut column, mut half, mut results) =
        ([[0.0; LANES]; PATCH], [[[0.0; LANES]; PATCH]; TILE], [[0.0; LANES]; TILE]);
    for t in 0..count {
        let (top, left) = ((first + t) / columns * TILE, (first + t) % columns * TILE);
        let mut c = 0;
        while c < channels {
            let n = LANES.min(channels - c);
            for b in 0..PATCH {
                for (a, lane) in column.iter_mut().enumerate() {
                    load(lane, &products[((a * PATCH + b) * count + t) * channels + c..][..n]);
                }
                output_1d(&column, &mut results);
                for (half, lane) in half.iter_mut().zip(&results) {
                    half[b] = *lane;
                }
            }
            for (y, row) in half.iter().enumerate().take(height - top) {
                output_1d(row, &mut results);
                for (x, lane) in results.iter_mut().enumerate().take(width - left) {
                    let at = (top + y) * pitch + (1 + left + x) * channels + c;
                    let out = &mut rows[at..][..n];
                    if accumulate {
                        lane.iter_mut().zip(&*out).for_each(|(lane, before)| *lane += before);
                    }
                    store(out, lane);
                }
            }
            c += n;
        }
    }
}

/// G g.
#[inline(always)]
fn kernel_1d(g: [&[f64; LANES]; 3], out: &mut [[f64; LANES]; PATCH]) {
    for i in 0..LANES {
        let [a, b, c] = [g[0][i], g[1][i], g[2][i]];
        let (one, two) = (a + c, a + 4.0 * c);
        out[0][i] = a / 4.0;
        out[1][i] = -(one + b) / 6.0;
        out[2][i] = -(one - b) / 6.0;
        out[3][i] = (two + 2.0 * b) / 24.0;
        out[4][i] = (two - 2.0 * b) / 24.0;
        out[5][i] = c;
    }
}

/// Bᵀ d.
#[inline(always)]
fn input_1d(d: [&Lane; PATCH], out: &mut [Lane; PATCH]) {
    for i in 0..LANES {
        let [a, b, c, d, e, f] = [d[0][i], d[1][i], d[2][i], d[3][i], d[4][i], d[5][i]];
        let (even, odd) = (e - 4.0 * c, d - 4.0 * b);
        let (even_2, odd_2) = (e - c, 2.0 * (d - b));
        out[0][i] = 4.0 * a - 5.0 * c + e;
        out[1][i] = even + odd;
        out[2][i] = even - odd;
        out[3][i] = even_2 + odd_2;
        out[4][i] = even_2 - odd_2;
        out[5][i] = 4.0 * b - 5.0 * d + f;
    }
}

/// Aᵀ m.
#[inline(always)]
fn output_1d(m: &[Lane; PATCH], out: &mut [Lane; TILE]) {
    for i in 0..LANES {
        let (sum_1, difference_1) = (m[1][i] + m[2][i], m[1][i] - m[2][i]);
        let (sum_2, difference_2) = (m[3][i] + m[4][i], m[3][i] - m[4][i]);
        out[0][i] = m[0][i] + sum_1 + sum_2;
        out[1][i] = difference_1 + 2.0 * difference_2;
        out[2][i] = sum_1 + 4.0 * sum_2;
        out[3][i] = difference_1 + 8.0 * difference_2 + m[5][i];
    }
}

#[inline(always)]
fn load(lane: &mut Lane, values: &[f32]) {
    if let Ok(values) = <&Lane>::try_from(values) {
        *lane = *values;
    } else {
        lane[..values.len()].copy_from_slice(values);
    }
}

#[inline(always)]
fn store(values: &mut [f32], lane: &Lane) {
    if let Ok(values) = <&mut Lane>::try_from(&mut *values) {
        *values = *lane;
    } else {
        values.copy_from_slice(&lane[..values.len()]);
    }
}
