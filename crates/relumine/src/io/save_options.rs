//! How a photo is written.

use serde::{Deserialize, Serialize};

use super::metadata::edited::{Edit, Strip};
use crate::OptionsError;
use crate::ranges::require;

/// How a photo is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SaveOptions {
    /// Quality of formats that lose something, which is JPEG alone: 1 (small) to 100 (good).
    pub quality: u8,
    /// Metadata that are left out.
    pub strip: Strip,
    /// What was done to the photo: where it is told, EXIF data name this software, and the history of an XMP packet has one more entry.
    pub edit: Option<Edit>,
}

impl Default for SaveOptions {
    /// Quality 92, losses that are not seen; all metadata.
    fn default() -> Self {
        Self { quality: 92, strip: Strip::Nothing, edit: None }
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
