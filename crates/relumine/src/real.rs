//! The two number types that the solvers are written for.

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// `f32`, for photos, or `f64`, for references and ill-conditioned problems.
pub trait Real:
    Copy
    + Debug
    + Default
    + PartialOrd
    + Send
    + Sync
    + From<f32>
    + Into<f64>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + 'static
{
    /// What this type has between 1 and the next larger value.
    const EPSILON: f64;

    /// The nearest value of this type.
    fn from_f64(value: f64) -> Self;
}

impl Real for f32 {
    const EPSILON: f64 = f32::EPSILON as f64;

    fn from_f64(value: f64) -> Self {
        value as f32
    }
}

impl Real for f64 {
    const EPSILON: f64 = f64::EPSILON;

    fn from_f64(value: f64) -> Self {
        value
    }
}
