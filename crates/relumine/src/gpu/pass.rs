//! A photo's way through a network on the GPU: forward to the taps.

use std::borrow::Cow;
use std::sync::Arc;

use rayon::prelude::*;

use super::commands::{Command, Finish};
use super::map::{Map, padded};
use super::quadratic::Quadratic;
use super::{Gpu, OnGpu};
use crate::Planes;
use crate::features::convolutions::Seen;
use crate::features::normalisation::Normalisation;
use crate::kernels::{FeatureMap, Symmetric};
use crate::watch::CancelToken;

/// The maps of one photo size, allocated once and used by every evaluation.
#[derive(Debug)]
pub(super) struct Pass {
    pub(super) gpu: Arc<Gpu>,
    pub(super) normalisation: Normalisation,
    pub(super) input: Map,
    /// Outputs of the convolutions, after their ReLU.
    pub(super) features: Vec<Map>,
    /// For convolutions after a pooling, their input.
    pub(super) pooled: Vec<Option<Map>>,
    commands: Vec<Command>,
}

impl Pass {
    /// Maps for photos of `height × width`, through the first `depth` convolutions.
    ///
    /// # Panics
    /// If the network has fewer convolutions.
    pub(super) fn new(network: &OnGpu, height: usize, width: usize, depth: usize) -> Self {
        let gpu = Arc::clone(&network.gpu);
        let input = Map::zeros(&gpu, height, width, 3);
        let (mut features, mut pooled, mut commands) = (Vec::<Map>::new(), Vec::new(), Vec::new());
        for layer in &network.layers[..depth] {
            let below = features.last().unwrap_or(&input);
            let halved =
                layer.pooled.then(|| Map::zeros(&gpu, below.height / 2, below.width / 2, layer.inputs));
            commands.extend(halved.iter().map(|halved| gpu.pool(below, halved)));
            let below = halved.as_ref().unwrap_or(below);
            let output = Map::zeros(&gpu, below.height, below.width, layer.outputs);
            let finish = Finish::Activate { bias: &layer.bias };
            commands.push(gpu.convolve(below, &layer.forward, &output, &finish));
            pooled.push(halved);
            features.push(output);
        }
        let normalisation = network.normalisation.clone();
        Self { gpu, normalisation, input, features, pooled, commands }
    }

    /// Takes a photo, 3×H×W in 0..1, through the network.
    pub(super) fn forward(&self, photo: &Planes) {
        let size = (photo.channels(), photo.height(), photo.width());
        assert_eq!(size, (3, self.input.height, self.input.width), "shape of a photo that enters a network");
        let pitch = padded(3);
        let mut entered = vec![0.0; self.input.values()];
        entered.par_chunks_mut((pitch * photo.width()).max(1)).enumerate().for_each(|(y, row)| {
            self.normalisation.enter(photo, y, pitch, row);
        });
        self.gpu.write(&self.input.buffer, &entered);
        self.gpu.run(&self.commands);
    }

    /// The outputs of some convolutions alone.
    pub(super) fn keep(self, wanted: &[usize]) -> GpuKept {
        let numbered = self.features.into_iter().enumerate();
        GpuKept { gpu: self.gpu, maps: numbered.map(|(k, map)| wanted.contains(&k).then_some(map)).collect() }
    }
}

/// The outputs that were wanted, by the numbers of their convolutions.
#[derive(Debug)]
pub(super) struct GpuKept {
    gpu: Arc<Gpu>,
    maps: Vec<Option<Map>>,
}

impl GpuKept {
    fn of(&self, convolution: usize) -> &Map {
        let map = self.maps.get(convolution).and_then(Option::as_ref);
        map.unwrap_or_else(|| panic!("the output of convolution {convolution} was not wanted"))
    }
}

impl Seen for GpuKept {
    fn gram(&self, convolution: usize, weights: &[f32], _: &CancelToken) -> Symmetric {
        let (gpu, features) = (&self.gpu, self.of(convolution));
        let quadratic = Quadratic::new(gpu, features, weights, 0);
        let sums = gpu.allocate(4 * quadratic.parts() * quadratic.size());
        let matrix = gpu.allocate(4 * quadratic.size());
        gpu.run(&gpu.gram(features, &quadratic, &sums, &matrix));
        quadratic.of(&gpu.read(&matrix, 4 * quadratic.size()))
    }

    fn map(&self, convolution: usize) -> Cow<'_, FeatureMap> {
        let map = self.of(convolution);
        let values = self.gpu.read(&map.buffer, map.values());
        let mut out = FeatureMap::zeros(map.height, map.width, map.channels);
        let (channels, pitch) = (map.channels, out.pitch());
        let rows = values.chunks_exact((map.width * padded(channels)).max(1));
        for (row, values) in out.framed_rows_mut().chunks_exact_mut(pitch).zip(rows) {
            let inside = row[channels..pitch - channels].chunks_exact_mut(channels);
            for (position, filled) in inside.zip(values.chunks_exact(padded(channels))) {
                position.copy_from_slice(&filled[..channels]);
            }
        }
        Cow::Owned(out)
    }
}
