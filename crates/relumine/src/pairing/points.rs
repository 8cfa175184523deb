//! Points of a space of some dozens of dimensions, and which are near which.

use multiversion::multiversion;

/// Coordinates are added up in this many sums, which a vector unit does at once.
const LANES: usize = 8;

/// Points, one after another.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Points {
    dimensions: usize,
    coordinates: Vec<f32>,
}

impl Points {
    /// No points yet, of `dimensions` coordinates each.
    pub(super) fn new(dimensions: usize) -> Self {
        Self { dimensions, coordinates: Vec::new() }
    }

    /// Points on a line.
    #[cfg(test)]
    pub(super) fn line(coordinates: &[f32]) -> Self {
        Self { dimensions: 1, coordinates: coordinates.to_vec() }
    }

    pub(super) fn push(&mut self, point: impl IntoIterator<Item = f32>) {
        self.coordinates.extend(point);
        debug_assert_eq!(self.coordinates.len() % self.dimensions, 0, "whole points");
    }

    pub(super) fn len(&self) -> usize {
        self.coordinates.len() / self.dimensions
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.coordinates.chunks_exact(self.dimensions)
    }

    pub(super) fn get(&self, index: usize) -> &[f32] {
        &self.coordinates[index * self.dimensions..][..self.dimensions]
    }

    pub(super) fn get_mut(&mut self, index: usize) -> &mut [f32] {
        &mut self.coordinates[index * self.dimensions..][..self.dimensions]
    }

    /// Takes out a point; those after it move up.
    pub(super) fn remove(&mut self, index: usize) {
        self.coordinates.drain(self.dimensions * index..self.dimensions * (index + 1));
    }

    /// From `to` to each point.
    pub(super) fn squared_distances(&self, to: &[f32]) -> Vec<f32> {
        let mut distances = vec![0.0; self.len()];
        squared_distances(&self.coordinates, self.dimensions, to, &mut distances);
        distances
    }

    /// The point that is nearest to `to`, the first of equals, and its squared distance.
    ///
    /// # Panics
    /// If there is none.
    pub(super) fn nearest(&self, to: &[f32]) -> (usize, f32) {
        let distances = self.squared_distances(to).into_iter().enumerate();
        distances.min_by(|a, b| a.1.total_cmp(&b.1)).expect("a point")
    }
}

/// Squared distances of points, so many coordinates each, from `to`.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn squared_distances(coordinates: &[f32], dimensions: usize, to: &[f32], distances: &mut [f32]) {
    for (distance, point) in distances.iter_mut().zip(coordinates.chunks_exact(dimensions)) {
        *distance = squared_distance(point, to);
    }
}

/// Squared Euclidean distance.
#[inline(always)]
pub(super) fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_end), (b, b_end)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] += (a[lane] - b[lane]) * (a[lane] - b[lane]);
        }
    }
    let end: f32 = a_end.iter().zip(b_end).map(|(a, b)| (a - b) * (a - b)).sum();
    sums.iter().sum::<f32>() + end
}

/// The least of some distances; infinity of none.
pub(super) fn least(distances: &[f32]) -> f32 {
    distances.iter().copied().fold(f32::INFINITY, f32::min)
}

/// Probabilities that fall with squared distances, as exp(−d² / `width`); they add up to 1.
pub(super) fn affinities(mut distances: Vec<f32>, width: f32) -> Vec<f32> {
    let least = least(&distances);
    distances.iter_mut().for_each(|d| *d = ((least - *d) / width).exp());
    let sum: f32 = distances.iter().sum();
    distances.iter_mut().for_each(|p| *p /= sum);
    distances
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn affinities_add_up_and_fall_with_distance() {
        let found = affinities(vec![1.0, 0.0, 4.0], 2.0);
        assert!((found.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(found[1] > found[0] && found[0] > found[2]);
        assert!((found[0] / found[1] - (-0.5_f32).exp()).abs() < 1e-6);
        assert_eq!(affinities(vec![1e9, 0.0], 0.1), [0.0, 1.0]);
    }

    proptest! {
        #[test]
        fn distances_are_those_of_the_plain_sum(
            (a, b) in (1_usize..40).prop_flat_map(|n| {
                let point = || prop::collection::vec(-2.0_f32..2.0, n);
                (point(), point())
            })
        ) {
            let plain: f64 = a.iter().zip(&b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
            prop_assert!((f64::from(squared_distance(&a, &b)) - plain).abs() <= 1e-5 * plain.max(1.0));
        }
    }
}
