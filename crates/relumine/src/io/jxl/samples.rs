//! A rendered frame → samples, interleaved, with alpha last and unassociated.

use image::{DynamicImage, ImageBuffer, Pixel};
use jxl_oxide::{FrameBufferSample, JxlImage, Render};

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
        (_, 1 | 3) => frame.pixels().map(ImageRgb32F),
        (_, 2 | 4) => frame.pixels().map(ImageRgba32F),
        _ => None,
    };
    pixels.ok_or_else(|| damaged("its channels are not as many as it says"))
}

struct Frame<'a> {
    render: Render,
    is_associated: bool,
    /// Where colours are to be taken to from extended sRGB.
    profile: Option<&'a Profile>,
}

impl Frame<'_> {
    fn channels(&self) -> usize {
        self.render.stream().channels() as usize
    }

    fn pixels<P>(&self) -> Option<ImageBuffer<P, Vec<P::Subpixel>>>
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
