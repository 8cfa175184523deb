//! Pixels of ink, made RGB by their profile.

use std::sync::Arc;

use super::space;
use crate::PhotoError;
use crate::io::codec::Embedded;
use moxcms::{
    ColorProfile, DataColorSpace, Layout, RenderingIntent, Transform8BitExecutor, TransformOptions,
};

/// A profile for CMYK pixels.
pub(crate) struct Cmyk(Arc<Transform8BitExecutor>);

impl Cmyk {
    /// That of a file.
    ///
    /// # Errors
    /// Where there is none, or none that can be used: without one nobody knows what the inks look like.
    pub(crate) fn of(icc: &Embedded) -> Result<Self, PhotoError> {
        let unsupported = |found| PhotoError::UnsupportedPixels { found };
        let Embedded::Bytes(icc) = icc else {
            return Err(unsupported("CMYK without a colour profile".into()));
        };
        Self::new(icc)
            .map_err(|reason| unsupported(format!("CMYK whose colour profile cannot be used ({reason})")))
    }

    /// Makes sense of an embedded profile, or says what is wrong.
    fn new(bytes: &[u8]) -> Result<Self, String> {
        let profile = ColorProfile::new_from_slice(bytes).map_err(|error| error.to_string())?;
        if profile.color_space != DataColorSpace::Cmyk {
            return Err(format!("it is made for {:?} pixels", profile.color_space));
        }
        let options = TransformOptions {
            rendering_intent: RenderingIntent::RelativeColorimetric,
            prefer_fixed_point: false,
            ..TransformOptions::default()
        };
        let srgb = space::srgb();
        // Ink comes as the layout of four channels.
        profile
            .create_transform_8bit(Layout::Rgba, &srgb, Layout::Rgb, options)
            .map(Self)
            .map_err(|error| error.to_string())
    }

    /// sRGB samples, n × 3 interleaved, of n × 4 samples of ink: 0 is none.
    pub(crate) fn to_srgb(&self, ink: &[u8]) -> Vec<u8> {
        let mut rgb = vec![0; ink.len() / 4 * 3];
        self.0.transform(ink, &mut rgb).expect("lengths agree");
        rgb
    }
}

#[cfg(test)]
mod tests {
    use moxcms::{LutDataType, LutStore, LutType, LutWarehouse, Matrix3d};

    use super::*;

    /// A profile of inks that leave of light what they do not cover: a lattice of two points an ink, in CIELab.
    fn inks() -> Vec<u8> {
        let lattice = (0..16u32).flat_map(|at| {
            let [c, m, y, k] = [at >> 3 & 1, at >> 2 & 1, at >> 1 & 1, at & 1];
            let lightness = if k == 1 { 0 } else { 100 - 30 * (c + m + y).min(3) };
            // L* of 0..100 and a*, b* of −128..127 in 16 bits, as tables of version 2 have them.
            [lightness as f64 * 652.8, 32768.0, if y == 1 && k == 0 { 45000.0 } else { 32768.0 }]
                .map(|v| v as u16)
        });
        let ramp = |channels: usize| LutStore::Store16((0..channels).flat_map(|_| [0, 65_535]).collect());
        let mut profile = ColorProfile::new_srgb();
        profile.color_space = DataColorSpace::Cmyk;
        profile.pcs = DataColorSpace::Lab;
        profile.lut_a_to_b_colorimetric = Some(LutWarehouse::Lut(LutDataType {
            num_input_channels: 4,
            num_output_channels: 3,
            num_clut_grid_points: 2,
            matrix: Matrix3d::IDENTITY,
            num_input_table_entries: 2,
            num_output_table_entries: 2,
            input_table: ramp(4),
            clut_table: LutStore::Store16(lattice.collect()),
            output_table: ramp(3),
            lut_type: LutType::Lut16,
        }));
        profile.lut_a_to_b_perceptual = profile.lut_a_to_b_colorimetric.clone();
        profile.encode().expect("encodes")
    }

    #[test]
    fn ink_takes_light_away() {
        let cmyk = Cmyk::of(&Embedded::Bytes(inks())).expect("a profile of inks");
        let rgb = cmyk.to_srgb(&[0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0, 0, 255, 0]);
        let [paper, black, cyan, yellow] = [0, 3, 6, 9].map(|at| [rgb[at], rgb[at + 1], rgb[at + 2]]);
        assert!(paper.iter().all(|level| *level > 250), "{paper:?}");
        assert!(black.iter().all(|level| *level < 5), "{black:?}");
        assert!(cyan[0] > 120 && cyan[0] < 220, "{cyan:?}");
        assert!(yellow[2] + 30 < yellow[0], "{yellow:?}");
    }

    #[test]
    fn profiles_of_other_pixels_are_refused() {
        let srgb = ColorProfile::new_srgb().encode().expect("encodes");
        for icc in [Embedded::None, Embedded::Unreadable, Embedded::Bytes(srgb)] {
            let refused = Cmyk::of(&icc);
            assert!(
                matches!(refused, Err(PhotoError::UnsupportedPixels { found }) if found.contains("CMYK"))
            );
        }
    }
}
