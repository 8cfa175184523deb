//! k-means: S. P. Lloyd, "Least Squares Quantization in PCM", 1982, begun as in D. Arthur, S. Vassilvitskii, "k-means++", 2007.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::points::{Points, squared_distance};

/// It is begun anew this often, and the tightest clusters are taken.
const STARTS: u64 = 4;
const ROUNDS: usize = 20;

/// Centres of at most `count` clusters of weighted points; fewer where fewer points differ.
///
/// # Panics
/// If there is no point, or not one weight above 0 a point.
pub(super) fn k_means(points: &Points, weights: &[f32], count: usize) -> Points {
    assert!(points.len() == weights.len() && weights.iter().all(|weight| *weight > 0.0), "a weight a point");
    let solved = (0..STARTS).into_par_iter().map(|seed| {
        let mut centres = scattered(points, weights, count, seed);
        let mut spread = f64::INFINITY;
        for _ in 0..ROUNDS {
            let before = spread;
            spread = improve(points, weights, &mut centres);
            if spread >= before {
                break;
            }
        }
        (spread, centres)
    });
    let solved: Vec<_> = solved.collect();
    solved.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).expect("a start").1
}

/// Points far from one another: each is drawn by its weight times its squared distance from the nearest of those before.
fn scattered(points: &Points, weights: &[f32], count: usize, seed: u64) -> Points {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut centres = Points::new(points.get(0).len());
    let mut odds = vec![f64::INFINITY; points.len()];
    let mut drawn = random.random_range(0..points.len());
    loop {
        centres.push(points.get(drawn).iter().copied());
        for ((odds, point), weight) in odds.iter_mut().zip(points.iter()).zip(weights) {
            *odds = odds.min(f64::from(weight * squared_distance(point, points.get(drawn))));
        }
        let sum: f64 = odds.iter().sum();
        if centres.len() == count || sum <= 0.0 {
            return centres;
        }
        let mut left = random.random::<f64>() * sum;
        let passed = odds.iter().position(|odds| {
            left -= odds;
            left < 0.0
        });
        // Rounding may leave a little of the sum after the last.
        drawn = passed.or_else(|| odds.iter().rposition(|odds| *odds > 0.0)).expect("a sum above 0");
    }
}

/// Moves each centre to the mean of the points that are nearest to it. Gives the weighted sum of the squared distances before.
fn improve(points: &Points, weights: &[f32], centres: &mut Points) -> f64 {
    let dimensions = points.get(0).len();
    let mut sums = vec![vec![0.0_f64; dimensions]; centres.len()];
    let mut masses = vec![0.0_f64; centres.len()];
    let mut spread = 0.0;
    for (point, weight) in points.iter().zip(weights) {
        let ((index, distance), weight) = (centres.nearest(point), f64::from(*weight));
        spread += weight * f64::from(distance);
        masses[index] += weight;
        sums[index].iter_mut().zip(point).for_each(|(sum, x)| *sum += weight * f64::from(*x));
    }
    for (index, (sum, mass)) in sums.iter().zip(masses).enumerate().filter(|(_, (_, mass))| *mass > 0.0) {
        centres.get_mut(index).iter_mut().zip(sum).for_each(|(x, sum)| *x = (sum / mass) as f32);
    }
    spread
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn centres(coordinates: &[f32], count: usize) -> Vec<f32> {
        let mut centres: Vec<f32> = k_means(&Points::line(coordinates), &vec![1.0; coordinates.len()], count)
            .iter()
            .map(|c| c[0])
            .collect();
        centres.sort_by(f32::total_cmp);
        centres
    }

    #[test]
    fn finds_clusters_that_are_apart() {
        let found = centres(&[0.0, 0.1, 0.2, 5.0, 5.1, 9.0], 3);
        assert!(found.iter().zip([0.1, 5.05, 9.0]).all(|(a, b)| (a - b).abs() < 1e-5), "{found:?}");
    }

    #[test]
    fn equal_points_are_one_cluster() {
        assert_eq!(centres(&[2.0; 9], 4), [2.0]);
        assert_eq!(centres(&[2.0, 3.0, 2.0], 4), [2.0, 3.0]);
    }

    #[test]
    fn heavy_points_draw_the_centre() {
        assert_eq!(k_means(&Points::line(&[0.0, 4.0]), &[3.0, 1.0], 1).get(0), [1.0]);
    }

    proptest! {
        #[test]
        fn rounds_never_loosen_clusters(coordinates in prop::collection::vec(-9.0_f32..9.0, 1..80), seed in 0_u64..9) {
            let points = Points::line(&coordinates);
            let weights: Vec<f32> = (0..points.len()).map(|i| 1.0 + (i % 3) as f32).collect();
            let mut centres = scattered(&points, &weights, 3, seed);
            let mut before = f64::INFINITY;
            for _ in 0..6 {
                let spread = improve(&points, &weights, &mut centres);
                prop_assert!(spread <= before + 1e-3, "{spread} after {before}");
                before = spread;
            }
        }
    }
}
