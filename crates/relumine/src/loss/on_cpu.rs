//! The perceptual losses evaluated on the CPU.

use super::content::ContentLayer;
use super::style::StyleLayer;
use super::{Targets, Terms};
use crate::Planes;
use crate::features::{Network, Tap, Workspace};
use crate::kernels::weighted_gram;

/// The losses with their targets and the maps of one picture size.
#[derive(Debug)]
pub(super) struct OnCpu<'n> {
    network: &'n Network,
    workspace: Workspace,
    content: Vec<ContentLayer<'n>>,
    style: Vec<StyleLayer<'n>>,
}

impl<'n> OnCpu<'n> {
    /// Computes the targets.
    pub(super) fn new(network: &'n Network, targets: &Targets<'_>) -> Self {
        let Targets { spec, content, reference, .. } = *targets;
        let (content_depth, style_depth) = targets.depths(network);
        let style = if style_depth > 0 {
            let mut looked = Workspace::new(network, reference.height(), reference.width(), style_depth);
            looked.forward(network, reference);
            targets.style_layers(network, |convolution, weights| {
                weighted_gram(looked.features(convolution), weights)
            })
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

    /// As [`super::PerceptualLoss::evaluate`].
    pub(super) fn evaluate(&mut self, rgb: &Planes, gradient: &mut Planes) -> Terms {
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
