//! JPEG: 8 bits a channel, lossy, no alpha.
//!
//! Decoding is strict: a file that was cut short is an error, not a picture that ends in grey. The decoder behind [`image`] is used
//! directly, since `image` runs it leniently and turns CMYK into RGB unasked.

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, GrayImage, RgbImage};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::codec::{About, Codec, Decoded, Embedded, Upright};
use super::{Limits, by_image};
use crate::PhotoError;

pub(super) struct Jpeg;

impl Codec for Jpeg {
    fn about(&self) -> &'static About {
        &About {
            name: "JPEG",
            extensions: &["jpg", "jpeg"],
            max_bit_depth: 8,
            has_alpha: false,
            max_side: u16::MAX as u32,
            // A segment's 64 KiB less its length field and the mark `Exif\0\0`.
            max_exif_bytes: 0xFFFF - 2 - 6,
        }
    }

    fn recognises(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(&[0xFF, 0xD8, 0xFF])
    }

    fn decode(&self, bytes: &[u8], limits: &Limits) -> Result<Decoded, PhotoError> {
        let segments = Segments::of(bytes);
        // Lenient for the headers (cameras pad them), strict for the picture itself.
        let lenient =
            DecoderOptions::default().set_strict_mode(false).set_max_width(1 << 16).set_max_height(1 << 16);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), lenient);
        decoder.decode_headers().map_err(problem)?;
        let (width, height) = decoder.dimensions().expect("headers are decoded");
        let space = decoder.input_colorspace().expect("headers are decoded");
        let (out, channels) = match space {
            ColorSpace::Luma => (ColorSpace::Luma, 1),
            ColorSpace::YCbCr | ColorSpace::RGB => (ColorSpace::RGB, 3),
            other => return Err(PhotoError::UnsupportedPixels { found: format!("{other:?}") }),
        };
        // JPEG counts each side in 16 bits.
        let (width, height) = (width as u32, height as u32);
        limits.check(width, height, channels)?;
        let icc = Embedded::found(decoder.icc_profile(), segments.has_icc);
        let exif = Embedded::found(decoder.exif().cloned(), segments.has_exif);
        decoder.set_options(lenient.set_strict_mode(true).jpeg_set_out_colorspace(out));
        let samples = decoder.decode().map_err(problem)?;
        if !segments.complete {
            return Err(damaged("it ends before its end marker"));
        }
        let pixels = match channels {
            1 => GrayImage::from_raw(width, height, samples).map(DynamicImage::ImageLuma8),
            _ => RgbImage::from_raw(width, height, samples).map(DynamicImage::ImageRgb8),
        };
        let pixels = pixels.ok_or_else(|| damaged("it decodes to another size than it declares"))?;
        Ok(Decoded { pixels, icc, exif, orientation: None, notices: Vec::new() })
    }

    fn encode(&self, picture: &Upright<'_>, quality: u8) -> Result<Vec<u8>, PhotoError> {
        let mut bytes = Vec::new();
        by_image::write(JpegEncoder::new_with_quality(&mut bytes, quality), picture)?;
        Ok(bytes)
    }
}

fn problem(error: DecodeErrors) -> PhotoError {
    match error {
        DecodeErrors::Unsupported(scheme) => PhotoError::UnsupportedPixels { found: format!("{scheme:?}") },
        error => damaged(error),
    }
}

fn damaged(reason: impl std::fmt::Display) -> PhotoError {
    PhotoError::Damaged { reason: reason.to_string() }
}

/// What a walk over the segments of a JPEG file finds.
#[derive(Default)]
struct Segments {
    has_icc: bool,
    has_exif: bool,
    /// Whether the picture's data end in the marker EOI.
    complete: bool,
}

impl Segments {
    fn of(bytes: &[u8]) -> Self {
        const SOS: u8 = 0xDA;
        const EOI: u8 = 0xD9;
        let mut found = Self::default();
        let mut at = 2;
        let mut in_picture = false;
        while let Some(&[first, marker]) = bytes.get(at..at + 2) {
            match (first, marker) {
                (0xFF, EOI) => {
                    found.complete = in_picture;
                    break;
                }
                // Stuffed bytes, restart markers and padding belong to the entropy-coded data.
                (0xFF, 0x00 | 0x01 | 0xD0..=0xD8) => at += 2,
                (0xFF, 0xFF) => at += 1,
                (0xFF, _) => {
                    let Some(&[high, low]) = bytes.get(at + 2..at + 4) else { break };
                    let content = bytes.get(at + 4..).unwrap_or_default();
                    found.has_icc |= marker == 0xE2 && content.starts_with(b"ICC_PROFILE\0");
                    found.has_exif |= marker == 0xE1 && content.starts_with(b"Exif\0");
                    in_picture |= marker == SOS;
                    at += 2 + usize::from(u16::from_be_bytes([high, low])).max(2);
                }
                _ => at += 1,
            }
        }
        found
    }
}
