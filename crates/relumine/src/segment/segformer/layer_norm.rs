//! Layer normalisation of every token: (x − mean) / √(variance + ε) · γ + β.
//!
//! Source: Ba, Kiros, Hinton, *Layer Normalization*, 2016. ε is that of the `transformers` package, 1e-5; the
//! authors' code has 1e-6.

use multiversion::multiversion;
use rayon::prelude::*;

use crate::Result;
use crate::layers::ReadTensor;
use crate::layers::{BAND, Tokens};

const EPSILON: f32 = 1e-5;
/// Partial sums that are kept side by side.
const LANES: usize = 16;

#[derive(Debug)]
pub(super) struct LayerNorm {
    gain: Vec<f32>,
    offset: Vec<f32>,
}

impl LayerNorm {
    pub(super) fn load(read: &mut ReadTensor<'_>, key: &str, channels: usize) -> Result<Self> {
        let gain = read(&format!("{key}.weight"), &[channels])?;
        Ok(Self { gain, offset: read(&format!("{key}.bias"), &[channels])? })
    }

    pub(super) fn apply(&self, mut tokens: Tokens) -> Tokens {
        let channels = tokens.channels();
        assert_eq!(channels, self.gain.len(), "width of a normalisation");
        tokens
            .data_mut()
            .par_chunks_mut(BAND * channels)
            .for_each(|band| normalise(band, &self.gain, &self.offset));
        tokens
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+fma", "x86_64+avx2+fma", "aarch64+neon"))]
fn normalise(tokens: &mut [f32], gain: &[f32], offset: &[f32]) {
    let channels = gain.len();
    for token in tokens.chunks_exact_mut(channels) {
        let mean = sum(token, |v| v) / channels as f32;
        let variance = sum(token, |v| (v - mean) * (v - mean)) / channels as f32;
        let scale = (variance + EPSILON).sqrt().recip();
        for ((value, gain), offset) in token.iter_mut().zip(gain).zip(offset) {
            *value = (*value - mean) * scale * gain + offset;
        }
    }
}

#[inline(always)]
fn sum(values: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let (blocks, rest) = values.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for block in blocks {
        for (sum, value) in sums.iter_mut().zip(block) {
            *sum += term(*value);
        }
    }
    let rest: f32 = rest.iter().map(|v| term(*v)).sum();
    sums.iter().sum::<f32>() + rest
}
