//! Dot products and sums of long vectors, in fixed chunks: the same result on any number of threads.

use rayon::prelude::*;

use crate::real::Real;

const CHUNK: usize = 1 << 14;

/// xᵀy, summed in f64.
pub(crate) fn dot<T: Real>(x: &[T], y: &[T]) -> f64 {
    let sums: Vec<f64> = x
        .par_chunks(CHUNK)
        .zip(y.par_chunks(CHUNK))
        .map(|(x, y)| {
            // Several sums at a time leave the adder no chain to wait for.
            let mut lanes = [0.0; 8];
            for (x, y) in x.chunks(8).zip(y.chunks(8)) {
                for ((lane, &x), &y) in lanes.iter_mut().zip(x).zip(y) {
                    let (x, y): (f64, f64) = (x.into(), y.into());
                    *lane += x * y;
                }
            }
            lanes.iter().sum()
        })
        .collect();
    sums.iter().sum()
}

/// ‖x‖.
pub(crate) fn norm<T: Real>(x: &[T]) -> f64 {
    dot(x, x).sqrt()
}

/// Largest |x|; NaN if one is.
pub(crate) fn largest<T: Real>(x: &[T]) -> f64 {
    x.iter()
        .map(|&value| value.into().abs())
        .fold(0.0, |most, value| if value > most || value.is_nan() { value } else { most })
}

/// y ← y + a x.
pub(crate) fn add_scaled<T: Real>(y: &mut [T], a: f64, x: &[T]) {
    let a = T::from_f64(a);
    y.par_chunks_mut(CHUNK).zip(x.par_chunks(CHUNK)).for_each(|(y, x)| {
        for (y, &x) in y.iter_mut().zip(x) {
            *y += a * x;
        }
    });
}

/// out ← x + a y.
pub(crate) fn sum_scaled<T: Real>(out: &mut [T], x: &[T], a: f64, y: &[T]) {
    let a = T::from_f64(a);
    out.par_chunks_mut(CHUNK).zip(x.par_chunks(CHUNK)).zip(y.par_chunks(CHUNK)).for_each(|((out, x), y)| {
        for ((out, &x), &y) in out.iter_mut().zip(x).zip(y) {
            *out = x + a * y;
        }
    });
}

/// x ← a x.
pub(crate) fn scale<T: Real>(x: &mut [T], a: f64) {
    let a = T::from_f64(a);
    x.par_chunks_mut(CHUNK).for_each(|x| x.iter_mut().for_each(|value| *value = a * *value));
}
