//! Mix-FFN: x + W₂ · GELU(depthwise 3×3 (W₁ · x)). The convolution's zero padding tells tokens where they are.
//!
//! Source: the paper's eq. 3. GELU is the exact one, x Φ(x) (Hendrycks & Gimpel 2016), its error function from
//! Abramowitz & Stegun, *Handbook of Mathematical Functions*, 7.1.26 (error below 1.5e-7).

use multiversion::multiversion;
use rayon::prelude::*;

use crate::Result;
use crate::layers::Linear;
use crate::layers::ReadTensor;
use crate::layers::Tokens;
use crate::vector_math::exp;
use crate::watch::CancelToken;

#[derive(Debug)]
pub(super) struct MixFfn {
    widen: Linear,
    /// 9 taps × channels: rows of the kernel, columns, channels.
    taps: Vec<f32>,
    bias: Vec<f32>,
    narrow: Linear,
}

impl MixFfn {
    pub(super) fn load(
        read: &mut ReadTensor<'_>,
        prefix: &str,
        channels: usize,
        hidden: usize,
    ) -> Result<Self> {
        let widen = Linear::load(read, &format!("{prefix}.dense1"), channels, hidden)?;
        let stored = read(&format!("{prefix}.dwconv.dwconv.weight"), &[hidden, 1, 3, 3])?;
        let taps = (0..9 * hidden).map(|at| stored[at % hidden * 9 + at / hidden]).collect();
        let bias = read(&format!("{prefix}.dwconv.dwconv.bias"), &[hidden])?;
        let narrow = Linear::load(read, &format!("{prefix}.dense2"), hidden, channels)?;
        Ok(Self { widen, taps, bias, narrow })
    }

    /// Adds the result to `output`; once the token is cancelled, nothing.
    pub(super) fn add(&self, tokens: &Tokens, output: &mut Tokens, token: &CancelToken) {
        let hidden = self.widen.apply(tokens);
        if token.is_cancelled() {
            return;
        }
        let mut mixed = Tokens::zeros(hidden.height(), hidden.width(), hidden.channels());
        let pitch = hidden.width() * hidden.channels();
        mixed.data_mut().par_chunks_exact_mut(pitch).enumerate().for_each(|(y, row)| {
            let rows = [y.checked_sub(1), Some(y), Some(y + 1).filter(|y| *y < hidden.height())];
            mix(row, rows.map(|y| y.map(|y| hidden.row(y))), &self.taps, &self.bias);
        });
        drop(hidden);
        if token.is_cancelled() {
            return;
        }
        self.narrow.add(&mixed, output);
    }
}

/// A row of GELU(depthwise 3×3) from the rows above, at and below it.
#[multiversion(targets("x86_64+avx512f+avx512vl+fma", "x86_64+avx2+fma", "aarch64+neon"))]
fn mix(output: &mut [f32], rows: [Option<&[f32]>; 3], taps: &[f32], bias: &[f32]) {
    let channels = bias.len();
    let width = output.len() / channels;
    for (x, token) in output.chunks_exact_mut(channels).enumerate() {
        token.copy_from_slice(bias);
        for (ky, row) in rows.iter().enumerate() {
            let Some(row) = row else { continue };
            for kx in 0..3 {
                let at = x + kx;
                if (1..=width).contains(&at) {
                    let (input, taps) = (&row[(at - 1) * channels..], &taps[(ky * 3 + kx) * channels..]);
                    for ((value, input), tap) in token.iter_mut().zip(input).zip(taps) {
                        *value += tap * input;
                    }
                }
            }
        }
        for value in token.iter_mut() {
            *value = gelu(*value);
        }
    }
}

/// x Φ(x) with the normal distribution's Φ.
#[inline(always)]
fn gelu(x: f32) -> f32 {
    const A: [f32; 5] = [0.254_829_6, -0.284_496_74, 1.421_413_8, -1.453_152, 1.061_405_4];
    // Φ(−|x|) = erfc(|x|/√2) / 2, which does not cancel where it is small.
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let tail = 0.5 * ((((A[4] * t + A[3]) * t + A[2]) * t + A[1]) * t + A[0]) * t * exp(-z * z);
    // x Φ(x) = max(x, 0) − |x| Φ(−|x|).
    let positive = if x > 0.0 { x } else { 0.0 };
    positive - x.abs() * tail
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the series of Φ around 0 (Abramowitz & Stegun 26.2.11), which converges everywhere.
    fn exact(x: f64) -> f64 {
        let (mut term, mut sum) = (x, x);
        for n in 1..200 {
            term *= x * x / f64::from(2 * n + 1);
            sum += term;
        }
        x * (0.5 + sum * (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt())
    }

    #[test]
    fn gelu_is_the_exact_one() {
        for step in -6000..=6000 {
            let x = step as f32 * 1e-3;
            let error = (f64::from(gelu(x)) - exact(x.into())).abs();
            assert!(error < 4e-7, "{error:.1e} at {x}");
        }
        assert_eq!((gelu(-30.0), gelu(30.0)), (0.0, 30.0));
    }
}
