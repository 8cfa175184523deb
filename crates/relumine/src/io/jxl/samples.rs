//! A rendered frame → samples, interleaved, with alpha last and unassociated.

use image::{DynamicImage, ImageBuffer, Pixel};
use jxl_oxide::image::BitDepth;
use jxl_oxide::{FrameBufferSample, ImageHeader, JxlImage, Render};

use super::colour::Told;
use super::{bytes_a_sample, damaged};
use crate::PhotoError;
use crate::io::alpha::{Divisible, divide};
use crate::io::icc::Profile;
use crate::io::samples::Sample;

/// Decodes the first frame.
pub(super) fn decode(image: &JxlImage, told: &Told) -> Result<DynamicImage, PhotoError> {
    let header = image.image_header();
    let alpha = header.metadata.alpha().and_then(|at| header.metadata.ec_info[at].alpha_associated());
    let frame = Frame {
        render: image.render_frame(0).map_err(damaged)?,
        is_associated: alpha == Some(true),
        profile: told.from_srgb.as_ref(),
        least: least(header),
    };
    use DynamicImage::*;
    let pixels = match (bytes_a_sample(header), frame.channels()) {
        (1, 1) => frame.pixels().map(ImageLuma8),
        (1, 2) => frame.pixels().map(ImageLumaA8),
        (1, 3) => frame.pixels().map(ImageRgb8),
        (1, 4) => frame.pixels().map(ImageRgba8),
        (2, 1) => frame.pixels().map(ImageLuma16),
        (2, 2) => frame.pixels().map(ImageLumaA16),
        (2, 3) => frame.pixels().map(ImageRgb16),
        (2, 4) => frame.pixels().map(ImageRgba16),
        (_, 1 | 3) => frame.floats().map(ImageRgb32F),
        (_, 2 | 4) => frame.floats().map(ImageRgba32F),
        _ => None,
    };
    pixels.ok_or_else(|| damaged("its channels are not as many as it says"))
}

struct Frame<'a> {
    render: Render,
    is_associated: bool,
    /// Where colours are to be taken to from extended sRGB.
    profile: Option<&'a Profile>,
    least: Option<f32>,
}

/// The least normal number of an image whose floating-point numbers have a shorter exponent than those of 32 bits.
fn least(header: &ImageHeader) -> Option<f32> {
    match header.metadata.bit_depth {
        BitDepth::FloatSample { exp_bits: exp_bits @ ..8, .. } if !header.metadata.xyb_encoded => {
            Some(2f32.powi(2 - (1 << (exp_bits - 1))))
        }
        _ => None,
    }
}

/// What a number is where it is below the least normal one: the decoder takes those for normal ones of the exponent below, and so nothing
/// for half of the least.
fn mended(number: f32, least: f32) -> f32 {
    let size = number.abs();
    if (least / 2.0..least).contains(&size) { (2.0 * size - least).copysign(number) } else { number }
}

impl Frame<'_> {
    fn channels(&self) -> usize {
        self.render.stream().channels() as usize
    }

    fn pixels<P>(&self) -> Option<ImageBuffer<P, Vec<P::Subpixel>>>
    where
        P: Pixel<Subpixel: Sample + FrameBufferSample + Divisible + Default>,
    {
        self.pixels_by(|sample| sample)
    }

    fn floats<P: Pixel<Subpixel = f32>>(&self) -> Option<ImageBuffer<P, Vec<f32>>> {
        self.pixels_by(|sample| self.least.map_or(sample, |least| mended(sample, least)))
    }

    /// With something done to each sample as it is stored.
    fn pixels_by<P>(
        &self,
        mend: impl Fn(P::Subpixel) -> P::Subpixel,
    ) -> Option<ImageBuffer<P, Vec<P::Subpixel>>>
    where
        P: Pixel<Subpixel: Sample + FrameBufferSample + Divisible + Default>,
    {
        let mut stream = self.render.stream();
        let (width, height, channels) = (stream.width(), stream.height(), self.channels());
        let mut samples = if let Some(profile) = self.profile {
            self.converted(profile)?
        } else {
            let mut samples = vec![P::Subpixel::default(); width as usize * height as usize * channels];
            stream.write_to_buffer(&mut samples);
            samples.iter_mut().for_each(|sample| *sample = mend(*sample));
            samples
        };
        if self.is_associated {
            divide(&mut samples, channels);
        }
        // Floating-point numbers are always RGB.
        if channels < P::CHANNEL_COUNT.into() {
            let spread = |pixel: &[P::Subpixel]| [&[pixel[0]; 2], pixel].concat();
            samples = samples.chunks_exact(channels).flat_map(spread).collect();
        }
        ImageBuffer::from_raw(width, height, samples)
    }

    /// Of RGB, with or without alpha, in the profile.
    fn converted<S: Sample>(&self, profile: &Profile) -> Option<Vec<S>> {
        let mut stream = self.render.stream();
        let channels = self.channels();
        let mut row = vec![0.0f32; stream.width() as usize * channels];
        let mut samples = Vec::with_capacity(row.len() * stream.height() as usize);
        while stream.write_to_buffer(&mut row) > 0 {
            let mut colours: Vec<f32> = row
                .chunks_exact(channels)
                .flat_map(|pixel| pixel.first_chunk::<3>().copied().unwrap_or_default())
                .collect();
            profile.to_device(&mut colours);
            for (pixel, colour) in row.chunks_exact(channels).zip(colours.as_chunks::<3>().0) {
                samples.extend(colour.iter().chain(pixel.get(3..)?).map(|level| S::nearest(*level)));
            }
        }
        Some(samples)
    }
}

#[cfg(test)]
mod tests {
    use half::f16;

    use super::*;

    /// The least normal number of 16 bits.
    const LEAST: f32 = 6.103_515_6e-5;

    #[test]
    fn numbers_below_the_least_normal_one_are_what_they_are() {
        for bits in (0..=u16::MAX).step_by(7).chain(0..0x410) {
            let number = f16::from_bits(bits);
            if !number.is_finite() {
                continue;
            }
            // As the decoder reads it, without a thought to exponents of 0.
            let decoded = if number.to_f32().abs() < LEAST {
                (LEAST / 2.0 + number.to_f32().abs() / 2.0).copysign(number.to_f32())
            } else {
                number.to_f32()
            };
            assert_eq!(mended(decoded, LEAST), number.to_f32(), "{bits:#x}");
        }
    }
}
