//! Gibbs sampling in the fully connected model: the slow oracle for [`super::dense`].
//!
//! Source: S. Geman, D. Geman, "Stochastic Relaxation, Gibbs Distributions, and the Bayesian Restoration of
//! Images", PAMI 1984, on the energy of [`super::model`] with exact kernels. A sweep visits the pixels in order and
//! draws each label from its distribution given all others; marginals are the means of these distributions, which
//! vary less than counts of the labels drawn.
//!
//! Time O(N²) a sweep for N pixels. Memory O(N²) up to [`MOST_STORED`] pixels; kernels of larger photos are
//! computed anew in each sweep. Deterministic for a seed.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::model::{FullyConnected, LEAST_PROBABILITY};
use crate::Planes;
use crate::vector_math::exp;

/// Pixels up to which the kernel between all pairs is kept: 64 MiB.
const MOST_STORED: usize = 4096;

/// How long to sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sampling {
    /// Sweeps before the first that counts.
    pub burn_in: usize,
    /// Sweeps that count, at least 1.
    pub sweeps: usize,
    /// Seed of the random numbers.
    pub seed: u64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { burn_in: 50, sweeps: 500, seed: 0 }
    }
}

/// Marginals (C×H×W) sampled from the model with the unary `probabilities` (C×H×W).
pub(super) fn sample(
    probabilities: &Planes,
    photo: &Planes,
    model: &FullyConnected,
    sampling: &Sampling,
) -> Planes {
    let (labels, pixels) = (probabilities.channels(), probabilities.area());
    let mut pairs = Pairs::new(photo, model);
    let unary = |pixel: usize, label: usize| probabilities.plane(label)[pixel].max(LEAST_PROBABILITY).ln();
    let likeliest = |pixel: usize| {
        (0..labels).max_by(|&a, &b| unary(pixel, a).total_cmp(&unary(pixel, b))).expect("at least one label")
    };
    let mut state: Vec<usize> = (0..pixels).map(likeliest).collect();
    let mut random = ChaCha8Rng::seed_from_u64(sampling.seed);
    let mut sums = vec![0.0_f64; labels * pixels];
    let mut conditional = vec![0.0_f64; labels];
    for sweep in 0..sampling.burn_in + sampling.sweeps {
        for pixel in 0..pixels {
            for (label, logit) in conditional.iter_mut().enumerate() {
                *logit = f64::from(unary(pixel, label));
            }
            for (&label, &coupling) in state.iter().zip(pairs.row(pixel)) {
                conditional[label] += f64::from(coupling);
            }
            softmax(&mut conditional);
            state[pixel] = draw(&conditional, random.random());
            if sweep >= sampling.burn_in {
                for (label, probability) in conditional.iter().enumerate() {
                    sums[label * pixels + pixel] += probability;
                }
            }
        }
    }
    let marginals = sums.iter().map(|sum| (sum / sampling.sweeps as f64) as f32).collect();
    Planes::from_vec(labels, probabilities.height(), probabilities.width(), marginals)
}

fn softmax(logits: &mut [f64]) {
    let greatest = logits.iter().copied().fold(f64::MIN, f64::max);
    logits.iter_mut().for_each(|logit| *logit = (*logit - greatest).exp());
    let sum: f64 = logits.iter().sum();
    logits.iter_mut().for_each(|value| *value /= sum);
}

/// The label at which the cumulative distribution passes `uniform`, which is in 0..1.
fn draw(distribution: &[f64], uniform: f64) -> usize {
    let mut left = uniform;
    let passed = distribution.iter().position(|probability| {
        left -= probability;
        left < 0.0
    });
    passed.unwrap_or(distribution.len() - 1)
}

/// What the pairs of one pixel weigh, by the exact kernels: Σₘ wₘ k̃ₘ(i, j), and 0 with itself.
struct Pairs {
    appearance: Exact<5>,
    smoothness: Exact<2>,
    row: Vec<f32>,
    /// All rows, of photos that are small enough.
    stored: Vec<f32>,
}

impl Pairs {
    fn new(photo: &Planes, model: &FullyConnected) -> Self {
        let pixels = photo.area();
        let appearance = Exact::new(&model.appearance_points(photo), model.appearance_weight);
        let smoothness =
            Exact::new(&model.smoothness_points(photo.height(), photo.width()), model.smoothness_weight);
        let mut pairs = Self { appearance, smoothness, row: vec![0.0; pixels], stored: Vec::new() };
        if pixels <= MOST_STORED {
            let mut stored = Vec::with_capacity(pixels * pixels);
            for pixel in 0..pixels {
                stored.extend_from_slice(pairs.row(pixel));
            }
            pairs.stored = stored;
        }
        pairs
    }

    fn row(&mut self, pixel: usize) -> &[f32] {
        if !self.stored.is_empty() {
            return &self.stored[pixel * self.row.len()..][..self.row.len()];
        }
        self.row.fill(0.0);
        self.appearance.add_row(pixel, &mut self.row);
        self.smoothness.add_row(pixel, &mut self.row);
        self.row[pixel] = 0.0;
        &self.row
    }
}

/// One Gaussian kernel over points of `D` coordinates, evaluated pair by pair.
pub(super) struct Exact<const D: usize> {
    points: Vec<[f32; D]>,
    /// √(weight / dᵢ) of each point.
    scale: Vec<f32>,
}

impl<const D: usize> Exact<D> {
    pub(super) fn new(points: &[f32], weight: f32) -> Self {
        let points = points.as_chunks().0.to_vec();
        let mut kernel = Self { scale: vec![1.0; points.len()], points };
        let sum_of_row = |pixel| -> f64 {
            let mut row = vec![0.0; kernel.points.len()];
            kernel.add_row(pixel, &mut row);
            row.iter().copied().map(f64::from).sum()
        };
        kernel.scale = (0..kernel.points.len())
            .map(|pixel| (f64::from(weight) / sum_of_row(pixel)).sqrt() as f32)
            .collect();
        kernel
    }

    /// Adds weight · k̃(`point`, j) to `row[j]` for every j, `point` itself included.
    pub(super) fn add_row(&self, point: usize, row: &mut [f32]) {
        let (here, own) = (self.points[point], self.scale[point]);
        for ((sum, there), scale) in row.iter_mut().zip(&self.points).zip(&self.scale) {
            let mut squares = 0.0;
            for (a, b) in here.iter().zip(there) {
                squares += (a - b) * (a - b);
            }
            *sum += own * scale * exp(-0.5 * squares);
        }
    }
}
