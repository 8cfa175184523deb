//! PNG, by the crate `image`: 8 or 16 bits a channel, without loss.

mod colour;

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::png::{PngDecoder, PngEncoder};

use super::codec::{About, Codec, Decoded, Embedded, Upright};
use super::{Limits, METADATA_BYTES, SaveOptions, by_image};
use crate::{Notice, PhotoError};
use colour::Told;

pub(super) struct Png;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1A\n";

impl Codec for Png {
    fn about(&self) -> &'static About {
        &About {
            name: "PNG",
            extensions: &["png"],
            max_bit_depth: 16,
            has_alpha: true,
            max_side: i32::MAX as u32,
            max_exif_bytes: i32::MAX as usize,
        }
    }

    fn recognises(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(SIGNATURE)
    }

    fn decode(&self, bytes: &[u8], limits: &Limits) -> Result<Decoded, PhotoError> {
        let mut header = image::Limits::no_limits();
        header.max_alloc = Some(limits.max_bytes.min(METADATA_BYTES));
        let mut decoder = PngDecoder::with_limits(Cursor::new(bytes), header)
            .map_err(|error| by_image::problem(error, limits))?;
        let embedded = Embedded::found(decoder.icc_profile().unwrap_or(None), has_chunk(bytes, *b"iCCP"));
        let told = Told::of(chunks(bytes).take_while(|(name, _)| name != b"IDAT"));
        let icc = told.profile(!decoder.color_type().has_color())?.unwrap_or(embedded);
        let exif = Embedded::found(decoder.exif_metadata().unwrap_or(None), has_chunk(bytes, *b"eXIf"));
        let animated = decoder.is_apng().unwrap_or(false);
        let notices = if animated { vec![Notice::FirstFrameOnly] } else { Vec::new() };
        let pixels = by_image::pixels(decoder, limits)?;
        Ok(Decoded { pixels, icc, exif, orientation: None, notices })
    }

    fn encode(&self, picture: &Upright<'_>, _options: &SaveOptions) -> Result<Vec<u8>, PhotoError> {
        let mut bytes = Vec::new();
        by_image::write(PngEncoder::new(&mut bytes), picture)?;
        Ok(bytes)
    }
}

/// Whether the file has a chunk of this name before its pixels.
fn has_chunk(bytes: &[u8], name: [u8; 4]) -> bool {
    chunks(bytes).take_while(|(other, _)| other != b"IDAT").any(|(other, _)| other == name)
}

/// The chunks of a file, as far as they are whole: name and content.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = bytes.get(SIGNATURE.len()..).unwrap_or_default();
    std::iter::from_fn(move || {
        let ([a, b, c, d, name @ ..], after) = rest.split_first_chunk::<8>()?;
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let (content, after) = after.split_at_checked(length)?;
        // The checksum, which the decoder compares.
        rest = after.get(4..)?;
        Some((*name, content))
    })
}

fn unsupported(found: &str) -> PhotoError {
    PhotoError::UnsupportedPixels { found: found.into() }
}
