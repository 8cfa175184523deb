//! Skin stays skin: a look takes exposure, warmth and contrast to it within bounds, and neither hue nor shading away.
//!
//! What the look makes of the skin as a whole is measured in Oklab; as far as its mean turns hue, changes chroma or lightness, or its
//! contrast grows or falls, beyond bounds, it is brought back to them. What is left is an affine change of Oklab, fitted as a grade and
//! laid where the skin is.

use crate::Planes;
use crate::colour::{Moments, from_oklab, to_oklab};
use crate::grid::{BilateralGrid, Grade, Shares};

/// Most that the mean hue turns, in radians.
const TURN: f64 = 0.14;
/// Bounds of the change of the mean chroma, of lightness, and of contrast.
const CHROMA: (f64, f64) = (0.75, 1.3);
const LIGHT: (f64, f64) = (-0.2, 0.1);
const CONTRAST: (f64, f64) = (0.8, 1.2);
/// Skin of less chroma is that of a photo without colours, which has no hue to keep.
const COLOURLESS: f64 = 0.02;

/// The grid, but that the skin of the content (3×H×W), as far as each pixel is of it (0..1), changes within bounds.
pub(crate) fn protected(grid: BilateralGrid, content: &Planes, skin: &[f32]) -> BilateralGrid {
    let (lab, look) = (to_oklab(content), to_oklab(&grid.slice(content)));
    let (Some(before), Some(after)) = (Moments::weighted(&lab, skin), Moments::weighted(&look, skin)) else {
        return grid;
    };
    let chroma = before.mean[1].hypot(before.mean[2]);
    if chroma < COLOURLESS {
        return grid;
    }
    let turned = (after.mean[2].atan2(after.mean[1]) - before.mean[2].atan2(before.mean[1])).sin_cos();
    let turn = turned.0.atan2(turned.1).clamp(-TURN, TURN);
    let gain = (after.mean[1].hypot(after.mean[2]) / chroma).clamp(CHROMA.0, CHROMA.1);
    let light = (after.mean[0] - before.mean[0]).clamp(LIGHT.0, LIGHT.1);
    let deviation = |moments: &Moments| moments.covariance[(0, 0)].max(1e-6).sqrt();
    let contrast = (deviation(&after) / deviation(&before)).clamp(CONTRAST.0, CONTRAST.1);

    let (sin, cos) = turn.sin_cos();
    let mut bounded = Planes::zeros_like(&lab);
    let [l, a, b] = lab.rgb();
    for i in 0..lab.area() {
        let [l, a, b] = [l[i], a[i], b[i]].map(f64::from);
        let lightness = before.mean[0] + light + contrast * (l - before.mean[0]);
        let colour = [lightness, gain * (cos * a - sin * b), gain * (sin * a + cos * b)];
        for (channel, value) in colour.into_iter().enumerate() {
            bounded.plane_mut(channel)[i] = value as f32;
        }
    }
    let grade = Grade::fitted(content, &from_oklab(&bounded), skin, &Grade::identity());
    laid(grid, &grade, content, skin)
}

/// The grid with a grade laid over it where the skin is.
fn laid(mut grid: BilateralGrid, grade: &Grade, content: &Planes, skin: &[f32]) -> BilateralGrid {
    let both = skin.iter().copied().chain(skin.iter().map(|share| 1.0 - share)).collect();
    let masks = Planes::from_vec(2, content.height(), content.width(), both);
    let shares = Shares::new(grid.shape(), content, &masks);
    let depth = grid.shape().depth;
    let grade = grade.resampled(depth);
    let matrices = grade.levels().iter().cycle();
    for ((vertex, share), matrix) in
        grid.coefficients_mut().chunks_exact_mut(12).zip(shares.of(0)).zip(matrices)
    {
        vertex.iter_mut().zip(matrix).for_each(|(value, own)| *value += share * (own - *value));
    }
    grid
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::{Affine, GridShape};

    const SHAPE: GridShape = GridShape { depth: 12, height: 8, width: 8 };

    /// A face of skin with shading in the middle of a green field.
    fn portrait() -> (Planes, Vec<f32>) {
        let inside = |i: usize| (20..44).contains(&(i / 64)) && (20..44).contains(&(i % 64));
        let shade = |i: usize| 0.85 + 0.15 * ((i % 64) as f32 / 8.0).sin();
        let sample = |c: usize, i: usize| {
            if inside(i) { [0.85, 0.62, 0.5][c] * shade(i) } else { [0.2, 0.45, 0.15][c] * shade(i) }
        };
        let planes = (0..3).flat_map(|c| (0..4096).map(move |i| sample(c, i))).collect();
        let skin = (0..4096).map(|i| f32::from(u8::from(inside(i)))).collect();
        (Planes::from_vec(3, 64, 64, planes), skin)
    }

    fn mean(photo: &Planes, skin: &[f32]) -> Moments {
        Moments::weighted(&to_oklab(photo), skin).unwrap()
    }

    #[test]
    fn a_look_that_turns_everything_green_leaves_skin_its_hue_and_shading() {
        let (content, skin) = portrait();
        let green: Affine = [0.2, 0.1, 0.0, 0.0, 0.3, 0.6, 0.2, 0.1, 0.1, 0.1, 0.1, 0.0];
        let grid = BilateralGrid::constant(SHAPE, &green);
        let out = protected(grid.clone(), &content, &skin).slice(&content);
        let (before, after) = (mean(&content, &skin), mean(&out, &skin));
        let hue = |m: &Moments| m.mean[2].atan2(m.mean[1]).to_degrees();
        assert!((hue(&before) - hue(&after)).abs() < 12.0, "{} became {}", hue(&before), hue(&after));
        let contrast = (after.covariance[(0, 0)] / before.covariance[(0, 0)]).sqrt();
        assert!((0.7..1.3).contains(&contrast), "{contrast}");
        let plain = grid.slice(&content);
        let corner = |photo: &Planes| [0, 1, 2].map(|c| photo.plane(c)[64 * 2 + 2]);
        for (a, b) in corner(&out).iter().zip(corner(&plain)) {
            assert!((a - b).abs() < 0.02, "the field takes the look");
        }
    }

    #[test]
    fn a_mild_look_reaches_skin_as_it_is() {
        let (content, skin) = portrait();
        let mild: Affine = [0.95, 0.0, 0.0, 0.02, 0.0, 0.93, 0.0, 0.02, 0.0, 0.0, 0.9, 0.01];
        let grid = BilateralGrid::constant(SHAPE, &mild);
        let (plain, out) = (grid.slice(&content), protected(grid.clone(), &content, &skin).slice(&content));
        let (a, b) = (mean(&plain, &skin), mean(&out, &skin));
        assert!((a.mean - b.mean).norm() < 0.01, "{} and {}", a.mean, b.mean);
    }

    #[test]
    fn a_photo_without_colours_takes_the_look_as_it_is() {
        let (content, skin) = portrait();
        let grey = content.luma().into_vec();
        let grey = Planes::from_vec(3, 64, 64, [grey.clone(), grey.clone(), grey].concat());
        let grid = BilateralGrid::constant(SHAPE, &[0.5; 12]);
        assert_eq!(protected(grid.clone(), &grey, &skin), grid);
    }
}
