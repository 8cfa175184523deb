//! The augmented style loss of one layer: Gram matrices of regions, compared region by region.
//!
//! With O the picture, S the reference and I the content:
//! `Paper`: G = F M² Fᵀ / (N Σ_p M_p), L = β mean(M_I) / (2 N²) Σ (G_O − G_S)², as the authors' code normalises equation 2.
//! `Relative`: G = F M Fᵀ / Σ_p M_p, L = β a |G_O − G_S|² / |G_S|² with a the region's share of the content.
//!
//! Differs from the paper: where the network has a metric K at the layer, each G is K G K, and N is that of the VGG-19
//! layer which K·F stands for.

use super::masks::Resampled;
use crate::features::TapPoint;
use crate::kernels::{FeatureMap, Symmetric, add_quadratic_gradient, weighted_gram};

/// How the Gram matrices of a region are normalised and compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GramKind {
    /// As in Deep Photo Style Transfer; masks follow the network. Without masks, the loss of Gatys et al.
    Paper,
    /// Relative errors by area; masks are averaged over each position's share of the photo.
    Relative,
}

/// A style layer with its targets.
#[derive(Debug)]
pub(super) struct StyleLayer<'n> {
    point: &'n TapPoint,
    regions: Vec<Region>,
}

/// A region with its target.
#[derive(Debug)]
pub(super) struct Region {
    /// One a position.
    pub(super) weights: Vec<f32>,
    divisor: f64,
    /// Before the metric.
    target: Symmetric,
    coefficient: f64,
}

impl<'n> StyleLayer<'n> {
    /// Takes the weight Γβ, both photos' masks, and what makes Gram matrices of the reference's features at this layer
    /// from a weight a position. Regions that vanish at this layer in either photo are left out.
    pub(super) fn new(
        kind: GramKind,
        point: &'n TapPoint,
        weight: f64,
        gram: impl Fn(&[f32]) -> Symmetric,
        content_masks: &Resampled,
        reference_masks: &Resampled,
    ) -> Self {
        let (ours, theirs) = (content_masks.at(point), reference_masks.at(point));
        let regions = ours.into_iter().zip(theirs).filter_map(|(ours, theirs)| {
            let (ours, theirs) = (ours?, theirs?);
            let target = gram(&theirs.weights).scaled(theirs.divisor.recip());
            let coefficient = match kind {
                GramKind::Paper => ours.share / (2.0 * (point.tap().units() as f64).powi(2)),
                GramKind::Relative => {
                    let norm = mapped(&target, point).square_sum();
                    if norm == 0.0 {
                        return None;
                    }
                    ours.share / norm
                }
            };
            Some(Region {
                weights: ours.weights,
                divisor: ours.divisor,
                target,
                coefficient: weight * coefficient,
            })
        });
        Self { point, regions: regions.collect() }
    }

    /// The number of the convolution that is compared.
    pub(super) fn convolution(&self) -> usize {
        self.point.convolution()
    }

    /// The loss; its derivative by the features is added to the gradient.
    pub(super) fn evaluate(&self, features: &FeatureMap, gradient: &mut FeatureMap) -> f64 {
        let mut loss = 0.0;
        for region in &self.regions {
            let (term, derivative) = self.compare(region, weighted_gram(features, &region.weights));
            loss += term;
            add_quadratic_gradient(features, &region.weights, &derivative, gradient);
        }
        loss
    }

    /// The regions that are compared.
    #[cfg(feature = "wgpu")]
    pub(super) fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// The loss of a region whose Σ_p w_p f_p f_pᵀ is `gram`, and twice its derivative by that.
    pub(super) fn compare(&self, region: &Region, gram: Symmetric) -> (f64, Symmetric) {
        let gram = gram.scaled(region.divisor.recip());
        let difference = mapped(&gram.minus(&region.target), self.point);
        // dL/dG = 2·coefficient·K D K.
        let derivative = mapped(&difference, self.point).scaled(4.0 * region.coefficient / region.divisor);
        (region.coefficient * difference.square_sum(), derivative)
    }
}

/// K G K.
pub(super) fn mapped(gram: &Symmetric, point: &TapPoint) -> Symmetric {
    point.metric().map_or_else(|| gram.clone(), |metric| gram.between(metric))
}
