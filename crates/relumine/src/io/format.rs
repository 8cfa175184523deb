//! The formats that can be read and written.

use std::fmt;
use std::path::Path;

use super::codec::{About, Codec};
use super::{exr, jpeg, jxl, png, raw, tiff, webp};
use crate::OptionsError;

/// A file format that can be read, and, but for [JPEG XL](Self::JPEG_XL), written.
#[derive(Clone, Copy)]
pub struct Format(&'static dyn Codec);

/// Every format that is read, in the order in which messages name them.
pub(crate) const FORMATS: &[Format] =
    &[Format::JPEG, Format::PNG, Format::TIFF, Format::WEBP, Format::JPEG_XL, Format::OPENEXR];

/// Every format that is written, in the same order.
pub(crate) const WRITTEN: &[Format] =
    &[Format::JPEG, Format::PNG, Format::TIFF, Format::WEBP, Format::OPENEXR];

impl Format {
    /// JPEG: 8 bits, lossy, no alpha.
    pub const JPEG: Self = Self::of(&jpeg::Jpeg);
    /// PNG: 8 or 16 bits, lossless.
    pub const PNG: Self = Self::of(&png::Png);
    /// TIFF: 8 or 16 bits, or 32 in floating-point numbers, written without compression.
    pub const TIFF: Self = Self::of(&tiff::Tiff);
    /// WebP: 8 bits, written without loss.
    pub const WEBP: Self = Self::of(&webp::WebP);
    /// JPEG XL: read alone.
    pub const JPEG_XL: Self = Self::of(&jxl::JpegXl);
    /// OpenEXR: linear light in floating-point numbers of 16 or 32 bits, no metadata.
    pub const OPENEXR: Self = Self::of(&exr::OpenExr);

    pub(super) const fn of(codec: &'static dyn Codec) -> Self {
        Self(codec)
    }

    /// The format that is written of that name or extension, in either case.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let is_meant = |format: &&Self| {
            format.about().name.eq_ignore_ascii_case(&name)
                || format.about().extensions.contains(&name.as_str())
        };
        WRITTEN.iter().find(is_meant).copied()
    }

    /// The format that is written which the extension of `path` names, in either case.
    ///
    /// # Errors
    /// [`OptionsError::UnknownOutputFormat`] for any other extension than those of the formats that are written.
    pub fn from_path(path: &Path) -> Result<Self, OptionsError> {
        Self::named_by(path, WRITTEN)
    }

    /// As [`from_path`](Self::from_path), among these formats.
    pub(super) fn named_by(path: &Path, formats: &[Self]) -> Result<Self, OptionsError> {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        let names = |format: &&Self| {
            extension.as_deref().is_some_and(|extension| format.about().extensions.contains(&extension))
        };
        formats
            .iter()
            .find(names)
            .copied()
            .ok_or_else(|| OptionsError::UnknownOutputFormat { path: path.into() })
    }

    /// The one among these formats that a file's content is of, whatever its name says.
    pub(super) fn of_bytes(bytes: &[u8], formats: &[Self]) -> Option<Self> {
        formats.iter().find(|format| format.0.recognises(bytes)).copied()
    }

    /// The usual extension of its files, in lower case.
    pub fn extension(self) -> &'static str {
        self.about().extensions[0]
    }

    /// Bits a channel that the format can hold.
    pub fn max_bit_depth(self) -> u8 {
        self.about().max_bit_depth
    }

    /// Whether the format can hold alpha.
    pub fn has_alpha(self) -> bool {
        self.about().has_alpha
    }

    /// Longest side in pixels that the format can hold.
    pub fn max_side(self) -> u32 {
        self.about().max_side
    }

    pub(super) fn about(self) -> &'static About {
        self.0.about()
    }

    pub(super) fn codec(self) -> &'static dyn Codec {
        self.0
    }
}

impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.about().name == other.about().name
    }
}

impl Eq for Format {}

impl serde::Serialize for Format {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Format {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name)
            .ok_or_else(|| serde::de::Error::custom(format!("{name} is no format that is written")))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.about().name)
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Format({self})")
    }
}

/// Whether a file is a photo by its extension: of a format that is read, or a camera's RAW file.
pub fn is_named_as_photo(path: impl AsRef<Path>) -> bool {
    let path = path.as_ref();
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    Format::named_by(path, FORMATS).is_ok()
        || extension.is_some_and(|extension| raw::EXTENSIONS.contains(&extension.as_str()))
}

/// Names of all formats that are read, as in `JPEG, PNG or TIFF`, for messages.
pub(crate) fn read_names() -> String {
    listed(FORMATS.iter().map(|format| format.about().name))
}

/// Names of the formats that are written and `are_meant`, for messages.
pub(crate) fn names(are_meant: impl Fn(Format) -> bool) -> String {
    listed(WRITTEN.iter().filter(|format| are_meant(**format)).map(|format| format.about().name))
}

/// The usual extensions of the formats that are written, for messages.
pub(crate) fn extensions() -> String {
    listed(WRITTEN.iter().map(|format| format.extension()))
}

fn listed(words: impl Iterator<Item = &'static str>) -> String {
    let words: Vec<_> = words.collect();
    match &words[..] {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => words.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_every_format_that_helps() {
        assert_eq!(read_names(), "JPEG, PNG, TIFF, WebP, JPEG XL or OpenEXR");
        assert_eq!(names(|_| true), "JPEG, PNG, TIFF, WebP or OpenEXR");
        assert_eq!(names(|format| format.max_bit_depth() > 8), "PNG, TIFF or OpenEXR");
        assert_eq!(names(|format| format == Format::JPEG), "JPEG");
        assert_eq!(extensions(), "jpg, png, tif, webp or exr");
    }

    #[test]
    fn extensions_are_told_apart_in_either_case() {
        for (name, format) in [("a.jpeg", Format::JPEG), ("b.c.PNG", Format::PNG), ("d/e.Tif", Format::TIFF)]
        {
            assert_eq!(Format::from_path(Path::new(name)).unwrap(), format);
        }
        assert!(Format::from_path(Path::new("a.jxl")).is_err() && is_named_as_photo("a.jxl"), "read alone");
        for name in ["png", ".png", "a.", "a.png.gif", ""] {
            assert!(Format::from_path(Path::new(name)).is_err(), "{name}");
            assert!(!is_named_as_photo(name), "{name}");
        }
        assert!(is_named_as_photo("a.NEF") && is_named_as_photo("a.jpeg"));
    }
}
