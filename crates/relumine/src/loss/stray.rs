//! Penalty on chroma that a region's reference does not have.
//!
//! For each region c, the chroma of its colours (red and blue less luma, sRGB-encoded) has the mean m_c and covariance C_c in the
//! reference. With p_i = C_c^(-1/2) (chroma_i − m_c), and for each u of U = [`DIRECTIONS`] the reach h_cu, the p·u that hardly any of the reference
//! exceeds, w_ci the region's mask and N the number of pixels,
//!
//! ```text
//! L = 1/N Σ_c v_c Σ_i w_ci 4/U Σ_u max(0, p_i·u − a_ciu)²        v_c = max(tr(C_c) / 2, LEAST_SPREAD²)
//! ```
//!
//! So a region may have the colours of its reference and what lies between them: a lake with orange in it is no reason for green. And of the content's
//! own p⁰_i it may keep what is not much farther, or no farther than the most t_cu that the reference has at all,
//! a_ciu = max(h_cu, min(p⁰_i·u, max([`KEPT`] h_cu, t_cu))): all of it where the photos are alike.
//!
//! Mean and covariance hold a region's colours as a whole; this holds the few that a smooth map of colours carries beyond all that is in the
//! reference, as the bluest corner of a lake.

use nalgebra::{Matrix2, Matrix2x3, Vector2, Vector3};

use super::distribution::Distribution;
use super::photos::PairedPhotos;
use crate::Planes;
use crate::colour::{LUMA, Moments};

/// How many directions of chroma are told apart.
const DIRECTIONS: usize = 16;
/// 4/U: with a reach of nothing, a square distance counts as itself.
const SHARE: f32 = 4.0 / DIRECTIONS as f32;
/// Share of the reference that h_cu reaches over.
const WITHIN: f64 = 0.997;
/// How far the content's own colours may stay beyond the reference's reach, in that.
const KEPT: f32 = 1.5;
/// Pixels of the reference that its reach is told by: enough for one in three hundred.
const SEEN: usize = 6000;
/// Standard deviation of chroma below which a region's are weighed no less: a cast is seen best where all is of one hue.
const LEAST_SPREAD: f64 = 0.06;
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
    reach: [Reach; DIRECTIONS],
    /// v_c.
    variance: f64,
}

/// How far colours may go in a direction.
#[derive(Clone, Copy, Debug, Default)]
struct Reach {
    /// h_cu.
    of_any: f32,
    /// max(KEPT h_cu, t_cu).
    of_own: f32,
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
        let (to_chroma, directions) = (to_chroma().cast(), directions());
        let mut loss = 0.0;
        for (region, target) in self.targets.iter().enumerate() {
            let Some(Target { place, own, reach, variance }) = target else { continue };
            let anyway = reach.iter().map(|reach| reach.of_any).fold(f32::INFINITY, f32::min);
            let scale = weight * variance / area as f64;
            let slope = (2.0 * scale) as f32;
            let mut sum = 0.0;
            for (i, mask) in self.masks.plane(region).iter().enumerate().filter(|(_, mask)| **mask > 0.0) {
                let at = place.of(&to_chroma, [red[i], green[i], blue[i]]);
                if at.norm() <= anyway {
                    continue;
                }
                let (squares, beyond) = beyond(at, own[i], reach, &directions);
                sum += f64::from(mask * squares);
                let along = place.whitening.tr_mul(&beyond) * (slope * mask);
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
        let every = reference.area().div_ceil(SEEN);
        // Not the same columns of every row.
        let every = if every > 1 && reference.width().is_multiple_of(every) { every + 1 } else { every };
        let theirs: Vec<Vector2<f32>> = place.all(reference).collect();
        let mut reach = [Reach::default(); DIRECTIONS];
        for (reach, direction) in reach.iter_mut().zip(directions()) {
            let along = || theirs.iter().map(|at| at.dot(&direction));
            let seen: Vec<f32> = along().step_by(every).collect();
            reach.of_any = Distribution::of(&seen, mask.iter().copied().step_by(every))?.value_at(WITHIN);
            let counted = along().zip(mask).filter(|(_, mask)| **mask > 0.0);
            reach.of_own = counted.fold(KEPT * reach.of_any, |most, (along, _)| most.max(along));
        }
        let own = place.all(content).collect();
        let variance = (covariance.trace() / 2.0).max(LEAST_SPREAD.powi(2));
        Some(Self { place, own, reach, variance })
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

/// 4/U Σ_u of the squares by which `at` is beyond what is allowed, and half its slope.
fn beyond(
    at: Vector2<f32>,
    own: Vector2<f32>,
    reach: &[Reach; DIRECTIONS],
    directions: &[Vector2<f32>; DIRECTIONS],
) -> (f32, Vector2<f32>) {
    let (mut squares, mut slope) = (0.0, Vector2::zeros());
    for (direction, reach) in directions.iter().zip(reach) {
        let excess = at.dot(direction) - reach.of_any.max(own.dot(direction).min(reach.of_own));
        if excess > 0.0 {
            squares += excess * excess;
            slope += direction * excess;
        }
    }
    (SHARE * squares, slope * SHARE)
}

fn directions() -> [Vector2<f32>; DIRECTIONS] {
    std::array::from_fn(|k| {
        let (sin, cos) = (std::f32::consts::TAU * k as f32 / DIRECTIONS as f32).sin_cos();
        Vector2::new(cos, sin)
    })
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

    /// Two pixels of each of these colours.
    fn of(colours: &[[f32; 3]]) -> Planes {
        let plane = |c: usize| colours.iter().flat_map(move |colour| [colour[c]; 2]);
        Planes::from_vec(3, 2, colours.len(), (0..3).flat_map(plane).collect())
    }

    fn cost(content: &Planes, reference: &Planes, output: &Planes) -> f64 {
        let [ours, theirs] = [content, reference].map(|p| Planes::filled(1, p.height(), p.width(), 1.0));
        let stray = Stray::new(PairedPhotos::new((content, &ours), (reference, &theirs)));
        stray.evaluate(output, 1.0, &mut Planes::zeros_like(output))
    }

    #[test]
    fn what_lies_between_the_references_colours_is_its_and_what_lies_opposite_to_them_is_not() {
        const GREY: [f32; 3] = [0.4; 3];
        let orange = [0.7, 0.4, 0.2];
        let evening = of(&[GREY, GREY, GREY, orange]);
        let content = of(&[GREY; 4]);
        let all_of = |colour| cost(&content, &evening, &of(&[colour; 4]));
        for there in [GREY, orange, [0.55, 0.4, 0.3]] {
            assert!(all_of(there) < 1e-9, "{there:?}");
        }
        let opposite = [0.2, 0.45, 0.55];
        assert!(all_of(opposite) > 1e-3, "as far from grey as orange is");
    }

    #[test]
    fn colours_of_its_own_may_stay_where_they_are_not_much_farther() {
        let shades =
            |by: f32| of(&[[0.4 + by, 0.4, 0.4], [0.4; 3], [0.4, 0.4, 0.4 + by], [0.4, 0.4 + by, 0.4]]);
        let (reference, farther, far) = (shades(0.2), shades(0.26), shades(0.5));
        assert!(cost(&farther, &reference, &farther) < 1e-9);
        assert!(cost(&reference, &reference, &farther) > 1e-5, "of a content that does not have them");
        assert!(cost(&far, &reference, &far) > 1e-3);
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
