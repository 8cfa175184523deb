//! How a photo is written.

use serde::{Deserialize, Serialize};

use crate::OptionsError;
use crate::ranges::require;

/// How a photo is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SaveOptions {
    /// Quality of formats that lose something, which is JPEG alone: 1 (small) to 100 (good).
    pub quality: u8,
}

impl Default for SaveOptions {
    /// Quality 92: losses that are not seen.
    fn default() -> Self {
        Self { quality: 92 }
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
            let error = SaveOptions { quality }.check().unwrap_err().to_string();
            assert!(error.starts_with("quality is "), "{error}");
        }
        for quality in [1, 100] {
            SaveOptions { quality }.check().unwrap();
        }
        assert_eq!(serde_json::from_str::<SaveOptions>("{}").unwrap(), SaveOptions::default());
        assert!(serde_json::from_str::<SaveOptions>(r#"{"speed": 1}"#).is_err());
    }
}
