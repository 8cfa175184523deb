//! Samples, profile and EXIF data → bytes of a file, as much of them as its format can hold.

use std::borrow::Cow;

use image::{DynamicImage, ImageBuffer, Pixel};

use super::codec::Upright;
use super::metadata::Exif;
use super::samples::Sample;
use super::{Format, SaveOptions, samples};
use crate::PhotoError;

/// Whether the format can hold these EXIF data.
pub(super) fn exif_fits(exif: &Exif, format: Format) -> bool {
    exif.bytes().len() <= format.about().max_exif_bytes
}

/// Encodes upright pixels with whatever of the metadata the format can hold.
pub(super) fn encode(
    pixels: &DynamicImage,
    icc: Option<&[u8]>,
    exif: Option<&Exif>,
    format: Format,
    options: &SaveOptions,
) -> Result<Vec<u8>, PhotoError> {
    let mut pixels = Cow::Borrowed(pixels);
    if pixels.color().has_alpha() && !format.has_alpha() {
        pixels = Cow::Owned(laid_on(&pixels, options.background));
    }
    if format.max_bit_depth() == 8 && pixels.color().bytes_per_pixel() > pixels.color().channel_count() {
        pixels = Cow::Owned(samples::in_8_bits(&pixels));
    }
    let exif = exif.filter(|exif| exif_fits(exif, format));
    format.codec().encode(&Upright { pixels: &pixels, icc, exif }, options)
}

/// The picture as it looks before a ground of one colour, RGB in 0..=255 of its own colour space.
fn laid_on(pixels: &DynamicImage, ground: [u8; 3]) -> DynamicImage {
    fn blended<P, Q>(
        pixels: &ImageBuffer<P, Vec<P::Subpixel>>,
        ground: &[u8],
    ) -> ImageBuffer<Q, Vec<Q::Subpixel>>
    where
        P: Pixel<Subpixel: Sample>,
        Q: Pixel<Subpixel = P::Subpixel>,
    {
        let colours = usize::from(Q::CHANNEL_COUNT);
        let samples = pixels.as_raw().chunks_exact(colours + 1).flat_map(|pixel| {
            let alpha = pixel[colours].level();
            let over = move |(colour, ground): (&P::Subpixel, &u8)| {
                P::Subpixel::nearest(colour.level() * alpha + ground.level() * (1.0 - alpha))
            };
            pixel[..colours].iter().zip(ground).map(over)
        });
        ImageBuffer::from_raw(pixels.width(), pixels.height(), samples.collect()).expect("as many pixels")
    }
    let [r, g, b] = ground;
    match pixels {
        // What is grey stays grey on a grey ground.
        DynamicImage::ImageLumaA8(pixels) if r == g && g == b => {
            DynamicImage::ImageLuma8(blended(pixels, &ground))
        }
        DynamicImage::ImageLumaA16(pixels) if r == g && g == b => {
            DynamicImage::ImageLuma16(blended(pixels, &ground))
        }
        DynamicImage::ImageRgba8(pixels) => DynamicImage::ImageRgb8(blended(pixels, &ground)),
        DynamicImage::ImageRgba16(pixels) => DynamicImage::ImageRgb16(blended(pixels, &ground)),
        DynamicImage::ImageLumaA8(_) => laid_on(&pixels.to_rgba8().into(), ground),
        DynamicImage::ImageLumaA16(_) => laid_on(&pixels.to_rgba16().into(), ground),
        opaque => opaque.clone(),
    }
}
