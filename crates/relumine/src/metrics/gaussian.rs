//! Gaussian blur of planes, as `scipy.ndimage.gaussian_filter` does it.
//!
//! Separable; the kernel ends at four standard deviations; borders are mirrored with the last pixel repeated (d c b a | a b c d |
//! d c b a), as often as the kernel is wider than the picture.

use rayon::prelude::*;

/// Standard deviations at which the kernel ends.
const TRUNCATE: f64 = 4.0;

/// Blurs `N` interleaved planes of rows of `width` pixels by a standard deviation of `sigma` pixels.
pub(super) fn blur<const N: usize>(pixels: &[[f64; N]], width: usize, sigma: f64) -> Vec<[f64; N]> {
    let height = pixels.len() / width;
    let kernel = kernel(sigma);
    let radius = kernel.len() / 2;
    let mut out = vec![[0.0; N]; pixels.len()];
    out.par_chunks_mut(width).enumerate().for_each(|(y, out)| {
        let mut column = vec![[0.0; N]; width];
        for (k, weight) in kernel.iter().enumerate() {
            let row = &pixels[mirrored(y, k, radius, height) * width..][..width];
            column.iter_mut().zip(row).for_each(|(sum, value)| add(sum, value, *weight));
        }
        let line: Vec<_> = (0..width + 2 * radius).map(|x| column[mirrored(0, x, radius, width)]).collect();
        for (x, sum) in out.iter_mut().enumerate() {
            line[x..].iter().zip(&kernel).for_each(|(value, weight)| add(sum, value, *weight));
        }
    });
    out
}

fn add<const N: usize>(sum: &mut [f64; N], value: &[f64; N], weight: f64) {
    sum.iter_mut().zip(value).for_each(|(s, v)| *s += weight * v);
}

/// Weights from −radius to radius, of sum 1.
fn kernel(sigma: f64) -> Vec<f64> {
    let radius = (TRUNCATE * sigma + 0.5) as usize;
    let weight = |k: usize| (-0.5 * ((k as f64 - radius as f64) / sigma).powi(2)).exp();
    let weights: Vec<_> = (0..=2 * radius).map(weight).collect();
    let sum = weights.iter().sum::<f64>();
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// The place of `at + offset − radius` in a mirrored line of `length`.
fn mirrored(at: usize, offset: usize, radius: usize, length: usize) -> usize {
    let period = 2 * length;
    // As many periods more as keep the difference from falling below zero.
    let place = (at + offset + radius.div_ceil(period) * period - radius) % period;
    place.min(period - 1 - place)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected: scipy.ndimage.gaussian_filter(x, 0.8) of scipy 1.17.
    #[test]
    fn pictures_narrower_than_the_kernel_are_blurred_as_by_scipy() {
        let pixels = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0].map(|v| [v, -v]);
        let expected = [3.834484516, 6.543653147, 9.977894657, 8.032883384, 13.708336129, 20.902748167];
        for ([v, negative], expected) in blur(&pixels, 3, 0.8).into_iter().zip(expected) {
            assert!((v - expected).abs() < 1e-9 && v == -negative, "{v} for {expected}");
        }
    }

    #[test]
    fn a_flat_picture_stays_flat_and_mass_is_kept() {
        let flat = blur(&[[3.0]; 35], 5, 4.0);
        assert!(flat.iter().all(|[v]| (v - 3.0).abs() < 1e-12));
        let mut point = [[0.0]; 35];
        point[8] = [1.0];
        assert!((blur(&point, 5, 2.0).iter().map(|[v]| v).sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
