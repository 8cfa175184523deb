//! Which maps a passage through a network needs, by arithmetic alone: what is allocated, and what is checked beforehand.

use crate::kernels::FeatureMap;

/// The shape of a feature map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MapShape {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
}

impl MapShape {
    /// A map of zeros.
    pub(super) fn zeros(self) -> FeatureMap {
        FeatureMap::zeros(self.height, self.width, self.channels)
    }

    /// Bytes of such a map, its border included.
    fn bytes(self) -> u64 {
        let [height, width, channels] = [self.height + 2, self.width + 2, self.channels].map(|n| n as u64);
        height.saturating_mul(width).saturating_mul(channels).saturating_mul(size_of::<f32>() as u64)
    }
}

/// The shapes of a passage's maps.
#[derive(Debug)]
pub(super) struct PassageMaps {
    pub(super) input: MapShape,
    /// Outputs of the convolutions.
    pub(super) features: Vec<MapShape>,
    /// For convolutions after a pooling, their input.
    pub(super) pooled: Vec<Option<MapShape>>,
    /// Gradients by the arguments of the ReLUs. Layers of one shape take turns: see `slots`.
    pub(super) gradients: Vec<MapShape>,
    /// For each convolution the number of its gradient: every other layer of a block shares one.
    pub(super) slots: Vec<usize>,
}

impl PassageMaps {
    /// Of photos of `height × width`; for each convolution whether a pooling comes before it, its inputs and its outputs.
    pub(super) fn new(
        height: usize,
        width: usize,
        layers: impl Iterator<Item = (bool, usize, usize)>,
    ) -> Self {
        let input = MapShape { height, width, channels: 3 };
        let (mut features, mut pooled) = (Vec::<MapShape>::new(), Vec::new());
        let (mut height, mut width) = (height, width);
        for (halves, inputs, outputs) in layers {
            if halves {
                (height, width) = (height / 2, width / 2);
            }
            pooled.push(halves.then_some(MapShape { height, width, channels: inputs }));
            features.push(MapShape { height, width, channels: outputs });
        }
        let (mut gradients, mut slots): (Vec<MapShape>, _) = (Vec::new(), vec![0; features.len()]);
        for layer in (0..features.len()).rev() {
            slots[layer] = match slots.get(layer + 2) {
                Some(&slot) if gradients[slot] == features[layer] => slot,
                _ => {
                    gradients.push(features[layer]);
                    gradients.len() - 1
                }
            };
        }
        Self { input, features, pooled, gradients, slots }
    }

    /// Bytes of all maps, the gradient by the input included.
    pub(super) fn bytes(&self) -> u64 {
        let inputs = [self.input; 2];
        let shapes = inputs.iter().chain(&self.features).chain(self.pooled.iter().flatten());
        shapes.chain(&self.gradients).map(|shape| shape.bytes()).fold(0, u64::saturating_add)
    }
}
