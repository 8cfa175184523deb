//! Strided k×k convolutions with zero padding, as one product of gathered patches (im2col) a band of rows.
//!
//! They embed overlapping patches (7×7 by 4, 3×3 by 2, padding k/2) and reduce the map of keys and values (r×r by r, no
//! padding).

use rayon::prelude::*;

use super::ReadTensor;
use super::{BAND, Tokens};
use crate::Result;
use crate::kernels::{Matrix, MatrixMut, multiply, with_scratch};

#[derive(Debug)]
pub(crate) struct StridedConvolution {
    kernel: usize,
    stride: usize,
    padding: usize,
    inputs: usize,
    /// (k·k·inputs) × outputs, row-major; rows in the order of a patch's values.
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl StridedConvolution {
    /// Overlapping patches: the kernel is larger than the stride.
    pub(crate) fn patches(
        read: &mut ReadTensor<'_>,
        key: &str,
        [inputs, outputs]: [usize; 2],
        kernel: usize,
        stride: usize,
    ) -> Result<Self> {
        Self::load(read, key, [inputs, outputs], kernel, stride, kernel / 2)
    }

    /// One token for each whole r×r cell.
    pub(crate) fn reduction(
        read: &mut ReadTensor<'_>,
        key: &str,
        channels: usize,
        ratio: usize,
    ) -> Result<Self> {
        Self::load(read, key, [channels; 2], ratio, ratio, 0)
    }

    /// Any kernel, stride and padding.
    pub(crate) fn load(
        read: &mut ReadTensor<'_>,
        key: &str,
        [inputs, outputs]: [usize; 2],
        kernel: usize,
        stride: usize,
        padding: usize,
    ) -> Result<Self> {
        let stored = read(&format!("{key}.weight"), &[outputs, inputs, kernel, kernel])?;
        let area = kernel * kernel;
        let mut weights = vec![0.0; stored.len()];
        for (at, value) in stored.into_iter().enumerate() {
            let (output, input, tap) = (at / (area * inputs), at / area % inputs, at % area);
            weights[(tap * inputs + input) * outputs + output] = value;
        }
        let bias = read(&format!("{key}.bias"), &[outputs])?;
        Ok(Self { kernel, stride, padding, inputs, weights, bias })
    }

    pub(crate) fn apply(&self, input: &Tokens) -> Tokens {
        assert_eq!(input.channels(), self.inputs, "width of a convolution's input");
        let side = |n: usize| (n + 2 * self.padding - self.kernel) / self.stride + 1;
        let (outputs, patch) = (self.bias.len(), self.kernel * self.kernel * self.inputs);
        let mut output = Tokens::zeros(side(input.height()), side(input.width()), outputs);
        let width = output.width();
        let rows_a_band = (BAND / 2 / width).max(1);
        output.data_mut().par_chunks_mut(rows_a_band * width * outputs).enumerate().for_each(
            |(band, output)| {
                let count = output.len() / outputs;
                with_scratch(count * patch, |patches| {
                    for (p, patch) in patches.chunks_exact_mut(patch).enumerate() {
                        self.gather(input, band * rows_a_band + p / width, p % width, patch);
                    }
                    for token in output.chunks_exact_mut(outputs) {
                        token.copy_from_slice(&self.bias);
                    }
                    multiply(
                        MatrixMut::new(output, count, outputs, outputs),
                        Matrix::new(patches, count, patch, patch),
                        Matrix::new(&self.weights, patch, outputs, outputs),
                        true,
                    );
                });
            },
        );
        output
    }

    /// The values under the kernel at (y, x) of the output: row, column, channel; zero outside.
    fn gather(&self, input: &Tokens, y: usize, x: usize, patch: &mut [f32]) {
        let (kernel, channels) = (self.kernel, self.inputs);
        // Coordinates are those of the input with its padding.
        let (top, left) = (y * self.stride, x * self.stride);
        let first = self.padding.saturating_sub(left).min(kernel);
        let last = (input.width() + self.padding).saturating_sub(left).min(kernel);
        for (ky, row) in patch.chunks_exact_mut(kernel * channels).enumerate() {
            row.fill(0.0);
            let at = (top + ky).checked_sub(self.padding).filter(|at| *at < input.height());
            if let Some(at) = at {
                let start = (left + first - self.padding) * channels;
                let run = &input.row(at)[start..][..(last - first) * channels];
                row[first * channels..last * channels].copy_from_slice(run);
            }
        }
    }
}
