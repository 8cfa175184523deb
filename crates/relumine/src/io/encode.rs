//! Samples, profile and EXIF data → bytes of a file.

use std::borrow::Cow;
use std::io::Cursor;

use image::codecs::{jpeg::JpegEncoder, png::PngEncoder, webp::WebPEncoder};
use image::{DynamicImage, ImageEncoder, ImageError, ImageResult};

use super::metadata::Exif;
use super::{Format, samples, tiff};

/// Payload of a JPEG segment (64 KiB less its length field) after the mark `Exif\0\0`.
const JPEG_EXIF_BYTES: usize = 0xFFFF - 2 - 6;

/// Whether the format can hold these EXIF data.
pub(super) fn exif_fits(exif: &Exif, format: Format) -> bool {
    format != Format::Jpeg || exif.bytes().len() <= JPEG_EXIF_BYTES
}

/// Encodes upright pixels with whatever of the metadata the format can hold.
pub(super) fn encode(
    pixels: Cow<DynamicImage>,
    icc: Option<Vec<u8>>,
    exif: Option<&Exif>,
    format: Format,
    quality: u8,
) -> ImageResult<Vec<u8>> {
    let exif = exif.filter(|exif| exif_fits(exif, format));
    let mut pixels = pixels;
    if format.max_bit_depth() == 8 && pixels.color().bytes_per_pixel() > pixels.color().channel_count() {
        pixels = Cow::Owned(samples::in_8_bits(&pixels));
    }
    if !format.has_alpha() {
        pixels = match &*pixels {
            DynamicImage::ImageLumaA8(_) => Cow::Owned(pixels.to_luma8().into()),
            DynamicImage::ImageRgba8(_) => Cow::Owned(pixels.to_rgb8().into()),
            _ => pixels,
        };
    }
    let mut bytes = Cursor::new(Vec::new());
    match format {
        Format::Jpeg => write(JpegEncoder::new_with_quality(&mut bytes, quality), &pixels, icc, exif),
        Format::Png => write(PngEncoder::new(&mut bytes), &pixels, icc, exif),
        Format::WebP => write(WebPEncoder::new_lossless(&mut bytes), &pixels, icc, exif),
        Format::Tiff => tiff::write(&mut bytes, &pixels, icc.as_deref(), exif),
    }?;
    Ok(bytes.into_inner())
}

fn write(
    mut encoder: impl ImageEncoder,
    pixels: &DynamicImage,
    icc: Option<Vec<u8>>,
    exif: Option<&Exif>,
) -> ImageResult<()> {
    if let Some(icc) = icc {
        encoder.set_icc_profile(icc).map_err(ImageError::Unsupported)?;
    }
    if let Some(exif) = exif {
        encoder.set_exif_metadata(exif.bytes().to_vec()).map_err(ImageError::Unsupported)?;
    }
    encoder.write_image(pixels.as_bytes(), pixels.width(), pixels.height(), pixels.color().into())
}
