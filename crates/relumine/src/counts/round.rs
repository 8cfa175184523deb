//! The black round of a fisheye: black corners, all four, cut off by one circle.

use super::flood::{connected, crisp, sides};
use super::{LEVEL, Patch, apart, median};
use crate::Planes;

/// Corners up to this are black, and alike up to what a JPEG leaves.
const BLACK: f32 = 24.0 * LEVEL;
const NOISE: f32 = 10.0 * LEVEL;
/// What differs from them by more is the picture.
const PICTURE: f32 = 24.0 * LEVEL;
/// Differences from which a pixel is none of the round: its edge is sharp.
const REACH: f32 = 16.0 * LEVEL;
/// Share of the photo.
const LEAST_SHARE: f64 = 0.02;
const MOST_SHARE: f64 = 0.75;
/// Half of the outline's points are no further from the circle than this share of its radius.
const ROUNDNESS: f64 = 0.012;
/// Share of the outline within which, in so many pixels, the round is black.
const CRISP: f64 = 0.5;
const WITHIN: usize = 3;
/// Pixels of the short side below which nothing can be told.
const SMALLEST: usize = 32;

/// The round of a small picture of a frame, 3×H×W, and its share of it.
pub(crate) fn find(picture: &Planes) -> Option<(Patch, f64)> {
    let size @ (height, width) = (picture.height(), picture.width());
    if height.min(width) < SMALLEST {
        return None;
    }
    let [r, g, b] = picture.rgb();
    let at = |pixel: usize| [r[pixel], g[pixel], b[pixel]];
    let corners = [0, width - 1, (height - 1) * width, height * width - 1];
    let colour = median(&corners.map(at));
    let black = |colour: [f32; 3]| colour.iter().all(|channel| *channel <= BLACK);
    if !black(colour) || corners.iter().any(|corner| apart(at(*corner), colour) > NOISE) {
        return None;
    }
    let area = connected(size, corners, |pixel| apart(at(pixel), colour) <= PICTURE);
    let share = area.iter().filter(|within| **within).count() as f64 / area.len() as f64;
    if !(LEAST_SHARE..=MOST_SHARE).contains(&share) {
        return None;
    }
    let outline: Vec<(f64, f64)> = (0..area.len())
        .filter(|pixel| area[*pixel] && sides(*pixel, size).any(|beside| !area[beside]))
        .map(|pixel| ((pixel / width) as f64, (pixel % width) as f64))
        .collect();
    let circle = Circle::through(&outline)?;
    let within = (0.0..height as f64).contains(&circle.y) && (0.0..width as f64).contains(&circle.x);
    if !within || circle.roundness(&outline) > ROUNDNESS {
        return None;
    }
    if crisp(&area, size, WITHIN, |pixel| apart(at(pixel), colour) <= NOISE) < CRISP {
        return None;
    }
    // Dark parts of the picture that touch the round are none of it.
    let outside = |pixel: usize| {
        circle.distance(((pixel / width) as f64, (pixel % width) as f64)) > -2.0 * ROUNDNESS * circle.radius
    };
    let area: Vec<bool> = area.iter().enumerate().map(|(pixel, within)| *within && outside(pixel)).collect();
    Some((Patch::new(&area, size, colour, REACH), share))
}

/// A circle, in pixels.
struct Circle {
    y: f64,
    x: f64,
    radius: f64,
}

impl Circle {
    /// The circle nearest to points in the sense of Kåsa: least squares of y² + x² + a y + b x + c.
    fn through(points: &[(f64, f64)]) -> Option<Self> {
        let count = points.len() as f64;
        let (mean_y, mean_x) = points.iter().fold((0.0, 0.0), |(y, x), p| (y + p.0 / count, x + p.1 / count));
        let (mut yy, mut xx, mut yx, mut yz, mut xz, mut zz) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
        for (y, x) in points.iter().map(|(y, x)| (y - mean_y, x - mean_x)) {
            let z = y * y + x * x;
            (yy, xx, yx) = (yy + y * y, xx + x * x, yx + y * x);
            (yz, xz, zz) = (yz + y * z, xz + x * z, zz + z);
        }
        let determinant = yy * xx - yx * yx;
        if points.len() < 3 || determinant <= 1e-9 * yy * xx {
            return None;
        }
        let (y, x) = ((yz * xx - xz * yx) / (2.0 * determinant), (xz * yy - yz * yx) / (2.0 * determinant));
        let radius = (y * y + x * x + zz / count).sqrt();
        Some(Self { y: y + mean_y, x: x + mean_x, radius })
    }

    /// How far outside a point lies.
    fn distance(&self, (y, x): (f64, f64)) -> f64 {
        (y - self.y).hypot(x - self.x) - self.radius
    }

    /// The median distance of points from the circle, as a share of its radius.
    fn roundness(&self, points: &[(f64, f64)]) -> f64 {
        let mut distances: Vec<f64> = points.iter().map(|point| self.distance(*point).abs()).collect();
        let middle = distances.len() / 2;
        *distances.select_nth_unstable_by(middle, f64::total_cmp).1 / self.radius
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(level: impl Fn(f32, f32) -> f32) -> Planes {
        let row = |y: usize| (0..160).map(move |x| (y as f32, x as f32));
        let levels: Vec<f32> = (0..120).flat_map(row).map(|(y, x)| level(y, x) * LEVEL).collect();
        Planes::from_vec(3, 120, 160, levels.repeat(3))
    }

    fn texture(y: f32, x: f32) -> f32 {
        120.0 + 70.0 * (0.3 * x).sin() * (0.2 * y).cos()
    }

    #[test]
    fn the_round_of_a_fisheye_is_found_whole_and_cut_by_the_sides() {
        for radius in [55.0_f32, 70.0, 85.0] {
            let fisheye =
                picture(|y, x| if (y - 60.0).hypot(x - 80.0) < radius { texture(y, x) } else { 3.0 });
            let (patch, share) = find(&fisheye).expect("a round");
            let black = fisheye.plane(0).iter().filter(|v| **v < 4.0 * LEVEL).count() as f64 / 19_200.0;
            assert!((share - black).abs() < 0.01, "{share} instead of {black}");
            let shares = patch.shares(&fisheye);
            for (share, level) in shares.data().iter().zip(fisheye.plane(0)) {
                let picture = *level > 40.0 * LEVEL;
                assert!(*share == 0.0 || !picture, "{share} at {level}");
            }
            assert_eq!((shares.data()[0], shares.data()[60 * 160 + 80]), (1.0, 0.0));
        }
    }

    #[test]
    fn dark_corners_alone_are_no_round() {
        let vignette =
            picture(|y, x| texture(y, x) * (1.0 - ((y - 60.0).hypot(x - 80.0) / 95.0).powi(4)).max(0.0));
        let night = picture(|y, x| {
            let lit = y > 40.0 + 15.0 * (0.4 * x).sin()
                && y < 100.0
                && (x / 17.0).fract() < 0.6
                && x > 9.0
                && x < 150.0;
            if lit { texture(y, x) } else { 2.0 }
        });
        let boxed = picture(|y, x| {
            if (20.0..100.0).contains(&y) && (30.0..130.0).contains(&x) { texture(y, x) } else { 0.0 }
        });
        let bright = picture(|y, x| if (y - 60.0).hypot(x - 80.0) < 60.0 { texture(y, x) } else { 200.0 });
        for other in [vignette, night, boxed, bright, picture(texture), picture(|_, _| 0.0)] {
            assert!(find(&other).is_none());
        }
    }
}
