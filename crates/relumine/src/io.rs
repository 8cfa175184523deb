//! Photos in and out: JPEG, PNG, TIFF and WebP with 8 or 16 bits a channel, grey or colour, with or without alpha.
//!
//! The way in: bytes → samples (`decode`, by the `codec` of their `format`, oriented as EXIF says) → colours of the working space
//! (`icc`). The way out: colours → samples in the photo's own colour space (`samples`) → bytes (`encode`) → a file (`files`).
//! A [`Photo`] keeps the samples it was decoded from, so a pixel whose colours nobody changed is written with
//! exactly the samples that were read.

mod by_image;
mod codec;
mod decode;
mod encode;
mod files;
mod format;
mod icc;
mod jpeg;
mod metadata;
mod photo;
mod png;
mod samples;
#[cfg(test)]
mod tests;
mod tiff;
mod webp;

pub(crate) use decode::{decode, read};
pub use files::{check_apart, check_writable, check_writable_file, write_file};
pub use format::Format;
pub(crate) use format::{FORMATS, extensions, names};
pub use photo::Photo;

use crate::PhotoError;

/// Most bytes that metadata (a profile, texts) may unpack to.
const METADATA_BYTES: u64 = 64 << 20;

/// What a file may demand at most before it is refused; guards against decompression bombs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Pixels: width × height as the header declares them, checked before anything is allocated.
    pub max_pixels: u64,
    /// Bytes: of the file, and of the samples that it decodes to.
    pub max_bytes: u64,
}

impl Default for Limits {
    /// 200 megapixels and 2 GiB: the largest cameras pass, with 16 bits and alpha.
    fn default() -> Self {
        Self { max_pixels: 200_000_000, max_bytes: 2 << 30 }
    }
}

impl Limits {
    /// Refuses a picture by what its header says.
    fn check(&self, width: u32, height: u32, bytes_a_pixel: u64) -> Result<(), PhotoError> {
        if width == 0 || height == 0 {
            return Err(PhotoError::ZeroSized { width, height });
        }
        let pixels = u64::from(width) * u64::from(height);
        if pixels > self.max_pixels {
            return Err(PhotoError::TooManyPixels { width, height, limit: self.max_pixels });
        }
        let bytes = pixels.saturating_mul(bytes_a_pixel);
        if bytes > self.max_bytes {
            return Err(PhotoError::TooManyBytes { bytes, limit: self.max_bytes });
        }
        Ok(())
    }

    /// What a decoder means that gave up for want of memory.
    fn exceeded(&self) -> PhotoError {
        PhotoError::TooManyBytes { bytes: self.max_bytes.saturating_add(1), limit: self.max_bytes }
    }
}
