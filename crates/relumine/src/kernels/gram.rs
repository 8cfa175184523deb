//! Weighted Gram matrices of feature maps, and the gradient through them.
//!
//! G = Σ_p w_p f_p f_pᵀ over the positions p, f_p ∈ R^C. Regions are mostly disjoint, so positions of weight zero are left
//! out and the Gram matrices of all regions together cost little more than one.

use rayon::prelude::*;

use super::{FeatureMap, Matrix, MatrixMut, multiply, with_scratch};
use crate::watch::CancelToken;

/// Positions gathered for one product.
const GATHERED: usize = 256;
/// Most partial sums over the positions; each is a C×C matrix.
const PARTS: usize = 16;
/// Rows of a C×C product a task.
const BAND: usize = 32;

/// A symmetric C×C matrix, row-major.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Symmetric {
    side: usize,
    values: Vec<f64>,
}

impl Symmetric {
    /// Takes `side²` values.
    pub(crate) fn new(side: usize, values: Vec<f64>) -> Self {
        assert_eq!(values.len(), side * side, "values of a square matrix");
        Self { side, values }
    }

    /// All values, row-major.
    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }

    /// Σ of the squared values.
    pub(crate) fn square_sum(&self) -> f64 {
        self.values.iter().map(|v| v * v).sum()
    }

    /// The difference of two matrices.
    pub(crate) fn minus(&self, other: &Self) -> Self {
        assert_eq!(self.side, other.side, "sides of a difference");
        Self::new(self.side, self.values.iter().zip(&other.values).map(|(a, b)| a - b).collect())
    }

    /// All values times `factor`.
    pub(crate) fn scaled(mut self, factor: f64) -> Self {
        self.values.iter_mut().for_each(|v| *v *= factor);
        self
    }

    /// `m · self · m` for a symmetric `m` in f32, row-major: the Gram matrix after a linear map of the features.
    pub(crate) fn between(&self, m: &[f32]) -> Self {
        let n = self.side;
        assert_eq!(m.len(), n * n, "a metric has its Gram matrix's side");
        // Scaled to about one by a power of two, so that f32 neither overflows nor loses what is small throughout.
        let largest = self.values.iter().fold(0.0_f64, |largest, v| largest.max(v.abs()));
        let scale = largest.max(f64::MIN_POSITIVE).log2().floor().exp2();
        let scaled: Vec<f32> = self.values.iter().map(|v| (v / scale) as f32).collect();
        let mut both = vec![0.0; n * n];
        both.par_chunks_mut(BAND * n).zip(m.par_chunks(BAND * n)).for_each(|(both, metric)| {
            let rows = metric.len() / n;
            with_scratch(metric.len(), |left| {
                let (middle, right) = (Matrix::new(&scaled, n, n, n), Matrix::new(m, n, n, n));
                multiply(MatrixMut::new(left, rows, n, n), Matrix::new(metric, rows, n, n), middle, false);
                multiply(MatrixMut::new(both, rows, n, n), Matrix::new(left, rows, n, n), right, false);
            });
        });
        Self::new(n, both.into_iter().map(|v| f64::from(v) * scale).collect())
    }
}

/// Σ_p w_p f_p f_pᵀ with a weight a position, row-major; once the token is cancelled, over whatever positions were done.
pub(crate) fn weighted_gram(features: &FeatureMap, weights: &[f32], token: &CancelToken) -> Symmetric {
    assert_eq!(weights.len(), features.area(), "one weight a position");
    let channels = features.channels();
    let positions = weighted_positions(weights);
    // A chunk has at least one position even where none has a weight.
    let part = positions.len().max(1).div_ceil(PARTS).next_multiple_of(GATHERED);
    let parts: Vec<Vec<f32>> = positions
        .par_chunks(part)
        .map(|positions| {
            let mut sum = vec![0.0; channels * channels];
            with_scratch(GATHERED * channels, |gathered| {
                for (block, positions) in positions.chunks(GATHERED).enumerate() {
                    if token.is_cancelled() {
                        break;
                    }
                    for (row, &p) in gathered.chunks_exact_mut(channels).zip(positions) {
                        let root = weights[p].sqrt();
                        row.iter_mut().zip(position(features, p)).for_each(|(out, f)| *out = root * f);
                    }
                    let rows = Matrix::new(gathered, positions.len(), channels, channels);
                    let out = MatrixMut::new(&mut sum, channels, channels, channels);
                    multiply(out, rows.transposed(), rows, block > 0);
                }
            });
            sum
        })
        .collect();
    let mut values = vec![0.0; channels * channels];
    for part in parts {
        values.iter_mut().zip(part).for_each(|(sum, v)| *sum += f64::from(v));
    }
    for i in 0..channels {
        for j in 0..i {
            let mean = 0.5 * (values[i * channels + j] + values[j * channels + i]);
            values[i * channels + j] = mean;
            values[j * channels + i] = mean;
        }
    }
    Symmetric::new(channels, values)
}

/// Adds w_p · `matrix` · f_p to the gradient at each position: the gradient of a function of [`weighted_gram`] whose
/// derivative by the Gram matrix is `matrix` / 2. Once the token is cancelled, to no more positions.
pub(crate) fn add_quadratic_gradient(
    features: &FeatureMap,
    weights: &[f32],
    matrix: &Symmetric,
    gradient: &mut FeatureMap,
    token: &CancelToken,
) {
    assert!(features.same_shape(gradient), "a gradient has its features' shape");
    assert_eq!(weights.len(), features.area(), "one weight a position");
    let (channels, width, pitch) = (features.channels(), features.width(), features.pitch());
    let factors: Vec<f32> = matrix.values().iter().map(|v| *v as f32).collect();
    let rows_a_band = (GATHERED / width).max(1);
    gradient.framed_rows_mut().par_chunks_mut(pitch * rows_a_band).enumerate().for_each(|(band, rows)| {
        if token.is_cancelled() {
            return;
        }
        let first = band * rows_a_band * width;
        let count = rows.len() / pitch * width;
        let weighted = weighted_positions(&weights[first..][..count]);
        with_scratch(2 * GATHERED * channels, |scratch| {
            let (gathered, products) = scratch.split_at_mut(GATHERED * channels);
            for offsets in weighted.chunks(GATHERED) {
                for (row, &offset) in gathered.chunks_exact_mut(channels).zip(offsets) {
                    row.copy_from_slice(position(features, first + offset));
                }
                multiply(
                    MatrixMut::new(products, offsets.len(), channels, channels),
                    Matrix::new(gathered, offsets.len(), channels, channels),
                    Matrix::new(&factors, channels, channels, channels),
                    false,
                );
                for (product, &offset) in products.chunks_exact(channels).zip(offsets) {
                    let weight = weights[first + offset];
                    let out =
                        &mut rows[offset / width * pitch + (1 + offset % width) * channels..][..channels];
                    out.iter_mut().zip(product).for_each(|(out, v)| *out += weight * v);
                }
            }
        });
    });
}

fn weighted_positions(weights: &[f32]) -> Vec<usize> {
    (0..weights.len()).filter(|&p| weights[p] > 0.0).collect()
}

fn position(features: &FeatureMap, p: usize) -> &[f32] {
    let channels = features.channels();
    &features.row(p / features.width())[p % features.width() * channels..][..channels]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn map(height: usize, width: usize, channels: usize) -> FeatureMap {
        let mut map = FeatureMap::zeros(height, width, channels);
        for y in 0..height {
            for (i, v) in map.row_mut(y).iter_mut().enumerate() {
                *v = ((y * 31 + i * 17) % 23) as f32 / 11.0 - 0.4;
            }
        }
        map
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn gram_and_gradient_equal_the_plain_loops(height in 1usize..40, width in 1usize..60, channels in 1usize..9, gap in 1usize..4) {
            let features = map(height, width, channels);
            let weights: Vec<f32> = (0..height * width).map(|p| if p % gap == 0 { (p % 7) as f32 / 6.0 } else { 0.0 }).collect();
            let gram = weighted_gram(&features, &weights, &CancelToken::new());
            let f = |p: usize, i: usize| f64::from(position(&features, p)[i]);
            let scale = (height * width) as f64;
            for i in 0..channels {
                for j in 0..channels {
                    let expected: f64 = (0..weights.len()).map(|p| f64::from(weights[p]) * f(p, i) * f(p, j)).sum();
                    let found = gram.values()[i * channels + j];
                    prop_assert!((found - expected).abs() < 1e-5 * scale, "{found} instead of {expected}");
                    prop_assert_eq!(found, gram.values()[j * channels + i]);
                }
            }
            let mut gradient = features.clone();
            add_quadratic_gradient(&features, &weights, &gram, &mut gradient, &CancelToken::new());
            for (p, weight) in weights.iter().enumerate() {
                for i in 0..channels {
                    let product: f64 = (0..channels).map(|j| gram.values()[i * channels + j] * f(p, j)).sum();
                    let expected = f(p, i) + f64::from(*weight) * product;
                    let found = f64::from(position(&gradient, p)[i]);
                    prop_assert!((found - expected).abs() < 1e-5 * (1.0 + gram.square_sum().sqrt()), "{found} instead of {expected}");
                }
            }
        }
    }

    #[test]
    fn positions_without_weight_have_a_gram_matrix_of_zeros() {
        let gram = weighted_gram(&map(3, 5, 2), &[0.0; 15], &CancelToken::new());
        assert_eq!(gram.values(), [0.0; 4]);
    }

    #[test]
    fn a_metric_is_applied_on_both_sides() {
        let gram = Symmetric::new(2, vec![1.0, 2.0, 2.0, 5.0]);
        // [[1, 1], [1, 0]] · [[1, 2], [2, 5]] · [[1, 1], [1, 0]]
        assert_eq!(gram.between(&[1.0, 1.0, 1.0, 0.0]).values(), [10.0, 3.0, 3.0, 1.0]);
    }

    #[test]
    fn what_is_cancelled_is_left() {
        let (features, token) = (map(9, 40, 8), CancelToken::new());
        token.cancel();
        let gram = weighted_gram(&features, &[1.0; 360], &token);
        assert_eq!(gram.values(), [0.0; 64]);
        let mut gradient = FeatureMap::zeros(9, 40, 8);
        add_quadratic_gradient(
            &features,
            &[1.0; 360],
            &Symmetric::new(8, vec![1.0; 64]),
            &mut gradient,
            &token,
        );
        assert!(gradient.padded().iter().all(|v| *v == 0.0));
    }
}
