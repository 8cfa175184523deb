//! How far one photo's style is from another's: the measure by which results are judged.

use super::GramKind;
use super::masks::Resampled;
use super::style::mapped;
use crate::features::{Network, Tap};
use crate::kernels::Symmetric;
use crate::watch::CancelToken;
use crate::{Planes, Result};

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
    /// Takes a 3×H×W photo through the network. Masks are R×H×W in 0..1, a plane a region; a plane of ones is the whole photo.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    ///
    /// # Panics
    /// If the masks have another size than the photo, or the network was not loaded for one of the taps.
    pub fn new(
        network: &Network,
        taps: &[Tap],
        rgb: &Planes,
        masks: &Planes,
        token: &CancelToken,
    ) -> Result<Self> {
        assert_eq!((masks.height(), masks.width()), (rgb.height(), rgb.width()), "size of masks");
        let features = network.look(rgb, taps, token)?;
        let resampled = Resampled::new(GramKind::Relative, network, masks, taps.iter());
        let gram = |tap: &Tap| {
            let point = network.tap(*tap);
            let regions = resampled.at(point).into_iter().map(|region| {
                let region = region?;
                let gram = features.gram(*tap, &region.weights, token);
                Some(mapped(&gram.scaled(region.divisor.recip()), point))
            });
            regions.collect()
        };
        let grams = taps.iter().map(gram).collect();
        token.check()?;
        Ok(Self { grams, areas: resampled.shares().to_vec() })
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
