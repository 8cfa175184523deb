//! Pictures' way through a network on the CPU: forward to the taps, and back with the gradient of a function of them.
//!
//! PassageMaps and gradients are allocated once. What an evaluation allocates are the C×C matrices of Gram terms and lists of
//! positions, which are small beside them.

use std::sync::Arc;

use rayon::prelude::*;

use super::OnCpu;
use super::difference::Difference;
use crate::Planes;
use crate::features::convolutions::{FeatureTerm, Passage};
use crate::kernels::{
    FeatureMap, Symmetric, add_quadratic_gradient, close_relu, close_row, max_pool, max_pool_backward,
    weighted_gram,
};
use crate::watch::CancelToken;

/// The maps of one picture size, and what is compared.
#[derive(Debug)]
pub(super) struct CpuPassage {
    network: Arc<OnCpu>,
    comparisons: Vec<(usize, Comparison)>,
    token: CancelToken,
    input: FeatureMap,
    /// Outputs of the convolutions, after their ReLU.
    features: Vec<FeatureMap>,
    /// For convolutions after a pooling, their input.
    pooled: Vec<Option<FeatureMap>>,
    input_gradient: FeatureMap,
    /// Gradients by the arguments of the ReLUs, which layers share as `slots` says.
    gradients: Vec<FeatureMap>,
    slots: Vec<usize>,
}

/// A term with what it is compared to.
#[derive(Debug)]
enum Comparison {
    /// Of the Gram matrix under these weights.
    Gram(Vec<f32>),
    Difference(Difference),
}

impl CpuPassage {
    /// For pictures of the size of `photo`, with whose features differences are taken.
    pub(super) fn new(
        network: Arc<OnCpu>,
        photo: &Planes,
        terms: Vec<FeatureTerm>,
        token: &CancelToken,
    ) -> Self {
        let depth = FeatureTerm::depth(&terms);
        network.layers[..depth].par_iter().for_each(|layer| {
            layer.backward();
        });
        let maps = network.maps(photo.height(), photo.width(), depth);
        let mut passage = Self {
            comparisons: Vec::with_capacity(terms.len()),
            token: token.clone(),
            input: maps.input.zeros(),
            features: maps.features.iter().map(|shape| shape.zeros()).collect(),
            pooled: maps.pooled.iter().map(|shape| shape.map(|shape| shape.zeros())).collect(),
            input_gradient: maps.input.zeros(),
            gradients: maps.gradients.iter().map(|shape| shape.zeros()).collect(),
            slots: maps.slots,
            network,
        };
        if terms.iter().any(|term| matches!(term, FeatureTerm::Difference { .. })) {
            passage.forward(photo);
        }
        for term in terms {
            passage.comparisons.push(match term {
                FeatureTerm::Gram { convolution, weights } => (convolution, Comparison::Gram(weights)),
                FeatureTerm::Difference { convolution, factor, squared_metric } => {
                    let target = passage.features[convolution].clone();
                    (convolution, Comparison::Difference(Difference { factor, squared_metric, target }))
                }
            });
        }
        passage
    }

    /// Takes a picture to the taps.
    fn forward(&mut self, picture: &Planes) {
        self.network.enter(picture, &mut self.input);
        for (layer, convolution) in self.network.layers[..self.features.len()].iter().enumerate() {
            if self.token.is_cancelled() {
                return;
            }
            let (below, output) = self.features.split_at_mut(layer);
            let input = match (below.last(), &mut self.pooled[layer]) {
                (Some(below), Some(pooled)) => {
                    max_pool(below, pooled, &self.token);
                    &*pooled
                }
                (Some(below), None) => below,
                (None, _) => &self.input,
            };
            convolution.apply(input, &mut output[0], &self.token);
        }
    }

    /// Takes the gradients of all terms back to the picture of the last [`CpuPassage::forward`]. Gives the sum of the
    /// differences.
    fn backward(&mut self, compare: &mut dyn FnMut(usize, Symmetric) -> Symmetric) -> f64 {
        let Self { network, comparisons, token, features, pooled, gradients, slots, .. } = self;
        let depth = features.len();
        let layers = &network.layers[..depth];
        let mut differences = 0.0;
        for layer in (0..depth).rev() {
            if token.is_cancelled() {
                break;
            }
            let features = &features[layer];
            let tapped = || comparisons.iter().enumerate().filter(|(_, (at, _))| *at == layer);
            let starts = tapped().next().is_some();
            if starts || layer + 1 == depth {
                let gradient = &mut gradients[slots[layer]];
                gradient.clear();
                for (number, (_, comparison)) in tapped() {
                    match comparison {
                        Comparison::Gram(weights) => {
                            let derivative = compare(number, weighted_gram(features, weights, token));
                            add_quadratic_gradient(features, weights, &derivative, gradient, token);
                        }
                        Comparison::Difference(difference) => {
                            differences += difference.evaluate(features, gradient, token);
                        }
                    }
                }
            }
            let Some(above) = layers.get(layer + 1) else {
                close_relu(features, &mut gradients[slots[layer]]);
                continue;
            };
            let [gradient, upstream] = gradients
                .get_disjoint_mut([slots[layer], slots[layer + 1]])
                .expect("neighbouring layers never share a gradient");
            if let Some(pooled) = &mut pooled[layer + 1] {
                // What was pooled is needed no more: its place takes the gradient.
                above.backward().convolve(upstream, pooled, false, token, |_, _| ());
                max_pool_backward(features, pooled, gradient, starts, token);
            } else {
                above.backward().convolve(upstream, gradient, starts, token, |y, row| {
                    close_row(row, features.row(y));
                });
            }
        }
        differences
    }
}

impl Passage for CpuPassage {
    fn evaluate(
        &mut self,
        picture: &Planes,
        compare: &mut dyn FnMut(usize, Symmetric) -> Symmetric,
        gradient: &mut Planes,
    ) -> f64 {
        let size = (gradient.channels(), gradient.height(), gradient.width());
        assert_eq!(size, (3, self.input.height(), self.input.width()), "shape of a picture's gradient");
        self.forward(picture);
        let differences = self.backward(compare);
        if self.token.is_cancelled() {
            return differences;
        }
        if let (Some(layer), Some(slot)) = (self.network.layers.first(), self.slots.first()) {
            let bottom = &self.gradients[*slot];
            layer.backward().convolve(bottom, &mut self.input_gradient, false, &self.token, |_, _| ());
            self.network.normalisation.leave(|y| self.input_gradient.row(y), 3, gradient);
        }
        differences
    }
}
