//! Trimaps: what is known of a matte before it is solved.

use std::path::{Path, PathBuf};

use crate::io::{FORMATS, Limits, decode, open};
use crate::watch::{Stage, Watch};
use crate::{Error, PhotoError, Result};

/// Levels, in 0..1, up to which a pixel is background and from which on it is foreground, as in PyMatting.
const BACKGROUND: f32 = 0.1;
const FOREGROUND: f32 = 0.9;

/// What is known of a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// α = 0.
    Background,
    /// α is to be found.
    Unknown,
    /// α = 1.
    Foreground,
}

/// What is known of each pixel of a photo.
#[derive(Clone, Debug, PartialEq)]
pub struct Trimap {
    path: PathBuf,
    height: usize,
    width: usize,
    known: Vec<Known>,
}

impl Trimap {
    /// Reads a trimap from a JPEG, PNG, TIFF or WebP file.
    ///
    /// # Errors
    /// Those of [`Photo::open`](crate::io::Photo::open).
    pub fn open(path: impl AsRef<Path>, limits: &Limits) -> Result<Self> {
        Self::open_watched(path, limits, &mut Watch::silent())
    }

    /// As [`open`](Self::open), as a [`Stage::Decode`] that can be cancelled at any time.
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`Error::Cancelled`].
    pub fn open_watched(path: impl AsRef<Path>, limits: &Limits, watch: &mut Watch<'_>) -> Result<Self> {
        watch.stage(Stage::Decode, |watch| open(path.as_ref(), limits, watch.token(), Self::decode))
    }

    /// Decodes the bytes of a file; `name` stands for it in messages. Alpha and profiles mean nothing in a trimap, and of
    /// colours the luma is taken.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn decode(bytes: &[u8], name: &Path, limits: &Limits) -> Result<Self> {
        let pixels = decode(bytes, FORMATS, limits)
            .map_err(|problem| Error::Photo { path: name.into(), problem })?
            .pixels
            .to_luma16();
        let levels: Vec<f32> = pixels.as_raw().iter().map(|&level| f32::from(level) / 65535.0).collect();
        let (height, width) = (pixels.height() as usize, pixels.width() as usize);
        Ok(Self { path: name.into(), ..Self::from_levels(height, width, &levels) })
    }

    /// A trimap from levels in 0..1, row-major: background up to 0.1, foreground from 0.9 on, unknown between.
    ///
    /// # Panics
    /// If there are not height × width levels.
    pub fn from_levels(height: usize, width: usize, levels: &[f32]) -> Self {
        let known = |&level: &f32| match level {
            level if level <= BACKGROUND => Known::Background,
            level if level >= FOREGROUND => Known::Foreground,
            _ => Known::Unknown,
        };
        assert_eq!(levels.len(), height * width, "levels of {height}×{width} pixels");
        let known = levels.iter().map(known).collect();
        Self { path: "synthetic trimap".into(), height, width, known }
    }

    /// The file it came from, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// What is known of each pixel, row-major.
    pub fn known(&self) -> &[Known] {
        &self.known
    }

    /// Pixels of which this is known.
    pub fn count(&self, known: Known) -> usize {
        self.known.iter().filter(|&&k| k == known).count()
    }

    /// The trimap at another size, each pixel taking what is known at its centre.
    ///
    /// # Panics
    /// If a side is zero.
    #[must_use]
    pub fn resized(&self, height: usize, width: usize) -> Self {
        assert!(height > 0 && width > 0, "a trimap has pixels");
        let from = |to: usize, old: usize, new: usize| (2 * to + 1) * old / (2 * new);
        let row = |y| &self.known[from(y, self.height, height) * self.width..][..self.width];
        let known = (0..height).flat_map(|y| (0..width).map(move |x| row(y)[from(x, self.width, width)]));
        Self { path: self.path.clone(), height, width, known: known.collect() }
    }

    /// Finds whether a matte can be solved from it.
    ///
    /// # Errors
    /// [`PhotoError::NothingKnown`] where no pixel is foreground, or none background.
    pub fn check(&self) -> Result<()> {
        for (known, what, paint) in
            [(Known::Foreground, "foreground", "white"), (Known::Background, "background", "black")]
        {
            if self.count(known) == 0 {
                let problem = PhotoError::NothingKnown { what, paint };
                return Err(Error::Photo { path: self.path.clone(), problem });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_at_a_tenth_of_either_end() {
        let levels = [0.0, 0.1, 0.11, 0.5, 0.89, 0.9, 1.0];
        let trimap = Trimap::from_levels(1, 7, &levels);
        use Known::{Background as B, Foreground as F, Unknown as U};
        assert_eq!(trimap.known(), [B, B, U, U, U, F, F]);
        assert_eq!(trimap.resized(1, 3).known(), [B, U, F]);
        assert!(trimap.check().is_ok());
    }

    #[test]
    fn either_side_must_be_known() {
        for (level, word) in [(0.0, "foreground"), (1.0, "background")] {
            let error = Trimap::from_levels(1, 2, &[level, 0.5]).check().unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
