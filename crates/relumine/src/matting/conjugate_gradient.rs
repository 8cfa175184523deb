//! Preconditioned conjugate gradients for symmetric positive definite systems Ax = b.
//!
//! Y. Saad, "Iterative Methods for Sparse Linear Systems", 2nd edition, 2003, algorithm 9.1. Four vectors beside b and x; sums are
//! taken over chunks of fixed size, so that results do not depend on the number of threads.

use rayon::prelude::*;

use crate::Result;
use crate::watch::{Verdict, Watch};

/// Numbers a chunk, the unit of parallel work.
const CHUNK: usize = 1 << 14;

/// Why the solution of a matte ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MatteStopReason {
    /// The residual fell to the tolerance.
    Converged,
    /// As many iterations as allowed.
    IterationLimit,
    /// The caller's [`CancelToken`](crate::watch::CancelToken) asked for the matte as it stood.
    Finished,
    /// The arithmetic's precision is exhausted: no direction that lowers the residual was found.
    PrecisionExhausted,
}

/// How near the solution came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Convergence {
    /// Products with A after the first, each with one of the preconditioner.
    pub(super) iterations: usize,
    /// ‖b − Ax‖ at the end, as a share of that at the start.
    pub(super) residual: f64,
    pub(super) stopped: MatteStopReason,
}

/// Improves `x` until ‖b − Ax‖ ≤ `tolerance` times what it was.
///
/// `product` writes Ap, `precondition` an estimate of A⁻¹r, symmetric and positive definite, into its second argument. The
/// watch is told of each of at most `most` iterations before it begins.
///
/// # Errors
/// [`Error::Cancelled`](crate::Error::Cancelled); product and preconditioner may then have left early with anything.
pub(super) fn conjugate_gradient(
    product: impl Fn(&[f64], &mut [f64]),
    precondition: impl Fn(&[f64], &mut [f64]),
    b: &[f64],
    x: &mut [f64],
    (tolerance, most): (f64, usize),
    watch: &mut Watch<'_>,
) -> Result<Convergence> {
    let mut ap = vec![0.0; b.len()];
    product(x, &mut ap);
    watch.token().check()?;
    let mut r = vec![0.0; b.len()];
    update(&mut r, b, &ap, |_, b, ap| b - ap);
    let mut z = vec![0.0; b.len()];
    precondition(&r, &mut z);
    let mut p = z.clone();
    let mut rz = dot(&r, &z);
    let start = dot(&r, &r).sqrt();
    let mut norm = start;
    let mut iterations = 0;
    let stopped = loop {
        if norm <= tolerance * start {
            break MatteStopReason::Converged;
        }
        if iterations == most {
            break MatteStopReason::IterationLimit;
        }
        watch.step(iterations, most)?;
        if watch.token().verdict() == Verdict::Finish {
            break MatteStopReason::Finished;
        }
        product(&p, &mut ap);
        watch.token().check()?;
        let curvature = dot(&p, &ap);
        if !(curvature > 0.0 && rz > 0.0) {
            break MatteStopReason::PrecisionExhausted;
        }
        let step = rz / curvature;
        update(x, &p, &p, |x, p, _| x + step * p);
        update(&mut r, &ap, &ap, |r, ap, _| r - step * ap);
        norm = dot(&r, &r).sqrt();
        precondition(&r, &mut z);
        watch.token().check()?;
        let before = std::mem::replace(&mut rz, dot(&r, &z));
        let keep = rz / before;
        update(&mut p, &z, &z, |p, z, _| keep * p + z);
        iterations += 1;
    };
    Ok(Convergence { iterations, residual: if start > 0.0 { norm / start } else { 0.0 }, stopped })
}

/// Replaces each number of `out` by a function of it and its peers.
fn update(out: &mut [f64], a: &[f64], b: &[f64], f: impl Fn(f64, f64, f64) -> f64 + Sync) {
    out.par_chunks_mut(CHUNK).zip(a.par_chunks(CHUNK).zip(b.par_chunks(CHUNK))).for_each(|(out, (a, b))| {
        for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
            *out = f(*out, *a, *b);
        }
    });
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let chunks = a.par_chunks(CHUNK).zip(b.par_chunks(CHUNK));
    let sums: Vec<f64> = chunks.map(|(a, b)| a.iter().zip(b).map(|(a, b)| a * b).sum()).collect();
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::watch::{CancelToken, Progress, Stage};

    /// The tridiagonal −1, 2 + i/n, −1, whose product with 1 … n is known.
    fn product(x: &[f64], out: &mut [f64]) {
        let n = x.len();
        for i in 0..n {
            let left = if i > 0 { x[i - 1] } else { 0.0 };
            let right = if i + 1 < n { x[i + 1] } else { 0.0 };
            out[i] = (2.0 + i as f64 / n as f64) * x[i] - left - right;
        }
    }

    /// Solves it; `ask` says a word to the token before the fourth iteration.
    fn solve(tolerance: f64, most: usize, ask: fn(&CancelToken)) -> (Vec<f64>, Result<Convergence>) {
        let wanted: Vec<f64> = (1..=40).map(f64::from).collect();
        let mut b = vec![0.0; 40];
        product(&wanted, &mut b);
        let mut x = vec![0.5; 40];
        let jacobi = |r: &[f64], z: &mut [f64]| {
            for (i, (z, r)) in z.iter_mut().zip(r).enumerate() {
                *z = r / (2.0 + i as f64 / 40.0);
            }
        };
        let token = CancelToken::new();
        let mut follower = |at: &Progress| {
            if at.done == 3 {
                ask(&token);
            }
        };
        let mut watch = Watch::with_token(token.clone()).followed_by(&mut follower);
        let solved = watch.stage(Stage::Solve, |watch| {
            conjugate_gradient(product, jacobi, &b, &mut x, (tolerance, most), watch)
        });
        (x, solved)
    }

    #[test]
    fn solves_a_known_system_in_as_many_steps_as_it_has_unknowns() {
        let (x, solved) = solve(1e-12, 100, |_| {});
        let solved = solved.unwrap();
        assert_eq!(solved.stopped, MatteStopReason::Converged);
        assert!(solved.iterations <= 40 && solved.residual <= 1e-12, "{solved:?}");
        for (i, x) in x.iter().enumerate() {
            assert!((x - (i + 1) as f64).abs() < 1e-9, "{x} at {i}");
        }
    }

    #[test]
    fn says_why_it_stopped() {
        let stopped = |tolerance, most, ask| {
            let solved = solve(tolerance, most, ask).1.unwrap();
            (solved.stopped, solved.iterations)
        };
        assert_eq!(stopped(1e-12, 5, |_| {}), (MatteStopReason::IterationLimit, 5));
        assert_eq!(stopped(1e-12, 100, CancelToken::finish), (MatteStopReason::Finished, 3));
        assert_eq!(stopped(1.0, 100, |_| {}), (MatteStopReason::Converged, 0));
        assert!(matches!(solve(1e-12, 100, CancelToken::cancel).1, Err(Error::Cancelled)));
        let negative = |x: &[f64], out: &mut [f64]| out.iter_mut().zip(x).for_each(|(o, x)| *o = -x);
        let copy = |x: &[f64], out: &mut [f64]| out.copy_from_slice(x);
        let mut watch = Watch::silent();
        let solved = conjugate_gradient(negative, copy, &[1.0], &mut [0.0], (1e-9, 9), &mut watch);
        assert_eq!(solved.unwrap().stopped, MatteStopReason::PrecisionExhausted);
    }
}
