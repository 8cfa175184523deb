//! The perceptual losses: content and augmented style over a network's features, with their exact gradient.
//!
//! Source: F. Luan, S. Paris, E. Shechtman, K. Bala, *Deep Photo Style Transfer*, CVPR 2017, equations 1 and 3, after
//! L. Gatys, A. Ecker, M. Bethge, *Image Style Transfer Using Convolutional Neural Networks*, CVPR 2016.
//! Differs from the paper's code: its backward pass leaves the masks out, this one is the gradient of the stated loss.

pub(crate) mod blacks;
pub(crate) mod colour_statistics;
mod content;
mod distribution;
pub(crate) mod edges;
#[cfg(test)]
mod finite_differences;
pub(crate) mod gamut;
mod held;
mod masks;
mod metric;
pub(crate) mod neutrals;
pub(crate) mod photos;
pub(crate) mod stray;
mod style;
pub(crate) mod total_variation;

use std::cmp::Reverse;

use crate::features::convolutions::{FeatureTerm, Passage};
use crate::features::{Features, Network, Tap};
use crate::watch::CancelToken;
use crate::{Planes, Result};
use masks::Resampled;
use style::StyleRegion;

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

impl PerceptualSpec {
    /// The taps at which the reference has to be looked at.
    pub fn style_taps(&self) -> Vec<Tap> {
        self.style.iter().map(|(tap, _)| *tap).collect()
    }
}

/// The weighted terms of one evaluation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PerceptualTerms {
    /// Σ_l α_l L_c^l.
    pub content: f64,
    /// Σ_l Γβ_l L_s+^l.
    pub style: f64,
}

/// The perceptual losses of pictures of one size against one content photo and one reference, evaluated where the network is.
#[derive(Debug)]
pub struct PerceptualLoss {
    passage: Box<dyn Passage>,
    /// One a Gram term, with the number of its layer.
    regions: Vec<(usize, StyleRegion)>,
    /// The loss of each style layer, deepest first.
    layers: Vec<f64>,
}

impl PerceptualLoss {
    /// Computes the targets. The content is 3×H×W in 0..1, looked at where the spec has content layers; `reference` is what
    /// `network` saw in the reference, at least at the [style taps](PerceptualSpec::style_taps). Masks are R×H×W in 0..1
    /// of their photo's size, a plane a region in both in the same order; a plane of ones is the whole photo. The token is
    /// kept: once it is cancelled, evaluations leave early with anything.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    ///
    /// # Panics
    /// If the numbers or sizes of masks do not agree, the features are another network's, or a layer is not among those that
    /// the network was loaded for or the reference looked at.
    pub fn new(
        network: &Network,
        spec: &PerceptualSpec,
        content: &Planes,
        content_masks: &Planes,
        reference: &Features,
        reference_masks: &Planes,
        token: &CancelToken,
    ) -> Result<Self> {
        assert_eq!(content_masks.channels(), reference_masks.channels(), "masks come in pairs");
        let size = |planes: &Planes| (planes.height(), planes.width());
        assert_eq!(size(content_masks), size(content), "size of the content's masks");
        assert_eq!(size(reference_masks), reference.size(), "size of the reference's masks");
        assert!(reference.are_of(network), "the reference was looked at by another network");

        let style_taps = || spec.style.iter().map(|(tap, _)| tap);
        let ours = Resampled::new(spec.kind, network, content_masks, style_taps());
        let theirs = Resampled::new(spec.kind, network, reference_masks, style_taps());
        // In the order in which the way back meets them.
        let mut style = spec.style.clone();
        style.sort_by_key(|(tap, _)| Reverse(network.tap(*tap).convolution()));
        let (mut terms, mut regions) = (Vec::new(), Vec::new());
        for (number, &(tap, weight)) in style.iter().enumerate() {
            let point = network.tap(tap);
            for (ours, theirs) in ours.at(point).into_iter().zip(theirs.at(point)) {
                let (Some(ours), Some(theirs)) = (ours, theirs) else { continue };
                let gram = reference.gram(tap, &theirs.weights, token);
                token.check()?;
                if let Some(region) = StyleRegion::new(spec.kind, point, weight, &ours, &theirs, gram) {
                    regions.push((number, region));
                    terms.push(FeatureTerm::Gram { convolution: point.convolution(), weights: ours.weights });
                }
            }
        }
        for &(tap, weight) in &spec.content {
            let point = network.tap(tap);
            let (height, width) = network.size_at(point.convolution(), size(content));
            terms.push(content::term(point, weight, height * width));
        }
        let passage = network.passage(content, terms, token);
        token.check()?;
        Ok(Self { passage, regions, layers: vec![0.0; style.len()] })
    }

    /// The losses of a 3×H×W picture of the content's size; the derivative of their sum by it is added to `gradient`.
    pub fn evaluate(&mut self, rgb: &Planes, gradient: &mut Planes) -> PerceptualTerms {
        let Self { passage, regions, layers } = self;
        layers.fill(0.0);
        let mut compare = |term: usize, gram| {
            let (layer, region) = &regions[term];
            let (loss, derivative) = region.compare(gram);
            layers[*layer] += loss;
            derivative
        };
        let content = passage.evaluate(rgb, &mut compare, gradient);
        let mut terms = PerceptualTerms { content, style: 0.0 };
        layers.iter().for_each(|loss| terms.style += loss);
        terms
    }
}

#[cfg(test)]
pub(crate) mod tests;
