//! Whether an option is in its range, in one place.

use std::fmt::Display;

use crate::OptionsError;

/// Requires of an option that `holds`; `field` is its name, `range` what it must be, in words.
pub(crate) fn require(
    holds: bool,
    field: &'static str,
    value: impl Display,
    range: &'static str,
) -> Result<(), OptionsError> {
    if holds { Ok(()) } else { Err(OptionsError::OutOfRange { field, value: value.to_string(), range }) }
}

/// Requires of a weight of an objective that it is a number of at least 0 which f32 can hold with room for sums.
pub(crate) fn weight(field: &'static str, value: f64) -> Result<(), OptionsError> {
    require((0.0..=MOST_WEIGHT).contains(&value), field, value, "a number from 0 to 1e30")
}

/// Requires of a solution that it has a size, as its long side in pixels, and an iteration at least.
pub(crate) fn solution(size: usize, iterations: Option<usize>) -> Result<(), OptionsError> {
    require((16..=8192).contains(&size), "size", size, "between 16 and 8192")?;
    require(iterations != Some(0), "iterations", 0, "at least 1")
}

/// Gradients are in f32: weights beyond turn them infinite.
const MOST_WEIGHT: f64 = 1e30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_that_f32_cannot_hold_are_refused_by_name() {
        assert!(weight("style_weight", 0.0).is_ok() && weight("style_weight", 1e12).is_ok());
        for value in [-1e-9, 1e45, f64::NAN, f64::INFINITY] {
            let error = weight("style_weight", value).unwrap_err().to_string();
            assert!(error.starts_with("style_weight is "), "{error}");
        }
    }
}
