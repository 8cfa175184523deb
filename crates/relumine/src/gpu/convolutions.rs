//! A network's convolutions on the GPU, and whether photos of a size fit there.

use std::sync::Arc;

use wgpu::Buffer;

use super::map::{padded, quads};
use super::{Gpu, Pass, Term, WayBack};
use crate::MachineError;
use crate::kernels::rotated;

/// A sequential network's convolutions.
#[derive(Debug)]
pub(crate) struct Convolutions {
    pub(super) gpu: Arc<Gpu>,
    pub(super) layers: Vec<Layer>,
    /// Why the weights could not be put on the GPU, if they could not.
    problem: Option<String>,
}

/// A convolution with bias and ReLU.
#[derive(Debug)]
pub(super) struct Layer {
    /// Whether a 2×2 max pooling comes before it.
    pub(super) pooled: bool,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) forward: Buffer,
    /// Takes a gradient by its output to one by its input.
    pub(super) backward: Buffer,
    pub(super) bias: Buffer,
}

impl Convolutions {
    /// None yet.
    pub(crate) fn new(gpu: Arc<Gpu>) -> Self {
        Self { gpu, layers: Vec::new(), problem: None }
    }

    /// The GPU that they are on.
    pub(crate) fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// Adds one of `outputs × inputs × 3 × 3` weights (OIHW).
    pub(crate) fn push(
        &mut self,
        pooled: bool,
        weights: &[f32],
        outputs: usize,
        inputs: usize,
        bias: &[f32],
    ) {
        let forward = pack(weights, outputs, inputs);
        let backward = pack(&rotated(weights, outputs, inputs), inputs, outputs);
        let mut filled = vec![0.0; padded(outputs)];
        filled[..outputs].copy_from_slice(bias);
        let upload = || [&forward, &backward, &filled].map(|values| self.gpu.upload(values));
        let uploaded = self.gpu.attempt(upload);
        let [forward, backward, bias] = uploaded.unwrap_or_else(|reason| {
            self.problem.get_or_insert(reason);
            [(); 3].map(|()| self.gpu.allocate(0))
        });
        self.layers.push(Layer { pooled, inputs, outputs, forward, backward, bias });
    }

    /// Whether a 2×2 max pooling comes before the convolution with this number.
    pub(crate) fn is_pooled(&self, convolution: usize) -> bool {
        self.layers[convolution].pooled
    }

    /// Tries whether the maps of a `height × width` photo fit, on the way to the taps at `convolutions` and back.
    ///
    /// # Errors
    /// [`MachineError::GpuTooSmall`] where they do not.
    pub(crate) fn check_fits(
        &self,
        height: usize,
        width: usize,
        convolutions: &[usize],
    ) -> Result<(), MachineError> {
        let too_small =
            |reason| MachineError::GpuTooSmall { gpu: self.gpu.name().to_owned(), height, width, reason };
        let depth = convolutions.iter().max().map_or(0, |deepest| deepest + 1);
        if let Some(problem) = &self.problem {
            return Err(too_small(problem.clone()));
        }
        let (mut h, mut w, limit) = (height, width, self.gpu.largest_buffer());
        for layer in &self.layers[..depth] {
            if layer.pooled {
                (h, w) = (h / 2, w / 2);
            }
            let bytes = 4 * (h * w * padded(layer.outputs.max(layer.inputs))) as u64;
            if bytes > limit {
                return Err(too_small(format!("one map has {bytes} bytes, the GPU takes {limit}")));
            }
        }
        let attempt = || {
            let pass = Pass::new(self, height, width, depth);
            let whole = |&convolution: &usize| {
                let (h, w) = pass.size(convolution);
                Term { convolution, target: None, weights: vec![1.0; h * w] }
            };
            let terms = convolutions.iter().map(whole).collect();
            WayBack::new(pass, terms);
        };
        self.gpu.attempt(attempt).map_err(too_small)
    }
}

/// Weights (OIHW) in the order in which the kernel reads them: by quad of inputs, kernel position, input of the quad,
/// output. Inputs and outputs are filled up to quads with zeros.
fn pack(weights: &[f32], outputs: usize, inputs: usize) -> Vec<f32> {
    let pitch = padded(outputs);
    let mut packed = vec![0.0; quads(inputs) * 36 * pitch];
    for (o, kernels) in weights.chunks_exact(inputs * 9).enumerate() {
        for (i, kernel) in kernels.chunks_exact(9).enumerate() {
            for (k, weight) in kernel.iter().enumerate() {
                packed[((i / 4 * 9 + k) * 4 + i % 4) * pitch + o] = *weight;
            }
        }
    }
    packed
}
