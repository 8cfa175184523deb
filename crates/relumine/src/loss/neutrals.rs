//! Penalty on colour that the few whites and greys of a region take: a waterfall between green rocks is white in autumn, too.
//!
//! Of a region the reference says how colourful it is as a whole; a smooth map that turns its greens to orange turns what was white to orange as well,
//! though the reference has whites of its own. So those few are held to about the least colourful of the reference. With the saturation
//! s = |chroma| / (Y + 0.1), chroma red and blue less luma Y (sRGB-encoded), N the number of pixels, and of a pixel i in region c
//!
//! - q_ci, the share of the region's light pixels that are no more saturated,
//! - n_ci, how far it counts: its share of the region, where it is light, neutral and of few ([`LIGHT`], [`NEUTRAL`], [`FEW`]),
//! - b_ci, the saturation of the reference's light pixels at the share q_ci + [`SLACK`], or its own, or [`LEAST`] where those are more,
//!
//! ```text
//! L = 1/N Σ_i n_i max(0, |chroma_i| − b_i (Y_i + 0.1))²        n_i = Σ_c n_ci, b_i = Σ_c n_ci b_ci / n_i
//! ```
//!
//! Where all of a region is grey, as a lake in rain, or the reference has no grey there, as a sunset, nothing is held. What is dark is left
//! out, as hardly any hue is seen in it.

use super::distribution::Distribution;
use super::held::{Held, Holding};
use super::photos::PairedPhotos;
use crate::Planes;
use crate::colour::{LUMA, luma};

/// Added to luma, lest what is nearly black be called colourful.
const DARK: f32 = 0.1;
/// Luma that does not count, and from which on it counts in full.
const LIGHT: (f32, f32) = (0.1, 0.3);
/// Saturation from which on nothing is neutral, and up to which all is.
const NEUTRAL: (f32, f32) = (0.12, 0.06);
/// Saturations this near are alike.
const ALIKE: f32 = 0.02;
/// Share of the region from which on neutrals are no few, and up to which they are.
const FEW: (f64, f64) = (0.4, 0.2);
/// How much further than q_ci one goes among the reference's.
const SLACK: f64 = 0.1;
/// Saturation up to which anything is grey enough.
const LEAST: f32 = 0.05;

/// The penalty for fixed photos: of each pixel that is held, n_i and b_i.
#[derive(Clone, Debug)]
pub(crate) struct Neutrals(Vec<Held>);

impl Neutrals {
    /// Takes saturations from the reference.
    pub(crate) fn new(photos: PairedPhotos<'_>) -> Self {
        let (ours, theirs) = (Saturations::of(photos.content), Saturations::of(photos.reference));
        let mut holding = Holding::none(photos.content.area());
        for region in 0..photos.regions() {
            let (mask, there) = photos.masks(region);
            let distributions = (ours.distributed(mask), theirs.distributed(there));
            let (Some(own), Some(other)) = distributions else { continue };
            for (i, mask) in mask.iter().enumerate() {
                let saturation = ours.saturation[i];
                let neutral =
                    mask * ours.light[i] * ramp(saturation.into(), NEUTRAL.0.into(), NEUTRAL.1.into());
                if neutral == 0.0 {
                    continue;
                }
                let share = own.share_within(saturation + ALIKE);
                let count = neutral * ramp(share, FEW.0, FEW.1);
                holding.hold(i, count, other.value_at(share + SLACK).max(saturation).max(LEAST));
            }
        }
        Self(holding.pixels())
    }

    /// `weight` × L at `output` (3×H×W); adds its gradient to `gradient`.
    pub(crate) fn evaluate(&self, output: &Planes, weight: f64, gradient: &mut Planes) -> f64 {
        let area = output.area();
        let scale = weight / area as f64;
        let [red, green, blue] = output.rgb();
        let slopes = gradient.data_mut();
        let mut sum = 0.0;
        for &Held { index, counts, most } in &self.0 {
            let (y, [u, v]) = luma_and_chroma([red[index], green[index], blue[index]]);
            let chroma = u.hypot(v);
            let excess = chroma - most * (y.max(0.0) + DARK);
            if excess <= 0.0 {
                continue;
            }
            sum += f64::from(counts * excess * excess);
            let along = 2.0 * scale as f32 * counts * excess;
            let by_luma = -(u + v) / chroma - if y > 0.0 { most } else { 0.0 };
            for (c, own) in [u / chroma, 0.0, v / chroma].into_iter().enumerate() {
                slopes[c * area + index] += along * (own + by_luma * LUMA[c]);
            }
        }
        scale * sum
    }
}

/// Of each pixel of a photo.
struct Saturations {
    saturation: Vec<f32>,
    /// How far it is light enough for hue to be seen, 0..1.
    light: Vec<f32>,
}

impl Saturations {
    fn of(photo: &Planes) -> Self {
        let [red, green, blue] = photo.rgb();
        let (saturation, light) = (0..photo.area())
            .map(|i| {
                let (y, [u, v]) = luma_and_chroma([red[i], green[i], blue[i]]);
                (u.hypot(v) / (y.max(0.0) + DARK), ramp(y.into(), LIGHT.0.into(), LIGHT.1.into()))
            })
            .unzip();
        Self { saturation, light }
    }

    fn distributed(&self, mask: &[f32]) -> Option<Distribution> {
        Distribution::of(&self.saturation, mask.iter().zip(&self.light).map(|(mask, light)| mask * light))
    }
}

fn luma_and_chroma(colour: [f32; 3]) -> (f32, [f32; 2]) {
    let y = luma(colour);
    (y, [colour[0] - y, colour[2] - y])
}

/// From 0 at `none` to 1 at `all`.
fn ramp(value: f64, none: f64, all: f64) -> f32 {
    ((value - none) / (all - none)).clamp(0.0, 1.0) as f32
}

#[cfg(test)]
mod tests {
    use super::super::finite_differences::{Comparison, assert_added};
    use super::*;

    const GREEN: [f32; 3] = [0.2, 0.6, 0.1];
    const ORANGE: [f32; 3] = [0.8, 0.4, 0.1];
    const WHITE: [f32; 3] = [0.9, 0.9, 0.9];

    /// Ten pixels: `few` first, of a colour; the rest of another.
    fn photo(few: usize, colour: [f32; 3], rest: [f32; 3]) -> Planes {
        let value = |i: usize| if i % 10 < few { colour[i / 10] } else { rest[i / 10] };
        Planes::from_vec(3, 2, 5, (0..30).map(value).collect())
    }

    fn cost(content: &Planes, reference: &Planes, output: &Planes) -> f64 {
        let mask = Planes::filled(1, 2, 5, 1.0);
        let neutrals = Neutrals::new(PairedPhotos::new((content, &mask), (reference, &mask)));
        neutrals.evaluate(output, 1.0, &mut Planes::zeros_like(output))
    }

    #[test]
    fn few_whites_stay_white_where_the_reference_has_some() {
        let content = photo(1, WHITE, GREEN);
        assert!(cost(&content, &photo(3, WHITE, ORANGE), &photo(1, ORANGE, ORANGE)) > 1e-3);
        assert_eq!(cost(&content, &photo(3, WHITE, ORANGE), &photo(1, WHITE, ORANGE)), 0.0, "white is free");
        assert_eq!(
            cost(&content, &photo(0, WHITE, ORANGE), &photo(1, ORANGE, ORANGE)),
            0.0,
            "no white there"
        );
        let grey = photo(8, WHITE, GREEN);
        assert_eq!(cost(&grey, &photo(3, WHITE, ORANGE), &photo(8, ORANGE, ORANGE)), 0.0, "not a few");
        let black = photo(1, [0.05; 3], GREEN);
        assert_eq!(cost(&black, &photo(3, WHITE, ORANGE), &photo(1, ORANGE, ORANGE)), 0.0, "hue unseen");
    }

    #[test]
    fn a_photo_is_at_rest_beside_any_reference() {
        let content = photo(2, [0.6, 0.62, 0.66], GREEN);
        for reference in [photo(3, WHITE, ORANGE), photo(10, [0.4; 3], ORANGE)] {
            assert!(cost(&content, &reference, &content) < 1e-12);
        }
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences_and_is_added() {
        let (content, reference) = (photo(2, WHITE, GREEN), photo(4, WHITE, ORANGE));
        let soft = Planes::from_vec(2, 2, 5, (0..20).map(|i| 0.3 + 0.03 * i as f32).collect());
        let neutrals = Neutrals::new(PairedPhotos::new((&content, &soft), (&reference, &soft)));
        let output = photo(1, [0.7, 0.3, 0.2], [0.2, 0.3, 0.9]);
        let compared = Comparison { every: 1, step: 1e-3, most: 1e-2, floor: 1e-1 };
        let loss =
            assert_added(&output, &compared, |output, gradient| neutrals.evaluate(output, 100.0, gradient));
        assert!(loss > 0.1);
    }
}
