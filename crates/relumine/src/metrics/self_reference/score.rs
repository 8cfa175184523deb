//! How near a result is to the truth.

use crate::Planes;
use crate::io::Photo;
use crate::metrics::lab::lab;
use crate::metrics::picture::picture;
use crate::resample::Filter;

/// Least mean square error in levels: equal pictures have 78 dB.
const LEAST: f64 = 1e-3;

/// How near one result is to the truth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Peak signal-to-noise ratio in dB, of 8 bits a channel.
    pub psnr: f64,
    /// Mean distance of colours: CIE76 ΔE.
    pub distance: f64,
}

impl Score {
    /// Compares a picture with the truth, both as 8 bits a channel hold them.
    ///
    /// # Panics
    /// If their sizes differ.
    pub fn of(found: &Photo, truth: &Photo) -> Self {
        assert_eq!((found.height(), found.width()), (truth.height(), truth.width()), "pictures of one size");
        let [found, truth] = [found, truth]
            .map(|photo| picture(photo.colours(), photo.height(), photo.width(), Filter::Lanczos3));
        let distance =
            |(a, b): (&[f64; 3], &[f64; 3])| (0..3).map(|c| (a[c] - b[c]).powi(2)).sum::<f64>().sqrt();
        let sum = lab(&found).iter().zip(&lab(&truth)).map(distance).sum::<f64>();
        Self {
            psnr: 10.0 * (255.0 * 255.0 / square_error(&found, &truth).max(LEAST)).log10(),
            distance: sum / truth.area() as f64,
        }
    }
}

/// Mean square error in levels.
fn square_error(found: &Planes, truth: &Planes) -> f64 {
    let pairs = found.data().iter().zip(truth.data());
    let sum = pairs.map(|(a, b)| (255.0 * f64::from(a - b)).powi(2)).sum::<f64>();
    sum / truth.data().len() as f64
}

/// The scores of many results.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Summary {
    /// Mean peak signal-to-noise ratio in dB.
    pub psnr: f64,
    /// Mean distance of colours.
    #[serde(rename = "dE")]
    pub distance: f64,
    /// The same of the twentieth of the results that are farthest from the truth, one at least.
    #[serde(rename = "worst_dE")]
    pub worst: f64,
    /// How many results there are.
    pub pairs: usize,
}

impl Summary {
    /// `None` of no scores.
    pub fn of(scores: &[Score]) -> Option<Self> {
        let pairs = scores.len();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let mut distances: Vec<_> = scores.iter().map(|score| score.distance).collect();
        distances.sort_unstable_by(f64::total_cmp);
        let worst = ((pairs as f64 / 20.0).round_ties_even() as usize).max(1);
        (pairs > 0).then(|| Self {
            psnr: mean(&scores.iter().map(|score| score.psnr).collect::<Vec<_>>()),
            distance: mean(&distances),
            worst: mean(&distances[pairs - worst..]),
            pairs,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_off_everywhere_is_known() {
        let grey = |level: f32| Photo::from_planes(Planes::filled(3, 4, 4, level / 255.0));
        let score = Score::of(&grey(129.0), &grey(128.0));
        assert!((score.psnr - 48.1308).abs() < 1e-3, "{score:?}");
        assert!((score.distance - 0.391684).abs() < 1e-5, "{score:?}");
        let itself = Score::of(&grey(128.2), &grey(128.0));
        assert!((itself.psnr - 78.13).abs() < 0.01 && itself.distance == 0.0, "{itself:?}");
    }

    #[test]
    fn the_worst_are_a_twentieth() {
        let scores: Vec<_> =
            (0..40).map(|k| Score { psnr: f64::from(k), distance: f64::from((k * 7) % 40) }).collect();
        let expected = Summary { psnr: 19.5, distance: 19.5, worst: 38.5, pairs: 40 };
        assert_eq!(Summary::of(&scores), Some(expected));
        assert_eq!(Summary::of(&scores[..1]).map(|one| one.worst), Some(0.0));
        assert_eq!(Summary::of(&[]), None);
    }
}
