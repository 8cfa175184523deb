//! Efficient self-attention: every token looks at a map of keys and values that a strided convolution has made smaller.
//!
//! softmax(Q Kᵀ / √d) V in each head, d channels a head (the paper's eq. 1 and 2; the convolution is Wang et al., *Pyramid
//! Vision Transformer*, ICCV 2021). Queries are taken in tiles, so that memory beside the tokens is a tile of scores a
//! thread, 128 × keys.

use multiversion::multiversion;
use rayon::prelude::*;

use super::layer_norm::LayerNorm;
use crate::Result;
use crate::kernels::{Matrix, MatrixMut, multiply, with_scratch};
use crate::layers::Linear;
use crate::layers::ReadTensor;
use crate::layers::StridedConvolution;
use crate::layers::{BAND, Tokens};
use crate::vector_math::exp;
use crate::watch::CancelToken;

/// Partial sums that are kept side by side.
const LANES: usize = 16;

#[derive(Debug)]
pub(super) struct Attention {
    heads: usize,
    /// Scaled by 1/√d.
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    reduction: Option<(StridedConvolution, LayerNorm)>,
}

impl Attention {
    pub(super) fn load(
        read: &mut ReadTensor<'_>,
        prefix: &str,
        channels: usize,
        heads: usize,
        ratio: usize,
    ) -> Result<Self> {
        let mut linear = |key: &str| Linear::load(read, &format!("{prefix}.{key}"), channels, channels);
        let scale = ((channels / heads) as f32).sqrt().recip();
        let (query, key) = (linear("self.query")?.scaled(scale), linear("self.key")?);
        let (value, output) = (linear("self.value")?, linear("output.dense")?);
        let reduction = if ratio > 1 {
            let convolution =
                StridedConvolution::reduction(read, &format!("{prefix}.self.sr"), channels, ratio)?;
            Some((convolution, LayerNorm::load(read, &format!("{prefix}.self.layer_norm"), channels)?))
        } else {
            None
        };
        Ok(Self { heads, query, key, value, output, reduction })
    }

    /// Adds what the tokens see to `output`; once the token is cancelled, whatever is there.
    pub(super) fn add(&self, tokens: &Tokens, output: &mut Tokens, token: &CancelToken) {
        let reduced =
            self.reduction.as_ref().map(|(convolution, norm)| norm.apply(convolution.apply(tokens)));
        let seen = reduced.as_ref().unwrap_or(tokens);
        let (mut queries, keys, values) =
            (self.query.apply(tokens), self.key.apply(seen), self.value.apply(seen));
        let channels = tokens.channels();
        // What a tile of queries has looked up takes the queries' own place.
        queries.data_mut().par_chunks_mut(BAND * channels).for_each(|tile| {
            if token.is_cancelled() {
                return;
            }
            with_scratch((tile.len() / channels) * (keys.count() + channels / self.heads), |scratch| {
                for head in 0..self.heads {
                    self.look_up(head, tile, &keys, &values, scratch);
                }
            });
        });
        self.output.add(&queries, output);
    }

    /// Replaces the queries of one head in a tile by the mean of the values that they attend to.
    fn look_up(&self, head: usize, tile: &mut [f32], keys: &Tokens, values: &Tokens, scratch: &mut [f32]) {
        let (channels, seen) = (keys.channels(), keys.count());
        let (depth, count) = (channels / self.heads, tile.len() / channels);
        let (scores, means) = scratch.split_at_mut(count * seen);
        let of_head = |data| Matrix::new(data, seen, depth, channels);
        multiply(
            MatrixMut::new(scores, count, seen, seen),
            Matrix::new(&tile[head * depth..], count, depth, channels),
            of_head(&keys.data()[head * depth..]).transposed(),
            false,
        );
        let mut sums = [0.0; BAND];
        for (row, sum) in scores.chunks_exact_mut(seen).zip(&mut sums) {
            *sum = exponentials(row);
        }
        multiply(
            MatrixMut::new(means, count, depth, depth),
            Matrix::new(scores, count, seen, seen),
            of_head(&values.data()[head * depth..]),
            false,
        );
        let rows = tile.chunks_exact_mut(channels).zip(means.chunks_exact(depth)).zip(&sums);
        for ((token, mean), sum) in rows {
            let scale = sum.recip();
            let token = &mut token[head * depth..][..depth];
            token.iter_mut().zip(mean).for_each(|(value, mean)| *value = mean * scale);
        }
    }
}

/// Replaces each score by e^(score − the largest); returns their sum.
#[multiversion(targets("x86_64+avx512f+avx512vl+fma", "x86_64+avx2+fma", "aarch64+neon"))]
fn exponentials(scores: &mut [f32]) -> f32 {
    let larger = |a: f32, b: f32| if a > b { a } else { b };
    let (blocks, rest) = scores.as_chunks::<LANES>();
    let mut largest = [f32::NEG_INFINITY; LANES];
    for block in blocks {
        for (largest, score) in largest.iter_mut().zip(block) {
            *largest = larger(*largest, *score);
        }
    }
    let largest = largest.iter().chain(rest).fold(f32::NEG_INFINITY, |a, b| larger(a, *b));
    for score in scores.iter_mut() {
        *score = exp(*score - largest);
    }
    let (blocks, rest) = scores.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for block in blocks {
        for (sum, score) in sums.iter_mut().zip(block) {
            *sum += score;
        }
    }
    sums.iter().chain(rest).sum()
}
