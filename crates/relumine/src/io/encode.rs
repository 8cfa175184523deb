//! Samples, profile and metadata → bytes of a file, as much of them as its format can hold.

use std::borrow::Cow;

use image::DynamicImage;

use super::codec::Upright;
use super::metadata::Written;
use super::{Format, samples};
use crate::{Notice, PhotoError};

/// What the format cannot hold of metadata, which is taken out of them.
pub(super) fn too_large(metadata: &mut Written, format: Format) -> Vec<Notice> {
    let about = format.about();
    let mut losses = Vec::new();
    let mut lose = |bytes: Option<usize>, most, notice: fn(Format, usize) -> Notice| {
        let bytes = bytes.filter(|bytes| *bytes > most);
        losses.extend(bytes.map(|bytes| notice(format, bytes)));
        bytes.is_some()
    };
    let exif = metadata.exif.as_ref().map(|exif| exif.bytes().len());
    if lose(exif, about.max_exif_bytes, |format, bytes| Notice::ExifTooLarge { format, bytes }) {
        metadata.exif = None;
    }
    let xmp = metadata.xmp.as_ref().map(String::len);
    if lose(xmp, about.max_xmp_bytes, |format, bytes| Notice::XmpTooLarge { format, bytes }) {
        metadata.xmp = None;
    }
    let iptc = metadata.iptc.as_ref().map(|iptc| iptc.bytes().len());
    if lose(iptc, about.max_iptc_bytes, |format, bytes| Notice::IptcDropped { format, bytes }) {
        metadata.iptc = None;
    }
    losses
}

/// Encodes upright pixels with metadata that the format can hold.
pub(super) fn encode(
    pixels: &DynamicImage,
    icc: Option<&[u8]>,
    metadata: &Written,
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
    format.codec().encode(&Upright { pixels: &pixels, icc, metadata }, quality)
}
