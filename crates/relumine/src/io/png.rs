//! PNG, by the crate `image`: 8 or 16 bits a channel, without loss.

mod chunks;

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::png::{PngDecoder, PngEncoder};

use super::codec::{About, Codec, Decoded, Embedded, Upright};
use super::{Limits, METADATA_BYTES, by_image};
use crate::{Notice, PhotoError};

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
            max_xmp_bytes: i32::MAX as usize,
            max_iptc_bytes: METADATA_BYTES as usize / 4,
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
        let has_icc = chunks::chunks(bytes).any(|(name, _)| name == *b"iCCP");
        let icc = Embedded::found(decoder.icc_profile().unwrap_or(None), has_icc);
        let animated = decoder.is_apng().unwrap_or(false);
        let notices = if animated { vec![Notice::FirstFrameOnly] } else { Vec::new() };
        let pixels = by_image::pixels(decoder, limits)?;
        Ok(Decoded { pixels, icc, metadata: chunks::found(bytes), orientation: None, notices })
    }

    fn encode(&self, picture: &Upright<'_>, _quality: u8) -> Result<Vec<u8>, PhotoError> {
        let mut bytes = Vec::new();
        by_image::write(PngEncoder::new(&mut bytes), picture)?;
        Ok(chunks::with_metadata(bytes, picture.metadata))
    }
}
