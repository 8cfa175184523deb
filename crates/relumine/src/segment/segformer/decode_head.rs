//! The all-MLP decode head: the stages' tokens, each by a dense layer, upsampled to the first stage's size, joined, fused by
//! a dense layer with batch normalisation and ReLU, and classified.
//!
//! Source: the paper's eq. 4. Differs from the paper: upsampling, whose weights add up to 1, commutes with dense
//! layers. So each stage's layer, its share of the fusing layer and the batch normalisation are one matrix, made when the
//! weights are loaded, and applied at the stage's own size. The joined map is never made.

use multiversion::multiversion;
use rayon::prelude::*;

use super::variant::{CLASSES, STAGES, Variant};
use crate::Result;
use crate::kernels::{Matrix, MatrixMut, multiply, with_scratch};
use crate::layers::Linear;
use crate::layers::ReadTensor;
use crate::layers::{BAND, Tokens};
use crate::watch::CancelToken;

/// Of batch normalisation, in the `transformers` package.
const EPSILON: f32 = 1e-5;

#[derive(Debug)]
pub(super) struct DecodeHead {
    /// A stage's tokens to its share of the fused ones.
    shares: Vec<Linear>,
    classifier: Linear,
}

impl DecodeHead {
    pub(super) fn load(read: &mut ReadTensor<'_>, variant: Variant) -> Result<Self> {
        let (widths, width) = (variant.widths(), variant.decoder_width());
        let mut layers = Vec::with_capacity(STAGES);
        for (stage, inputs) in widths.into_iter().enumerate() {
            let key = format!("decode_head.linear_c.{stage}.proj");
            let weights = read(&format!("{key}.weight"), &[width, inputs])?;
            layers.push((weights, read(&format!("{key}.bias"), &[width])?));
        }
        let mut fuse = read("decode_head.linear_fuse.weight", &[width, STAGES * width, 1, 1])?;

        let mut norm = |part: &str| read(&format!("decode_head.batch_norm.{part}"), &[width]);
        let (gain, mut offset) = (norm("weight")?, norm("bias")?);
        let (mean, variance) = (norm("running_mean")?, norm("running_var")?);
        for (channel, row) in fuse.chunks_exact_mut(STAGES * width).enumerate() {
            let scale = gain[channel] / (variance[channel] + EPSILON).sqrt();
            row.iter_mut().for_each(|weight| *weight *= scale);
            offset[channel] -= mean[channel] * scale;
        }

        let mut shares = Vec::with_capacity(STAGES);
        for (stage, (weights, bias)) in layers.into_iter().enumerate() {
            let inputs = widths[stage];
            // The last stage comes first in the joined map.
            let of_stage = Matrix::new(&fuse[(STAGES - 1 - stage) * width..], width, width, STAGES * width);
            let mut share = vec![0.0; width * inputs];
            let factor = Matrix::new(&weights, width, inputs, inputs);
            multiply(MatrixMut::new(&mut share, width, inputs, inputs), of_stage, factor, false);
            // What does not depend on the tokens goes with the first stage, which is not upsampled.
            let mut constant = if stage == 0 { offset.clone() } else { vec![0.0; width] };
            let factor = Matrix::new(&bias, width, 1, 1);
            multiply(MatrixMut::new(&mut constant, width, 1, 1), of_stage, factor, true);
            shares.push(Linear::new(share, constant));
        }
        let weights = read("decode_head.classifier.weight", &[CLASSES, width, 1, 1])?;
        let classifier = Linear::new(weights, read("decode_head.classifier.bias", &[CLASSES])?);
        Ok(Self { shares, classifier })
    }

    /// The logits at the first stage's size from the tokens of all stages; once the token is cancelled, of no more rows.
    pub(super) fn forward(&self, stages: &[Tokens], token: &CancelToken) -> Tokens {
        let (first, width) = (&stages[0], self.classifier_width());
        let coarse: Vec<Tokens> =
            stages[1..].iter().zip(&self.shares[1..]).map(|(tokens, share)| share.apply(tokens)).collect();
        let columns: Vec<Vec<Between>> =
            coarse.iter().map(|map| between(first.width(), map.width())).collect();
        let rows: Vec<Vec<Between>> =
            coarse.iter().map(|map| between(first.height(), map.height())).collect();

        let mut logits = Tokens::zeros(first.height(), first.width(), CLASSES);
        let rows_a_band = (BAND / first.width()).max(1);
        let band = rows_a_band * first.width();
        logits.data_mut().par_chunks_mut(band * CLASSES).enumerate().for_each(|(number, logits)| {
            if token.is_cancelled() {
                return;
            }
            let count = logits.len() / CLASSES;
            with_scratch(count * width, |fused| {
                fused.fill(0.0);
                let tokens = &first.data()[number * band * first.channels()..][..count * first.channels()];
                self.shares[0].add_to(tokens, fused);
                for (r, row) in fused.chunks_exact_mut(first.width() * width).enumerate() {
                    for ((map, rows), columns) in coarse.iter().zip(&rows).zip(&columns) {
                        let Between { low, high, share } = rows[number * rows_a_band + r];
                        add_upsampled(row, [map.row(low), map.row(high)], share, columns);
                    }
                    // Not `f32::max`, whose care for NaN costs more than the comparison.
                    row.iter_mut().for_each(|value| *value = if *value > 0.0 { *value } else { 0.0 });
                }
                self.classifier.add_to(fused, logits);
            });
        });
        logits
    }

    fn classifier_width(&self) -> usize {
        self.shares[0].outputs()
    }
}

/// A place between two samples: (1 − share) · low + share · high.
#[derive(Clone, Copy, Debug)]
struct Between {
    low: usize,
    high: usize,
    share: f32,
}

/// Where `fine` samples lie among `coarse` ones whose ends are the same (bilinear with `align_corners=False`).
fn between(fine: usize, coarse: usize) -> Vec<Between> {
    let place = |at: usize| {
        let place = ((at as f64 + 0.5) * coarse as f64 / fine as f64 - 0.5).max(0.0);
        let low = (place as usize).min(coarse - 1);
        Between { low, high: (low + 1).min(coarse - 1), share: (place - low as f64) as f32 }
    };
    (0..fine).map(place).collect()
}

/// Adds a row between two rows of a coarser map.
#[multiversion(targets("x86_64+avx512f+avx512vl+fma", "x86_64+avx2+fma", "aarch64+neon"))]
fn add_upsampled(output: &mut [f32], rows: [&[f32]; 2], share: f32, columns: &[Between]) {
    let channels = output.len() / columns.len();
    for (token, column) in output.chunks_exact_mut(channels).zip(columns) {
        let [low, high] = [column.low, column.high].map(|x| rows.map(|row| &row[x * channels..][..channels]));
        let weights = [(1.0 - column.share) * (1.0 - share), (1.0 - column.share) * share];
        let more = [column.share * (1.0 - share), column.share * share];
        for (c, value) in token.iter_mut().enumerate() {
            *value +=
                weights[0] * low[0][c] + weights[1] * low[1][c] + more[0] * high[0][c] + more[1] * high[1][c];
        }
    }
}
