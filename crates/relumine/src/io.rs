//! Photos in and out: JPEG, PNG, TIFF, WebP, JPEG XL (in alone) and OpenEXR with 8 or 16 bits a channel, or 32 in floating-point
//! numbers, grey or colour, with or without alpha.
//!
//! The way in: bytes → samples (`decode`, by the `codec` of their `format`, oriented as EXIF says) → colours of the working space
//! (`icc`). The way out: colours → samples in the photo's own colour space (`samples`) → bytes (`encode`) → a file (`files`).
//! A [`Photo`] keeps the samples it was decoded from, so a pixel whose colours nobody changed is written with
//! exactly the samples that were read; its colours are made when they are asked for, whole or in bands of `rows`.
//! What is said of a photo (`metadata`) is carried beside them. Codecs run `aside`, so that whoever waits for them can be told to stop.

mod alpha;
mod aside;
mod by_image;
mod codec;
mod dcf;
mod decode;
mod dimensions;
mod dither;
mod encode;
mod exr;
mod files;
mod format;
mod icc;
mod jpeg;
mod jxl;
mod limits;
mod metadata;
mod other;
mod photo;
mod png;
mod raw;
mod recolour;
mod rows;
mod samples;
mod save_options;
mod temporary;
#[cfg(test)]
mod tests;
mod tiff;
mod webp;

pub(crate) use aside::open;
pub(crate) use decode::{decode, read};
pub use dimensions::dimensions;
pub use files::{check_apart, check_writable, check_writable_file, write_file};
pub(crate) use format::{FORMATS, extensions, names, read_names};
pub use format::{Format, is_named_as_photo};
pub use icc::ColourSpace;
pub use limits::Limits;
pub use metadata::edited::{Edit, Strip};
pub(crate) use other::DEVELOP;
pub use photo::{Description, Photo, Samples};
pub use recolour::Recolour;
pub use rows::{PhotoRows, RowSink, RowSource};
pub use save_options::{SaveOptions, Subsampling};
pub use temporary::remove_abandoned;

/// Most bytes that metadata (a profile, texts) may unpack to.
const METADATA_BYTES: u64 = 64 << 20;
