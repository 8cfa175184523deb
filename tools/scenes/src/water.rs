//! The river's surface: a level plane whose normal follows wind waves at three scales.

use glam::Vec3;

use crate::noise::{fbm, smoothstep, value};

/// Diffuse albedo of the depth, seen where the surface does not reflect.
pub(crate) const DEPTH: Vec3 = Vec3::new(0.020, 0.038, 0.032);

/// Unit normal of the wave at `p`.
pub(crate) fn normal(p: Vec3) -> Vec3 {
    // Gusts roughen some patches and leave others smooth.
    let gust = smoothstep(0.35, 0.7, fbm(Vec3::new(p.x * 0.012, 3.0, p.z * 0.035), 3));
    let mut slope = Vec3::ZERO;
    for (wavelength, steepness, layer) in [(7.0, 0.008, 0.0), (1.9, 0.014, 5.0), (0.5, 0.012, 9.0)] {
        let q = Vec3::new(0.8 * p.x + 0.6 * p.z, layer, 1.5 * p.z - 0.9 * p.x) / wavelength;
        let h = value(q);
        let strength = steepness * (0.35 + 1.3 * gust) * 4.0;
        slope += strength
            * Vec3::new(value(q + 0.25 * Vec3::X) - h, 0.0, value(q + 0.25 * Vec3::Z) - h)
            * 4.0
            * 0.25;
    }
    (Vec3::Y - slope * 2.0).normalize()
}

/// Schlick's approximation of Fresnel's reflectance for air against water or glass.
pub(crate) fn fresnel(cosine: f32) -> f32 {
    0.022 + 0.978 * (1.0 - cosine.clamp(0.0, 1.0)).powi(5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waves_are_gentle_and_upright() {
        for i in 0..200 {
            let n = normal(Vec3::new(i as f32 * 1.7, 0.0, i as f32 * -0.9));
            assert!((n.length() - 1.0).abs() < 1e-5);
            assert!(n.y > 0.9);
        }
    }

    #[test]
    fn reflectance_runs_from_two_percent_to_all() {
        assert!((fresnel(1.0) - 0.022).abs() < 1e-6);
        assert!((fresnel(0.0) - 1.0).abs() < 1e-6);
    }
}
