//! How far one photo's style is from another's: the measure by which results are judged.

use super::GramKind;
use super::masks::Resampled;
use super::style::mapped;
use crate::Planes;
use crate::features::{Network, Tap, Workspace};
use crate::kernels::{Symmetric, weighted_gram};

/// The Gram matrices of a photo's regions.
#[derive(Debug)]
pub struct StyleStatistics {
    /// Per tap and region F diag(m) Fᵀ / Σm after the network's metric; `None` where the region covers no more than four
    /// positions.
    grams: Vec<Vec<Option<Symmetric>>>,
    /// Each region's share of the photo.
    areas: Vec<f64>,
}

impl StyleStatistics {
    /// Takes a 3×H×W photo through the network. Masks are 1×H×W, one a region; without masks the photo is one region.
    ///
    /// # Panics
    /// If a mask has another size than the photo, or the network was not loaded for one of the taps.
    pub fn new(network: &Network, taps: &[Tap], rgb: &Planes, masks: &[Planes]) -> Self {
        let depth = taps.iter().map(|tap| network.tap(*tap).convolution() + 1).max().unwrap_or(0);
        let mut workspace = Workspace::new(network, rgb.height(), rgb.width(), depth);
        workspace.forward(network, rgb);
        let resampled = Resampled::new(GramKind::Relative, network, masks, rgb, depth);
        let gram = |tap: &Tap| {
            let point = network.tap(*tap);
            let features = workspace.features(point.convolution());
            let regions = resampled.at(point).into_iter().map(|region| {
                let region = region?;
                Some(mapped(&weighted_gram(features, &region.weights).scaled(region.divisor.recip()), point))
            });
            regions.collect()
        };
        let areas = if masks.is_empty() {
            vec![1.0]
        } else {
            masks.iter().map(|mask| super::masks::sum(mask) / mask.area() as f64).collect()
        };
        Self { grams: taps.iter().map(gram).collect(), areas }
    }

    /// The mean over taps and, by area in this photo, over regions of |G − G_S|² / |G_S|², with G_S those of `reference`;
    /// `None` where no region is large enough to compare.
    pub fn distance(&self, reference: &Self) -> Option<f64> {
        let (mut error, mut weight) = (0.0, 0.0);
        for (ours, theirs) in self.grams.iter().zip(&reference.grams) {
            for ((ours, theirs), area) in ours.iter().zip(theirs).zip(&self.areas) {
                if let (Some(ours), Some(theirs)) = (ours, theirs) {
                    error += area * ours.minus(theirs).square_sum() / theirs.square_sum();
                    weight += area;
                }
            }
        }
        (weight > 0.0).then(|| error / weight)
    }
}
