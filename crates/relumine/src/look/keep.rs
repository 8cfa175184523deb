//! What of a photo's colours stays under a look: its lightness, or its chroma and hue, of CIELAB (D65).
//!
//! L* of one and a*b* of the other may be a colour that cannot be shown. Then chroma gives way and L* is held: the colour is taken towards the
//! grey of its lightness, with its hue, as far as it has to.

use serde::{Deserialize, Serialize};

use crate::metrics::lab::{convert, rgb};

/// Halvings of the chroma that can be shown: to a hundredth of a level.
const HALVINGS: usize = 14;
/// What rounding may take a colour beyond its bounds by.
const SLACK: f64 = 1e-6;

/// What of a photo's colours stays under a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// L* of CIELAB: the look changes colours alone, and light and shadow stay as they are.
    Luminance,
    /// a* and b* of CIELAB: the look changes light and shadow alone.
    Colour,
}

impl Keep {
    /// The colour `after` a look with what is kept of the one `before`, both sRGB-encoded.
    pub(super) fn hold(self, before: [f64; 3], after: [f64; 3]) -> [f64; 3] {
        let ([l, a, b], [looked_l, looked_a, looked_b]) = (convert(before), convert(after));
        match self {
            Self::Luminance => shown([l, looked_a, looked_b], bounds(before)),
            Self::Colour => shown([looked_l, a, b], bounds(before)),
        }
    }
}

/// Least and most of each channel of what can be shown: 0..1, and as far beyond as the photo itself goes, which a wider space may hold.
pub(super) fn bounds(before: [f64; 3]) -> (f64, f64) {
    (before.into_iter().fold(0.0, f64::min), before.into_iter().fold(1.0, f64::max))
}

/// The sRGB-encoded colour of (L*, a*, b*) with as much of its chroma as stays within bounds.
pub(super) fn shown([l, a, b]: [f64; 3], (least, most): (f64, f64)) -> [f64; 3] {
    let [low, high] = [least, most].map(|grey| convert([grey; 3])[0]);
    let l = l.clamp(low, high);
    let at = |share: f64| rgb([l, share * a, share * b]);
    let fits = |colour: &[f64; 3]| colour.iter().all(|v| (least - SLACK..=most + SLACK).contains(v));
    let full = at(1.0);
    if fits(&full) {
        return full;
    }
    let (mut inside, mut outside) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (inside + outside);
        if fits(&at(middle)) { inside = middle } else { outside = middle }
    }
    at(inside)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lightness_stays_whatever_becomes_of_colours(
            before in prop::array::uniform3(0.0_f64..=1.0), after in prop::array::uniform3(-0.3_f64..1.3)
        ) {
            let kept = Keep::Luminance.hold(before, after);
            prop_assert!(kept.iter().all(|v| (-1e-5..=1.0 + 1e-5).contains(v)), "{kept:?}");
            prop_assert!((convert(kept)[0] - convert(before)[0]).abs() < 0.01, "{kept:?}");
        }

        #[test]
        fn hue_stays_and_chroma_gives_way(
            before in prop::array::uniform3(0.0_f64..=1.0), after in prop::array::uniform3(0.0_f64..=1.0)
        ) {
            let [l, a, b] = convert(Keep::Colour.hold(before, after));
            let [_, own_a, own_b] = convert(before);
            prop_assert!((l - convert(after)[0]).abs() < 0.01);
            prop_assert!((a * own_b - b * own_a).abs() < 0.05 * (1.0 + own_a.hypot(own_b)), "a turn of hue");
            prop_assert!(a.hypot(b) < own_a.hypot(own_b) + 0.01);
        }

        #[test]
        fn what_can_be_shown_is_kept_exactly(colour in prop::array::uniform3(0.2_f64..0.8), light in 0.95_f64..1.05) {
            let after = colour.map(|v| v * light);
            let [_, a, b] = convert(Keep::Colour.hold(colour, after));
            let [_, own_a, own_b] = convert(colour);
            let full = rgb([convert(after)[0], own_a, own_b]);
            if full.iter().all(|v| (0.0..=1.0).contains(v)) {
                prop_assert!((a - own_a).abs() < 0.01 && (b - own_b).abs() < 0.01);
            }
        }
    }
}
