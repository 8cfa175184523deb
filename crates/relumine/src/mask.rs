//! Masks: one flat colour a region, any colours; anti-aliased and JPEG-smeared ones are cleaned.
//!
//! A colour belongs to the palette if it fills interiors: pixels that look like all their eight neighbours. Borders, ringing
//! and ramps have none. Pixels off the palette get the label of a neighbouring region, the one nearest in colour, outwards
//! from the interiors, so a grey border between black and white never becomes a region even if another one is grey.
//!
//! A mask whose few colours all have exact interiors is taken at its word, so colours as close as (1, 1, 1) and
//! (2, 2, 2) stay apart there.

mod palette;

use std::path::{Path, PathBuf};

use image::RgbImage;

use crate::counts::Frame;
use crate::io::{FORMATS, Limits, decode, open};
use crate::watch::{CancelToken, Stage, Watch};
use crate::{Error, PhotoError, Result};

use palette::Snapped;
pub use palette::nearest_colour;

/// The most regions that a mask may have.
pub const MAX_REGIONS: usize = 64;

/// Which region each pixel of a photo belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Mask {
    path: PathBuf,
    height: usize,
    width: usize,
    palette: Vec<[u8; 3]>,
    labels: Vec<u16>,
    moved: usize,
}

impl Mask {
    /// Reads a mask from a JPEG, PNG, TIFF or WebP file.
    ///
    /// # Errors
    /// Those of [`Photo::open`](crate::io::Photo::open), and [`PhotoError::NoPalette`].
    pub fn open(path: impl AsRef<Path>, limits: &Limits) -> Result<Self> {
        Self::open_watched(path, limits, &mut Watch::silent())
    }

    /// As [`open`](Self::open), as a [`Stage::Decode`] that can be cancelled at any time.
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`Error::Cancelled`].
    pub fn open_watched(path: impl AsRef<Path>, limits: &Limits, watch: &mut Watch<'_>) -> Result<Self> {
        let path = path.as_ref();
        watch.stage(Stage::Decode, |watch| {
            let pixels = open(path, limits, watch.token(), pixels)?;
            Self::from_pixels(path, &pixels, watch.token())
        })
    }

    /// Decodes the bytes of a file; `name` stands for it in messages. Alpha and profiles mean nothing in a mask.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn decode(bytes: &[u8], name: &Path, limits: &Limits) -> Result<Self> {
        Self::from_pixels(name, &pixels(bytes, name, limits)?, &CancelToken::new())
    }

    fn from_pixels(name: &Path, pixels: &RgbImage, token: &CancelToken) -> Result<Self> {
        let size = (pixels.height() as usize, pixels.width() as usize);
        Self::from_colours(name, size, pixels.as_raw().as_chunks::<3>().0, token)
    }

    /// A mask from the colours of its pixels, row-major, as those of a file; `name` stands for that in messages.
    ///
    /// # Errors
    /// [`PhotoError::NoPalette`], [`Error::Cancelled`].
    ///
    /// # Panics
    /// If there are not height × width colours.
    pub fn from_colours(
        name: &Path,
        (height, width): (usize, usize),
        colours: &[[u8; 3]],
        token: &CancelToken,
    ) -> Result<Self> {
        assert_eq!(colours.len(), height * width, "colours of {height}×{width} pixels");
        let snapped = palette::snap(height, width, colours, token)?;
        let Snapped { palette, labels, moved } = snapped.ok_or_else(|| Error::Photo {
            path: name.into(),
            problem: PhotoError::NoPalette { limit: MAX_REGIONS },
        })?;
        Ok(Self { path: name.into(), moved, ..Self::from_labels(height, width, labels, palette) })
    }

    /// A mask from labels, row-major: indices into `palette`, which holds the colour of each region.
    ///
    /// # Panics
    /// If there are not height × width labels, or one is no index of the palette, or the palette is too large.
    pub fn from_labels(height: usize, width: usize, labels: Vec<u16>, palette: Vec<[u8; 3]>) -> Self {
        assert_eq!(labels.len(), height * width, "labels of {height}×{width} pixels");
        assert!(palette.len() <= MAX_REGIONS, "at most {MAX_REGIONS} regions");
        assert!(
            labels.iter().all(|label| usize::from(*label) < palette.len()),
            "labels are indices of the palette"
        );
        Self { path: "synthetic mask".into(), height, width, palette, labels, moved: 0 }
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

    /// The colour of each region, largest region first.
    pub fn palette(&self) -> &[[u8; 3]] {
        &self.palette
    }

    /// The region of each pixel, row-major: indices of the [palette](Self::palette).
    pub fn labels(&self) -> &[u16] {
        &self.labels
    }

    /// How many pixels of the file had a colour other than that of the region they were given.
    pub fn moved(&self) -> usize {
        self.moved
    }

    /// Pixels of each region, in the order of the palette.
    pub fn areas(&self) -> Vec<usize> {
        let mut areas = vec![0; self.palette.len()];
        for label in &self.labels {
            areas[usize::from(*label)] += 1;
        }
        areas
    }

    /// The part of it that lies within the frame of its photo, which has `size` rows and columns.
    #[must_use]
    pub(crate) fn within(&self, frame: &Frame, size: (usize, usize)) -> Self {
        let Frame { top, left, height, width } = frame.scaled(size, (self.height, self.width));
        let row = |y: usize| &self.labels[y * self.width + left..][..width];
        let labels = (top..top + height).flat_map(|y| row(y).iter().copied()).collect();
        Self { height, width, labels, path: self.path.clone(), palette: self.palette.clone(), ..*self }
    }

    /// The mask at another size, each pixel taking the label at its centre.
    ///
    /// # Panics
    /// If a side is zero.
    #[must_use]
    pub fn resized(&self, height: usize, width: usize) -> Self {
        assert!(height > 0 && width > 0, "a mask has pixels");
        let from = |to: usize, old: usize, new: usize| (2 * to + 1) * old / (2 * new);
        let columns: Vec<usize> = (0..width).map(|x| from(x, self.width, width)).collect();
        let row = |y| &self.labels[from(y, self.height, height) * self.width..];
        let labels = (0..height).flat_map(|y| columns.iter().map(move |x| row(y)[*x])).collect();
        Self {
            path: self.path.clone(),
            height,
            width,
            palette: self.palette.clone(),
            labels,
            moved: self.moved,
        }
    }
}

fn pixels(bytes: &[u8], name: &Path, limits: &Limits) -> Result<RgbImage> {
    let picture = decode(bytes, FORMATS, limits);
    Ok(picture.map_err(|problem| Error::Photo { path: name.into(), problem })?.pixels.into_rgb8())
}

#[cfg(test)]
mod tests;
