//! Masks of regions at the sizes of a network's layers.
//!
//! `Paper`: masks follow the network, averaged over the 3×3 neighbourhood at each convolution and over the 2×2 cell at
//! each pooling. Differs from the authors' code: averages at the border are over the neighbours that there are,
//! where theirs count zeros for those that there are not (which would make borders weigh less, with one region as
//! well); and pooling halves by averages as the features do by maxima, where theirs resamples bilinearly.
//! `Relative`: each position averages the pixels that it covers, as PyTorch's `adaptive_avg_pool2d`.

use super::GramKind;
use crate::Planes;
use crate::features::{Network, Tap, TapPoint};
use crate::planes::mean;

/// Relative kind: regions of no more than this many positions are left out of a layer.
const FEWEST_POSITIONS: f64 = 4.0;

/// One photo's masks at some layers of a network.
#[derive(Debug)]
pub(super) struct Resampled {
    kind: GramKind,
    /// The masks, R×h×w, after a convolution.
    layers: Vec<(usize, Planes)>,
    /// Each region's share of the photo.
    shares: Vec<f64>,
}

/// A region at a layer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Weighted {
    /// What each position's f fᵀ weighs in the Gram matrix.
    pub(super) weights: Vec<f32>,
    /// What the sum is divided by.
    pub(super) divisor: f64,
    /// What the region weighs among all: its share of the layer (paper) or of the photo (relative).
    pub(super) share: f64,
}

impl Resampled {
    /// Takes a photo's masks, R×H×W, down to the sizes of some taps.
    pub(super) fn new<'t>(
        kind: GramKind,
        network: &Network,
        masks: &Planes,
        taps: impl Iterator<Item = &'t Tap>,
    ) -> Self {
        let wanted: Vec<usize> = taps.map(|tap| network.tap(*tap).convolution()).collect();
        let depth = wanted.iter().max().map_or(0, |deepest| deepest + 1);
        let (mut height, mut width) = (masks.height(), masks.width());
        let mut layers: Vec<(usize, Planes)> = Vec::new();
        // Of the paper's kind alone: each layer's masks are made from those of the layer below.
        let mut below: Option<Planes> = None;
        for convolution in 0..depth {
            let pooled = network.is_pooled(convolution);
            if pooled {
                (height, width) = (height / 2, width / 2);
            }
            if kind == GramKind::Paper {
                let halved = pooled.then(|| halve(below.as_ref().unwrap_or(masks)));
                below = Some(smooth(halved.as_ref().or(below.as_ref()).unwrap_or(masks)));
            }
            if wanted.contains(&convolution) {
                layers.push((convolution, below.clone().unwrap_or_else(|| average(masks, height, width))));
            }
        }
        let shares = (0..masks.channels()).map(|region| mean(masks.plane(region))).collect();
        Self { kind, layers, shares }
    }

    /// Each region at a tap; `None` where it vanishes.
    ///
    /// # Panics
    /// If the tap was not among those that the masks were made for.
    pub(super) fn at(&self, point: &TapPoint) -> Vec<Option<Weighted>> {
        let layer = self.layers.iter().find(|(convolution, _)| *convolution == point.convolution());
        let masks = &layer.expect("masks at a tap that they were made for").1;
        let weighted = |(region, share): (usize, &f64)| {
            let mask = masks.plane(region);
            let total = sum(mask);
            match self.kind {
                GramKind::Paper => (total > 0.0).then(|| Weighted {
                    weights: mask.iter().map(|m| m * m).collect(),
                    divisor: point.tap().units() as f64 * total,
                    share: total / mask.len() as f64,
                }),
                GramKind::Relative => (total > FEWEST_POSITIONS).then(|| Weighted {
                    weights: mask.to_vec(),
                    divisor: total + 1e-9,
                    share: *share,
                }),
            }
        };
        self.shares.iter().enumerate().map(weighted).collect()
    }

    /// Each region's share of the photo.
    pub(super) fn shares(&self) -> &[f64] {
        &self.shares
    }
}

fn sum(mask: &[f32]) -> f64 {
    mask.iter().map(|m| f64::from(*m)).sum()
}

/// The mean over each position's 3×3 neighbourhood.
fn smooth(masks: &Planes) -> Planes {
    let (h, w) = (masks.height(), masks.width());
    cells(masks, h, w, |y| (y.saturating_sub(1), (y + 2).min(h)), |x| (x.saturating_sub(1), (x + 2).min(w)))
}

/// The mean over each 2×2 cell; an odd last row or column is dropped.
fn halve(masks: &Planes) -> Planes {
    cells(masks, masks.height() / 2, masks.width() / 2, |y| (2 * y, 2 * y + 2), |x| (2 * x, 2 * x + 2))
}

/// The mean over the pixels that each of `height × width` positions covers, in part or whole.
fn average(masks: &Planes, height: usize, width: usize) -> Planes {
    let covered = |from: usize, to: usize| move |k: usize| (k * from / to, ((k + 1) * from).div_ceil(to));
    cells(masks, height, width, covered(masks.height(), height), covered(masks.width(), width))
}

fn cells(
    masks: &Planes,
    height: usize,
    width: usize,
    rows: impl Fn(usize) -> (usize, usize),
    columns: impl Fn(usize) -> (usize, usize),
) -> Planes {
    let mut means = Vec::with_capacity(masks.channels() * height * width);
    for region in 0..masks.channels() {
        let mask = masks.plane(region);
        for y in 0..height {
            let (top, bottom) = rows(y);
            for x in 0..width {
                let (left, right) = columns(x);
                let row_sum = |y: usize| mask[y * masks.width()..][left..right].iter().sum::<f32>();
                let total: f32 = (top..bottom).map(row_sum).sum();
                means.push(total / ((bottom - top) * (right - left)) as f32);
            }
        }
    }
    Planes::from_vec(masks.channels(), height, width, means)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ones_stay_ones_everywhere() {
        let ones = Planes::filled(1, 7, 5, 1.0);
        for resampled in [smooth(&ones), halve(&ones), average(&ones, 3, 2)] {
            assert!(resampled.data().iter().all(|v| *v == 1.0));
        }
    }

    #[test]
    fn averages_cover_shared_pixels_as_pytorch_does() {
        let ramp = Planes::from_vec(1, 1, 5, vec![0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(average(&ramp, 1, 2).data(), [1.0, 3.0]);
        assert_eq!(halve(&Planes::from_vec(1, 2, 3, vec![1.0, 2.0, 9.0, 3.0, 6.0, 9.0])).data(), [3.0]);
    }

    #[test]
    fn the_border_averages_the_neighbours_that_there_are() {
        let corner = Planes::from_vec(1, 2, 3, vec![1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(smooth(&corner).data(), [0.25, 1.0 / 6.0, 0.0, 0.25, 1.0 / 6.0, 0.0]);
    }
}
