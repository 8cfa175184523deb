//! Distance between the colour distributions of two regions by their first two moments.
//!
//! For each region c with area share a_c, mean m_c and covariance C_c of its sRGB-encoded colours,
//!
//! ```text
//! L = Σ_c a_c ( |m_c[O] − m_c[S]|² + 0.1 |C_c[O] − C_c[S]|² / (|C_c[S]|² + 10⁻⁶) )
//! ```
//!
//! A Gram matrix of a compact network leaves colours loosely tied down; this holds them. The floor of 10⁻⁶ (a standard
//! deviation of 0.03 in every channel) keeps regions of one flat colour from outweighing everything else.

use nalgebra::{Matrix3, Vector3};

use super::photos::PairedPhotos;
use crate::Planes;
use crate::colour::Moments;

const COVARIANCE_SHARE: f64 = 0.1;
const FLOOR: f64 = 1e-6;

/// The distance to fixed targets, one a region.
#[derive(Clone, Debug)]
pub(crate) struct ColourStatistics {
    masks: Planes,
    /// Area share and target of each region; none where a region is empty on either side.
    targets: Vec<Option<(f64, Moments)>>,
}

impl ColourStatistics {
    /// Takes the targets from the reference.
    pub(crate) fn new(photos: PairedPhotos<'_>) -> Self {
        let target = |region| {
            let (mask, there) = photos.masks(region);
            let share = mask.iter().map(|&w| f64::from(w)).sum::<f64>() / mask.len() as f64;
            let target = Moments::weighted(photos.reference, there)?;
            (share > 0.0).then_some((share, target))
        };
        Self { masks: photos.content_masks.clone(), targets: (0..photos.regions()).map(target).collect() }
    }

    /// `weight` × L at `output` (3×H×W); adds its gradient to `gradient`.
    pub(crate) fn evaluate(&self, output: &Planes, weight: f64, gradient: &mut Planes) -> f64 {
        let mut loss = 0.0;
        for (region, target) in self.targets.iter().enumerate() {
            let Some((share, target)) = target else { continue };
            let mask = self.masks.plane(region);
            let Some(found) = Moments::weighted(output, mask) else { continue };
            let mean = found.mean - target.mean;
            let covariance = found.covariance - target.covariance;
            let scale = COVARIANCE_SHARE / (target.covariance.norm_squared() + FLOOR);
            loss += share * (mean.norm_squared() + scale * covariance.norm_squared());
            let factor = weight * share / found.weight;
            let slope = (4.0 * factor * scale) * covariance;
            let offset = (2.0 * factor) * mean - slope * found.mean;
            add_affine(output, mask, &slope, &offset, gradient);
        }
        weight * loss
    }
}

/// gradient_i += mask_i (slope · output_i + offset)
fn add_affine(
    output: &Planes,
    mask: &[f32],
    slope: &Matrix3<f64>,
    offset: &Vector3<f64>,
    gradient: &mut Planes,
) {
    let rgb = output.rgb();
    for channel in 0..3 {
        let [a, b, c] = [0, 1, 2].map(|k| slope[(channel, k)] as f32);
        let d = offset[channel] as f32;
        let samples = rgb[0].iter().zip(rgb[1]).zip(rgb[2]).zip(mask);
        for (g, (((r, v), u), w)) in gradient.plane_mut(channel).iter_mut().zip(samples) {
            *g += w * (a * r + b * v + c * u + d);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::finite_differences::{Comparison, assert_added};
    use super::*;

    fn picture(height: usize, width: usize, phase: f32) -> Planes {
        let data = (0..3 * height * width).map(|i| 0.5 + 0.4 * (i as f32 * 0.7 + phase).sin()).collect();
        Planes::from_vec(3, height, width, data)
    }

    #[test]
    fn a_picture_matches_itself() {
        let photo = picture(6, 5, 0.0);
        let mask = Planes::filled(1, 6, 5, 1.0);
        let statistics = ColourStatistics::new(PairedPhotos::new((&photo, &mask), (&photo, &mask)));
        let mut gradient = Planes::zeros_like(&photo);
        assert!(statistics.evaluate(&photo, 1.0, &mut gradient).abs() < 1e-12);
        assert!(gradient.data().iter().all(|g| g.abs() < 1e-6));
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences_and_is_added() {
        let (reference, output) = (picture(7, 6, 1.0), picture(5, 8, 2.5));
        let soft = |n: usize, k: f32| (0..n).map(|i| (i as f32 * k).cos().abs()).collect::<Vec<_>>();
        let content_masks = Planes::from_vec(2, 5, 8, soft(80, 0.3));
        let reference_masks = Planes::from_vec(2, 7, 6, soft(84, 0.2));
        let statistics = ColourStatistics::new(PairedPhotos::new(
            (&output, &content_masks),
            (&reference, &reference_masks),
        ));
        let compared = Comparison { every: 7, step: 1e-2, most: 1e-3, floor: 1e-2 };
        assert_added(&output, &compared, |output, gradient| statistics.evaluate(output, 3.0, gradient));
    }
}
