//! Photos in and out: JPEG, PNG, TIFF and WebP with 8 or 16 bits a channel, grey or colour, with or without alpha.
//!
//! The way in: bytes → samples (`decode`, oriented as EXIF says) → colours of the working space (`icc`). The way
//! out: colours → samples in the photo's own colour space (`samples`) → bytes (`encode`) → a file (`save`).
//! A [`Photo`] keeps the samples it was decoded from, so a pixel whose colours nobody changed is written with
//! exactly the samples that were read.

mod decode;
mod encode;
mod icc;
mod jpeg;
mod metadata;
mod photo;
mod samples;
mod save;
#[cfg(test)]
mod tests;
mod tiff;

pub(crate) use decode::{decode, read};
pub use photo::Photo;
pub use save::check_writable;

use std::path::Path;

use crate::{Notice, OptionsError};

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

/// A file format that can be read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JPEG: 8 bits, lossy, no alpha.
    Jpeg,
    /// PNG: 8 or 16 bits, lossless.
    Png,
    /// TIFF: 8 or 16 bits, written without compression.
    Tiff,
    /// WebP: 8 bits, written without loss.
    WebP,
}

impl Format {
    /// The format that the extension of `path` names, in either case.
    ///
    /// # Errors
    /// [`OptionsError::UnknownOutputFormat`] for any extension but jpg, jpeg, png, tif, tiff and webp.
    pub fn from_path(path: &Path) -> Result<Self, OptionsError> {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        match extension.as_deref() {
            Some("jpg" | "jpeg") => Ok(Self::Jpeg),
            Some("png") => Ok(Self::Png),
            Some("tif" | "tiff") => Ok(Self::Tiff),
            Some("webp") => Ok(Self::WebP),
            _ => Err(OptionsError::UnknownOutputFormat { path: path.into() }),
        }
    }

    /// Bits a channel that the format can hold.
    pub fn max_bit_depth(self) -> u8 {
        match self {
            Self::Png | Self::Tiff => 16,
            Self::Jpeg | Self::WebP => 8,
        }
    }

    /// Whether the format can hold alpha.
    pub fn has_alpha(self) -> bool {
        self != Self::Jpeg
    }

    /// Longest side in pixels that the format can hold.
    pub fn max_side(self) -> u32 {
        match self {
            Self::Jpeg => u16::MAX.into(),
            Self::WebP => 1 << 14,
            Self::Png | Self::Tiff => i32::MAX as u32,
        }
    }
}

impl serde::Serialize for Format {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Tiff => "TIFF",
            Self::WebP => "WebP",
        })
    }
}
