//! Masks of regions at the sizes of a network's layers.
//!
//! `Paper`: masks follow the network, averaged over the 3×3 neighbourhood at each convolution and over the 2×2 cell at
//! each pooling. Differs from the authors' code: averages at the border are over the neighbours that there are,
//! where theirs count zeros for those that there are not (which would make borders weigh less, with one region as
//! well); and pooling halves by averages as the features do by maxima, where theirs resamples bilinearly.
//! `Relative`: each position averages the pixels that it covers, as PyTorch's `adaptive_avg_pool2d`.

use super::GramKind;
use crate::Planes;
use crate::features::{Network, TapPoint};

/// Relative kind: regions of no more than this many positions are left out of a layer.
const FEWEST_POSITIONS: f64 = 4.0;

/// One photo's masks after each convolution of a network.
#[derive(Debug)]
pub(super) struct Resampled {
    kind: GramKind,
    /// For each convolution the masks of all regions.
    layers: Vec<Vec<Planes>>,
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
    /// Takes a photo's 1×H×W masks down to the sizes after the first `depth` convolutions; one of ones if there are none.
    ///
    /// # Panics
    /// If a mask has another size than the photo.
    pub(super) fn new(
        kind: GramKind,
        network: &Network,
        masks: &[Planes],
        photo: &Planes,
        depth: usize,
    ) -> Self {
        let size = (1, photo.height(), photo.width());
        for mask in masks {
            assert_eq!((mask.channels(), mask.height(), mask.width()), size, "shape of a mask");
        }
        let mut current = masks.to_vec();
        if current.is_empty() {
            current.push(Planes::filled(1, photo.height(), photo.width(), 1.0));
        }
        let original = current.clone();
        let (mut height, mut width) = (photo.height(), photo.width());
        let layers = (0..depth).map(|convolution| {
            if network.is_pooled(convolution) {
                (height, width) = (height / 2, width / 2);
            }
            current = match kind {
                GramKind::Paper => {
                    let halved =
                        |m: &Planes| if network.is_pooled(convolution) { halve(m) } else { m.clone() };
                    current.iter().map(|m| smooth(&halved(m))).collect()
                }
                GramKind::Relative => original.iter().map(|m| average(m, height, width)).collect(),
            };
            current.clone()
        });
        Self {
            kind,
            layers: layers.collect(),
            shares: original.iter().map(|m| sum(m) / m.area().max(1) as f64).collect(),
        }
    }

    /// Each region at a tap; `None` where it vanishes.
    pub(super) fn at(&self, point: &TapPoint) -> Vec<Option<Weighted>> {
        let regions = self.layers[point.convolution()].iter().zip(&self.shares);
        let weighted = |(mask, share): (&Planes, &f64)| {
            let total = sum(mask);
            match self.kind {
                GramKind::Paper => (total > 0.0).then(|| Weighted {
                    weights: mask.data().iter().map(|m| m * m).collect(),
                    divisor: point.tap().units() as f64 * total,
                    share: total / mask.area() as f64,
                }),
                GramKind::Relative => (total > FEWEST_POSITIONS).then(|| Weighted {
                    weights: mask.data().to_vec(),
                    divisor: total + 1e-9,
                    share: *share,
                }),
            }
        };
        regions.map(weighted).collect()
    }
}

pub(super) fn sum(mask: &Planes) -> f64 {
    mask.data().iter().map(|m| f64::from(*m)).sum()
}

/// The mean over each position's 3×3 neighbourhood.
fn smooth(mask: &Planes) -> Planes {
    let (h, w) = (mask.height(), mask.width());
    cells(mask, h, w, |y| (y.saturating_sub(1), (y + 2).min(h)), |x| (x.saturating_sub(1), (x + 2).min(w)))
}

/// The mean over each 2×2 cell; an odd last row or column is dropped.
fn halve(mask: &Planes) -> Planes {
    cells(mask, mask.height() / 2, mask.width() / 2, |y| (2 * y, 2 * y + 2), |x| (2 * x, 2 * x + 2))
}

/// The mean over the pixels that each of `height × width` positions covers, in part or whole.
fn average(mask: &Planes, height: usize, width: usize) -> Planes {
    let covered = |from: usize, to: usize| move |k: usize| (k * from / to, ((k + 1) * from).div_ceil(to));
    cells(mask, height, width, covered(mask.height(), height), covered(mask.width(), width))
}

fn cells(
    mask: &Planes,
    height: usize,
    width: usize,
    rows: impl Fn(usize) -> (usize, usize),
    columns: impl Fn(usize) -> (usize, usize),
) -> Planes {
    let mut means = Vec::with_capacity(height * width);
    for y in 0..height {
        let (top, bottom) = rows(y);
        for x in 0..width {
            let (left, right) = columns(x);
            let row_sum = |y: usize| mask.data()[y * mask.width()..][left..right].iter().sum::<f32>();
            let total: f32 = (top..bottom).map(row_sum).sum();
            means.push(total / ((bottom - top) * (right - left)) as f32);
        }
    }
    Planes::from_vec(1, height, width, means)
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
