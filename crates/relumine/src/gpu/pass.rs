//! A photo's way through a network on the GPU: forward to the taps.

use wgpu::Buffer;

use super::Convolutions;
use super::kernels::{Finish, Quadratic, Step};
use super::map::{Map, padded};
use crate::kernels::Symmetric;

/// The maps of one photo size, allocated once and used by every evaluation.
#[derive(Debug)]
pub(crate) struct Pass<'n> {
    pub(super) network: &'n Convolutions,
    pub(super) input: Map,
    /// Outputs of the convolutions, after their ReLU.
    pub(super) features: Vec<Map>,
    /// For convolutions after a pooling, their input.
    pub(super) pooled: Vec<Option<Map>>,
    steps: Vec<Step>,
}

impl<'n> Pass<'n> {
    /// Maps for photos of `height × width`, through the first `depth` convolutions.
    ///
    /// # Panics
    /// If the network has fewer convolutions.
    pub(crate) fn new(network: &'n Convolutions, height: usize, width: usize, depth: usize) -> Self {
        let gpu = network.gpu();
        let input = Map::zeros(gpu, height, width, 3);
        let (mut features, mut pooled, mut steps) = (Vec::<Map>::new(), Vec::new(), Vec::new());
        for layer in &network.layers[..depth] {
            let below = features.last().unwrap_or(&input);
            let halved =
                layer.pooled.then(|| Map::zeros(gpu, below.height / 2, below.width / 2, layer.inputs));
            steps.extend(halved.iter().map(|halved| gpu.pool(below, halved)));
            let below = halved.as_ref().unwrap_or(below);
            let output = Map::zeros(gpu, below.height, below.width, layer.outputs);
            steps.push(gpu.convolve(below, &layer.forward, &output, &Finish::Activate { bias: &layer.bias }));
            pooled.push(halved);
            features.push(output);
        }
        Self { network, input, features, pooled, steps }
    }

    /// Height and width of the output of the convolution with this number.
    pub(crate) fn size(&self, convolution: usize) -> (usize, usize) {
        (self.features[convolution].height, self.features[convolution].width)
    }

    /// Channels of the output of the convolution with this number.
    pub(crate) fn channels(&self, convolution: usize) -> usize {
        self.features[convolution].channels
    }

    /// Takes a photo through the network, given as height × width × 3 values in the network's own units.
    pub(crate) fn forward(&self, photo: &[f32]) {
        assert_eq!(photo.len(), 3 * self.input.area(), "values of the photo of a pass");
        let gpu = self.network.gpu();
        let filled: Vec<f32> = photo.as_chunks().0.iter().flat_map(|[a, b, c]| [*a, *b, *c, 0.0]).collect();
        gpu.write(&self.input.buffer, &filled);
        gpu.run(&self.steps);
    }

    /// A copy of the output of the convolution with this number, to stay on the GPU.
    pub(crate) fn keep(&self, convolution: usize) -> Buffer {
        let map = &self.features[convolution];
        self.network.gpu().copy(&map.buffer, map.values())
    }

    /// Σ_p w_p f_p f_pᵀ over the output of the convolution with this number, a weight a position.
    pub(crate) fn gram(&self, convolution: usize, weights: &[f32]) -> Symmetric {
        let (gpu, features) = (self.network.gpu(), &self.features[convolution]);
        let term = self.quadratic(convolution, weights, 0);
        let sums = gpu.allocate(4 * term.parts() * term.size());
        let matrix = gpu.allocate(4 * term.size());
        gpu.run(&gpu.gram(features, &term, &sums, &matrix));
        symmetric(&gpu.read(&matrix, 4 * term.size()), features.channels)
    }

    /// A sum over the positions with a weight above zero, its matrix starting at quad `offset` among all.
    pub(super) fn quadratic(&self, convolution: usize, weights: &[f32], offset: usize) -> Quadratic {
        let features = &self.features[convolution];
        assert_eq!(weights.len(), features.area(), "one weight a position");
        let listed = weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0);
        let listed: Vec<[u32; 2]> = listed.map(|(p, weight)| [p as u32, weight.to_bits()]).collect();
        let (gpu, count) = (self.network.gpu(), listed.len());
        Quadratic { channels: features.channels, listed: gpu.upload(&listed), count, offset }
    }
}

/// The first `channels` rows and columns of a matrix that was filled up to quads, made symmetric to the last bit.
pub(super) fn symmetric(matrix: &[f32], channels: usize) -> Symmetric {
    let pitch = padded(channels);
    let at = |i: usize, j: usize| f64::from(matrix[i * pitch + j]);
    let mean = |k: usize| 0.5 * (at(k / channels, k % channels) + at(k % channels, k / channels));
    Symmetric::new(channels, (0..channels * channels).map(mean).collect())
}
