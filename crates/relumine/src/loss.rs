//! The perceptual losses: content and augmented style over a network's features, with their exact gradient.
//!
//! Source: F. Luan, S. Paris, E. Shechtman, K. Bala, *Deep Photo Style Transfer*, CVPR 2017, equations 1 and 2, after
//! L. Gatys, A. Ecker, M. Bethge, *Image Style Transfer Using Convolutional Neural Networks*, CVPR 2016.
//! Differs from the paper's code: its backward pass leaves the masks out, this one is the gradient of the stated loss.

pub(crate) mod colour_statistics;
mod content;
pub(crate) mod gamut;
mod masks;
mod metric;
mod style;
pub(crate) mod total_variation;

use crate::Planes;
use crate::features::{Network, Tap, Workspace};
use content::ContentLayer;
use masks::Resampled;
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
    network: &'n Network,
    workspace: Workspace,
    content: Vec<ContentLayer<'n>>,
    style: Vec<StyleLayer<'n>>,
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
        let depth =
            |layers: &[(Tap, f64)]| layers.iter().map(|(tap, _)| network.tap(*tap).convolution() + 1).max();
        let (content_depth, style_depth) =
            (depth(&spec.content).unwrap_or(0), depth(&spec.style).unwrap_or(0));

        let style = if style_depth > 0 {
            let mut looked = Workspace::new(network, reference.height(), reference.width(), style_depth);
            looked.forward(network, reference);
            let ours = Resampled::new(spec.kind, network, content_masks, content, style_depth);
            let theirs = Resampled::new(spec.kind, network, reference_masks, reference, style_depth);
            let layer = |&(tap, weight): &(Tap, f64)| {
                let point = network.tap(tap);
                StyleLayer::new(
                    spec.kind,
                    point,
                    weight,
                    looked.features(point.convolution()),
                    &ours,
                    &theirs,
                )
            };
            spec.style.iter().map(layer).collect()
        } else {
            Vec::new()
        };

        let mut workspace =
            Workspace::new(network, content.height(), content.width(), content_depth.max(style_depth));
        if content_depth > 0 {
            workspace.forward(network, content);
        }
        let layer = |&(tap, weight): &(Tap, f64)| {
            let point = network.tap(tap);
            ContentLayer::new(point, weight, workspace.features(point.convolution()).clone())
        };
        let content = spec.content.iter().map(layer).collect();
        Self { network, workspace, content, style }
    }

    /// The losses of a 3×H×W picture of the content's size; `gradient` receives the derivative of their sum by it.
    pub fn evaluate(&mut self, rgb: &Planes, gradient: &mut Planes) -> Terms {
        let Self { network, workspace, content, style } = self;
        let mut terms = Terms::default();
        workspace.forward(network, rgb);
        let tapped = |convolution| {
            content.iter().any(|layer| layer.convolution() == convolution)
                || style.iter().any(|layer| layer.convolution() == convolution)
        };
        workspace.backward(
            network,
            tapped,
            |convolution, features, gradient| {
                for layer in style.iter().filter(|layer| layer.convolution() == convolution) {
                    terms.style += layer.evaluate(features, gradient);
                }
                for layer in content.iter().filter(|layer| layer.convolution() == convolution) {
                    terms.content += layer.evaluate(features, gradient);
                }
            },
            gradient,
        );
        terms
    }
}

#[cfg(test)]
mod tests;
