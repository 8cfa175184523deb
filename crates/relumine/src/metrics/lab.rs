//! CIELAB under D65, 2° observer: CIE 15:2004, with the matrix of sRGB (IEC 61966-2-1).

use rayon::prelude::*;

use crate::Planes;
use crate::colour::srgb::{decode, encode};

/// White of D65, 2° observer.
const WHITE: [f64; 3] = [0.95047, 1.0, 1.08883];
/// Linear sRGB to XYZ.
const XYZ: [[f64; 3]; 3] =
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]];
/// XYZ to linear sRGB.
const LINEAR: [[f64; 3]; 3] = [
    [3.240481343, -1.537151516, -0.498536326],
    [-0.969254950, 1.875990001, 0.041555927],
    [0.055646639, -0.204041338, 1.057311070],
];

/// (L*, a*, b*) of each pixel of 3×H×W sRGB-encoded colours in 0..1, row-major.
pub(super) fn lab(rgb: &Planes) -> Vec<[f64; 3]> {
    let [r, g, b] = rgb.rgb();
    (0..rgb.area()).into_par_iter().map(|p| convert([r[p], g[p], b[p]].map(f64::from))).collect()
}

/// (L*, a*, b*) of a sRGB-encoded colour.
pub(crate) fn convert(rgb: [f64; 3]) -> [f64; 3] {
    let linear = rgb.map(decode);
    let [x, y, z] = std::array::from_fn(|row| {
        let t = (0..3).map(|c| XYZ[row][c] * linear[c]).sum::<f64>() / WHITE[row];
        if t > 0.008856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 }
    });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// The sRGB-encoded colour of (L*, a*, b*), within 0..1 where a screen can show it.
pub(crate) fn rgb([l, a, b]: [f64; 3]) -> [f64; 3] {
    let y = (l + 16.0) / 116.0;
    let xyz: [f64; 3] = std::array::from_fn(|row| {
        let t = [y + a / 500.0, y, (y - b / 200.0).max(0.0)][row];
        WHITE[row] * if t > 0.2068966 { t * t * t } else { (t - 16.0 / 116.0) / 7.787 }
    });
    LINEAR.map(|row| encode((0..3).map(|c| row[c] * xyz[c]).sum::<f64>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected: skimage.color.rgb2lab of scikit-image 0.26.
    #[test]
    fn colours_are_those_of_scikit_image() {
        for (rgb, expected) in [
            ([1.0, 0.0, 0.0], [53.240588, 80.092308, 67.202751]),
            ([0.0, 0.0, 1.0], [32.295673, 79.185591, -107.857300]),
            ([0.02, 0.3, 0.6], [33.069949, 11.472219, -47.173755]),
        ] {
            let found = convert(rgb);
            assert!((0..3).all(|c| (found[c] - expected[c]).abs() < 1e-5), "{rgb:?}: {found:?}");
        }
    }

    /// Expected: skimage.color.lab2rgb of scikit-image 0.26, which cuts off what is outside 0..1.
    #[test]
    fn colours_of_lab_are_those_of_scikit_image() {
        for (lab, expected) in [
            ([50.0, 20.0, -30.0], [0.496361444, 0.429257641, 0.666838899]),
            ([5.0, 2.0, 3.0], [0.087295758, 0.060765224, 0.043122430]),
            ([80.0, -90.0, 60.0], [0.0, 0.916170123, 0.288707197]),
        ] {
            let found = rgb(lab).map(|v| v.clamp(0.0, 1.0));
            assert!((0..3).all(|c| (found[c] - expected[c]).abs() < 1e-6), "{lab:?}: {found:?}");
        }
    }
}
