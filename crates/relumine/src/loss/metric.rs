//! How far one photo's style is from another's: the measure by which results are judged.

use super::GramKind;
use super::masks::Resampled;
use super::style::mapped;
use crate::Planes;
use crate::features::{Network, Tap, Workspace};
use crate::kernels::{Symmetric, weighted_gram};

/// Per tap and region the Gram matrix F diag(m) Fᵀ / Σm after the network's metric; `None` where the region covers no more
/// than four positions. `rgb` is 3×H×W, masks are 1×H×W; without masks the photo is one region.
fn grams(network: &Network, rgb: &Planes, masks: &[Planes], taps: &[Tap]) -> Vec<Vec<Option<Symmetric>>> {
    let depth = taps.iter().map(|tap| network.tap(*tap).convolution() + 1).max().unwrap_or(0);
    let mut workspace = Workspace::new(network, rgb.height(), rgb.width(), depth);
    workspace.forward(network, rgb);
    let masks = Resampled::new(GramKind::Relative, network, masks, rgb, depth);
    let gram = |tap: &Tap| {
        let point = network.tap(*tap);
        let features = workspace.features(point.convolution());
        let regions = masks.at(point).into_iter().map(|region| {
            let region = region?;
            Some(mapped(&weighted_gram(features, &region.weights).scaled(region.divisor.recip()), point))
        });
        regions.collect()
    };
    taps.iter().map(gram).collect()
}

/// The mean over taps and, by area in the content, over regions of |G_O − G_S|² / |G_S|²; `None` where no region
/// is large enough to compare.
pub fn style_distance(
    network: &Network,
    taps: &[Tap],
    (result, content_masks): (&Planes, &[Planes]),
    (reference, reference_masks): (&Planes, &[Planes]),
) -> Option<f64> {
    let ours = grams(network, result, content_masks, taps);
    let theirs = grams(network, reference, reference_masks, taps);
    let area =
        |region: usize| content_masks.get(region).map_or(1.0, |m| super::masks::sum(m) / m.area() as f64);
    let (mut error, mut weight) = (0.0, 0.0);
    for (ours, theirs) in ours.iter().zip(&theirs) {
        for (region, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
            if let (Some(ours), Some(theirs)) = (ours, theirs) {
                error += area(region) * ours.minus(theirs).square_sum() / theirs.square_sum();
                weight += area(region);
            }
        }
    }
    (weight > 0.0).then(|| error / weight)
}
