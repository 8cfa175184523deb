//! WebP, by the crate `image`: 8 bits a channel, read with and without loss, written without.

mod chunks;

use std::io::Cursor;

use image::codecs::webp::WebPDecoder;
use image::{ImageDecoder, ImageResult};
use image_webp::{ColorType, WebPEncoder};

use super::codec::{About, Codec, Decoded, Embedded, Upright};
use super::icc::Profile;
use super::{Limits, SaveOptions, by_image};
use crate::{Notice, PhotoError};

pub(super) struct WebP;

impl Codec for WebP {
    fn about(&self) -> &'static About {
        &About {
            name: "WebP",
            extensions: &["webp"],
            max_bit_depth: 8,
            has_alpha: true,
            max_side: 1 << 14,
            max_exif_bytes: i32::MAX as usize,
            max_xmp_bytes: i32::MAX as usize,
            max_iptc_bytes: 0,
        }
    }

    fn recognises(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP")
    }

    fn decode(&self, bytes: &[u8], limits: &Limits) -> Result<Decoded, PhotoError> {
        let mut decoder =
            WebPDecoder::new(Cursor::new(bytes)).map_err(|error| by_image::problem(error, limits))?;
        let notices = if decoder.has_animation() { vec![Notice::FirstFrameOnly] } else { Vec::new() };
        let embedded = |read: ImageResult<Option<Vec<u8>>>| match read {
            Ok(bytes) => Embedded::found(bytes, false),
            Err(_) => Embedded::Unreadable,
        };
        let icc = embedded(decoder.icc_profile());
        let pixels = by_image::pixels(decoder, limits)?;
        Ok(Decoded { pixels, icc, metadata: chunks::found(bytes), orientation: None, notices })
    }

    fn encode(&self, picture: &Upright<'_>, _options: &SaveOptions) -> Result<Vec<u8>, PhotoError> {
        let pixels = picture.pixels;
        let color = match pixels.color() {
            image::ColorType::L8 => ColorType::L8,
            image::ColorType::La8 => ColorType::La8,
            image::ColorType::Rgb8 => ColorType::Rgb8,
            _ => ColorType::Rgba8,
        };
        let mut bytes = Vec::new();
        // That of `image` knows no XMP.
        let mut encoder = WebPEncoder::new(&mut bytes);
        if let Some(icc) = picture.icc {
            // Grey pixels are written as RGB, which a profile for grey is not for.
            let is_grey = matches!(color, ColorType::L8 | ColorType::La8);
            let profile = if is_grey { Profile::new(icc.to_vec(), 1).ok() } else { None };
            encoder.set_icc_profile(profile.map_or_else(|| icc.to_vec(), |grey| grey.bytes_for_rgb()));
        }
        picture.metadata.exif.iter().for_each(|exif| encoder.set_exif_metadata(exif.bytes()));
        picture.metadata.xmp.iter().for_each(|xmp| encoder.set_xmp_metadata(xmp.clone().into()));
        encoder
            .encode(pixels.as_bytes(), pixels.width(), pixels.height(), color)
            .map_err(|error| PhotoError::NotEncoded { reason: error.to_string() })?;
        Ok(bytes)
    }
}
