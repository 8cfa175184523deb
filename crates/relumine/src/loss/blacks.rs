//! Penalty on blacks that turn grey though the reference has blacks: mist over a tree at night.
//!
//! Where nearly all of a region is dark and its counterpart is not, what is most alike on the whole is a region that is lifted as a whole. But what
//! makes a photo clear is its black point. So the darkest of a region is held to about the darkest of its counterpart. Of a pixel i in region c, luma Y
//! (sRGB-encoded), N the number of pixels,
//!
//! - n_ci, how far it counts: its share of the region, where it is of the region's darkest [`DARKEST`],
//! - b_ci, the most of the luma of the counterpart's darkest, or its own where that is more,
//!
//! ```text
//! L = 1/N Σ_i n_i max(0, Y_i − b_i)²        n_i = Σ_c n_ci, b_i = Σ_c n_ci b_ci / n_i
//! ```
//!
//! Where the reference is misty, so may the result be.

use super::distribution::Distribution;
use super::held::{Held, Holding};
use super::photos::PairedPhotos;
use crate::Planes;
use crate::colour::{LUMA, luma};

/// Share of a region that is its darkest.
const DARKEST: f64 = 0.1;

/// The penalty for fixed photos: of each pixel that is held, n_i and b_i.
#[derive(Clone, Debug)]
pub(crate) struct Blacks(Vec<Held>);

impl Blacks {
    /// Takes blacks from the reference.
    pub(crate) fn new(photos: PairedPhotos<'_>) -> Self {
        let (ours, theirs) = (photos.content.luma(), photos.reference.luma());
        let mut holding = Holding::none(photos.content.area());
        for region in 0..photos.regions() {
            let (mask, there) = photos.masks(region);
            let own = Distribution::of(ours.data(), mask.iter().copied());
            let other = Distribution::of(theirs.data(), there.iter().copied());
            let (Some(own), Some(other)) = (own, other) else { continue };
            let (dark, black) = (own.value_at(DARKEST), other.value_at(DARKEST));
            for (i, (mask, luma)) in mask.iter().zip(ours.data()).enumerate() {
                if *luma <= dark {
                    holding.hold(i, *mask, black.max(*luma));
                }
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
            let excess = luma([red[index], green[index], blue[index]]) - most;
            if excess <= 0.0 {
                continue;
            }
            sum += f64::from(counts * excess * excess);
            let along = 2.0 * scale as f32 * counts * excess;
            for (c, weight) in LUMA.iter().enumerate() {
                slopes[c * area + index] += along * weight;
            }
        }
        scale * sum
    }
}

#[cfg(test)]
mod tests {
    use super::super::finite_differences::{Comparison, assert_added};
    use super::*;

    /// Ten pixels: `few` of a luma first; the rest of another.
    fn photo(few: usize, luma: f32, rest: f32) -> Planes {
        let value = |i: usize| if i % 10 < few { luma } else { rest };
        Planes::from_vec(3, 2, 5, (0..30).map(value).collect())
    }

    fn cost(content: &Planes, reference: &Planes, output: &Planes) -> f64 {
        let mask = Planes::filled(1, 2, 5, 1.0);
        let blacks = Blacks::new(PairedPhotos::new((content, &mask), (reference, &mask)));
        blacks.evaluate(output, 1.0, &mut Planes::zeros_like(output))
    }

    #[test]
    fn blacks_are_not_lifted_where_the_reference_has_some() {
        let (content, clear, misty) = (photo(5, 0.05, 0.3), photo(2, 0.1, 0.8), photo(2, 0.4, 0.8));
        let (lifted, deep) = (photo(5, 0.4, 0.7), photo(5, 0.08, 0.7));
        assert!((cost(&content, &clear, &lifted) - 0.5 * 0.3 * 0.3).abs() < 1e-6);
        assert_eq!(cost(&content, &clear, &deep), 0.0);
        assert_eq!(cost(&content, &misty, &lifted), 0.0, "as misty as the reference");
    }

    #[test]
    fn a_photo_is_at_rest_beside_any_reference() {
        let content = photo(2, 0.3, 0.6);
        for reference in [photo(3, 0.0, 0.1), photo(10, 0.9, 0.0)] {
            assert!(cost(&content, &reference, &content) < 1e-12);
        }
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences_and_is_added() {
        let (content, reference) = (photo(4, 0.1, 0.5), photo(4, 0.05, 0.6));
        let soft = Planes::from_vec(2, 2, 5, (0..20).map(|i| 0.3 + 0.03 * i as f32).collect());
        let blacks = Blacks::new(PairedPhotos::new((&content, &soft), (&reference, &soft)));
        let output = Planes::from_vec(3, 2, 5, (0..30).map(|i| 0.2 + 0.02 * i as f32).collect());
        let compared = Comparison { every: 1, step: 1e-3, most: 1e-2, floor: 1e-1 };
        let loss =
            assert_added(&output, &compared, |output, gradient| blacks.evaluate(output, 100.0, gradient));
        assert!(loss > 0.1);
    }
}
