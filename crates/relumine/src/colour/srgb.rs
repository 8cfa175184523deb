//! The transfer function of sRGB (IEC 61966-2-1), continued below zero as an odd function and above one by the same power, as in
//! scRGB.

/// Light from an encoded value.
#[inline(always)]
pub(crate) fn decode(encoded: f32) -> f32 {
    let x = encoded.abs();
    (if x <= 0.040_45 { x / 12.92 } else { ((x + 0.055) / 1.055).powf(2.4) }).copysign(encoded)
}

/// The encoded value of light.
#[inline(always)]
pub(crate) fn encode(light: f32) -> f32 {
    let x = light.abs();
    (if x <= 0.003_130_8 { x * 12.92 } else { 1.055 * x.powf(1.0 / 2.4) - 0.055 }).copysign(light)
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
        }
        assert!((decode(0.5) - 0.214_041_14).abs() < 1e-7);
    }
}
