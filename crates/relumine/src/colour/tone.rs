//! The tone of a photo without colours of its own: black and white, sepia, any print in one ink.
//!
//! Such a photo's colours are a curve: red, green and blue are functions of luma. What takes its look must have no others, so matrices are
//! made to give nothing but that curve: each becomes its own luma, coloured by the tangent of the curve there,
//!
//! ```text
//! l = luma(M p)        out_c = l + T_c(l₀) + T_c'(l₀) (l - l₀)
//! ```
//!
//! T_c(l) what the channel c departs from luma by, l₀ the luma that the matrix gives a grey of its level.

use super::{LUMA, luma};
use crate::Planes;
use crate::grid::Affine;

/// Levels of luma of the curve.
const LEVELS: usize = 12;
/// Root mean square of what departs from the curve, up to which a photo is all tone, and from which it is not.
const DEPARTS: (f64, f64) = (0.006, 0.009);
/// Weight that a level gives its neighbours: there may be none of it in the photo.
const SPREAD: f64 = 1e-3;

/// The curve of a photo.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tone {
    /// What each channel departs from luma by, at each level of luma from 0 to 1.
    curve: [[f32; 3]; LEVELS],
    /// How far the photo is nothing but the curve, above 0 and at most 1.
    share: f32,
}

impl Tone {
    /// The tone of a photo (3×H×W, sRGB-encoded), each pixel with its weight; `None` where it has colours of its own, or nothing counts.
    pub(crate) fn of(photo: &Planes, weights: &[f32]) -> Option<Self> {
        let [r, g, b] = photo.rgb();
        let pixels = || {
            let colours = r.iter().zip(g).zip(b).zip(weights).filter(|(_, weight)| **weight > 0.0);
            colours.map(|(((r, g), b), weight)| ([*r, *g, *b], f64::from(*weight)))
        };
        let mut sums = [[0.0; 4]; LEVELS];
        for (colour, weight) in pixels() {
            let l = luma(colour);
            for (level, share) in between(l) {
                let sum = &mut sums[level];
                sum[3] += weight * f64::from(share);
                colour.iter().zip(sum).for_each(|(v, sum)| *sum += weight * f64::from(share * (v - l)));
            }
        }
        let total: f64 = sums.iter().map(|sum| sum[3]).sum();
        if total <= 0.0 {
            return None;
        }
        let curve = std::array::from_fn(|level| {
            let mut of = [0.0; 4];
            for (other, sum) in sums.iter().enumerate() {
                let weight = SPREAD.powi(other.abs_diff(level) as i32);
                of.iter_mut().zip(sum).for_each(|(of, sum)| *of += weight * sum);
            }
            [0, 1, 2].map(|c| if of[3] > 0.0 { (of[c] / of[3]) as f32 } else { 0.0 })
        });
        let all = Self { curve, share: 1.0 };
        let squares: f64 = pixels()
            .map(|(colour, weight)| {
                let toned = all.at(luma(colour)).0;
                let departs = (0..3).map(|c| f64::from(colour[c] - luma(colour) - toned[c]).powi(2));
                weight * departs.sum::<f64>() / 3.0
            })
            .sum();
        let departs = (squares / total).sqrt();
        let share = ((DEPARTS.1 - departs) / (DEPARTS.1 - DEPARTS.0)).min(1.0);
        (share > 0.0).then_some(Self { share: share as f32, ..all })
    }

    /// The curve and its slope at a luma.
    fn at(&self, l: f32) -> ([f32; 3], [f32; 3]) {
        let [(low, a), (high, b)] = between(l);
        let value = |c: usize| a * self.curve[low][c] + b * self.curve[high][c];
        let slope = |c: usize| (self.curve[high][c] - self.curve[low][c]) * (LEVELS - 1) as f32;
        ([0, 1, 2].map(value), [0, 1, 2].map(slope))
    }

    /// Has a matrix for colours about the grey `grey` give nothing but the curve.
    pub(crate) fn hold(&self, matrix: &mut Affine, grey: f32) {
        let row: [f32; 4] = std::array::from_fn(|k| (0..3).map(|c| LUMA[c] * matrix[4 * c + k]).sum());
        let l = (row[0] + row[1] + row[2]) * grey + row[3];
        let (value, slope) = self.at(l);
        for (c, of) in matrix.chunks_exact_mut(4).enumerate() {
            for (k, coefficient) in of.iter_mut().enumerate() {
                let mut toned = (1.0 + slope[c]) * row[k];
                if k == 3 {
                    toned += value[c] - slope[c] * l;
                }
                *coefficient += self.share * (toned - *coefficient);
            }
        }
    }
}

/// The two levels about a luma, with their weights.
fn between(l: f32) -> [(usize, f32); 2] {
    let at = l.clamp(0.0, 1.0) * (LEVELS - 1) as f32;
    let low = (at as usize).min(LEVELS - 2);
    [(low, 1.0 - (at - low as f32)), (low + 1, at - low as f32)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::BilateralGrid;

    fn photo(colour: impl Fn(f32, usize) -> f32) -> Planes {
        let value = |i: usize| colour((i % 400) as f32 / 399.0, i / 400);
        Planes::from_vec(3, 20, 20, (0..1200).map(value).collect())
    }

    fn sepia() -> Planes {
        photo(|l, c| l + [0.08, 0.0, -0.1][c] * l * (1.0 - l) * 4.0)
    }

    fn tone(photo: &Planes) -> Option<Tone> {
        Tone::of(photo, &vec![1.0; photo.area()])
    }

    #[test]
    fn grey_and_sepia_have_a_tone_and_colours_have_none() {
        assert_eq!(tone(&photo(|l, _| l)).unwrap().share, 1.0);
        assert_eq!(tone(&sepia()).unwrap().share, 1.0);
        assert_eq!(tone(&photo(|l, c| (7.0 * l * (c + 1) as f32).fract())), None);
        assert_eq!(Tone::of(&sepia(), &[0.0; 400]), None);
    }

    #[test]
    fn a_grey_tone_leaves_no_colour_and_a_sepia_one_its_own() {
        let mut matrix: Affine = [0.9, 0.2, -0.1, 0.1, 0.1, 1.1, 0.0, -0.05, 0.3, 0.0, 0.6, 0.0];
        tone(&photo(|l, _| l)).unwrap().hold(&mut matrix, 0.5);
        let shape = crate::grid::GridShape { depth: 1, height: 1, width: 1 };
        let colours = photo(|l, c| (7.0 * l * (c + 1) as f32).fract());
        let out = BilateralGrid::constant(shape, &matrix).slice(&colours);
        for i in 0..out.area() {
            let [r, g, b] = out.rgb().map(|plane| plane[i]);
            assert!((r - g).abs() < 1e-5 && (g - b).abs() < 1e-5, "{r} {g} {b}");
        }
        let mut identity = crate::grid::IDENTITY;
        tone(&sepia()).unwrap().hold(&mut identity, 0.5);
        let grey = BilateralGrid::constant(shape, &identity).slice(&Planes::filled(3, 1, 1, 0.5));
        for (value, expected) in grey.data().iter().zip([0.08, 0.0, -0.1]) {
            assert!((value - 0.5 - expected).abs() < 0.03, "{value}");
        }
    }
}
