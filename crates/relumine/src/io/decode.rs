//! Bytes of a file → samples, upright, with the profile and metadata that came along.

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use image::DynamicImage;
use image::metadata::Orientation;

use super::codec::{Decoded, Embedded};
use super::metadata::Metadata;
use super::raw::Raw;
use super::{Format, Limits, other};
use crate::{Error, Notice, PhotoError, Result};

/// A decoded picture, upright.
pub(crate) struct Picture {
    /// 8 or 16 bits a channel, grey or RGB, or RGB of 32 bits in floating-point numbers; with or without alpha.
    pub(crate) pixels: DynamicImage,
    /// Bytes of the ICC profile, unchecked.
    pub(super) icc: Option<Vec<u8>>,
    pub(super) metadata: Metadata,
    pub(super) notices: Vec<Notice>,
}

/// Reads a file, unless it is larger than the limit.
pub(crate) fn read(path: &Path, limits: &Limits) -> Result<Vec<u8>> {
    let refuse = |problem| Error::Photo { path: path.into(), problem };
    let unreadable = |error| refuse(PhotoError::Unreadable(error));
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let bytes = file.metadata().map_err(unreadable)?.len();
    let too_many = |bytes| refuse(PhotoError::TooManyBytes { bytes, limit: limits.max_bytes });
    if bytes > limits.max_bytes {
        return Err(too_many(bytes));
    }
    // Pipes tell no size, so what is read is limited as well.
    let mut content = Vec::with_capacity(usize::try_from(bytes).unwrap_or(0));
    let read = file.take(limits.max_bytes.saturating_add(1)).read_to_end(&mut content).map_err(unreadable)?;
    if read as u64 > limits.max_bytes { Err(too_many(read as u64)) } else { Ok(content) }
}

/// A camera RAW file looks like a TIFF file, so it is looked for first.
pub(super) fn by_content(bytes: &[u8], formats: &[Format], limits: &Limits) -> Result<Decoded, PhotoError> {
    match (Raw::of(bytes), Format::of_bytes(bytes, formats)) {
        (Some(raw), _) => raw.preview(limits),
        (None, Some(format)) => format.codec().decode(bytes, limits),
        (None, None) => Err(other::named(bytes)),
    }
}

/// Decodes the bytes of a file of one of these formats, which is told by its content, not its name.
pub(crate) fn decode(bytes: &[u8], formats: &[Format], limits: &Limits) -> Result<Picture, PhotoError> {
    if bytes.is_empty() {
        return Err(PhotoError::Empty);
    }
    if bytes.len() as u64 > limits.max_bytes {
        return Err(PhotoError::TooManyBytes { bytes: bytes.len() as u64, limit: limits.max_bytes });
    }
    // Codecs keep nothing between calls that one that panics could leave in disorder.
    let mut decoded = catch_unwind(AssertUnwindSafe(|| by_content(bytes, formats, limits)))
        .unwrap_or_else(|_| Err(PhotoError::Damaged { reason: "the codec broke down".into() }))?;
    let (metadata, orientation, told) = Metadata::of(decoded.metadata);
    let orientation = decoded.orientation.or(orientation).unwrap_or(Orientation::NoTransforms);
    decoded.pixels.apply_orientation(orientation);
    let mut notices = decoded.notices;
    notices.extend(told);
    let icc = match decoded.icc {
        Embedded::None => None,
        Embedded::Unreadable => {
            notices.push(Notice::ProfileIgnored { reason: "it cannot be read".into() });
            None
        }
        Embedded::Bytes(bytes) => Some(bytes),
    };
    Ok(Picture { pixels: decoded.pixels, icc, metadata, notices })
}
