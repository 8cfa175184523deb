//! The augmented style loss: Gram matrices of regions at a layer, compared region by region.
//!
//! With O the picture, S the reference and I the content:
//! `Paper`: G = F M² Fᵀ / (N Σ_p M_p), L = β mean(M_I) / (2 N²) Σ (G_O − G_S)², as the authors' code normalises equation 3.
//! `Relative`: G = F M Fᵀ / Σ_p M_p, L = β a |G_O − G_S|² / |G_S|² with a the region's share of the content.
//!
//! Differs from the paper: where the network has a metric K at the layer, each G is K G K, and N is that of the VGG-19
//! layer which K·F stands for.

use std::sync::Arc;

use super::masks::Weighted;
use crate::features::TapPoint;
use crate::kernels::Symmetric;

/// How the Gram matrices of a region are normalised and compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GramKind {
    /// As in Deep Photo Style Transfer; masks follow the network. Without masks, the loss of Gatys et al.
    Paper,
    /// Relative errors by area; masks are averaged over each position's share of the photo.
    Relative,
}

/// A region at a layer, with its target.
#[derive(Debug)]
pub(super) struct StyleRegion {
    point: Arc<TapPoint>,
    divisor: f64,
    /// Before the metric.
    target: Symmetric,
    coefficient: f64,
}

impl StyleRegion {
    /// Takes the layer's weight Γβ, the region in both photos, and the Gram matrix of the reference's features under its
    /// weights there. `None` where there is nothing to be relative to.
    pub(super) fn new(
        kind: GramKind,
        point: &Arc<TapPoint>,
        weight: f64,
        ours: &Weighted,
        theirs: &Weighted,
        gram: Symmetric,
    ) -> Option<Self> {
        let target = gram.scaled(theirs.divisor.recip());
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
        let (point, coefficient) = (Arc::clone(point), weight * coefficient);
        Some(Self { point, divisor: ours.divisor, target, coefficient })
    }

    /// The loss of a picture whose Σ_p w_p f_p f_pᵀ is `gram`, and twice its derivative by that.
    pub(super) fn compare(&self, gram: Symmetric) -> (f64, Symmetric) {
        let gram = gram.scaled(self.divisor.recip());
        let difference = mapped(&gram.minus(&self.target), &self.point);
        // dL/dG = 2·coefficient·K D K.
        let derivative = mapped(&difference, &self.point).scaled(4.0 * self.coefficient / self.divisor);
        (self.coefficient * difference.square_sum(), derivative)
    }
}

/// K G K.
pub(super) fn mapped(gram: &Symmetric, point: &TapPoint) -> Symmetric {
    point.metric().map_or_else(|| gram.clone(), |metric| gram.between(metric))
}
