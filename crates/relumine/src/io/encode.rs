//! Samples, profile and EXIF data → bytes of a file, as much of them as its format can hold.

use std::borrow::Cow;

use image::DynamicImage;

use super::codec::Upright;
use super::metadata::Exif;
use super::{Format, samples};
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
    quality: u8,
) -> Result<Vec<u8>, PhotoError> {
    let mut pixels = Cow::Borrowed(pixels);
    if format.max_bit_depth() == 8 && pixels.color().bytes_per_pixel() > pixels.color().channel_count() {
        pixels = Cow::Owned(samples::in_8_bits(&pixels));
    }
    if format.max_bit_depth() == 16 {
        pixels = samples::in_16_bits(pixels);
    }
    if !format.has_alpha() {
        pixels = match &*pixels {
            DynamicImage::ImageLumaA8(_) => Cow::Owned(pixels.to_luma8().into()),
            DynamicImage::ImageRgba8(_) => Cow::Owned(pixels.to_rgb8().into()),
            DynamicImage::ImageLumaA16(_) => Cow::Owned(pixels.to_luma16().into()),
            DynamicImage::ImageRgba16(_) => Cow::Owned(pixels.to_rgb16().into()),
            _ => pixels,
        };
    }
    let exif = exif.filter(|exif| exif_fits(exif, format));
    format.codec().encode(&Upright { pixels: &pixels, icc, exif }, quality)
}
