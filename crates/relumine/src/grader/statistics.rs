//! The colours of a picture as a whole: histogram, mean, covariance and quantiles by channel.

use super::eye::SIDE;

const BINS: usize = 24;
const QUANTILES: [f32; 7] = [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98];
/// By this the covariance is of the size of the rest.
const COVARIANCE: f32 = 10.0;

/// Numbers in all.
pub(super) const COUNT: usize = 3 * BINS + 3 + 9 + 3 * QUANTILES.len();

/// The colours of every other pixel of SIDE×SIDE, each with its weight.
pub(super) fn statistics(rgb: &[&[f32]; 3], weights: &[f32]) -> Vec<f32> {
    let every_other =
        (0..SIDE * SIDE).filter(|i| (i / SIDE).is_multiple_of(2) && (i % SIDE).is_multiple_of(2));
    let pixels: Vec<usize> = every_other.collect();
    let total = weights.iter().sum::<f32>().max(1e-3);
    let part: f32 = pixels.iter().map(|i| weights[*i] / total).sum();
    let shares: Vec<f32> = pixels.iter().map(|i| weights[*i] / total / part.max(1e-6)).collect();
    let values = rgb.map(|plane| pixels.iter().map(|i| plane[*i]).collect::<Vec<f32>>());

    let mut out = Vec::with_capacity(COUNT);
    for values in &values {
        out.extend(histogram(values, &shares));
    }
    let mean = values.each_ref().map(|values| product(values, &shares));
    out.extend(mean);
    for (a, first) in values.iter().zip(mean) {
        for (b, second) in values.iter().zip(mean) {
            let products = a.iter().zip(b).zip(&shares);
            let sum: f32 = products.map(|((a, b), share)| (a - first) * share * (b - second)).sum();
            out.push(COVARIANCE * sum);
        }
    }
    for values in &values {
        out.extend(quantiles(values, &shares));
    }
    out
}

fn product(values: &[f32], shares: &[f32]) -> f32 {
    values.iter().zip(shares).map(|(value, share)| value * share).sum()
}

/// Each value shared between the two bins about it.
fn histogram(values: &[f32], shares: &[f32]) -> [f32; BINS] {
    let mut bins = [0.0; BINS];
    for (value, share) in values.iter().zip(shares) {
        let at = value.clamp(0.0, 1.0) * (BINS - 1) as f32;
        let low = (at as usize).min(BINS - 2);
        bins[low] += share * (1.0 - (at - low as f32));
        bins[low + 1] += share * (at - low as f32);
    }
    bins
}

/// Values by rank, where each counts as much as its pixel does.
fn quantiles(values: &[f32], shares: &[f32]) -> [f32; QUANTILES.len()] {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let reached = order.iter().scan(0.0, |sum, i| {
        *sum += shares[*i];
        Some(*sum)
    });
    let reached: Vec<f32> = reached.collect();
    QUANTILES.map(|q| values[order[reached.partition_point(|share| *share < q).min(order.len() - 1)]])
}
