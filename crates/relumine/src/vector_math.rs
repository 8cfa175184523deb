//! Exponential and logarithm on plain f32 operations, so that the compiler can vectorise the loops around them.
//!
//! Source: the polynomials of Cephes (S. L. Moshier, `expf` and `logf`, 1992). Both are within 3e-7 relative
//! (`ln` absolute near 1) over the range that probabilities need.

/// Below this, [`exp`] is 0: products of such probabilities would be subnormal, which is slow and of no use.
pub(crate) const LEAST_EXPONENT: f32 = -40.0;

/// e^x for x ≤ 80; 0 below [`LEAST_EXPONENT`].
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Adding 1.5·2^23 rounds to an integer and leaves that integer in the low bits.
    const ROUND: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let power = rounded - ROUND;
    let r = x - power * LN_2_HIGH - power * LN_2_LOW;
    let polynomial = ((((1.987_569_1e-4 * r + 1.398_2e-3) * r + 8.333_452e-3) * r + 4.166_579_6e-2) * r
        + 1.666_666_5e-1)
        * r
        + 0.5;
    let fraction = polynomial * (r * r) + r + 1.0;
    let two_to_power = f32::from_bits((rounded.to_bits() << 23).wrapping_add(127 << 23));
    // A mask, because a branch on each number would keep the loop from being vectorised.
    let keep = u32::from(x >= LEAST_EXPONENT).wrapping_neg();
    f32::from_bits((fraction * two_to_power).to_bits() & keep)
}

/// Natural logarithm of a positive, normal number.
#[inline(always)]
pub(crate) fn ln(x: f32) -> f32 {
    // The exponent is taken so that the fraction lies between √½ and √2.
    let offset = std::f32::consts::FRAC_1_SQRT_2.to_bits();
    let shifted = x.to_bits().wrapping_sub(offset);
    let power = ((shifted as i32) >> 23) as f32;
    let r = f32::from_bits((shifted & 0x007f_ffff).wrapping_add(offset)) - 1.0;
    let square = r * r;
    let polynomial = (((((((7.037_684e-2 * r - 1.151_461e-1) * r + 1.167_699_9e-1) * r - 1.242_014_1e-1)
        * r
        + 1.424_932_3e-1)
        * r
        - 1.666_805_8e-1)
        * r
        + 2.000_071_5e-1)
        * r
        - 2.499_999_4e-1)
        * r
        + 3.333_333e-1;
    r + (r * square * polynomial - 0.5 * square - 2.121_944_4e-4 * power) + 0.693_359_4 * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_is_that_of_the_standard_library() {
        for step in 0..120_000 {
            let x = LEAST_EXPONENT + step as f32 * 1e-3;
            let exact = f64::from(x).exp();
            assert!((f64::from(exp(x)) / exact - 1.0).abs() < 3e-7, "at {x}");
        }
        assert_eq!(exp(-1e30), 0.0);
    }

    #[test]
    fn logarithm_is_that_of_the_standard_library() {
        for step in -3_000..3_000 {
            let x = (step as f32 * 0.01).exp();
            let exact = f64::from(x).ln();
            assert!((f64::from(ln(x)) - exact).abs() <= 3e-7 * exact.abs().max(1.0), "at {x}");
        }
    }
}
