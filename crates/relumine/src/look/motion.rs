//! How a picture moves from one frame to the next: a shift and a zoom of all of it, by least squares, coarse to fine (Lucas and Kanade 1981), whatever
//! the light does, which is a gain and an offset.

use nalgebra::{SMatrix, SVector};

use crate::Planes;
use crate::resample::{Filter, resize};

/// Steps at each size.
const STEPS: usize = 8;
/// How much smaller each size is than the one above.
const SIZES: [usize; 3] = [4, 2, 1];
/// Mean squared difference of frames, of luma from 0 to 1, from which there may be a motion; it is one that leaves less than this share of it.
const DIFFERENT: f64 = 1e-7;
const LEFT: f64 = 0.5;
/// Most that is believed of a frame: in shares of its sides, and as a factor.
const FARTHEST: f32 = 0.3;
const ZOOM: f32 = 1.3;

/// Where what a picture shows lies in another: places, from the middle in shares of width and height, are zoomed, then shifted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Motion {
    zoom: f32,
    shift: [f32; 2],
}

impl Motion {
    /// Everything stays where it is.
    pub const NONE: Self = Self { zoom: 1.0, shift: [0.0; 2] };

    /// Where what a frame shows lies in the one before: of the luma of both, small, 1×H×W. None where no motion of all of it explains most of how
    /// they differ.
    pub fn between(before: &Planes, frame: &Planes) -> Self {
        let mut motion = Self::NONE;
        for size in SIZES {
            let (height, width) = (frame.height() / size, frame.width() / size);
            let small = |luma: &Planes| resize(luma, height.max(2), width.max(2), Filter::Area);
            let pair = [small(before), small(frame)];
            for _ in 0..STEPS {
                motion = Fit::new(&pair, motion).better();
            }
            let still = Fit::new(&pair, Self::NONE).error;
            if size == 1 && (still < DIFFERENT || Fit::new(&pair, motion).error > LEFT * still) {
                return Self::NONE;
            }
        }
        let is_far = motion.shift.iter().any(|part| part.abs() > FARTHEST);
        if is_far || !(1.0 / ZOOM..ZOOM).contains(&motion.zoom) { Self::NONE } else { motion }
    }

    /// How far what lies in the middle is from the other's, in shares of width and height.
    pub fn shift(self) -> [f32; 2] {
        self.shift
    }

    /// This one, and from where it leads another.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        let shift = [0, 1].map(|k| next.zoom * self.shift[k] + next.shift[k]);
        Self { zoom: self.zoom * next.zoom, shift }
    }

    /// The way back.
    #[must_use]
    pub fn back(self) -> Self {
        Self { zoom: 1.0 / self.zoom, shift: self.shift.map(|part| -part / self.zoom) }
    }

    pub(super) fn of(self, [x, y]: [f32; 2]) -> [f32; 2] {
        [self.zoom * x + self.shift[0], self.zoom * y + self.shift[1]]
    }
}

/// The squared difference of two pictures along a motion, but for gain and offset, and how it changes with all of these.
struct Fit {
    motion: Motion,
    /// The mean over the pixels that both show.
    error: f64,
    /// By shift to the right, shift down, zoom, gain, and offset.
    normal: SMatrix<f64, 5, 5>,
    right: SVector<f64, 5>,
}

impl Fit {
    fn new([before, frame]: &[Planes; 2], motion: Motion) -> Self {
        let (height, width) = (frame.height(), frame.width());
        let pixel = |(at, value): (usize, &f32)| {
            let place = [share(at % width, width), share(at / width, height)];
            let (there, slope) = sample(before, motion.of(place))?;
            let [x, y] = slope.map(f64::from);
            let zoom = x * f64::from(place[0]) + y * f64::from(place[1]);
            Some((f64::from(there), f64::from(*value), [x, y, zoom]))
        };
        let pixels: Vec<_> = frame.data().iter().enumerate().filter_map(pixel).collect();
        let count = pixels.len().max(1) as f64;
        let means = [
            pixels.iter().map(|pixel| pixel.0).sum::<f64>() / count,
            pixels.iter().map(|pixel| pixel.1).sum::<f64>() / count,
        ];
        let product = |(there, here, _): &(f64, f64, _)| (there - means[0]) * (here - means[1]);
        let square = |(there, ..): &(f64, f64, _)| (there - means[0]).powi(2);
        let (covariance, variance) =
            (pixels.iter().map(product).sum::<f64>(), pixels.iter().map(square).sum::<f64>());
        let gain = if variance > DIFFERENT * count { covariance / variance } else { 0.0 };
        let (mut error, mut normal, mut right) = (0.0, SMatrix::zeros(), SVector::zeros());
        for (there, here, slopes) in &pixels {
            let difference = gain * (there - means[0]) + means[1] - here;
            let [x, y, zoom] = slopes.map(|slope| gain * slope);
            let along = SVector::from([x, y, zoom, *there, 1.0]);
            normal += along * along.transpose();
            right -= along * difference;
            error += difference * difference / count;
        }
        Self { motion, error, normal, right }
    }

    /// One step of Gauss and Newton.
    fn better(&self) -> Motion {
        let Some(step) = self.normal.cholesky().map(|factors| factors.solve(&self.right)) else {
            return self.motion;
        };
        let Motion { zoom, shift } = self.motion;
        let [x, y, z] = [step[0], step[1], step[2]].map(|part| part as f32);
        if ![x, y, z].iter().all(|part| part.abs() < FARTHEST) {
            return self.motion;
        }
        Motion { zoom: zoom + z, shift: [shift[0] + x, shift[1] + y] }
    }
}

/// The middle of a pixel, from that of the picture.
fn share(pixel: usize, of: usize) -> f32 {
    (pixel as f32 + 0.5) / of as f32 - 0.5
}

/// The value at a place, and how it rises to the right and down; `None` outside.
fn sample(picture: &Planes, [x, y]: [f32; 2]) -> Option<(f32, [f32; 2])> {
    let (height, width) = (picture.height(), picture.width());
    let at = |place: f32, of: usize| {
        let pixel = (place + 0.5) * of as f32 - 0.5;
        (pixel >= 0.0 && pixel < (of - 1) as f32).then(|| (pixel as usize, pixel.fract()))
    };
    let ((column, along), (row, down)) = (at(x, width)?, at(y, height)?);
    let value = |row: usize, column: usize| picture.data()[row * width + column];
    let [a, b] = [value(row, column), value(row, column + 1)];
    let [c, d] = [value(row + 1, column), value(row + 1, column + 1)];
    let (above, below) = (a + along * (b - a), c + along * (d - c));
    let slope = [(b - a) + down * ((d - c) - (b - a)), below - above];
    Some((above + down * (below - above), [slope[0] * width as f32, slope[1] * height as f32]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a camera at a place of a smooth world shows.
    fn shown(motion: Motion, light: f32) -> Planes {
        let world = |x: f32, y: f32| {
            0.5 + light
                * (0.2 * (9.0 * x + 2.0 * y).sin()
                    + 0.15 * (7.0 * y - 3.0 * x).cos()
                    + 0.1 * (23.0 * x).sin())
        };
        let pixel = |at: usize| {
            let [x, y] = motion.of([share(at % 96, 96), share(at / 96, 54)]);
            world(x, y)
        };
        Planes::from_vec(1, 54, 96, (0..54 * 96).map(pixel).collect())
    }

    #[test]
    fn pans_and_zooms_are_found_whatever_the_light() {
        let still = shown(Motion::NONE, 1.0);
        for (shift, zoom) in
            [([0.01, 0.0], 1.0), ([-0.06, 0.03], 1.0), ([0.0, 0.0], 0.97), ([0.02, -0.01], 1.03)]
        {
            let motion = Motion { zoom, shift };
            let found = Motion::between(&still, &shown(motion, 0.8));
            assert!((found.zoom - zoom).abs() < 2e-3, "{motion:?}: {found:?}");
            let apart = (0..2).map(|k| (found.shift[k] - shift[k]).abs());
            assert!(apart.into_iter().all(|apart| apart < 2e-3), "{motion:?}: {found:?}");
            let round = motion.then(motion.back());
            assert!((round.zoom - 1.0).abs() < 1e-6 && round.shift.iter().all(|part| part.abs() < 1e-6));
        }
        assert_eq!(Motion::between(&still, &still), Motion::NONE);
        let flat = Planes::filled(1, 54, 96, 0.3);
        assert_eq!(Motion::between(&flat, &still), Motion::NONE);
        assert_eq!(Motion::between(&flat, &flat), Motion::NONE);
    }
}
