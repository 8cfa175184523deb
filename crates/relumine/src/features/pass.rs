//! One photo's way through a network on the CPU: forward to the taps, and back from gradients by the taps to the photo.

use rayon::prelude::*;

use super::Network;
use crate::Planes;
use crate::kernels::{FeatureMap, add_bias_relu, close_relu, close_row, max_pool, max_pool_backward};

/// The maps of one photo size, allocated once and used by every evaluation.
#[derive(Debug)]
pub(crate) struct Workspace {
    input: FeatureMap,
    /// Outputs of the convolutions, after their ReLU.
    features: Vec<FeatureMap>,
    /// For convolutions after a pooling, their input.
    pooled: Vec<Option<FeatureMap>>,
    input_gradient: FeatureMap,
    /// Gradients by the arguments of the ReLUs. Layers of one shape take turns: see `slots`.
    gradients: Vec<FeatureMap>,
    /// For each convolution the number of its gradient: every other layer of a block shares one.
    slots: Vec<usize>,
}

impl Workspace {
    /// Maps for photos of `height × width`, through the first `depth` convolutions.
    ///
    /// # Panics
    /// If the network has fewer convolutions.
    pub(crate) fn new(network: &Network, height: usize, width: usize, depth: usize) -> Self {
        let (mut features, mut pooled): (Vec<FeatureMap>, Vec<_>) = (Vec::new(), Vec::new());
        let (mut h, mut w) = (height, width);
        for convolution in &network.on_cpu()[..depth] {
            if convolution.pooled {
                (h, w) = (h / 2, w / 2);
            }
            let inputs = convolution.forward.inputs();
            pooled.push(convolution.pooled.then(|| FeatureMap::zeros(h, w, inputs)));
            features.push(FeatureMap::zeros(h, w, convolution.forward.outputs()));
        }
        let (mut gradients, mut slots): (Vec<FeatureMap>, _) = (Vec::new(), vec![0; depth]);
        for layer in (0..depth).rev() {
            slots[layer] = match slots.get(layer + 2) {
                Some(&slot) if gradients[slot].same_shape(&features[layer]) => slot,
                _ => {
                    gradients.push(FeatureMap::zeros(
                        features[layer].height(),
                        features[layer].width(),
                        features[layer].channels(),
                    ));
                    gradients.len() - 1
                }
            };
        }
        let input = FeatureMap::zeros(height, width, 3);
        Self { input_gradient: input.clone(), input, features, pooled, gradients, slots }
    }

    /// The output of the convolution with this number, after its ReLU, as [`Workspace::forward`] left it.
    pub(crate) fn features(&self, convolution: usize) -> &FeatureMap {
        &self.features[convolution]
    }

    /// Takes 3×H×W colours in 0..1 through the network.
    pub(crate) fn forward(&mut self, network: &Network, rgb: &Planes) {
        self.enter(network, rgb);
        for (layer, convolution) in network.on_cpu()[..self.features.len()].iter().enumerate() {
            let (below, output) = self.features.split_at_mut(layer);
            let input = match (below.last(), &mut self.pooled[layer]) {
                (Some(below), Some(pooled)) => {
                    max_pool(below, pooled);
                    &*pooled
                }
                (Some(below), None) => below,
                (None, _) => &self.input,
            };
            convolution.forward.convolve(input, &mut output[0], false, |_, row| {
                add_bias_relu(row, &convolution.bias);
            });
        }
    }

    /// Takes gradients by the features back to the photo of the last [`Workspace::forward`], into 3×H×W `rgb`.
    ///
    /// `add` is asked at each convolution for which `tapped` says so to add the gradient by its features.
    pub(crate) fn backward(
        &mut self,
        network: &Network,
        tapped: impl Fn(usize) -> bool,
        mut add: impl FnMut(usize, &FeatureMap, &mut FeatureMap),
        rgb: &mut Planes,
    ) {
        let depth = self.features.len();
        for layer in (0..depth).rev() {
            let features = &self.features[layer];
            let starts = tapped(layer);
            if starts || layer + 1 == depth {
                let gradient = &mut self.gradients[self.slots[layer]];
                gradient.clear();
                add(layer, features, gradient);
            }
            let Some(above) = network.on_cpu()[..depth].get(layer + 1) else {
                close_relu(features, &mut self.gradients[self.slots[layer]]);
                continue;
            };
            let slots = [self.slots[layer], self.slots[layer + 1]];
            let [gradient, upstream] =
                self.gradients.get_disjoint_mut(slots).expect("neighbouring layers never share a gradient");
            if let Some(pooled) = &mut self.pooled[layer + 1] {
                // What was pooled is needed no more: its place takes the gradient.
                above.backward.convolve(upstream, pooled, false, |_, _| ());
                max_pool_backward(features, pooled, gradient, starts);
            } else {
                above.backward.convolve(upstream, gradient, starts, |y, row| close_row(row, features.row(y)));
            }
        }
        let bottom = &self.gradients[self.slots[0]];
        network.on_cpu()[0].backward.convolve(bottom, &mut self.input_gradient, false, |_, _| ());
        self.leave(network, rgb);
    }

    fn enter(&mut self, network: &Network, rgb: &Planes) {
        let size = (rgb.channels(), rgb.height(), rgb.width());
        assert_eq!(size, (3, self.input.height(), self.input.width()), "shape of the photo of a workspace");
        let (n, width, pitch) = (&network.normalisation, rgb.width(), self.input.pitch());
        let planes = n.source.map(|k| rgb.plane(k));
        self.input.framed_rows_mut().par_chunks_exact_mut(pitch).enumerate().for_each(|(y, row)| {
            for (x, position) in row[3..pitch - 3].chunks_exact_mut(3).enumerate() {
                for k in 0..3 {
                    position[k] = planes[k][y * width + x] * n.scale[k] + n.offset[k];
                }
            }
        });
    }

    fn leave(&self, network: &Network, rgb: &mut Planes) {
        assert_eq!(
            (rgb.height(), rgb.width()),
            (self.input.height(), self.input.width()),
            "shape of a photo's gradient"
        );
        let (n, width) = (&network.normalisation, rgb.width());
        for k in 0..3 {
            let plane = rgb.plane_mut(n.source[k]);
            plane.par_chunks_mut(width.max(1)).enumerate().for_each(|(y, row)| {
                for (out, position) in row.iter_mut().zip(self.input_gradient.row(y).chunks_exact(3)) {
                    *out = position[k] * n.scale[k];
                }
            });
        }
    }
}
