//! Samples of any depth and profile → linear light, interleaved, as OpenEXR holds it.

use ::exr::math::Vec2;
use ::exr::meta::attribute::Chromaticities;
use image::DynamicImage;

use crate::colour::srgb::decode;
use crate::io::codec::Upright;
use crate::io::icc::Profile;
use crate::io::icc::space::{BT709, D65};
use crate::io::samples;

/// Linear light, RGB with or without alpha, which it is multiplied by.
pub(super) struct Light {
    pub(super) samples: Vec<f32>,
    pub(super) channels: usize,
    pub(super) chromaticities: Chromaticities,
    /// Whether 16 bits a sample hold all that the picture does.
    pub(super) is_half: bool,
}

/// Relative difference of samples that still are the same, which alpha leaves where it is divided out and comes back.
const SAME: f32 = 1e-6;

impl Light {
    pub(super) fn of(picture: &Upright<'_>) -> Self {
        let pixels = picture.pixels;
        let channels = if pixels.color().has_color() { 3 } else { 1 };
        // Where a profile cannot be made sense of there is none by now.
        let profile = picture.icc.and_then(|icc| Profile::new(icc.to_vec(), channels).ok());
        let linear = profile.as_ref().filter(|profile| profile.is_linear());
        let chromaticities = linear.and_then(|profile| profile.chromaticities());
        let mut samples = match (pixels, chromaticities) {
            (DynamicImage::ImageRgb32F(pixels), Some(_)) => pixels.to_vec(),
            (DynamicImage::ImageRgba32F(pixels), Some(_)) => pixels.to_vec(),
            _ => converted(pixels, profile.as_ref()),
        };
        let is_direct = pixels.color().bytes_per_pixel() / pixels.color().channel_count() == 4;
        let [white, red, green, blue] = chromaticities
            .filter(|_| is_direct)
            .unwrap_or([D65, BT709[0], BT709[1], BT709[2]])
            .map(|[x, y]| Vec2(x, y));
        let channels = if pixels.color().has_alpha() { 4 } else { 3 };
        if channels == 4 {
            for [colour @ .., alpha] in samples.as_chunks_mut::<4>().0 {
                colour.iter_mut().for_each(|colour| *colour *= *alpha);
            }
        }
        let is_eight = pixels.color().bytes_per_pixel() == pixels.color().channel_count();
        let holds =
            |sample: &f32| (half::f16::from_f32(*sample).to_f32() - sample).abs() <= SAME * sample.abs();
        let is_half = is_eight || samples.iter().all(holds);
        Self { samples, channels, chromaticities: Chromaticities { red, green, blue, white }, is_half }
    }

    /// The samples of a pixel.
    pub(super) fn pixel(&self, place: usize) -> [f32; 4] {
        match self.samples[place * self.channels..][..self.channels] {
            [r, g, b] => [r, g, b, 1.0],
            [r, g, b, alpha] => [r, g, b, alpha],
            _ => unreachable!("RGB with or without alpha"),
        }
    }
}

/// Light with the primaries of BT.709.
fn converted(pixels: &DynamicImage, profile: Option<&Profile>) -> Vec<f32> {
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    let has_alpha = pixels.color().has_alpha();
    let mut light = Vec::with_capacity(width * height * if has_alpha { 4 } else { 3 });
    let rows = samples::chunk_rows(width);
    for first in (0..height).step_by(rows) {
        let rows = first..(first + rows).min(height);
        let colours = samples::colours(pixels, profile, rows.clone());
        let alpha = samples::alpha(pixels, rows);
        let [red, green, blue] = colours.rgb();
        for (at, red) in red.iter().enumerate() {
            light.extend([*red, green[at], blue[at]].map(decode));
            light.extend(alpha.iter().map(|alpha| alpha.data()[at]));
        }
    }
    light
}
