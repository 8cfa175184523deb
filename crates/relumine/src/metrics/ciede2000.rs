//! The colour difference CIEDE2000 (CIE 142-2001; Sharma, Wu & Dalal, "The CIEDE2000 color-difference formula: implementation notes,
//! supplementary test data, and mathematical observations", 2005), with all parametric factors 1.

use std::f64::consts::{PI, TAU};

/// How different two colours (L*, a*, b*) look; 1 is about what is just seen.
pub(crate) fn ciede2000(one: [f64; 3], other: [f64; 3]) -> f64 {
    let chroma = |[_, a, b]: [f64; 3]| a.hypot(b);
    let mean = 0.5 * (chroma(one) + chroma(other));
    let g = 0.5 * (1.0 - (mean.powi(7) / (mean.powi(7) + 25_f64.powi(7))).sqrt());
    let primed = |[_, a, b]: [f64; 3]| {
        let a = (1.0 + g) * a;
        let hue = if a == 0.0 && b == 0.0 { 0.0 } else { b.atan2(a).rem_euclid(TAU) };
        (a.hypot(b), hue)
    };
    let ((c1, h1), (c2, h2)) = (primed(one), primed(other));
    let both = c1 * c2 != 0.0;
    let turn = match h2 - h1 {
        _ if !both => 0.0,
        turn if turn > PI => turn - TAU,
        turn if turn < -PI => turn + TAU,
        turn => turn,
    };
    let (dl, dc, dh) = (other[0] - one[0], c2 - c1, 2.0 * (c1 * c2).sqrt() * (0.5 * turn).sin());

    let (l, c) = (0.5 * (one[0] + other[0]), 0.5 * (c1 + c2));
    let h = match h1 + h2 {
        sum if !both => sum,
        sum if (h1 - h2).abs() <= PI => 0.5 * sum,
        sum if sum < TAU => 0.5 * (sum + TAU),
        sum => 0.5 * (sum - TAU),
    };
    let degrees = |d: f64| d.to_radians();
    let t = 1.0 - 0.17 * (h - degrees(30.0)).cos()
        + 0.24 * (2.0 * h).cos()
        + 0.32 * (3.0 * h + degrees(6.0)).cos()
        - 0.20 * (4.0 * h - degrees(63.0)).cos();
    let rotation = degrees(60.0) * (-((h.to_degrees() - 275.0) / 25.0).powi(2)).exp();
    let rc = 2.0 * (c.powi(7) / (c.powi(7) + 25_f64.powi(7))).sqrt();
    let off = (l - 50.0).powi(2);
    let sl = 1.0 + 0.015 * off / (20.0 + off).sqrt();
    let (sc, sh) = (1.0 + 0.045 * c, 1.0 + 0.015 * c * t);
    let (dl, dc, dh) = (dl / sl, dc / sc, dh / sh);
    (dl * dl + dc * dc + dh * dh - rotation.sin() * rc * dc * dh).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected: table 1 of Sharma et al.
    #[test]
    fn pairs_are_those_of_the_paper() {
        for (one, other, expected) in [
            ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
            ([50.0, 3.1571, -77.2803], [50.0, 0.0, -82.7485], 2.8615),
            ([50.0, -1.3802, -84.2814], [50.0, 0.0, -82.7485], 1.0000),
            ([50.0, 0.0, 0.0], [50.0, -1.0, 2.0], 2.3669),
            ([50.0, 2.49, -0.001], [50.0, -2.49, 0.0009], 7.1792),
            ([50.0, 2.49, -0.001], [50.0, -2.49, 0.0011], 7.2195),
            ([50.0, -0.001, 2.49], [50.0, 0.0011, -2.49], 4.7461),
            ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
            ([50.0, 2.5, 0.0], [56.0, -27.0, -3.0], 31.9030),
            ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
            ([22.7233, 20.0904, -46.6940], [23.0331, 14.9730, -42.5619], 2.0373),
            ([2.0776, 0.0795, -1.1350], [0.9033, -0.0636, -0.5514], 0.9082),
        ] {
            assert!((ciede2000(one, other) - expected).abs() < 5e-5, "{one:?} {other:?}");
            assert!((ciede2000(other, one) - expected).abs() < 5e-5, "the other way round");
        }
    }
}
