//! A network's convolutions on the GPU, and whether photos of a size fit there.

use std::sync::Arc;

use wgpu::Buffer;

use super::Gpu;
use super::map::{padded, quads};
use super::pass::Pass;
use super::passage::GpuPassage;
use crate::features::convolutions::{Convolution, Convolutions, FeatureTerm, Passage, Seen};
use crate::features::normalisation::Normalisation;
use crate::kernels::Kernel;
use crate::watch::CancelToken;
use crate::{MachineError, Planes};

/// The convolutions, their weights on the GPU.
#[derive(Debug)]
pub(super) struct OnGpu {
    pub(super) gpu: Arc<Gpu>,
    pub(super) normalisation: Normalisation,
    pub(super) layers: Vec<GpuLayer>,
    /// Why the weights could not be put on the GPU, if they could not.
    problem: Option<String>,
}

/// A convolution with bias and ReLU.
#[derive(Debug)]
pub(super) struct GpuLayer {
    /// Whether a 2×2 max pooling comes before it.
    pub(super) pooled: bool,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) forward: Buffer,
    /// Takes a gradient by its output to one by its input.
    pub(super) backward: Buffer,
    pub(super) bias: Buffer,
}

impl OnGpu {
    /// None yet.
    pub(super) fn new(gpu: Arc<Gpu>, normalisation: Normalisation) -> Self {
        Self { gpu, normalisation, layers: Vec::new(), problem: None }
    }

    /// Whether the maps of a `height × width` photo fit, on the way to the taps at `convolutions` and back; else why not.
    fn try_maps(&self, height: usize, width: usize, convolutions: &[usize]) -> Result<(), String> {
        if let Some(problem) = &self.problem {
            return Err(problem.clone());
        }
        let depth = convolutions.iter().max().map_or(0, |deepest| deepest + 1);
        let (mut h, mut w, limit) = (height, width, self.gpu.largest_buffer());
        for layer in &self.layers[..depth] {
            if layer.pooled {
                (h, w) = (h / 2, w / 2);
            }
            let bytes = 4 * (h * w * padded(layer.outputs.max(layer.inputs))) as u64;
            if bytes > limit {
                return Err(format!("one map has {bytes} bytes, the GPU takes {limit}"));
            }
        }
        self.gpu.attempt(|| {
            let pass = Pass::new(self, height, width, depth);
            let whole = |&convolution: &usize| FeatureTerm::Gram {
                convolution,
                weights: vec![1.0; pass.features[convolution].area()],
            };
            let terms: Vec<FeatureTerm> = convolutions.iter().map(whole).collect();
            GpuPassage::new(self, pass, &terms, &CancelToken::new());
        })
    }
}

impl Convolutions for OnGpu {
    fn push(&mut self, convolution: Convolution) {
        let Convolution { pooled, inputs, outputs, weights, bias } = convolution;
        let forward = pack(&weights, outputs, inputs);
        let backward = pack(&Kernel::rotated(&weights, outputs, inputs), inputs, outputs);
        let mut filled = vec![0.0; padded(outputs)];
        filled[..outputs].copy_from_slice(&bias);
        let upload = || [&forward, &backward, &filled].map(|values| self.gpu.upload(values));
        let uploaded = self.gpu.attempt(upload);
        let [forward, backward, bias] = uploaded.unwrap_or_else(|reason| {
            self.problem.get_or_insert(reason);
            [(); 3].map(|()| self.gpu.allocate(0))
        });
        self.layers.push(GpuLayer { pooled, inputs, outputs, forward, backward, bias });
    }

    fn look(&self, photo: &Planes, wanted: &[usize], _: &CancelToken) -> Arc<dyn Seen> {
        let depth = wanted.iter().max().map_or(0, |deepest| deepest + 1);
        let pass = Pass::new(self, photo.height(), photo.width(), depth);
        pass.forward(photo);
        Arc::new(pass.keep(wanted))
    }

    fn passage(
        self: Arc<Self>,
        photo: &Planes,
        terms: Vec<FeatureTerm>,
        token: &CancelToken,
    ) -> Box<dyn Passage> {
        let pass = Pass::new(&self, photo.height(), photo.width(), FeatureTerm::depth(&terms));
        if terms.iter().any(|term| matches!(term, FeatureTerm::Difference { .. })) {
            pass.forward(photo);
        }
        Box::new(GpuPassage::new(&self, pass, &terms, token))
    }

    fn check_fits(
        &self,
        height: usize,
        width: usize,
        tapped: &[usize],
        _: Option<u64>,
    ) -> Result<(), MachineError> {
        let gpu = || self.gpu.name().to_owned();
        let too_small = |reason| MachineError::GpuTooSmall { gpu: gpu(), height, width, reason };
        self.try_maps(height, width, tapped).map_err(too_small)
    }

    fn check_sound(&self) -> Result<(), MachineError> {
        let failed = |reason| MachineError::GpuFailed { gpu: self.gpu.name().to_owned(), reason };
        self.gpu.failure().map_or(Ok(()), |reason| Err(failed(reason)))
    }

    fn gpu_name(&self) -> Option<&str> {
        Some(self.gpu.name())
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
