//! Pictures' way through a network on the GPU: forward to the Gram matrices of the taps, and back with the gradient of a
//! function of them, recorded once.
//!
//! A difference of features is such a function too: Σ_p (f_p − t_p)ᵀ M² (f_p − t_p) = ⟨M², Σ_p d_p d_pᵀ⟩ with d_p = f_p − t_p.

use wgpu::Buffer;

use super::OnGpu;
use super::commands::{Command, Finish};
use super::map::{Map, padded};
use super::pass::Pass;
use super::quadratic::Quadratic;
use crate::Planes;
use crate::features::convolutions::{FeatureTerm, Passage};
use crate::kernels::Symmetric;
use crate::watch::CancelToken;

/// A pass with its terms and the way back.
#[derive(Debug)]
pub(super) struct GpuPassage {
    pass: Pass,
    token: CancelToken,
    /// One a term.
    quadratics: Vec<Quadratic>,
    /// For differences twice their derivative by Σ_p d_p d_pᵀ, which is the same everywhere: c M².
    derivatives: Vec<Option<Symmetric>>,
    /// The terms' matrices, one after another.
    grams: Buffer,
    /// Twice the function's derivatives by them.
    factors: Buffer,
    input_gradient: Map,
    forth: Vec<Command>,
    back: Vec<Command>,
}

impl GpuPassage {
    /// Records what there is to do. Differences are taken to what the pass holds.
    ///
    /// # Panics
    /// If a term's weights are not one a position.
    pub(super) fn new(network: &OnGpu, pass: Pass, terms: &[FeatureTerm], token: &CancelToken) -> Self {
        let gpu = &pass.gpu;
        let (mut offset, mut forth) = (0, Vec::new());
        let (mut quadratics, mut differences, mut derivatives) = (Vec::new(), Vec::new(), Vec::new());
        for term in terms {
            let features = &pass.features[term.convolution()];
            let (weights, derivative, difference) = match term {
                FeatureTerm::Gram { weights, .. } => (weights, None, None),
                FeatureTerm::Difference { factor, squared_metric, .. } => {
                    let target =
                        Map { buffer: gpu.copy(&features.buffer, features.values()), ..features.clone() };
                    let difference = Map::zeros(gpu, features.height, features.width, features.channels);
                    forth.push(gpu.difference(features, &target, &difference));
                    let derivative = squared(squared_metric.as_deref(), features.channels).scaled(*factor);
                    (&vec![1.0; features.area()], Some(derivative), Some(difference))
                }
            };
            let quadratic = Quadratic::new(gpu, features, weights, offset);
            offset += quadratic.size();
            quadratics.push(quadratic);
            derivatives.push(derivative);
            differences.push(difference);
        }
        let (grams, factors) = (gpu.allocate(4 * offset), gpu.allocate(4 * offset));
        let sums = quadratics.iter().map(|quadratic| quadratic.parts() * quadratic.size()).max();
        let sums = gpu.allocate(4 * sums.unwrap_or(0));
        let compared = |k: usize| differences[k].as_ref().unwrap_or(&pass.features[terms[k].convolution()]);
        for (k, quadratic) in quadratics.iter().enumerate() {
            forth.extend(gpu.gram(compared(k), quadratic, &sums, &grams));
        }

        // Gradients by the arguments of the ReLUs: neighbouring layers take turns between two buffers.
        let depth = pass.features.len();
        let largest = pass.features.iter().map(Map::values).max().unwrap_or(0);
        let turns = [gpu.allocate(largest), gpu.allocate(largest)];
        let gradient =
            |layer: usize| Map { buffer: turns[layer % 2].clone(), ..pass.features[layer].clone() };
        let input_gradient = Map::zeros(gpu, pass.input.height, pass.input.width, 3);
        let mut back = Vec::new();
        for layer in (0..depth).rev() {
            let (features, below) = (&pass.features[layer], gradient(layer));
            let starts = terms.iter().any(|term| term.convolution() == layer);
            if starts || layer + 1 == depth {
                back.push(gpu.clear(&below));
            }
            for (k, quadratic) in
                quadratics.iter().enumerate().filter(|(k, _)| terms[*k].convolution() == layer)
            {
                back.push(gpu.spread(compared(k), quadratic, &factors, &below));
            }
            if layer + 1 == depth {
                back.push(gpu.gate(features, &below));
                continue;
            }
            let (upstream, kernel) = (gradient(layer + 1), &network.layers[layer + 1].backward);
            if let Some(pooled) = &pass.pooled[layer + 1] {
                // What was pooled is needed no more: its place takes the gradient.
                back.push(gpu.convolve(&upstream, kernel, pooled, &Finish::Plain));
                back.push(gpu.unpool(features, pooled, &below, starts));
            } else {
                let finish = Finish::Gate { activation: features, accumulate: starts };
                back.push(gpu.convolve(&upstream, kernel, &below, &finish));
            }
        }
        if let Some(bottom) = network.layers[..depth].first() {
            back.push(gpu.convolve(&gradient(0), &bottom.backward, &input_gradient, &Finish::Plain));
        }
        let token = token.clone();
        Self { pass, token, quadratics, derivatives, grams, factors, input_gradient, forth, back }
    }

    /// Numbers of all matrices together.
    fn values(&self) -> usize {
        self.quadratics.iter().map(|quadratic| 4 * quadratic.size()).sum()
    }
}

impl Passage for GpuPassage {
    fn evaluate(
        &mut self,
        picture: &Planes,
        compare: &mut dyn FnMut(usize, Symmetric) -> Symmetric,
        gradient: &mut Planes,
    ) -> f64 {
        let size = (gradient.channels(), gradient.height(), gradient.width());
        assert_eq!(size, (3, self.pass.input.height, self.pass.input.width), "shape of a picture's gradient");
        if self.token.is_cancelled() {
            return 0.0;
        }
        let gpu = &self.pass.gpu;
        self.pass.forward(picture);
        gpu.run(&self.forth);
        let grams = gpu.read(&self.grams, self.values());
        if self.token.is_cancelled() {
            return 0.0;
        }
        let (mut factors, mut differences) = (vec![0.0; self.values()], 0.0);
        for (term, (quadratic, derivative)) in self.quadratics.iter().zip(&self.derivatives).enumerate() {
            let gram = quadratic.of(&grams);
            match derivative {
                None => quadratic.place(&compare(term, gram), &mut factors),
                Some(derivative) => {
                    let product = derivative.values().iter().zip(gram.values()).map(|(d, g)| d * g);
                    differences += 0.5 * product.sum::<f64>();
                    quadratic.place(derivative, &mut factors);
                }
            }
        }
        gpu.write(&self.factors, &factors);
        gpu.run(&self.back);
        let left = gpu.read(&self.input_gradient.buffer, self.input_gradient.values());
        let pitch = padded(3);
        let width = self.input_gradient.width;
        self.pass.normalisation.leave(|y| &left[y * width * pitch..][..width * pitch], pitch, gradient);
        differences
    }
}

/// M², the identity where there is none.
fn squared(metric: Option<&[f32]>, channels: usize) -> Symmetric {
    let one = |at: usize| if at / channels == at % channels { 1.0 } else { 0.0 };
    let values = match metric {
        Some(values) => values.iter().map(|v| f64::from(*v)).collect(),
        None => (0..channels * channels).map(one).collect(),
    };
    Symmetric::new(channels, values)
}
