//! The way back on the GPU: Gram matrices of the taps, and the gradient of a function of them by the photo.
//!
//! A content loss is such a function too: Σ_p (f_p − t_p)ᵀ M (f_p − t_p) = ⟨M, Σ_p d_p d_pᵀ⟩ with the differences d to the
//! target t.

use wgpu::Buffer;

use super::kernels::{Finish, Quadratic, Step};
use super::map::{Map, padded};
use super::pass::{Pass, symmetric};
use crate::kernels::Symmetric;

/// A Gram matrix that the function depends on.
#[derive(Debug)]
pub(crate) struct Term {
    /// The number of the convolution whose output it is taken of.
    pub(crate) convolution: usize,
    /// What is subtracted from the output before, as [`Pass::keep`] left it.
    pub(crate) target: Option<Buffer>,
    /// One a position.
    pub(crate) weights: Vec<f32>,
}

/// A pass with its terms and the way back, recorded once.
#[derive(Debug)]
pub(crate) struct WayBack<'n> {
    pass: Pass<'n>,
    quadratics: Vec<Quadratic>,
    /// The terms' matrices, one after another.
    grams: Buffer,
    /// Twice the function's derivatives by them.
    factors: Buffer,
    input_gradient: Map,
    forth: Vec<Step>,
    back: Vec<Step>,
}

impl<'n> WayBack<'n> {
    /// Records what there is to do.
    ///
    /// # Panics
    /// If a term's weights are not one a position.
    pub(crate) fn new(pass: Pass<'n>, terms: Vec<Term>) -> Self {
        let gpu = pass.network.gpu();
        let mut offset = 0;
        let (mut quadratics, mut differences, mut forth) = (Vec::new(), Vec::new(), Vec::new());
        for term in &terms {
            let quadratic = pass.quadratic(term.convolution, &term.weights, offset);
            offset += quadratic.size();
            quadratics.push(quadratic);
            let features = &pass.features[term.convolution];
            differences.push(term.target.as_ref().map(|target| {
                let target = Map { buffer: target.clone(), ..features.clone() };
                let difference = Map::zeros(gpu, features.height, features.width, features.channels);
                forth.push(gpu.difference(features, &target, &difference));
                difference
            }));
        }
        let (grams, factors) = (gpu.allocate(4 * offset), gpu.allocate(4 * offset));
        let sums = quadratics.iter().map(|quadratic| quadratic.parts() * quadratic.size()).max();
        let sums = gpu.allocate(4 * sums.unwrap_or(0));
        let compared = |k: usize| differences[k].as_ref().unwrap_or(&pass.features[terms[k].convolution]);
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
            let starts = terms.iter().any(|term| term.convolution == layer);
            if starts || layer + 1 == depth {
                back.push(gpu.clear(&below));
            }
            for (k, quadratic) in
                quadratics.iter().enumerate().filter(|(k, _)| terms[*k].convolution == layer)
            {
                back.push(gpu.spread(compared(k), quadratic, &factors, &below));
            }
            if layer + 1 == depth {
                back.push(gpu.gate(features, &below));
                continue;
            }
            let (upstream, kernel) = (gradient(layer + 1), &pass.network.layers[layer + 1].backward);
            if let Some(pooled) = &pass.pooled[layer + 1] {
                // What was pooled is needed no more: its place takes the gradient.
                back.push(gpu.convolve(&upstream, kernel, pooled, &Finish::Plain));
                back.push(gpu.unpool(features, pooled, &below, starts));
            } else {
                let finish = Finish::Gate { activation: features, accumulate: starts };
                back.push(gpu.convolve(&upstream, kernel, &below, &finish));
            }
        }
        if let Some(bottom) = pass.network.layers[..depth].first() {
            back.push(gpu.convolve(&gradient(0), &bottom.backward, &input_gradient, &Finish::Plain));
        }
        Self { pass, quadratics, grams, factors, input_gradient, forth, back }
    }

    /// Takes a photo forward, as [`Pass::forward`]; the terms' Gram matrices Σ_p w_p f_p f_pᵀ in their order.
    pub(crate) fn forward(&self, photo: &[f32]) -> Vec<Symmetric> {
        self.pass.forward(photo);
        let gpu = self.pass.network.gpu();
        gpu.run(&self.forth);
        let matrices = gpu.read(&self.grams, self.values());
        let matrix = |q: &Quadratic| symmetric(&matrices[4 * q.offset..][..4 * q.size()], q.channels);
        self.quadratics.iter().map(matrix).collect()
    }

    /// The gradient of a function by the photo of the last [`WayBack::forward`], height × width × 3, from twice its
    /// derivatives by the Gram matrices.
    pub(crate) fn backward(&self, derivatives: &[Symmetric]) -> Vec<f32> {
        assert_eq!(derivatives.len(), self.quadratics.len(), "one derivative a term");
        let mut factors = vec![0.0; self.values()];
        for (quadratic, derivative) in self.quadratics.iter().zip(derivatives) {
            let (channels, pitch) = (quadratic.channels, padded(quadratic.channels));
            let place = factors[4 * quadratic.offset..].chunks_exact_mut(pitch);
            for (row, values) in place.zip(derivative.values().chunks_exact(channels)) {
                row.iter_mut().zip(values).for_each(|(out, v)| *out = *v as f32);
            }
        }
        let gpu = self.pass.network.gpu();
        gpu.write(&self.factors, &factors);
        gpu.run(&self.back);
        let quads = gpu.read(&self.input_gradient.buffer, self.input_gradient.values());
        quads.as_chunks().0.iter().flat_map(|[a, b, c, _]| [*a, *b, *c]).collect()
    }

    /// Numbers of all matrices together.
    fn values(&self) -> usize {
        self.quadratics.iter().map(|quadratic| 4 * quadratic.size()).sum()
    }
}
