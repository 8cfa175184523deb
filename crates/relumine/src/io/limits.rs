//! What a file may demand at most.

use serde::{Deserialize, Serialize};

use crate::PhotoError;

/// What a file may demand at most before it is refused; guards against decompression bombs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
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
    pub(super) fn check(&self, width: u32, height: u32, bytes_a_pixel: u64) -> Result<(), PhotoError> {
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
    pub(super) fn exceeded(&self) -> PhotoError {
        PhotoError::TooManyBytes { bytes: self.max_bytes.saturating_add(1), limit: self.max_bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_travel_and_fill_what_is_left_out() {
        let limits: Limits = serde_json::from_str(r#"{"max_pixels": 7}"#).unwrap();
        assert_eq!(limits, Limits { max_pixels: 7, ..Limits::default() });
        assert_eq!(serde_json::from_str::<Limits>(&serde_json::to_string(&limits).unwrap()).unwrap(), limits);
        assert!(serde_json::from_str::<Limits>(r#"{"max_side": 7}"#).is_err());
    }
}
