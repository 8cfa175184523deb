//! y = W·x + b of every token.

use rayon::prelude::*;

use super::ReadTensor;
use super::{BAND, Tokens};
use crate::Result;
use crate::kernels::{Matrix, MatrixMut, multiply};

/// A dense layer.
#[derive(Debug)]
pub(crate) struct Linear {
    inputs: usize,
    outputs: usize,
    /// W, outputs × inputs, row-major.
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Linear {
    pub(crate) fn new(weights: Vec<f32>, bias: Vec<f32>) -> Self {
        let (inputs, outputs) = (weights.len() / bias.len(), bias.len());
        assert_eq!(weights.len(), inputs * outputs, "weights of a dense layer");
        Self { inputs, outputs, weights, bias }
    }

    pub(crate) fn load(read: &mut ReadTensor<'_>, key: &str, inputs: usize, outputs: usize) -> Result<Self> {
        let weights = read(&format!("{key}.weight"), &[outputs, inputs])?;
        Ok(Self::new(weights, read(&format!("{key}.bias"), &[outputs])?))
    }

    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// The layer whose results are `factor` times this one's.
    pub(crate) fn scaled(mut self, factor: f32) -> Self {
        self.weights.iter_mut().chain(&mut self.bias).for_each(|value| *value *= factor);
        self
    }

    pub(crate) fn apply(&self, input: &Tokens) -> Tokens {
        let mut output = Tokens::zeros(input.height(), input.width(), self.outputs);
        self.add(input, &mut output);
        output
    }

    /// Adds the result to `output`: the way of a residual connection.
    pub(crate) fn add(&self, input: &Tokens, output: &mut Tokens) {
        assert_eq!(input.count(), output.count(), "a token for each token");
        assert_eq!((input.channels(), output.channels()), (self.inputs, self.outputs), "widths of a layer");
        let inputs = input.data().par_chunks(BAND * self.inputs);
        let outputs = output.data_mut().par_chunks_mut(BAND * self.outputs);
        inputs.zip(outputs).for_each(|(input, output)| self.add_to(input, output));
    }

    /// [`Linear::add`] for a few tokens, on the calling thread.
    pub(crate) fn add_to(&self, input: &[f32], output: &mut [f32]) {
        let (inputs, outputs) = (self.inputs, self.outputs);
        for token in output.chunks_exact_mut(outputs) {
            token.iter_mut().zip(&self.bias).for_each(|(value, bias)| *value += bias);
        }
        let count = output.len() / outputs;
        multiply(
            MatrixMut::new(output, count, outputs, outputs),
            Matrix::new(input, count, inputs, inputs),
            Matrix::new(&self.weights, outputs, inputs, inputs).transposed(),
            true,
        );
    }
}
