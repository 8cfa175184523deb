//! CIELAB under D65, 2° observer: CIE 15:2004, with the matrix of sRGB (IEC 61966-2-1).

use rayon::prelude::*;

use crate::Planes;
use crate::colour::srgb::decode;

/// White of D65, 2° observer.
const WHITE: [f64; 3] = [0.95047, 1.0, 1.08883];
/// Linear sRGB to XYZ.
const XYZ: [[f64; 3]; 3] =
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]];

/// (L*, a*, b*) of each pixel of 3×H×W sRGB-encoded colours in 0..1, row-major.
pub(super) fn lab(rgb: &Planes) -> Vec<[f64; 3]> {
    let [r, g, b] = rgb.rgb();
    (0..rgb.area()).into_par_iter().map(|p| convert([r[p], g[p], b[p]].map(f64::from))).collect()
}

fn convert(rgb: [f64; 3]) -> [f64; 3] {
    let linear = rgb.map(decode);
    let [x, y, z] = std::array::from_fn(|row| {
        let t = (0..3).map(|c| XYZ[row][c] * linear[c]).sum::<f64>() / WHITE[row];
        if t > 0.008856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 }
    });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
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
}
