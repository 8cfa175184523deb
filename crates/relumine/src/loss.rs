//! The perceptual losses: content and augmented style over a network's features, with their exact gradient.
//!
//! Source: F. Luan, S. Paris, E. Shechtman, K. Bala, *Deep Photo Style Transfer*, CVPR 2017, equations 1 and 2, after
//! L. Gatys, A. Ecker, M. Bethge, *Image Style Transfer Using Convolutional Neural Networks*, CVPR 2016.
//! Differs from the paper's code: its backward pass leaves the masks out, this one is the gradient of the stated loss.

pub(crate) mod colour_statistics;
mod content;
pub(crate) mod edges;
pub(crate) mod gamut;
mod masks;
mod metric;
mod on_cpu;
#[cfg(feature = "wgpu")]
mod on_gpu;
mod style;
pub(crate) mod total_variation;

use crate::Planes;
use crate::features::{Convolutions, Network, Tap};
use crate::kernels::Symmetric;
use masks::Resampled;
use on_cpu::OnCpu;
#[cfg(feature = "wgpu")]
use on_gpu::OnGpu;
use style::StyleLayer;

pub use metric::StyleStatistics;
pub use style::GramKind;

/// Which layers are compared, and how much each weighs.
#[derive(Clone, Debug, PartialEq)]
pub struct PerceptualSpec {
    /// Content layers with their weights α.
    pub content: Vec<(Tap, f64)>,
    /// Style layers with their weights Γβ.
    pub style: Vec<(Tap, f64)>,
    /// How the styles of regions are compared.
    pub kind: GramKind,
}

/// The weighted terms of one evaluation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Terms {
    /// Σ_l α_l L_c^l.
    pub content: f64,
    /// Σ_l Γβ_l L_s+^l.
    pub style: f64,
}

/// The perceptual losses of pictures of one size against one content photo and one reference.
#[derive(Debug)]
pub struct PerceptualLoss<'n> {
    evaluator: Evaluator<'n>,
}

/// Where the network is, there the losses are evaluated.
#[derive(Debug)]
enum Evaluator<'n> {
    Cpu(OnCpu<'n>),
    #[cfg(feature = "wgpu")]
    Gpu(OnGpu<'n>),
}

/// What the targets are computed from.
struct Targets<'a> {
    spec: &'a PerceptualSpec,
    content: &'a Planes,
    reference: &'a Planes,
    content_masks: &'a [Planes],
    reference_masks: &'a [Planes],
}

impl<'n> PerceptualLoss<'n> {
    /// Computes the targets. Photos are 3×H×W in 0..1 and may differ in size; masks are 1×H×W in 0..1 of their photo's
    /// size, one a region in both in the same order. Without masks each photo is one region.
    ///
    /// # Panics
    /// If the numbers or sizes of masks do not agree, or a layer is not among those that the network was loaded for.
    pub fn new(
        network: &'n Network,
        spec: &PerceptualSpec,
        content: &Planes,
        reference: &Planes,
        content_masks: &[Planes],
        reference_masks: &[Planes],
    ) -> Self {
        assert_eq!(content_masks.len(), reference_masks.len(), "masks come in pairs");
        let targets = Targets { spec, content, reference, content_masks, reference_masks };
        let evaluator = match network.convolutions() {
            Convolutions::Cpu(_) => Evaluator::Cpu(OnCpu::new(network, &targets)),
            #[cfg(feature = "wgpu")]
            Convolutions::Gpu(convolutions) => Evaluator::Gpu(OnGpu::new(network, convolutions, &targets)),
        };
        Self { evaluator }
    }

    /// The losses of a 3×H×W picture of the content's size; `gradient` receives the derivative of their sum by it.
    pub fn evaluate(&mut self, rgb: &Planes, gradient: &mut Planes) -> Terms {
        match &mut self.evaluator {
            Evaluator::Cpu(losses) => losses.evaluate(rgb, gradient),
            #[cfg(feature = "wgpu")]
            Evaluator::Gpu(losses) => losses.evaluate(rgb, gradient),
        }
    }
}

impl Targets<'_> {
    /// How many convolutions the content layers take, and the style layers.
    fn depths(&self, network: &Network) -> (usize, usize) {
        let depth =
            |layers: &[(Tap, f64)]| layers.iter().map(|(tap, _)| network.tap(*tap).convolution() + 1).max();
        (depth(&self.spec.content).unwrap_or(0), depth(&self.spec.style).unwrap_or(0))
    }

    /// The style layers; `gram` makes a Gram matrix of the reference's features after a convolution from a weight a
    /// position.
    fn style_layers<'n>(
        &self,
        network: &'n Network,
        gram: impl Fn(usize, &[f32]) -> Symmetric,
    ) -> Vec<StyleLayer<'n>> {
        let (kind, depth) = (self.spec.kind, self.depths(network).1);
        let ours = Resampled::new(kind, network, self.content_masks, self.content, depth);
        let theirs = Resampled::new(kind, network, self.reference_masks, self.reference, depth);
        let layer = |&(tap, weight): &(Tap, f64)| {
            let point = network.tap(tap);
            let gram = |weights: &[f32]| gram(point.convolution(), weights);
            StyleLayer::new(kind, point, weight, gram, &ours, &theirs)
        };
        self.spec.style.iter().map(layer).collect()
    }
}

#[cfg(test)]
mod tests;
