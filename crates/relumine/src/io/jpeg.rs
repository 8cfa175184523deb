//! JPEG: 8 bits a channel, lossy, no alpha.
//!
//! Decoding is strict: a file that was cut short is an error, not a picture that ends in grey. The decoder behind [`image`] is used
//! directly, since `image` runs it leniently and turns CMYK into RGB unasked.

mod extended_xmp;
mod icc_profile;
mod insert;
mod segments;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, GrayImage, RgbImage};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use self::segments::Segments;
use super::codec::{About, Codec, Decoded, Upright};
use super::{Limits, METADATA_BYTES, by_image};
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
            max_exif_bytes: insert::MAX_EXIF_BYTES,
            max_xmp_bytes: METADATA_BYTES as usize,
            max_iptc_bytes: insert::MAX_IPTC_BYTES,
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
        let Segments { icc, metadata, notices, .. } = segments;
        Ok(Decoded { pixels, icc, metadata, orientation: None, notices })
    }

    fn encode(&self, picture: &Upright<'_>, quality: u8) -> Result<Vec<u8>, PhotoError> {
        let mut bytes = Vec::new();
        by_image::write(JpegEncoder::new_with_quality(&mut bytes, quality), picture)?;
        Ok(insert::with_metadata(bytes, picture.metadata))
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
