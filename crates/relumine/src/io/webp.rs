//! WebP, by the crate `image`: 8 bits a channel, read with and without loss, written without.

use std::io::Cursor;

use image::codecs::webp::{WebPDecoder, WebPEncoder};
use image::{ImageDecoder, ImageResult};

use super::codec::{About, Codec, Decoded, Embedded, Upright};
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
        let exif = embedded(decoder.exif_metadata());
        let pixels = by_image::pixels(decoder, limits)?;
        Ok(Decoded { pixels, icc, exif, orientation: None, notices })
    }

    fn encode(&self, picture: &Upright<'_>, _options: &SaveOptions) -> Result<Vec<u8>, PhotoError> {
        let mut bytes = Vec::new();
        by_image::write(WebPEncoder::new_lossless(&mut bytes), picture)?;
        Ok(bytes)
    }
}
