//! The sliced 1-Wasserstein distance between the colours of two regions.
//!
//! J. Rabin, G. Peyré, J. Delon, M. Bernot, "Wasserstein Barycenter and Its Application to Texture Mixing", SSVM 2011:
//! the mean over directions of the distance between the colours projected on them. On a line it is the mean distance
//! between quantiles, of which 257 are taken, interpolated linearly.

use rayon::prelude::*;

use super::directions::DIRECTIONS;

/// Quantiles a direction, from the smallest to the largest.
const QUANTILES: usize = 257;

/// Quantiles of the projections on each direction, one direction after another.
///
/// # Panics
/// If there are no colours.
pub(super) fn quantiles(colours: &[[f64; 3]]) -> Vec<f64> {
    assert!(!colours.is_empty(), "a region has pixels");
    let along = |d: &[f64; 3]| {
        let dot = |c: &[f64; 3]| (c[0] * d[0] + c[1] * d[1] + c[2] * d[2]) as f32;
        let mut line: Vec<f32> = colours.iter().map(dot).collect();
        line.sort_unstable_by(f32::total_cmp);
        (0..QUANTILES).map(|k| interpolated(&line, k)).collect::<Vec<_>>()
    };
    DIRECTIONS.par_iter().flat_map_iter(along).collect()
}

/// The mean distance between the [`quantiles`] of two regions.
pub(super) fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f64>() / a.len() as f64
}

fn interpolated(line: &[f32], quantile: usize) -> f64 {
    let at = quantile as f64 / (QUANTILES - 1) as f64 * (line.len() - 1) as f64;
    let below = at as usize;
    let [low, high] = [line[below], line[(below + 1).min(line.len() - 1)]].map(f64::from);
    low + (high - low) * (at - below as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_is_as_far_as_it_is_long_along_each_direction() {
        let colours: Vec<[f64; 3]> =
            (0..300).map(|i| [f64::from(i) / 3.0, f64::from(i * i % 97) - 48.0, 5.0]).collect();
        let shift = [3.0, -4.0, 12.0];
        let moved: Vec<_> = colours.iter().map(|c| [0, 1, 2].map(|k| c[k] + shift[k])).collect();
        let expected =
            DIRECTIONS.iter().map(|d| (0..3).map(|k| d[k] * shift[k]).sum::<f64>().abs()).sum::<f64>() / 64.0;
        let found = distance(&quantiles(&moved), &quantiles(&colours));
        assert!((found - expected).abs() < 1e-4, "{found} for {expected}");
    }

    #[test]
    fn directions_have_length_one() {
        for d in DIRECTIONS {
            assert!((d.iter().map(|v| v * v).sum::<f64>() - 1.0).abs() < 1e-8);
        }
    }

    #[test]
    fn one_pixel_is_all_its_quantiles() {
        let one = quantiles(&[[50.0, 0.0, 0.0]]);
        assert_eq!(one.len(), 64 * QUANTILES);
        assert_eq!(distance(&one, &one), 0.0);
    }
}
