//! What a file format is to this crate. A format is one file with its [`Codec`] and one line in [`FORMATS`](super::format::FORMATS).

use std::io::{Seek, Write};

use image::DynamicImage;
use image::metadata::Orientation;

use super::metadata::{Found, Written};
use super::{Limits, SaveOptions};
use crate::{Notice, PhotoError};

/// What there is to know of a format beforehand.
pub(crate) struct About {
    /// As messages name it.
    pub(crate) name: &'static str,
    /// Extensions of its files, in lower case, the usual one first.
    pub(crate) extensions: &'static [&'static str],
    /// Bits a channel: 8 or 16, or 32 in floating-point numbers.
    pub(crate) max_bit_depth: u8,
    /// Whether it can be transparent.
    pub(crate) has_alpha: bool,
    /// Longest side in pixels.
    pub(crate) max_side: u32,
    /// Most bytes of EXIF data.
    pub(crate) max_exif_bytes: usize,
    /// Most bytes of an XMP packet.
    pub(crate) max_xmp_bytes: usize,
    /// Most bytes of IPTC data.
    pub(crate) max_iptc_bytes: usize,
}

/// What files are written to.
pub(crate) trait Output: Write + Seek {}

impl<T: Write + Seek> Output for T {}

/// A format, both ways. Both are one blocking call each, on one thread.
pub(crate) trait Codec: Send + Sync {
    /// What there is to know of it.
    fn about(&self) -> &'static About;

    /// Whether a file that begins so is of this format.
    fn recognises(&self, bytes: &[u8]) -> bool;

    /// Decodes a whole file, refusing by its header what is beyond the limits.
    fn decode(&self, bytes: &[u8], limits: &Limits) -> Result<Decoded, PhotoError>;

    /// Encodes what [fits](About) the format.
    fn encode(&self, picture: &Upright<'_>, options: &SaveOptions) -> Result<Vec<u8>, PhotoError>;

    /// Encodes into a file. Formats that write as they go need no memory for the whole file.
    fn encode_into(
        &self,
        picture: &Upright<'_>,
        options: &SaveOptions,
        out: &mut dyn Output,
    ) -> Result<(), PhotoError> {
        out.write_all(&self.encode(picture, options)?)
            .map_err(|error| PhotoError::NotEncoded { reason: error.to_string() })
    }
}

/// A profile of a file, before anything is known about its worth.
#[derive(Debug, Default, PartialEq)]
pub(crate) enum Embedded {
    #[default]
    None,
    /// It is there, but not even its container can be read.
    Unreadable,
    Bytes(Vec<u8>),
}

impl Embedded {
    /// `present`: whether the file holds one, readable or not.
    pub(super) fn found(bytes: Option<Vec<u8>>, present: bool) -> Self {
        match bytes {
            Some(bytes) => Self::Bytes(bytes),
            None if present => Self::Unreadable,
            None => Self::None,
        }
    }
}

/// What a file holds.
pub(crate) struct Decoded {
    /// As they are stored: 8 or 16 bits a channel, grey or RGB, or RGB of 32 bits in floating-point numbers, with or without alpha.
    pub(crate) pixels: DynamicImage,
    pub(crate) icc: Embedded,
    pub(crate) metadata: Found,
    /// How to turn the pixels upright; `None` leaves it to the metadata.
    pub(crate) orientation: Option<Orientation>,
    pub(crate) notices: Vec<Notice>,
}

/// What becomes a file.
pub(crate) struct Upright<'a> {
    /// Of a depth, and with alpha, as far as the format can hold it.
    pub(crate) pixels: &'a DynamicImage,
    pub(crate) icc: Option<&'a [u8]>,
    /// As much as the format can hold.
    pub(crate) metadata: &'a Written,
}
