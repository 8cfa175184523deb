//! 3×3 convolution, stride 1, zero padding 1.
//!
//! Rows of a channels-last map are contiguous, so the three horizontal neighbours of a position are one run of
//! 3·C values and overlapping runs are a matrix with a row stride of C. A convolution is thus three matrix products a
//! band of rows, one for each vertical offset, and no patch is ever copied. Wide layers take [`Winograd`] instead, with a
//! quarter of the multiplications.
//!
//! The gradient by a convolution's input is itself a convolution, by the kernel rotated half a turn with its inputs and
//! outputs swapped ([`Kernel::adjoint`]).

use rayon::prelude::*;

use super::winograd::Winograd;
use super::{FeatureMap, Matrix, MatrixMut, multiply, share};
use crate::watch::CancelToken;

/// Values of output a band aims at: what three passes over it find in the second-level cache.
const BAND_VALUES: usize = 1 << 17;

/// Fewest channels on either side for which Winograd's transforms pay.
const WINOGRAD_CHANNELS: usize = 16;

/// The weights of a 3×3 convolution, laid out for the products.
#[derive(Clone, Debug)]
pub(crate) struct Kernel {
    inputs: usize,
    outputs: usize,
    method: Method,
}

#[derive(Clone, Debug)]
enum Method {
    /// For each vertical offset a matrix of 3·inputs × outputs.
    Direct(Vec<f32>),
    Winograd(Winograd),
}

impl Kernel {
    /// Takes `outputs × inputs × 3 × 3` weights in the order of PyTorch (OIHW).
    pub(crate) fn new(weights: &[f32], outputs: usize, inputs: usize) -> Self {
        assert_eq!(weights.len(), outputs * inputs * 9, "weights of a 3×3 convolution");
        if inputs.min(outputs) >= WINOGRAD_CHANNELS {
            Self { inputs, outputs, method: Method::Winograd(Winograd::new(weights, outputs, inputs)) }
        } else {
            Self::direct(weights, outputs, inputs)
        }
    }

    /// The kernel that takes a gradient by this convolution's output back to its input.
    pub(crate) fn adjoint(weights: &[f32], outputs: usize, inputs: usize) -> Self {
        Self::new(&Self::rotated(weights, outputs, inputs), inputs, outputs)
    }

    /// The weights (OIHW) of the adjoint: each kernel rotated half a turn, its input and output swapped.
    pub(crate) fn rotated(weights: &[f32], outputs: usize, inputs: usize) -> Vec<f32> {
        let mut rotated = vec![0.0; weights.len()];
        for (o, kernels) in weights.chunks_exact(inputs * 9).enumerate() {
            for (i, kernel) in kernels.chunks_exact(9).enumerate() {
                for (k, w) in kernel.iter().enumerate() {
                    rotated[(i * outputs + o) * 9 + 8 - k] = *w;
                }
            }
        }
        rotated
    }

    fn direct(weights: &[f32], outputs: usize, inputs: usize) -> Self {
        let mut packed = vec![0.0; weights.len()];
        for (o, kernels) in weights.chunks_exact(inputs * 9).enumerate() {
            for (i, kernel) in kernels.chunks_exact(9).enumerate() {
                for (k, w) in kernel.iter().enumerate() {
                    packed[(k * inputs + i) * outputs + o] = *w;
                }
            }
        }
        Self { inputs, outputs, method: Method::Direct(packed) }
    }

    /// Channels of the input.
    pub(crate) fn inputs(&self) -> usize {
        self.inputs
    }

    /// Channels of the output.
    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// Convolves `input` into `output`, or adds to it where it accumulates; `finish` is then handed each row of the
    /// output, by its number, while it is still in the cache. Once the token is cancelled, the bands that are left are not.
    pub(crate) fn convolve(
        &self,
        input: &FeatureMap,
        output: &mut FeatureMap,
        accumulate: bool,
        token: &CancelToken,
        finish: impl Fn(usize, &mut [f32]) + Sync,
    ) {
        assert_eq!(
            (input.channels(), output.channels()),
            (self.inputs, self.outputs),
            "channels of a convolution"
        );
        let size = (input.height(), input.width());
        assert_eq!(size, (output.height(), output.width()), "a convolution keeps its input's size");
        if output.area() == 0 {
            return;
        }
        match &self.method {
            Method::Direct(packed) => {
                self.convolve_directly(packed, input, output, accumulate, token, finish)
            }
            Method::Winograd(winograd) => winograd.convolve(input, output, accumulate, token, finish),
        }
    }

    fn convolve_directly(
        &self,
        packed: &[f32],
        input: &FeatureMap,
        output: &mut FeatureMap,
        accumulate: bool,
        token: &CancelToken,
        finish: impl Fn(usize, &mut [f32]) + Sync,
    ) {
        let (inputs, outputs, pitch) = (self.inputs, self.outputs, output.pitch());
        let rows_a_band = share(output.height(), (BAND_VALUES / pitch).max(1));
        let bands = output.framed_rows_mut().par_chunks_mut(pitch * rows_a_band);
        bands.enumerate().for_each(|(band, rows)| {
            if token.is_cancelled() {
                return;
            }
            let first = band * rows_a_band;
            // From the first position inside the frame to the last; the frame between rows gets nonsense, cleared below.
            let positions = rows.len() / outputs - 2;
            for dy in 0..3 {
                let run = Matrix::new(
                    &input.padded()[(first + dy) * input.pitch()..],
                    positions,
                    3 * inputs,
                    inputs,
                );
                let weights = Matrix::new(&packed[dy * 3 * inputs * outputs..], 3 * inputs, outputs, outputs);
                let out = MatrixMut::new(&mut rows[outputs..], positions, outputs, outputs);
                multiply(out, run, weights, accumulate || dy > 0);
            }
            for (r, row) in rows.chunks_exact_mut(pitch).enumerate() {
                row[..outputs].fill(0.0);
                row[pitch - outputs..].fill(0.0);
                finish(first + r, &mut row[outputs..pitch - outputs]);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(n: usize, seed: u32) -> Vec<f32> {
        let hash = |i: u32| {
            (i.wrapping_mul(2_654_435_761) ^ seed.wrapping_mul(40_503)).wrapping_mul(2_246_822_519) >> 8
        };
        (0..n as u32).map(|i| hash(i) as f32 / (1 << 23) as f32 - 1.0).collect()
    }

    fn map(height: usize, width: usize, channels: usize, seed: u32) -> FeatureMap {
        let mut map = FeatureMap::zeros(height, width, channels);
        for y in 0..height {
            map.row_mut(y).copy_from_slice(&values(width * channels, seed + y as u32));
        }
        map
    }

    /// The definition, in f64.
    fn plain(input: &FeatureMap, weights: &[f32], outputs: usize) -> Vec<f64> {
        let (h, w, inputs) = (input.height(), input.width(), input.channels());
        let mut out = vec![0.0; h * w * outputs];
        for (at, value) in out.iter_mut().enumerate() {
            let (y, x, o) = (at / outputs / w, at / outputs % w, at % outputs);
            for dy in 0..3 {
                for dx in 0..3 {
                    let (Some(sy), Some(sx)) = ((y + dy).checked_sub(1), (x + dx).checked_sub(1)) else {
                        continue;
                    };
                    if sy < h && sx < w {
                        for i in 0..inputs {
                            let weight = f64::from(weights[((o * inputs + i) * 3 + dy) * 3 + dx]);
                            *value += weight * f64::from(input.row(sy)[sx * inputs + i]);
                        }
                    }
                }
            }
        }
        out
    }

    fn interior(map: &FeatureMap) -> Vec<f32> {
        (0..map.height()).flat_map(|y| map.row(y).to_vec()).collect()
    }

    fn relative_error(found: &[f32], expected: &[f64]) -> f64 {
        let square = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>();
        let error = square(&mut found.iter().zip(expected).map(|(f, e)| f64::from(*f) - e));
        (error / square(&mut expected.iter().copied()).max(1e-30)).sqrt()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn both_methods_equal_the_definition(
            height in 1usize..11, width in 1usize..14, inputs in 1usize..40, outputs in 1usize..40, accumulate in any::<bool>(),
        ) {
            let weights = values(outputs * inputs * 9, 5);
            let input = map(height, width, inputs, 6);
            let before = map(height, width, outputs, 7);
            let mut expected = plain(&input, &weights, outputs);
            if accumulate {
                expected.iter_mut().zip(interior(&before)).for_each(|(e, b)| *e += f64::from(b));
            }
            let direct = Kernel::direct(&weights, outputs, inputs);
            let winograd = Kernel { inputs, outputs, method: Method::Winograd(Winograd::new(&weights, outputs, inputs)) };
            for (kernel, tolerance) in [(direct, 1e-6), (winograd, 4e-6)] {
                let mut out = before.clone();
                kernel.convolve(&input, &mut out, accumulate, &CancelToken::new(), |_, _| ());
                let error = relative_error(&interior(&out), &expected);
                prop_assert!(error < tolerance, "relative error {error:.1e}");
                let total: f32 = out.padded().iter().map(|v| v.abs()).sum();
                let inside: f32 = interior(&out).iter().map(|v| v.abs()).sum();
                prop_assert!((total - inside).abs() <= 1e-4 * inside, "the border stays zero");
            }
        }
    }

    #[test]
    fn the_adjoint_moves_a_convolution_across_an_inner_product() {
        for (inputs, outputs) in [(3, 5), (40, 33)] {
            let weights = values(outputs * inputs * 9, 1);
            let (x, y) = (map(7, 9, inputs, 2), map(7, 9, outputs, 3));
            let (mut ax, mut aty) = (FeatureMap::zeros(7, 9, outputs), FeatureMap::zeros(7, 9, inputs));
            Kernel::new(&weights, outputs, inputs).convolve(
                &x,
                &mut ax,
                false,
                &CancelToken::new(),
                |_, _| (),
            );
            Kernel::adjoint(&weights, outputs, inputs).convolve(
                &y,
                &mut aty,
                false,
                &CancelToken::new(),
                |_, _| (),
            );
            let dot = |a: &FeatureMap, b: &FeatureMap| -> f64 {
                interior(a).iter().zip(interior(b)).map(|(a, b)| f64::from(*a) * f64::from(b)).sum()
            };
            let (left, right) = (dot(&ax, &y), dot(&x, &aty));
            assert!((left - right).abs() < 1e-3, "{left} and {right}");
        }
    }

    #[test]
    fn every_row_is_finished_once() {
        let weights = values(32 * 32 * 9, 1);
        for kernel in [Kernel::new(&weights, 32, 32), Kernel::direct(&weights, 32, 32)] {
            let mut out = FeatureMap::zeros(11, 6, 32);
            kernel.convolve(&FeatureMap::zeros(11, 6, 32), &mut out, false, &CancelToken::new(), |y, row| {
                assert_eq!(row.len(), 6 * 32);
                row.iter_mut().for_each(|v| *v += y as f32 + 1.0);
            });
            assert!((0..11).all(|y| out.row(y).iter().all(|v| *v == y as f32 + 1.0)));
        }
    }

    #[test]
    fn what_is_cancelled_is_left() {
        let weights = values(32 * 32 * 9, 1);
        let token = CancelToken::new();
        token.cancel();
        for kernel in [Kernel::new(&weights, 32, 32), Kernel::direct(&weights, 32, 32)] {
            let mut out = map(11, 6, 32, 3);
            kernel.convolve(&map(11, 6, 32, 2), &mut out, true, &token, |_, _| {
                unreachable!("a row was finished")
            });
            assert_eq!(interior(&out), interior(&map(11, 6, 32, 3)));
        }
    }
}
