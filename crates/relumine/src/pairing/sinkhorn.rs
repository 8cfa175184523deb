//! Entropic optimal transport between the cells of two photos, by matrix scaling.
//!
//! M. Cuturi, "Sinkhorn Distances: Lightspeed Computation of Optimal Transport", NIPS 2013; that one side may get more or less than its
//! share after L. Chizat, G. Peyré, B. Schmitzer, F.-X. Vialard, "Scaling Algorithms for Unbalanced Optimal Transport Problems",
//! Mathematics of Computation 2018.

use rayon::prelude::*;

use super::points::{Points, affinities, least};
use crate::watch::CancelToken;

/// Squared distance within which cells are alike: the strength of the entropy.
const WIDTH: f32 = 0.1;
/// How much of its share the other side is held to, from 0 (each takes what it is nearest to) to 1 (all of it, and nothing twice).
const BALANCE: f32 = 0.7;
const ROUNDS: usize = 40;
/// The scaling of the other side ends when none of its logarithms changes more.
const SETTLED: f32 = 1e-2;
/// Rows worked on together.
const CHUNK: usize = 64;
/// Sums below this count as that: what is like nothing is not to be divided by.
const LEAST: f32 = 1e-30;

/// What each of our points is transported to.
pub(super) struct TransportPlan {
    /// Share of each of their points in what each of ours goes to, one row a point of ours; rows add up to 1.
    pub(super) rows: Vec<Vec<f32>>,
    /// Squared distance of each of our points from the nearest of theirs.
    pub(super) nearest: Vec<f32>,
}

impl TransportPlan {
    /// Between weighted points, all weights above 0: near goes to near, and much of theirs is not left out while some is taken twice.
    /// Of no use once it is cancelled.
    pub(super) fn between(ours: (&Points, &[f32]), theirs: (&Points, &[f32]), token: &CancelToken) -> Self {
        let kernel = (0..ours.0.len()).into_par_iter().map(|index| {
            let distances = theirs.0.squared_distances(ours.0.get(index));
            let nearest = least(&distances);
            let mut row = affinities(distances, WIDTH);
            row.iter_mut().zip(theirs.1).for_each(|(like, weight)| *like *= weight);
            (row, nearest)
        });
        let (mut rows, nearest): (Vec<_>, Vec<_>) = kernel.unzip();
        let scaling = scaling(&rows, ours.1, theirs.1, token);
        rows.par_iter_mut().for_each(|row| {
            row.iter_mut().zip(&scaling).for_each(|(like, scale)| *like *= scale);
            let sum = row.iter().sum::<f32>().max(LEAST);
            row.iter_mut().for_each(|like| *like /= sum);
        });
        Self { rows, nearest }
    }
}

/// Factors of the columns; those of the rows, whatever the columns', bring each row to its weight.
fn scaling(kernel: &[Vec<f32>], rows: &[f32], columns: &[f32], token: &CancelToken) -> Vec<f32> {
    let (ours, theirs) = (rows.iter().sum::<f32>(), columns.iter().sum::<f32>());
    let mut scaling = vec![1.0_f32; columns.len()];
    for _ in 0..ROUNDS {
        // Sums of chunks are added in their order, so that the number of threads changes nothing.
        let taken = kernel.par_chunks(CHUNK).zip(rows.par_chunks(CHUNK)).map(|(kernel, weights)| {
            let mut taken = vec![0.0_f32; scaling.len()];
            for (row, weight) in kernel.iter().zip(weights) {
                let sum: f32 = row.iter().zip(&scaling).map(|(like, scale)| like * scale).sum();
                let factor = weight / ours / sum.max(LEAST);
                taken.iter_mut().zip(row).for_each(|(taken, like)| *taken += factor * like);
            }
            taken
        });
        let taken = taken.collect::<Vec<_>>().into_iter().reduce(|mut sum, more| {
            sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
            sum
        });
        let mut change = 0.0_f32;
        for ((scale, taken), weight) in scaling.iter_mut().zip(taken.into_iter().flatten()).zip(columns) {
            let next = (weight / theirs / taken.max(LEAST)).powf(BALANCE);
            change = change.max((next / *scale).ln().abs());
            *scale = next;
        }
        if change < SETTLED || token.is_cancelled() {
            break;
        }
    }
    scaling
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plan(ours: &[f32], theirs: &[f32]) -> TransportPlan {
        TransportPlan::between(
            (&Points::line(ours), &vec![1.0; ours.len()]),
            (&Points::line(theirs), &vec![1.0; theirs.len()]),
            &CancelToken::new(),
        )
    }

    #[test]
    fn near_goes_to_near() {
        let found = plan(&[0.0, 3.0], &[3.1, -0.1]);
        assert!(found.rows[0][1] > 0.99 && found.rows[1][0] > 0.99, "{:?}", found.rows);
        assert!(found.nearest.iter().all(|d| (d - 0.01).abs() < 1e-5));
    }

    #[test]
    fn what_is_left_goes_to_what_is_left() {
        // By distance alone three quarters of the second would go to the first.
        let found = plan(&[0.0, 1.0], &[0.0, 2.05]);
        assert!(found.rows[0][0] > 0.9 && found.rows[1][1] > 0.6, "{:?}", found.rows);
    }

    #[test]
    fn more_of_the_same_is_no_reason_to_go_elsewhere() {
        let found = plan(&[0.0, 0.0, 0.0, 4.0], &[0.0, 4.0]);
        assert!(found.rows[..3].iter().all(|row| row[0] > 0.9), "{:?}", found.rows);
        assert!(found.rows[3][1] > 0.9, "{:?}", found.rows);
    }

    proptest! {
        #[test]
        fn rows_add_up_whatever_the_points(
            ours in prop::collection::vec((-9.0_f32..9.0, 1e-3_f32..1.0), 1..150),
            theirs in prop::collection::vec((-9.0_f32..9.0, 1e-3_f32..1.0), 1..40),
        ) {
            let (ours, our_weights): (Vec<f32>, Vec<f32>) = ours.into_iter().unzip();
            let (theirs, their_weights): (Vec<f32>, Vec<f32>) = theirs.into_iter().unzip();
            let (ours, theirs) = (Points::line(&ours), Points::line(&theirs));
            let found =
                TransportPlan::between((&ours, &our_weights), (&theirs, &their_weights), &CancelToken::new());
            for row in &found.rows {
                prop_assert!(row.iter().all(|share| share.is_finite() && *share >= 0.0));
                prop_assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-3, "{row:?}");
            }
        }
    }
}
