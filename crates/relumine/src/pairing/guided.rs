//! Soft borders that lean on the photo's edges: masks through the guided filter.
//!
//! K. He, J. Sun, X. Tang, "Guided Image Filtering", IEEE TPAMI 35(6), 2013, equations 14 to 16, a colour photo I as guide: in each window k a
//! mask p is the affine function of the colours that fits it best, and each pixel takes the mean of what its windows say,
//!
//! ```text
//! q = ā · I + b̄        a_k = (Σ_k + ε 𝟏)⁻¹ (mean_k I p − μ_k p̄_k)        b_k = p̄_k − a_k · μ_k
//! ```
//!
//! Where the photo has an edge near the mask's, the border moves there; where it has none, it becomes a ramp as wide as two windows. Being
//! linear in p, and leaving constants alone, it keeps the sum of masks.
//!
//! Differs from the paper: beyond the photo's ends its last pixels repeat, where there windows are cut off.

use rayon::prelude::*;

use super::sums::{keep_sums, sums};
use crate::Planes;

/// ε: edges of much less than its root, 0.01, in the colours' deviation are none.
const EPSILON: f32 = 1e-4;

/// What windows know of a photo, whatever the mask: the means of its colours, and the inverse of their regularised covariance, 00 01 02 11 12 22.
struct Guide<'p> {
    colours: [&'p [f32]; 3],
    means: [Vec<f32>; 3],
    inverse: [Vec<f32>; 6],
    shape: (usize, usize),
    reach: usize,
}

/// Masks, R×H×W in 0..1, of a photo of their size, 3×H×W, with their borders spread over windows of `2 reach + 1` pixels a side, or moved to
/// an edge within them. Values stay in 0..1, the sums over the masks as they are; without reach nothing changes.
pub(super) fn guided(masks: &Planes, photo: &Planes, reach: usize) -> Planes {
    let mut out = masks.clone();
    if reach == 0 {
        return out;
    }
    let (guide, before) = (Guide::new(photo, reach), sums(masks));
    out.data_mut().par_chunks_exact_mut(masks.area()).for_each(|plane| guide.filter(plane));
    keep_sums(&before, &mut out);
    out
}

impl<'p> Guide<'p> {
    fn new(photo: &'p Planes, reach: usize) -> Self {
        let (shape, colours) = ((photo.height(), photo.width()), photo.rgb());
        let mean = |values: &[f32]| window_means(values, shape, reach);
        let means = colours.map(mean);
        const PAIRS: [(usize, usize); 6] = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)];
        let mut inverse: Vec<Vec<f32>> = PAIRS
            .par_iter()
            .map(|&(a, b)| {
                let product: Vec<f32> = colours[a].iter().zip(colours[b]).map(|(a, b)| a * b).collect();
                let mut covariance = mean(&product);
                let means = means[a].iter().zip(&means[b]);
                covariance.iter_mut().zip(means).for_each(|(value, (a, b))| *value -= a * b);
                covariance
            })
            .collect();
        for pixel in 0..photo.area() {
            let found = inverted(std::array::from_fn(|k| inverse[k][pixel]));
            inverse.iter_mut().zip(found).for_each(|(plane, value)| plane[pixel] = value);
        }
        let inverse = inverse.try_into().expect("six planes");
        Self { colours, means, inverse, shape, reach }
    }

    /// Filters a mask.
    fn filter(&self, mask: &mut [f32]) {
        if mask.iter().all(|value| *value == mask[0]) {
            return;
        }
        let mean = |values: &[f32]| window_means(values, self.shape, self.reach);
        let level = mean(mask);
        let mut slopes = self.colours.map(|colour| {
            let product: Vec<f32> = colour.iter().zip(&*mask).map(|(v, m)| v * m).collect();
            mean(&product)
        });
        let mut offsets = level;
        for (pixel, offset) in offsets.iter_mut().enumerate() {
            let means: [f32; 3] = std::array::from_fn(|c| self.means[c][pixel]);
            let [r, g, b]: [f32; 3] = std::array::from_fn(|c| slopes[c][pixel] - means[c] * *offset);
            let [rr, rg, rb, gg, gb, bb]: [f32; 6] = std::array::from_fn(|k| self.inverse[k][pixel]);
            let slope = [rr * r + rg * g + rb * b, rg * r + gg * g + gb * b, rb * r + gb * g + bb * b];
            for c in 0..3 {
                slopes[c][pixel] = slope[c];
                *offset -= slope[c] * means[c];
            }
        }
        let (slopes, offsets) = (slopes.map(|slope| mean(&slope)), mean(&offsets));
        for (pixel, value) in mask.iter_mut().enumerate() {
            *value = offsets[pixel] + (0..3).map(|c| slopes[c][pixel] * self.colours[c][pixel]).sum::<f32>();
        }
    }
}

/// The inverse of a covariance, 00 01 02 11 12 22, with [`EPSILON`] on its diagonal.
fn inverted(covariance: [f32; 6]) -> [f32; 6] {
    let [a, b, c, d, e, f] = covariance.map(f64::from);
    // Rounding can make a covariance of nothing a little negative.
    let [a, d, f] = [a, d, f].map(|v| v.max(0.0) + f64::from(EPSILON));
    let minors = [d * f - e * e, c * e - b * f, b * e - c * d, a * f - c * c, b * c - a * e, a * d - b * b];
    let determinant = a * minors[0] + b * minors[1] + c * minors[2];
    minors.map(|minor| (minor / determinant) as f32)
}

/// The mean over the window of `2 reach + 1` pixels a side around each pixel of a plane of `height` and `width`.
fn window_means(values: &[f32], (height, width): (usize, usize), reach: usize) -> Vec<f32> {
    let scale = 1.0 / (2 * reach + 1) as f64;
    let (first, last) =
        (|at: usize| at.saturating_sub(reach), |at: usize, count: usize| (at + reach).min(count - 1));
    let mut rows = vec![0.0_f32; values.len()];
    for (row, out) in values.chunks_exact(width).zip(rows.chunks_exact_mut(width)) {
        let mut sum = (reach + 1) as f64 * f64::from(row[0]);
        sum += (1..=reach).map(|x| f64::from(row[x.min(width - 1)])).sum::<f64>();
        for x in 0..width {
            out[x] = (sum * scale) as f32;
            sum += f64::from(row[last(x + 1, width)]) - f64::from(row[first(x)]);
        }
    }
    let row = |y: usize| &rows[y * width..][..width];
    let mut sums: Vec<f64> = row(0).iter().map(|v| (reach + 1) as f64 * f64::from(*v)).collect();
    for y in 1..=reach {
        sums.iter_mut().zip(row(y.min(height - 1))).for_each(|(sum, v)| *sum += f64::from(*v));
    }
    let mut out = Vec::with_capacity(values.len());
    for y in 0..height {
        out.extend(sums.iter().map(|sum| (sum * scale) as f32));
        let (enters, leaves) = (row(last(y + 1, height)), row(first(y)));
        for (sum, (enters, leaves)) in sums.iter_mut().zip(enters.iter().zip(leaves)) {
            *sum += f64::from(*enters) - f64::from(*leaves);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn means_are_those_of_windows_whose_ends_repeat() {
        let (height, width) = (5, 7);
        let values: Vec<f32> = (0..height * width).map(|i| (i * 7919 % 97) as f32 / 97.0).collect();
        for reach in [1, 3, 9] {
            let found = window_means(&values, (height, width), reach);
            for (i, found) in found.iter().enumerate() {
                let near = |at: usize, count: usize| {
                    let reach = reach as isize;
                    (at as isize - reach..=at as isize + reach)
                        .map(move |k| k.clamp(0, count as isize - 1) as usize)
                };
                let rows = near(i / width, height);
                let all: f32 =
                    rows.map(|y| near(i % width, width).map(|x| values[y * width + x]).sum::<f32>()).sum();
                let expected = all / ((2 * reach + 1) * (2 * reach + 1)) as f32;
                assert!((found - expected).abs() < 1e-5, "{found} instead of {expected}");
            }
        }
    }

    #[test]
    fn the_inverse_is_one() {
        let covariance = [0.04, 0.01, -0.02, 0.03, 0.005, 0.02];
        let [a, b, c, d, e, f] = covariance;
        let whole =
            nalgebra::Matrix3::new(a, b, c, b, d, e, c, e, f) + nalgebra::Matrix3::identity() * EPSILON;
        let [a, b, c, d, e, f] = inverted(covariance);
        let product = whole * nalgebra::Matrix3::new(a, b, c, b, d, e, c, e, f);
        assert!((product - nalgebra::Matrix3::identity()).abs().max() < 1e-4, "{product}");
    }

    /// A photo that is dark left of column `edge`, and a mask that covers what is left of column 20.
    fn halves(edge: usize) -> (Planes, Planes) {
        let plane: Vec<f32> = (0..30 * 40).map(|i| if i % 40 < edge { 0.2 } else { 0.7 }).collect();
        let mask: Vec<f32> = (0..30 * 40).map(|i| f32::from(u8::from(i % 40 < 20))).collect();
        let other = mask.iter().map(|v| 1.0 - v);
        let masks = Planes::from_vec(2, 30, 40, mask.iter().copied().chain(other).collect());
        (Planes::from_vec(3, 30, 40, plane.repeat(3)), masks)
    }

    #[test]
    fn borders_move_to_an_edge_that_is_near() {
        let (photo, masks) = halves(22);
        let found = guided(&masks, &photo, 5);
        let row = &found.plane(0)[15 * 40..][..40];
        assert!(row[21] > row[22] + 0.5, "{row:?}");
        assert!(row[..14].iter().all(|v| *v > 0.9) && row[22..].iter().all(|v| *v < 0.01), "{row:?}");
    }

    #[test]
    fn without_an_edge_they_are_ramps() {
        let (_, masks) = halves(22);
        let found = guided(&masks, &Planes::filled(3, 30, 40, 0.4), 3);
        let row = &found.plane(0)[15 * 40..][..40];
        assert!(row.windows(2).all(|pair| pair[0] >= pair[1] - 1e-6), "{row:?}");
        assert!((row[19] + row[20] - 1.0).abs() < 1e-4);
        let between = row.iter().filter(|v| **v > 0.01 && **v < 0.99).count();
        assert!((8..=12).contains(&between), "{row:?}");
        assert_eq!(guided(&masks, &noise(30, 40), 0), masks);
    }

    fn noise(height: usize, width: usize) -> Planes {
        let values = (0..3 * height * width).map(|i| (i * 7919 % 1009) as f32 / 1009.0);
        Planes::from_vec(3, height, width, values.collect())
    }

    proptest! {
        #[test]
        fn masks_still_sum_to_one(
            (height, width) in (1_usize..30, 1_usize..30),
            reach in 0_usize..20,
            split in 1_usize..7,
        ) {
            let inside: Vec<f32> = (0..height * width).map(|i| f32::from(u8::from(i % split == 0))).collect();
            let outside = inside.iter().map(|v| 1.0 - v);
            let masks = Planes::from_vec(2, height, width, inside.iter().copied().chain(outside).collect());
            let soft = guided(&masks, &noise(height, width), reach);
            for (a, b) in soft.plane(0).iter().zip(soft.plane(1)) {
                prop_assert!((0.0..=1.0).contains(a) && (a + b - 1.0).abs() < 1e-5, "{a} + {b}");
            }
        }
    }
}
