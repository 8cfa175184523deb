//! Hue, saturation and value, each 0..1: A. R. Smith, "Color gamut transform pairs", SIGGRAPH 1978.

/// A colour in 0..1 with its hue turned by a part of the circle.
pub(super) fn with_hue_turned(rgb: [f64; 3], turn: f64) -> [f64; 3] {
    let [h, s, v] = from_rgb(rgb);
    to_rgb([(h + turn).rem_euclid(1.0), s, v])
}

fn from_rgb([r, g, b]: [f64; 3]) -> [f64; 3] {
    let value = r.max(g).max(b);
    let range = value - r.min(g).min(b);
    if range <= 0.0 {
        return [0.0, 0.0, value];
    }
    let sixths = if value == r {
        (g - b) / range
    } else if value == g {
        2.0 + (b - r) / range
    } else {
        4.0 + (r - g) / range
    };
    [(sixths / 6.0).rem_euclid(1.0), range / value, value]
}

/// The colour of a hue, a saturation and a value.
pub(super) fn to_rgb([h, s, v]: [f64; 3]) -> [f64; 3] {
    [5.0, 3.0, 1.0].map(|offset| {
        let sixths = (offset + 6.0 * h) % 6.0;
        v - v * s * sixths.min(4.0 - sixths).clamp(0.0, 1.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected: colorsys.rgb_to_hsv of Python.
    #[test]
    fn there_and_back() {
        for (rgb, hsv) in
            [([0.2, 0.6, 0.4], [5.0 / 12.0, 2.0 / 3.0, 0.6]), ([0.5, 0.25, 1.0], [0.722_222_222, 0.75, 1.0])]
        {
            let (found, back) = (from_rgb(rgb), to_rgb(hsv));
            assert!((0..3).all(|c| (found[c] - hsv[c]).abs() < 1e-8 && (back[c] - rgb[c]).abs() < 1e-8));
        }
        assert_eq!(from_rgb([0.5; 3]), [0.0, 0.0, 0.5]);
        assert_eq!(with_hue_turned([1.0, 0.0, 0.0], 0.5), [0.0, 1.0, 1.0]);
    }
}
