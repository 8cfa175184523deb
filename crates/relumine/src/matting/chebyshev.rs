//! An approximate inverse of the shifted matting Laplacian, (L + δ)⁻¹, as a preconditioner.
//!
//! Y. Saad, "Iterative Methods for Sparse Linear Systems", 2nd edition, 2003, algorithm 12.1 (Chebyshev acceleration),
//! started from zero and run for a fixed number of steps: a fixed polynomial in L, hence linear, symmetric and positive
//! definite, as L-BFGS wants it. The spectrum of L lies in 0..w, w the pixels of a window: L sums, over the w windows of
//! a pixel, projections.

use super::Laplacian;
use crate::Planes;
use crate::watch::CancelToken;

impl Laplacian<f32> {
    /// Replaces `v`, three planes of the guide's size, by about (L + `shift`)⁻¹ v, in `steps` products with L; in fewer where
    /// the token cancels.
    ///
    /// # Panics
    /// If `v` is not three planes of the guide's size, or `shift` is not positive.
    pub(crate) fn approximate_inverse(&self, shift: f32, steps: usize, v: &mut Planes, token: &CancelToken) {
        assert!(shift > 0.0, "the Laplacian alone has no inverse");
        let side = (2 * self.radius() + 1) as f32;
        let (low, high) = (shift, shift + side * side);
        let (centre, half) = ((high + low) / 2.0, (high - low) / 2.0);
        let sigma = centre / half;
        let mut rho = 1.0 / sigma;
        let mut residual = v.clone();
        let mut step = v.clone();
        step.data_mut().iter_mut().for_each(|d| *d /= centre);
        v.data_mut().fill(0.0);
        let mut product = Planes::zeros_like(v);
        for _ in 0..steps {
            if token.is_cancelled() {
                return;
            }
            product.data_mut().fill(0.0);
            self.energy_and_gradient(&step, 0.5, &mut product);
            let next = 1.0 / (2.0 * sigma - rho);
            let (keep, take) = (next * rho, 2.0 * next / half);
            rho = next;
            let vectors =
                v.data_mut().iter_mut().zip(residual.data_mut()).zip(step.data_mut()).zip(product.data());
            for (((x, r), d), l) in vectors {
                *x += *d;
                *r -= l + shift * *d;
                *d = keep * *d + take * *r;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(height: usize, width: usize, seed: usize) -> Planes {
        let data =
            (0..3 * height * width).map(|i| ((i * 7919 + seed * 104_729 + i / 11) % 251) as f32 / 250.0);
        Planes::from_vec(3, height, width, data.collect())
    }

    fn dot(a: &Planes, b: &Planes) -> f64 {
        a.data().iter().zip(b.data()).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    }

    #[test]
    fn enough_steps_invert() {
        let laplacian = Laplacian::new(&noise(12, 15, 1), 1e-5, 1);
        let v = noise(12, 15, 2);
        let mut x = v.clone();
        laplacian.approximate_inverse(0.5, 60, &mut x, &CancelToken::new());
        let mut back = Planes::zeros_like(&v);
        laplacian.energy_and_gradient(&x, 0.5, &mut back);
        for ((back, x), v) in back.data().iter().zip(x.data()).zip(v.data()) {
            assert!((back + 0.5 * x - v).abs() < 1e-4, "{} instead of {v}", back + 0.5 * x);
        }
    }

    #[test]
    fn no_step_is_taken_once_it_is_cancelled() {
        let laplacian = Laplacian::new(&noise(12, 15, 1), 1e-5, 1);
        let mut x = noise(12, 15, 2);
        let token = CancelToken::new();
        token.cancel();
        laplacian.approximate_inverse(0.5, usize::MAX, &mut x, &token);
        assert!(x.data().iter().all(|x| *x == 0.0));
    }

    #[test]
    fn few_steps_are_symmetric_and_positive() {
        let laplacian = Laplacian::new(&noise(9, 11, 1), 1e-7, 1);
        let (u, v) = (noise(9, 11, 2), noise(9, 11, 3));
        let apply = |v: &Planes| {
            let mut x = v.clone();
            laplacian.approximate_inverse(0.01, 8, &mut x, &CancelToken::new());
            x
        };
        let (uv, vu) = (dot(&u, &apply(&v)), dot(&v, &apply(&u)));
        assert!((uv - vu).abs() < 1e-4 * uv.abs(), "{uv} and {vu}");
        assert!(dot(&u, &apply(&u)) > 0.0);
    }
}
