//! Oklab from and to sRGB-encoded colours (Björn Ottosson, 2020, <https://bottosson.github.io/posts/oklab/>).
//!
//! L in 0..1, a and b about -0.4..0.4. Colours outside the sRGB gamut are carried through: the transfer function and
//! the cube root are continued as odd functions.

use rayon::prelude::*;

use super::srgb::{decode, encode};
use crate::Planes;

/// L, a, b of a sRGB-encoded colour.
pub(crate) fn oklab(colour: [f32; 3]) -> [f32; 3] {
    let [r, g, b] = colour.map(decode);
    let l = (0.412_221_47 * r + 0.536_332_54 * g + 0.051_445_993 * b).cbrt();
    let m = (0.211_903_5 * r + 0.680_699_5 * g + 0.107_396_96 * b).cbrt();
    let s = (0.088_302_46 * r + 0.281_718_84 * g + 0.629_978_7 * b).cbrt();
    [
        0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
        1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
        0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
    ]
}

/// The sRGB-encoded colour of L, a, b.
pub(crate) fn of_oklab([l, a, b]: [f32; 3]) -> [f32; 3] {
    let cube = |v: f32| v * v * v;
    let (l, m, s) = (
        cube(l + 0.396_337_78 * a + 0.215_803_76 * b),
        cube(l - 0.105_561_346 * a - 0.063_854_17 * b),
        cube(l - 0.089_484_18 * a - 1.291_485_5 * b),
    );
    [
        encode(4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s),
        encode(-1.268_438 * l + 2.609_757_4 * m - 0.341_319_4 * s),
        encode(-0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s),
    ]
}

/// sRGB-encoded planes to planes of L, a, b.
pub(crate) fn to_oklab(rgb: &Planes) -> Planes {
    map(rgb, oklab)
}

/// Planes of L, a, b to sRGB-encoded planes.
pub(crate) fn from_oklab(lab: &Planes) -> Planes {
    map(lab, of_oklab)
}

fn map(image: &Planes, colour: impl Fn([f32; 3]) -> [f32; 3] + Sync) -> Planes {
    const RUN: usize = 4096;
    let area = image.area();
    let [x, y, z] = image.rgb().map(|plane| plane.par_chunks(RUN));
    let mut out = Planes::zeros_like(image);
    let (ox, oyz) = out.data_mut().split_at_mut(area);
    let (oy, oz) = oyz.split_at_mut(area);
    let [ox, oy, oz] = [ox, oy, oz].map(|plane| plane.par_chunks_mut(RUN));
    x.zip(y).zip(z).zip(ox.zip(oy).zip(oz)).for_each(|(((x, y), z), ((ox, oy), oz))| {
        for i in 0..x.len() {
            [ox[i], oy[i], oz[i]] = colour([x[i], y[i], z[i]]);
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_colours() {
        // Ottosson's own table and CSS Color 4: white, pure red, pure blue.
        let rgb = Planes::from_vec(3, 1, 3, vec![1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0]);
        let expected = [1.0, 0.627_96, 0.452_01, 0.0, 0.224_86, -0.032_46, 0.0, 0.125_85, -0.311_53];
        for (got, expected) in to_oklab(&rgb).data().iter().zip(expected) {
            assert!((got - expected).abs() < 1e-4, "{got} instead of {expected}");
        }
    }

    proptest::proptest! {
        #[test]
        fn there_and_back(colour in proptest::array::uniform3(-0.2f32..1.2)) {
            let back = from_oklab(&to_oklab(&Planes::from_vec(3, 1, 1, colour.to_vec())));
            for (a, b) in back.data().iter().zip(colour) {
                // A thousandth of a level inside the gamut; the far corners outside lose a little to f32.
                proptest::prop_assert!((a - b).abs() < 1e-3, "{colour:?} came back as {:?}", back.data());
            }
        }
    }
}
