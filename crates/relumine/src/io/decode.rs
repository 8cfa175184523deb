//! Bytes of a file → samples, upright, with the profile and metadata that came along.

use std::io::Read;
use std::path::Path;

use image::DynamicImage;
use image::metadata::Orientation;

use super::codec::Embedded;
use super::metadata::Metadata;
use super::{Format, Limits};
use crate::{Error, Notice, PhotoError, Result};

/// A decoded picture, upright.
pub(crate) struct Picture {
    /// 8 or 16 bits a channel; grey or RGB, with or without alpha.
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

/// Decodes the bytes of a file of one of these formats, which is told by its content, not its name.
pub(crate) fn decode(bytes: &[u8], formats: &[Format], limits: &Limits) -> Result<Picture, PhotoError> {
    if bytes.is_empty() {
        return Err(PhotoError::Empty);
    }
    if bytes.len() as u64 > limits.max_bytes {
        return Err(PhotoError::TooManyBytes { bytes: bytes.len() as u64, limit: limits.max_bytes });
    }
    let format = Format::of_bytes(bytes, formats).ok_or(PhotoError::UnknownFormat)?;
    let mut decoded = format.codec().decode(bytes, limits)?;
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
