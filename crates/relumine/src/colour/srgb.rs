//! The transfer function of sRGB (IEC 61966-2-1), continued below zero as an odd function and above one by the same power, as in
//! scRGB.

use nalgebra::{RealField, convert};

/// Light from an encoded value.
#[inline(always)]
pub(crate) fn decode<T: RealField + Copy>(encoded: T) -> T {
    let x = encoded.abs();
    let light = if x <= convert(0.040_45) {
        x / convert(12.92)
    } else {
        ((x + convert(0.055)) / convert(1.055)).powf(convert(2.4))
    };
    light.copysign(encoded)
}

/// The encoded value of light.
#[inline(always)]
pub(crate) fn encode<T: RealField + Copy>(light: T) -> T {
    let x = light.abs();
    let encoded = if x <= convert(0.003_130_8) {
        x * convert(12.92)
    } else {
        convert::<f64, T>(1.055) * x.powf(T::one() / convert(2.4)) - convert(0.055)
    };
    encoded.copysign(light)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_on_both_sides_of_zero() {
        for step in -300..=300 {
            let encoded = step as f32 / 100.0;
            assert!((encode(decode(encoded)) - encoded).abs() < 2e-6, "{encoded}");
            assert_eq!(decode(-encoded), -decode(encoded));
            let (light, exact) = (f64::from(decode(encoded)), decode(f64::from(encoded)));
            assert!((light - exact).abs() <= 1e-6 * exact.abs(), "{light} instead of {exact}");
        }
        assert!((decode(0.5_f32) - 0.214_041_14).abs() < 1e-7);
    }
}
