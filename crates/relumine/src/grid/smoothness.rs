//! Smoothness of a bilateral grid: the mean squared difference between neighbouring vertices, along each axis.
//!
//! ```text
//! E(γ) = Σ_{d ∈ luma, y, x} mean (∂_d γ)²        ∂E/∂γ = Σ_d 2/n_d ∂_dᵀ ∂_d γ
//! ```
//!
//! The mean is over all n_d differences of all 12 coefficients along the axis d; an axis of one vertex adds nothing.

use super::BilateralGrid;

impl BilateralGrid {
    /// Adds `weight · ∂E/∂γ` to `gradient` and returns `weight · E`.
    pub(crate) fn smoothness(&self, weight: f64, gradient: &mut Self) -> f64 {
        assert_eq!(gradient.shape, self.shape, "a gradient a coefficient");
        let shape = self.shape;
        let values = self.coefficients();
        let slopes = gradient.coefficients_mut();
        let plane = 12 * shape.depth;
        // (axis length, distance of its neighbours, length of the runs that hold the whole axis)
        let axes = [
            (shape.depth, 12, plane),
            (shape.width, plane, plane * shape.width),
            (shape.height, plane * shape.width, values.len()),
        ];
        let mut energy = 0.0;
        for (vertices, stride, run) in axes {
            if vertices == 1 {
                continue;
            }
            let scale = weight / (values.len() / vertices * (vertices - 1)) as f64;
            let slope = 2.0 * scale as f32;
            let mut sum = 0.0;
            for (values, slopes) in values.chunks_exact(run).zip(slopes.chunks_exact_mut(run)) {
                sum += differences(values, stride, slope, slopes);
            }
            energy += scale * sum;
        }
        energy
    }
}

/// The sum of squared differences `values[i + stride] - values[i]`; adds `slope` times half its gradient.
fn differences(values: &[f32], stride: usize, slope: f32, slopes: &mut [f32]) -> f64 {
    let mut sum = 0.0;
    for start in (0..values.len() - stride).step_by(stride) {
        let (here, next) = values[start..start + 2 * stride].split_at(stride);
        let (slopes_here, slopes_next) = slopes[start..start + 2 * stride].split_at_mut(stride);
        // Short f32 sums, added up in f64: fast and good to seven digits.
        for (((here, next), dh), dn) in here
            .chunks(12)
            .zip(next.chunks(12))
            .zip(slopes_here.chunks_mut(12))
            .zip(slopes_next.chunks_mut(12))
        {
            let mut squares = 0.0;
            for (((a, b), da), db) in here.iter().zip(next).zip(dh).zip(dn) {
                let difference = b - a;
                squares += difference * difference;
                *da -= slope * difference;
                *db += slope * difference;
            }
            sum += f64::from(squares);
        }
    }
    sum
}
