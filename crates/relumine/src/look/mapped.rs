//! Colours that a look is made to take to others.
//!
//! A pair (c, t) takes what has the colour c in the photo to t, and what is near to c to what is as far from t:
//!
//! ```text
//! p ↦ y + w(p) (t + (p - c) - y)        w = (1 - d²)³, and 0 from d = 1 on        d² = (ΔL/R_L)² + (Δa² + Δb²)/R²
//! ```
//!
//! p the colour in the photo, y after the look, in Oklab; d their distance from c. R_L is large, for what has a colour has it in light and in
//! shade, and R small, for greys and other hues are to stay. Both grow, within bounds, with the distance by which colours are moved, so that
//! few overtake their neighbours. Several pairs share a colour by w/(1 - w) (Shepard 1968), which leaves each pair its own.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::OptionsError;
use crate::colour::{of_oklab, oklab};

/// Least and largest R_L and R.
const LIGHTNESS: (f32, f32) = (0.3, 0.5);
const CHROMA: (f32, f32) = (0.08, 0.12);

/// A colour of the photo, and the one that a look is made to take it to: sRGB, 8 bits. In text, `#rrggbb=#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ColourPair {
    /// In the photo.
    pub from: [u8; 3],
    /// In the result.
    pub to: [u8; 3],
}

impl FromStr for ColourPair {
    type Err = OptionsError;

    fn from_str(text: &str) -> Result<Self, OptionsError> {
        let read = || {
            let (from, to) = text.split_once('=')?;
            Some(Self { from: colour(from.trim())?, to: colour(to.trim())? })
        };
        read().ok_or_else(|| OptionsError::Unknown {
            field: "map",
            value: text.into(),
            expected: "two colours, as in #8a9b6c=#c9a227".into(),
        })
    }
}

/// `#rrggbb`.
fn colour(text: &str) -> Option<[u8; 3]> {
    let digits = text
        .strip_prefix('#')
        .filter(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
    let number = u32::from_str_radix(digits, 16).ok()?;
    let [_, colour @ ..] = number.to_be_bytes();
    Some(colour)
}

impl fmt::Display for ColourPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ([r, g, b], [to_r, to_g, to_b]) = (self.from, self.to);
        write!(f, "#{r:02x}{g:02x}{b:02x}=#{to_r:02x}{to_g:02x}{to_b:02x}")
    }
}

impl TryFrom<String> for ColourPair {
    type Error = OptionsError;

    fn try_from(text: String) -> Result<Self, OptionsError> {
        text.parse()
    }
}

impl From<ColourPair> for String {
    fn from(pair: ColourPair) -> Self {
        pair.to_string()
    }
}

/// Pairs of colours, ready for pixels.
#[derive(Clone, Debug)]
pub(super) struct Mapped(Vec<Pair>);

/// In Oklab.
#[derive(Clone, Debug)]
struct Pair {
    from: [f32; 3],
    to: [f32; 3],
    /// R_L and R.
    radii: [f32; 2],
}

impl Mapped {
    /// Pairs after a look that takes colours, sRGB-encoded, to about what `looked` says.
    pub(super) fn new(pairs: &[ColourPair], looked: impl Fn([f32; 3]) -> [f32; 3]) -> Self {
        let ready = |pair: &ColourPair| {
            let [given, to] = [pair.from, pair.to].map(|colour| colour.map(|level| f32::from(level) / 255.0));
            let [from, to, looked] = [given, to, looked(given)].map(oklab);
            let (ours, theirs) = (apart(from, to), apart(looked, to));
            let lightness = (1.5 * ours[0].max(theirs[0])).clamp(LIGHTNESS.0, LIGHTNESS.1);
            Pair { from, to, radii: [lightness, ours[1].max(theirs[1]).clamp(CHROMA.0, CHROMA.1)] }
        };
        Self(pairs.iter().map(ready).collect())
    }

    /// What becomes of a colour that is `before` in the photo and `after` the look, both sRGB-encoded, and gets a share of all that is done.
    pub(super) fn apply(&self, before: [f32; 3], after: [f32; 3], share: f32) -> [f32; 3] {
        let colour = oklab(before);
        let (mut left, mut total, mut sum) = (1.0, 0.0, [0.0; 3]);
        for Pair { from, to, radii } in &self.0 {
            let [lightness, chroma] = apart(colour, *from);
            let squared = (lightness / radii[0]).powi(2) + (chroma / radii[1]).powi(2);
            if squared >= 1.0 {
                continue;
            }
            let weight = (1.0 - squared).powi(3);
            let part = weight / (1.0 - weight + 1e-6);
            left *= 1.0 - weight;
            total += part;
            (0..3).for_each(|c| sum[c] += part * (to[c] + colour[c] - from[c]));
        }
        if total == 0.0 || share == 0.0 {
            return after;
        }
        let (looked, weight) = (oklab(after), share * (1.0 - left));
        of_oklab([0, 1, 2].map(|c| looked[c] + weight * (sum[c] / total - looked[c])))
    }
}

/// How far colours of Oklab are apart, in lightness and in a and b.
fn apart(one: [f32; 3], other: [f32; 3]) -> [f32; 2] {
    let [l, a, b] = [0, 1, 2].map(|c| one[c] - other[c]);
    [l.abs(), a.hypot(b)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pairs_are_text() {
        let pair: ColourPair = "#8a9B6c = #c9a227".parse().unwrap();
        assert_eq!(pair, ColourPair { from: [0x8a, 0x9b, 0x6c], to: [0xc9, 0xa2, 0x27] });
        assert_eq!(serde_json::to_string(&pair).unwrap(), r##""#8a9b6c=#c9a227""##);
        assert_eq!(pair.to_string().parse::<ColourPair>().unwrap(), pair);
        for text in [
            "",
            "#8a9b6c",
            "#8a9b6c=",
            "8a9b6c=#c9a227",
            "#8a9b6c=#c9a22",
            "#8a9b6c=#c9a22g",
            "#+a9b6c=#c9a227",
        ] {
            let error = text.parse::<ColourPair>().unwrap_err().to_string();
            assert!(error.starts_with("map ") && error.contains("#8a9b6c=#c9a227"), "{error}");
        }
    }

    fn pairs() -> Vec<ColourPair> {
        let texts = ["#8a9b6c=#c9a227", "#7088a0=#5a88b8", "#807060=#806850"];
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn each_pair_has_its_own_whatever_the_look_did() {
        let mapped = Mapped::new(&pairs(), |colour| colour.map(|v| 0.5 * v));
        for pair in pairs() {
            let [from, to] = [pair.from, pair.to].map(|colour| colour.map(|level| f32::from(level) / 255.0));
            for looked in [from, from.map(|v| 0.5 * v), [0.9, 0.2, 0.1]] {
                let found = mapped.apply(from, looked, 1.0);
                assert!((0..3).all(|c| (found[c] - to[c]).abs() < 1e-3), "{pair}: {found:?}");
            }
            assert_eq!(mapped.apply(from, from, 0.0), from, "what gets nothing of it");
        }
    }

    #[test]
    fn far_colours_stay_to_the_bit() {
        let mapped = Mapped::new(&pairs()[..1], |colour| colour);
        for colour in [[1.0, 0.0, 0.0], [0.1, 0.2, 0.9], [0.05, 0.05, 0.05], [1.0, 1.0, 1.0]] {
            assert_eq!(mapped.apply(colour, [0.3, 0.4, 0.5], 1.0), [0.3, 0.4, 0.5], "{colour:?}");
        }
    }

    proptest! {
        #[test]
        fn near_colours_stay_near(colour in prop::array::uniform3(0.0_f32..1.0), step in prop::array::uniform3(-0.004_f32..0.004)) {
            let mapped = Mapped::new(&pairs(), |colour| colour);
            let near = [0, 1, 2].map(|c| (colour[c] + step[c]).clamp(0.0, 1.0));
            let [a, b] = [colour, near].map(|colour| oklab(mapped.apply(colour, colour, 1.0)));
            let distance = |a, b| apart(a, b).into_iter().sum::<f32>();
            let moved = distance(oklab(colour), oklab(near));
            prop_assert!(distance(a, b) < 8.0 * moved + 1e-3, "{moved} became {}", distance(a, b));
        }
    }
}
