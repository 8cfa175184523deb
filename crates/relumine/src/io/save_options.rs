//! How a photo is written.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Format;
use super::metadata::edited::{Edit, Strip};
use crate::OptionsError;
use crate::ranges::require;

/// How a photo is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SaveOptions {
    /// Quality of formats that lose something, which is JPEG alone: 1 (small) to 100 (good).
    pub quality: u8,
    /// In which directions JPEG has half as many samples of chroma as of luma.
    pub subsampling: Subsampling,
    /// Whether a JPEG is written in scans from coarse to fine: somewhat smaller, and slower.
    pub progressive: bool,
    /// RGB that transparent pixels are laid on in formats without transparency, in the photo's colour space.
    pub background: [u8; 3],
    /// The format of the file; `None`: that which its extension names.
    pub format: Option<Format>,
    /// Metadata that are left out.
    pub strip: Strip,
    /// What was done to the photo: where it is told, EXIF data name this software, and the history of an XMP packet has one more entry.
    pub edit: Option<Edit>,
}

/// In which directions a JPEG has half as many samples of chroma as of luma.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subsampling {
    /// In none: fine red on blue stays sharp.
    #[default]
    #[serde(rename = "4:4:4")]
    None,
    /// From left to right.
    #[serde(rename = "4:2:2")]
    Horizontal,
    /// In both: a third smaller than none, at the same quality of luma.
    #[serde(rename = "4:2:0")]
    Both,
}

impl Default for SaveOptions {
    /// Quality 92 with all of chroma, transparency on white: losses that are not seen; all metadata.
    fn default() -> Self {
        Self {
            quality: 92,
            subsampling: Subsampling::None,
            progressive: false,
            background: [255; 3],
            format: None,
            strip: Strip::Nothing,
            edit: None,
        }
    }
}

impl SaveOptions {
    /// Checks that everything is in its range.
    ///
    /// # Errors
    /// [`OptionsError::OutOfRange`].
    pub fn check(&self) -> Result<(), OptionsError> {
        require((1..=100).contains(&self.quality), "quality", self.quality, "between 1 and 100")
    }

    /// The format that a file of this name is written in.
    ///
    /// # Errors
    /// [`OptionsError::UnknownOutputFormat`] where none is chosen and the extension names none.
    pub fn format_of(&self, path: &Path) -> Result<Format, OptionsError> {
        self.format.map_or_else(|| Format::from_path(path), Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quality_is_in_percent_and_travels() {
        for quality in [0, 101, 255] {
            let error = SaveOptions { quality, ..SaveOptions::default() }.check().unwrap_err().to_string();
            assert!(error.starts_with("quality is "), "{error}");
        }
        for quality in [1, 100] {
            SaveOptions { quality, ..SaveOptions::default() }.check().unwrap();
        }
        assert_eq!(serde_json::from_str::<SaveOptions>("{}").unwrap(), SaveOptions::default());
        assert!(serde_json::from_str::<SaveOptions>(r#"{"speed": 1}"#).is_err());
    }
}
