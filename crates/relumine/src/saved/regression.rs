//! What became of colours, as a smooth function of them: an overall grade, and of what that leaves, tensor products of cubic B-splines with a penalty
//! on the differences of neighbouring coefficients (P-splines; Eilers & Marx, "Flexible smoothing with B-splines and penalties", 1996):
//!
//! ```text
//! min_C  Σ_i w_i |D(b_i) - r_i|²  +  λ Σ_(p,q) |C_p - C_q|²  +  ε Σ_p |C_p|²         D(b) = Σ_p B_p(b) C_p
//! ```
//!
//! b_i the samples before, r_i what the grade leaves of them, (p, q) neighbours among the coefficients. Where the photo had no colours, D falls to
//! nothing, as the grade does. A table of it has no kinks but its own: whichever way a program interpolates, it makes about the same of it. By
//! conjugate gradients, each channel by itself.

use rayon::prelude::*;

use super::samples::{Sample, Samples};
use super::shaped::Nearness;
use crate::grid::Grade;
use crate::lut::Lattice;

/// How closely samples are followed.
pub(super) struct Fit {
    /// Coefficients along each side, at least 4.
    pub(super) side: usize,
    /// λ.
    pub(super) smooth: f32,
}

/// Points of the table along each side.
const POINTS: usize = 33;
/// ε.
const SMALL: f32 = 1e-3;
/// Steps of conjugate gradients, and the residual at which they end, as a share of that at the start.
const STEPS: usize = 200;
const ENOUGH: f64 = 1e-4;

/// The table of a grade, and of what that leaves of the samples.
pub(super) fn tabulated(grade: &Grade, samples: &Samples, fit: &Fit) -> Lattice {
    let nearness = Nearness::new(samples);
    let graded = |colour: [f32; 3]| -> [f32; 3] {
        let (made, share) = (grade.apply(colour), nearness.at(colour));
        std::array::from_fn(|c| colour[c] + share * (made[c] - colour[c]))
    };
    let left = |sample: &Sample| {
        let graded = graded(sample.before);
        std::array::from_fn(|c| sample.after[c] - graded[c])
    };
    let coefficients = regressed(samples, left, fit);
    Lattice::from_fn(POINTS, |colour| {
        let (made, basis) = (graded(colour), Basis::at(colour, fit.side));
        std::array::from_fn(|c| made[c] + basis.of(&coefficients[c]))
    })
}

/// The coefficients of each channel, red fastest.
fn regressed(samples: &Samples, left: impl Fn(&Sample) -> [f32; 3] + Sync, fit: &Fit) -> [Vec<f32>; 3] {
    // Rare colours count for more than their share: they are as much of what was done.
    let total: f32 = samples.all().iter().map(|sample| sample.weight.sqrt()).sum();
    let scale = samples.all().len() as f32 / total.max(f32::MIN_POSITIVE);
    let rows: Vec<Row> = samples
        .all()
        .iter()
        .map(|sample| Row {
            basis: Basis::at(sample.before, fit.side),
            weight: scale * sample.weight.sqrt(),
            target: left(sample),
        })
        .collect();
    let channels: Vec<Vec<f32>> = (0..3).into_par_iter().map(|c| solved(&rows, fit, c)).collect();
    channels.try_into().expect("three channels")
}

/// The B-splines that are not zero at a colour.
struct Basis {
    first: [usize; 3],
    weights: [[f32; 4]; 3],
    side: usize,
}

impl Basis {
    fn at(colour: [f32; 3], side: usize) -> Self {
        let spans = side - 3;
        let at = colour.map(|v| v.clamp(0.0, 1.0) * spans as f32);
        let first = at.map(|v| (v as usize).min(spans - 1));
        let weights = std::array::from_fn(|c| {
            let t = at[c] - first[c] as f32;
            let u = 1.0 - t;
            let inner = |t: f32| (4.0 - 6.0 * t * t + 3.0 * t * t * t) / 6.0;
            [u * u * u / 6.0, inner(t), inner(u), t * t * t / 6.0]
        });
        Self { first, weights, side }
    }

    /// Calls with each coefficient and its weight.
    fn each(&self, mut call: impl FnMut(usize, f32)) {
        let Self { first: [r, g, b], weights, side } = self;
        for (z, blue) in weights[2].iter().enumerate() {
            for (y, green) in weights[1].iter().enumerate() {
                let row = ((b + z) * side + g + y) * side + r;
                for (x, red) in weights[0].iter().enumerate() {
                    call(row + x, blue * green * red);
                }
            }
        }
    }

    fn of(&self, coefficients: &[f32]) -> f32 {
        let mut sum = 0.0;
        self.each(|place, weight| sum += weight * coefficients[place]);
        sum
    }
}

/// A sample: where it is, how much it counts, and what is to be there.
struct Row {
    basis: Basis,
    weight: f32,
    target: [f32; 3],
}

/// The normal equations, applied.
fn normal(rows: &[Row], fit: &Fit, c: &[f32]) -> Vec<f32> {
    let side = fit.side;
    let mut out: Vec<f32> = c.iter().map(|v| SMALL * v).collect();
    for stride in [1, side, side * side] {
        for p in (0..c.len()).filter(|p| p / stride % side + 1 < side) {
            let apart = fit.smooth * (c[p] - c[p + stride]);
            out[p] += apart;
            out[p + stride] -= apart;
        }
    }
    for Row { basis, weight, .. } in rows {
        let value = weight * basis.of(c);
        basis.each(|place, share| out[place] += share * value);
    }
    out
}

fn solved(rows: &[Row], fit: &Fit, channel: usize) -> Vec<f32> {
    let dot =
        |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum() };
    let mut residual = vec![0.0; fit.side.pow(3)];
    for Row { basis, weight, target } in rows {
        basis.each(|place, share| residual[place] += weight * share * target[channel]);
    }
    let mut found = vec![0.0; residual.len()];
    let mut direction = residual.clone();
    let mut square = dot(&residual, &residual);
    let enough = ENOUGH * ENOUGH * square;
    for _ in 0..STEPS {
        if square <= enough || square == 0.0 {
            break;
        }
        let along = normal(rows, fit, &direction);
        let step = (square / dot(&direction, &along)) as f32;
        found.iter_mut().zip(&direction).for_each(|(x, d)| *x += step * d);
        residual.iter_mut().zip(&along).for_each(|(r, a)| *r -= step * a);
        let next = dot(&residual, &residual);
        let beta = (next / square) as f32;
        direction.iter_mut().zip(&residual).for_each(|(d, r)| *d = r + beta * *d);
        square = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b_splines_sum_to_one_and_follow_what_is_linear() {
        let side = 9;
        // Cubic B-splines with coefficients on a line are that line.
        let place = |p: usize, stride: usize| (p / stride % side) as f32 - 1.0;
        for k in 0..=20 {
            let v = k as f32 / 20.0;
            let basis = Basis::at([v, 1.0 - v, 0.3], side);
            let ones = vec![1.0; side * side * side];
            let red: Vec<f32> = (0..ones.len()).map(|p| place(p, 1) / (side - 3) as f32).collect();
            let green: Vec<f32> = (0..ones.len()).map(|p| place(p, side) / (side - 3) as f32).collect();
            let [one, red, green] = [&ones, &red, &green].map(|of| basis.of(of));
            assert!(
                (one - 1.0).abs() < 1e-5 && (red - v).abs() < 1e-5 && (green - 1.0 + v).abs() < 1e-5,
                "{v}"
            );
        }
    }
}
