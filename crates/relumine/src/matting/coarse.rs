//! The matting Laplacian of pictures seen from afar.
//!
//! A change of colour that comes and goes over many pixels is affine in each window of 3×3 of them, so the Laplacian lets
//! blotches of any colour pass. In the means of blocks of pixels its windows reach farther: there the change must be an
//! affine function of the content's colours over `3 factor` pixels.

use super::Laplacian;
use crate::Planes;

/// The matting Laplacian of the means of blocks of `factor × factor` pixels; what remains at the right and the bottom is
/// left out.
#[derive(Clone, Debug)]
pub(crate) struct CoarseLaplacian {
    factor: usize,
    laplacian: Laplacian<f32>,
}

impl CoarseLaplacian {
    /// For pictures of the size of `guide`; `None` where it has no window of three by three blocks.
    pub(crate) fn new(guide: &Planes, epsilon: f64, factor: usize) -> Option<Self> {
        let has_windows = guide.height().min(guide.width()) >= 3 * factor;
        has_windows.then(|| Self { factor, laplacian: Laplacian::new(&means(guide, factor), epsilon, 1) })
    }

    /// `weight` × the energy a block, 1/B Σ VᵀLV over the channels, B the number of blocks; adds its gradient to `gradient`.
    pub(crate) fn energy_and_gradient(&self, picture: &Planes, weight: f64, gradient: &mut Planes) -> f64 {
        let coarse = means(picture, self.factor);
        let mut slope = Planes::zeros_like(&coarse);
        let weight = weight / coarse.area() as f64;
        let energy = self.laplacian.energy_and_gradient(&coarse, weight, &mut slope);
        let share = 1.0 / (self.factor * self.factor) as f32;
        for channel in 0..coarse.channels() {
            let slope = slope.plane(channel).chunks(coarse.width());
            let rows = gradient.plane_mut(channel).chunks_mut(picture.width());
            for (slope, row) in slope.flat_map(|row| std::iter::repeat_n(row, self.factor)).zip(rows) {
                for (slope, block) in slope.iter().zip(row.chunks_mut(self.factor)) {
                    block.iter_mut().for_each(|g| *g += share * slope);
                }
            }
        }
        energy
    }
}

/// Means of blocks.
fn means(planes: &Planes, factor: usize) -> Planes {
    let (height, width) = (planes.height() / factor, planes.width() / factor);
    let share = 1.0 / (factor * factor) as f32;
    let mut out =
        Planes::from_vec(planes.channels(), height, width, vec![0.0; planes.channels() * height * width]);
    for channel in 0..planes.channels() {
        let rows = planes.plane(channel).chunks(planes.width()).take(height * factor);
        let out = out.plane_mut(channel);
        for (y, row) in rows.enumerate() {
            let out = &mut out[y / factor * width..][..width];
            for (out, block) in out.iter_mut().zip(row.chunks(factor)) {
                *out += share * block.iter().sum::<f32>();
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: usize) -> Planes {
        let value = |i: usize| ((i * 7919 + seed * 104_729 + i / 11) % 251) as f32 / 250.0;
        Planes::from_vec(3, 17, 23, (0..3 * 17 * 23).map(value).collect())
    }

    #[test]
    fn affine_changes_of_the_content_cost_nothing() {
        let guide = noise(1);
        let coarse = CoarseLaplacian::new(&guide, 1e-5, 4).unwrap();
        let mut affine = guide.clone();
        affine.data_mut().iter_mut().for_each(|v| *v = 0.1 + 0.7 * *v);
        let mut gradient = Planes::zeros_like(&guide);
        let energy =
            |picture: &Planes, gradient: &mut Planes| coarse.energy_and_gradient(picture, 1.0, gradient);
        let (affine, other) = (energy(&affine, &mut gradient), energy(&noise(2), &mut gradient));
        assert!(affine < 1e-3 * other, "{affine} against {other}");
    }

    #[test]
    fn the_gradient_is_that_of_the_energy_and_is_added() {
        let coarse = CoarseLaplacian::new(&noise(1), 1e-3, 4).unwrap();
        let (picture, direction) = (noise(2), noise(3));
        let mut gradient = Planes::zeros_like(&picture);
        for weight in [2.0, 1.0] {
            coarse.energy_and_gradient(&picture, weight, &mut gradient);
        }
        let pairs = gradient.data().iter().zip(direction.data());
        let along: f64 = pairs.map(|(g, d)| f64::from(*g) * f64::from(*d)).sum();
        let at = |step: f32| {
            let mut moved = picture.clone();
            moved.data_mut().iter_mut().zip(direction.data()).for_each(|(v, d)| *v += step * d);
            coarse.energy_and_gradient(&moved, 3.0, &mut Planes::zeros_like(&moved))
        };
        // The energy is quadratic, so that a central difference is exact but for rounding.
        let difference = (at(0.5) - at(-0.5)) / 1.0;
        assert!((along - difference).abs() < 1e-4 * difference.abs(), "{along} instead of {difference}");
    }

    #[test]
    fn tiny_pictures_have_no_windows() {
        assert!(CoarseLaplacian::new(&noise(1), 1e-5, 6).is_none());
    }
}
