//! Penalty on chroma that a region's reference does not have.
//!
//! For each region c, the chroma of its colours (red and blue less luma, sRGB-encoded) has the mean m_c and covariance C_c in the
//! reference. With d_i = |C_c^(-1/2) (chroma_i − m_c)|, k_c the distance beyond which hardly any of the reference lies, w_ci the region's
//! mask and N the number of pixels,
//!
//! ```text
//! L = 1/N Σ_c tr(C_c) / 2 · Σ_i w_ci max(0, d_i − k_c)²
//! ```
//!
//! where d_i is taken from what is nearest between m_c and the content's own chroma, by the same measure: what the content has may stay, so that a photo is
//! at rest beside itself, and may go toward the reference, but a yellow flower on its way to red has no reason to turn blue.
//!
//! Mean and covariance hold a region's colours as a whole; this holds the few that a smooth map of colours carries beyond all that is in the
//! reference, as the bluest corner of a lake.

use nalgebra::{Matrix2, Matrix2x3, Vector2, Vector3};

use super::distribution::Distribution;
use super::photos::PairedPhotos;
use crate::Planes;
use crate::colour::{LUMA, Moments};

/// Share of the reference that lies within k_c.
const WITHIN: f64 = 0.99;
/// Least standard deviation of chroma in any direction: hues are not told apart more closely.
const LEAST_DEVIATION: f64 = 0.03;

/// The penalty for fixed references, one a region.
#[derive(Clone, Debug)]
pub(crate) struct Stray {
    masks: Planes,
    /// None where a region is empty in the reference.
    targets: Vec<Option<Target>>,
}

#[derive(Clone, Debug)]
struct Target {
    place: Place,
    /// Where each pixel of the content stands.
    own: Vec<Vector2<f32>>,
    /// k_c.
    within: f32,
    /// tr(C_c) / 2.
    variance: f64,
}

/// Where colours stand among those of a region of the reference.
#[derive(Clone, Copy, Debug)]
struct Place {
    mean: Vector2<f32>,
    /// L⁻¹ of the covariance L Lᵀ: distances are those of what it gives.
    whitening: Matrix2<f32>,
}

impl Stray {
    /// Takes the chroma from the reference.
    pub(crate) fn new(photos: PairedPhotos<'_>) -> Self {
        let target = |region| Target::of(photos.reference, photos.masks(region).1, photos.content);
        Self { masks: photos.content_masks.clone(), targets: (0..photos.regions()).map(target).collect() }
    }

    /// `weight` × L at `output` (3×H×W); adds its gradient to `gradient`.
    pub(crate) fn evaluate(&self, output: &Planes, weight: f64, gradient: &mut Planes) -> f64 {
        let area = output.area();
        let [red, green, blue] = output.rgb();
        let (r_slope, rest) = gradient.data_mut().split_at_mut(area);
        let (g_slope, b_slope) = rest.split_at_mut(area);
        let to_chroma = to_chroma().cast();
        let mut loss = 0.0;
        for (region, target) in self.targets.iter().enumerate() {
            let Some(Target { place, own, within, variance }) = target else { continue };
            let scale = weight * variance / area as f64;
            let slope = (2.0 * scale) as f32;
            let mut sum = 0.0;
            for (i, mask) in self.masks.plane(region).iter().enumerate().filter(|(_, mask)| **mask > 0.0) {
                let beyond = beyond(place.of(&to_chroma, [red[i], green[i], blue[i]]), own[i]);
                let distance = beyond.norm();
                if distance <= *within {
                    continue;
                }
                let excess = distance - within;
                sum += f64::from(mask * excess * excess);
                let along = place.whitening.tr_mul(&beyond) * (slope * mask * excess / distance);
                let along = to_chroma.tr_mul(&along);
                r_slope[i] += along.x;
                g_slope[i] += along.y;
                b_slope[i] += along.z;
            }
            loss += scale * sum;
        }
        loss
    }
}

impl Target {
    /// `None` where no pixel of the reference counts.
    fn of(reference: &Planes, mask: &[f32], content: &Planes) -> Option<Self> {
        let Moments { mean, covariance, .. } = Moments::weighted(reference, mask)?;
        let to_chroma = to_chroma();
        let covariance =
            to_chroma * covariance * to_chroma.transpose() + Matrix2::identity() * LEAST_DEVIATION.powi(2);
        let whitening = covariance.cholesky()?.l().try_inverse()?;
        let place = Place { mean: (to_chroma * mean).cast(), whitening: whitening.cast() };
        let distances: Vec<f32> = place.all(reference).map(|at| at.norm()).collect();
        let within = Distribution::of(&distances, mask.iter().copied())?.value_at(WITHIN);
        let own = place.all(content).collect();
        Some(Self { place, own, within, variance: covariance.trace() / 2.0 })
    }
}

impl Place {
    fn of(&self, to_chroma: &Matrix2x3<f32>, colour: [f32; 3]) -> Vector2<f32> {
        self.whitening * (to_chroma * Vector3::from(colour) - self.mean)
    }

    fn all(&self, picture: &Planes) -> impl Iterator<Item = Vector2<f32>> {
        let [red, green, blue] = picture.rgb();
        let to_chroma = to_chroma().cast();
        (0..picture.area()).map(move |i| self.of(&to_chroma, [red[i], green[i], blue[i]]))
    }
}

/// From the point nearest to `at` on the way from the middle to `own`.
fn beyond(at: Vector2<f32>, own: Vector2<f32>) -> Vector2<f32> {
    let along = at.dot(&own) / own.norm_squared().max(f32::MIN_POSITIVE);
    at - own * along.clamp(0.0, 1.0)
}

/// From a colour to red and blue less luma.
fn to_chroma() -> Matrix2x3<f64> {
    let [r, g, b] = LUMA.map(f64::from);
    Matrix2x3::new(1.0 - r, -g, -b, -r, -g, 1.0 - b)
}

#[cfg(test)]
mod tests {
    use super::super::finite_differences::{Comparison, assert_added};
    use super::*;

    fn picture(height: usize, width: usize, phase: f32, amplitude: f32) -> Planes {
        let data =
            (0..3 * height * width).map(|i| 0.5 + amplitude * (i as f32 * 0.7 + phase).sin()).collect();
        Planes::from_vec(3, height, width, data)
    }

    #[test]
    fn what_the_reference_has_costs_nothing_and_a_colour_beyond_it_does() {
        let mask = Planes::filled(1, 6, 5, 1.0);
        let reference = picture(6, 5, 0.0, 0.2);
        let stray = Stray::new(PairedPhotos::new((&reference, &mask), (&reference, &mask)));
        let mut gradient = Planes::zeros_like(&reference);
        assert_eq!(stray.evaluate(&reference, 1.0, &mut gradient), 0.0);
        let mut lighter = reference.clone();
        lighter.data_mut().iter_mut().for_each(|v| *v += 0.3);
        assert!(stray.evaluate(&lighter, 1.0, &mut gradient) < 1e-6, "luma is free");
        let mut blue = reference.clone();
        blue.data_mut()[2 * 30 + 7] = 1.5;
        gradient.data_mut().fill(0.0);
        assert!(stray.evaluate(&blue, 1.0, &mut gradient) > 1e-5);
        assert!(gradient.data()[2 * 30 + 7] > 0.0 && gradient.data()[7] < 0.0);
        assert!(gradient.data().iter().enumerate().all(|(i, g)| i % 30 == 7 || *g == 0.0));
    }

    #[test]
    fn on_the_way_to_the_reference_nothing_strays_and_aside_it_does() {
        let flat = |colour: [f32; 3]| Planes::from_vec(3, 1, 2, colour.map(|v| [v; 2]).concat());
        let mask = Planes::filled(1, 1, 2, 1.0);
        let stray =
            Stray::new(PairedPhotos::new((&flat([0.9, 0.8, 0.1]), &mask), (&flat([0.6, 0.1, 0.1]), &mask)));
        let cost = |colour| stray.evaluate(&flat(colour), 1.0, &mut Planes::zeros(3, 1, 2));
        for on_the_way in [[0.9, 0.8, 0.1], [0.75, 0.45, 0.1], [0.6, 0.1, 0.1]] {
            assert!(cost(on_the_way) < 1e-9, "{on_the_way:?}");
        }
        assert!(cost([0.3, 0.1, 0.6]) > 1e-3, "as far from red as yellow is");
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences_and_is_added() {
        let (reference, output) = (picture(7, 6, 1.0, 0.1), picture(5, 8, 2.5, 0.4));
        let soft = |n: usize, k: f32| (0..n).map(|i| (i as f32 * k).cos().abs()).collect::<Vec<_>>();
        let content_masks = Planes::from_vec(2, 5, 8, soft(80, 0.3));
        let reference_masks = Planes::from_vec(2, 7, 6, soft(84, 0.2));
        let grey = Planes::filled(3, 5, 8, 0.5);
        let stray = Stray::new(PairedPhotos::new((&grey, &content_masks), (&reference, &reference_masks)));
        let compared = Comparison { every: 7, step: 2e-3, most: 2e-2, floor: 1e-1 };
        let loss =
            assert_added(&output, &compared, |output, gradient| stray.evaluate(output, 300.0, gradient));
        assert!(loss > 0.1);
    }
}
