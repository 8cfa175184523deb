//! E. Reinhard, M. Ashikhmin, B. Gooch, P. Shirley, "Color transfer between images", IEEE CG&A 21(5), 2001: means and standard deviations
//! of three channels taken from the reference.
//!
//! Differs from the paper: in CIELAB, as it is most often done.

use crate::io::Photo;
use crate::metrics::lab::{lab, rgb};
use crate::planes::Planes;

/// The content with the reference's means and standard deviations, as 8 bits a channel can show them.
pub fn reinhard(content: &Photo, reference: &Photo) -> Photo {
    let ours = lab(content.colours());
    let ((mean, deviation), (their_mean, their_deviation)) =
        (moments(&ours), moments(&lab(reference.colours())));
    let moved = ours.iter().map(|colour| {
        rgb([0, 1, 2]
            .map(|c| (colour[c] - mean[c]) / deviation[c].max(1e-6) * their_deviation[c] + their_mean[c]))
    });
    let moved: Vec<_> = moved.collect();
    let plane = |channel: usize| moved.iter().map(move |colour| colour[channel].clamp(0.0, 1.0) as f32);
    let colours = (0..3).flat_map(plane).collect();
    Photo::from_planes(Planes::from_vec(3, content.height(), content.width(), colours))
}

/// Mean and standard deviation of each channel.
fn moments(colours: &[[f64; 3]]) -> ([f64; 3], [f64; 3]) {
    let mean_of = |f: &dyn Fn(f64, usize) -> f64, c: usize| {
        colours.iter().map(|colour| f(colour[c], c)).sum::<f64>() / colours.len() as f64
    };
    let mean = [0, 1, 2].map(|c| mean_of(&|v, _| v, c));
    (mean, [0, 1, 2].map(|c| mean_of(&|v, c| (v - mean[c]).powi(2), c).sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_has_the_references_moments() {
        let made = |scale: f32, step: usize| {
            let value = |i: usize| 0.4 + scale * ((i * step % 31) as f32 / 31.0 - 0.5);
            Photo::from_planes(Planes::from_vec(3, 12, 12, (0..3 * 144).map(value).collect()))
        };
        let (content, reference) = (made(0.3, 7), made(0.15, 11));
        let (found, expected) =
            (moments(&lab(reinhard(&content, &reference).colours())), moments(&lab(reference.colours())));
        for c in 0..3 {
            assert!((found.0[c] - expected.0[c]).abs() < 0.05 && (found.1[c] - expected.1[c]).abs() < 0.05);
        }
    }

    #[test]
    fn a_content_without_contrast_stays_finite() {
        let flat = Photo::from_planes(Planes::filled(3, 8, 8, 0.5));
        assert!(reinhard(&flat, &flat).colours().data().iter().all(|v| (v - 0.5).abs() < 1e-4));
    }
}
