//! The exposure of a photo held under a look: the mean of L* (CIELAB) over all that counts of it.
//!
//! Held by one curve of lightness for the whole photo, which leaves black and white where they are and bends nowhere back:
//!
//! ```text
//! x = L*/100        x' = (1 + k) x / (1 + k x)
//! ```
//!
//! Its slope is 1 + k at black and 1 / (1 + k) at white; k is what makes the means equal. Chroma goes with lightness, as far as it can be shown:
//! more light makes L* + 16, a* and b* grow by one factor.

use super::keep::{bounds, shown};
use crate::metrics::lab::convert;

/// Halvings of the range of ln(1 + k), and that range: slopes of 1/20 to 20.
const HALVINGS: usize = 40;
const RANGE: f64 = 3.0;

/// A curve of lightness.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Exposure {
    bend: f64,
}

impl Exposure {
    /// The curve under which lightnesses (L*, 0..100), each with how much of the curve it gets, have a mean; as near to that as there is one.
    pub(super) fn with_mean(lightnesses: &[(f64, f64)], mean: f64) -> Self {
        let of = |curve: &Self| {
            let sum: f64 = lightnesses.iter().map(|(l, share)| curve.lightness(*l, *share)).sum();
            sum / lightnesses.len().max(1) as f64
        };
        let (mut low, mut high) = (-RANGE, RANGE);
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if of(&Self { bend: middle.exp_m1() }) < mean { low = middle } else { high = middle }
        }
        Self { bend: (0.5 * (low + high)).exp_m1() }
    }

    /// The lightness of what gets so much of the curve, both 0..100.
    fn lightness(&self, l: f64, share: f64) -> f64 {
        let x = (l / 100.0).clamp(0.0, 1.0);
        l + share * 100.0 * (x * (1.0 + self.bend) / (1.0 + self.bend * x) - x)
    }

    /// The colour after it, sRGB-encoded as that of the photo itself, `before`, is.
    pub(super) fn hold(&self, before: [f64; 3], after: [f64; 3], share: f64) -> [f64; 3] {
        let bounds = bounds(before);
        let [l, a, b] = convert(after.map(|v| v.clamp(bounds.0, bounds.1)));
        let held = self.lightness(l, share);
        if held == l {
            return after;
        }
        let gain = (held + 16.0) / (l + 16.0);
        shown([held, a * gain, b * gain], bounds)
    }
}

/// L* of what is shown of a colour.
pub(super) fn lightness(before: [f64; 3], after: [f64; 3]) -> f64 {
    let (least, most) = bounds(before);
    convert(after.map(|v| v.clamp(least, most)))[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_held_and_black_and_white_stay() {
        let lightnesses: Vec<(f64, f64)> = (0..=100).map(|l| (f64::from(l), 1.0)).collect();
        for mean in [30.0, 50.0, 70.0] {
            let curve = Exposure::with_mean(&lightnesses, mean);
            let held: Vec<f64> = lightnesses.iter().map(|(l, share)| curve.lightness(*l, *share)).collect();
            assert!((held.iter().sum::<f64>() / 101.0 - mean).abs() < 1e-6);
            assert!((held[0], held[100]) == (0.0, 100.0) && held.is_sorted(), "{held:?}");
        }
        let halfway: Vec<(f64, f64)> = lightnesses.iter().map(|(l, _)| (*l, f64::from(*l > 50.0))).collect();
        let curve = Exposure::with_mean(&halfway, 45.0);
        assert_eq!(curve.lightness(30.0, 0.0), 30.0);
    }

    #[test]
    fn colours_keep_their_hue() {
        let (colour, curve) = ([0.7, 0.4, 0.3], Exposure { bend: 0.5 });
        let ([l, a, b], [held, held_a, held_b]) = (convert(colour), convert(curve.hold(colour, colour, 1.0)));
        assert!(held > l + 5.0 && (a * held_b - b * held_a).abs() < 0.01);
        assert_eq!(curve.hold(colour, colour, 0.0), colour);
    }
}
