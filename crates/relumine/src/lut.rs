//! Lookup tables of colours (LUTs), as colour grading programs share them: an optional curve a channel, then an optional lattice.
//!
//! What is read is told by its content, and each format is a file of its own: `.cube` text (`cube`), HaldCLUT pictures (`hald`), `.3dl` text
//! (`three_dl`) and the Common LUT Format (`clf`). Numbers are those of the file: nominally 0..1, in whatever space the LUT is made for.

mod clf;
mod cube;
mod curves;
mod format;
mod hald;
mod lattice;
mod lines;
mod problem;
mod three_dl;

use std::borrow::Cow;
use std::path::Path;

use rayon::prelude::*;

pub use curves::Curves;
pub use format::LutFormat;
pub use lattice::Lattice;
pub use problem::LineProblem;

use crate::io::{Limits, read};
use crate::ranges::require;
use crate::{Error, LutError, PhotoError, Planes, Result};
use lattice::UNIT;

/// Pixels that a thread takes at once.
const CHUNK: usize = 1 << 13;

/// A lookup table of colours: an optional 1D curve a channel, then an optional 3D lattice; at least one of them.
///
/// A colour beyond the domain of either is clamped to it, looked up, and moved on by what the clamping took. So colours of a wide gamut or
/// above white neither clip nor jump: beyond the domain a LUT goes on with slope 1. NaN counts as the least of the domain.
#[derive(Clone, Debug, PartialEq)]
pub struct Lut {
    title: Option<String>,
    comments: Vec<String>,
    shaper: Option<Curves>,
    lattice: Option<Lattice>,
}

impl Lut {
    /// A LUT of a lattice alone.
    pub fn new(lattice: Lattice) -> Self {
        Self { title: None, comments: Vec::new(), shaper: None, lattice: Some(lattice) }
    }

    /// The same LUT with curves before its lattice.
    #[must_use]
    pub fn with_shaper(self, shaper: Curves) -> Self {
        Self { shaper: Some(shaper), ..self }
    }

    /// The same LUT under a title of one line.
    #[must_use]
    pub fn with_title(self, title: &str) -> Self {
        Self { title: Some(title.into()), ..self }
    }

    /// The same LUT with these comments, a line each.
    #[must_use]
    pub fn with_comments(self, comments: Vec<String>) -> Self {
        Self { comments, ..self }
    }

    /// Its title, where it has one.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// Its comments, a line each.
    pub fn comments(&self) -> &[String] {
        &self.comments
    }

    /// The curves, which come first.
    pub fn shaper(&self) -> Option<&Curves> {
        self.shaper.as_ref()
    }

    /// The lattice, which comes second.
    pub fn lattice(&self) -> Option<&Lattice> {
        self.lattice.as_ref()
    }

    /// What becomes of a colour.
    pub fn apply(&self, mut colour: [f32; 3]) -> [f32; 3] {
        if let Some(shaper) = &self.shaper {
            colour = shaper.apply(colour);
        }
        if let Some(lattice) = &self.lattice {
            colour = lattice.apply(colour);
        }
        colour
    }

    /// Looks up every pixel, in place.
    ///
    /// # Panics
    /// If there are not exactly three planes.
    pub fn apply_planes(&self, planes: &mut Planes) {
        assert_eq!(planes.channels(), 3, "a colour image has three planes");
        let area = planes.area();
        let (red, others) = planes.data_mut().split_at_mut(area);
        let (green, blue) = others.split_at_mut(area);
        let chunks =
            red.par_chunks_mut(CHUNK).zip(green.par_chunks_mut(CHUNK)).zip(blue.par_chunks_mut(CHUNK));
        chunks.for_each(|((red, green), blue)| {
            for ((r, g), b) in red.iter_mut().zip(green).zip(blue) {
                [*r, *g, *b] = self.apply([*r, *g, *b]);
            }
        });
    }

    /// What it makes of the colours at the nodes of a lattice over 0..1.
    fn resampled(&self, size: usize) -> Cow<'_, Lattice> {
        match (&self.shaper, &self.lattice) {
            (None, Some(lattice)) if lattice.size() == size && lattice.domain() == UNIT => {
                Cow::Borrowed(lattice)
            }
            _ => Cow::Owned(Lattice::from_fn(size, |colour| self.apply(colour))),
        }
    }

    /// Reads a LUT from a file, whatever its name says.
    ///
    /// # Errors
    /// [`Error::Lut`] with what is wrong, and the line where the file has lines.
    pub fn open(path: impl AsRef<Path>, limits: &Limits) -> Result<Self> {
        let bytes = read(path.as_ref(), limits).map_err(|error| match error {
            Error::Photo { path, problem } => Error::Lut { path, problem: problem.into() },
            error => error,
        })?;
        Self::decode(&bytes, path.as_ref(), limits)
    }

    /// Decodes the bytes of a file; `path` stands for it in messages.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn decode(bytes: &[u8], path: &Path, limits: &Limits) -> Result<Self> {
        Self::by_content(bytes, limits).map_err(|problem| Error::Lut { path: path.into(), problem })
    }

    fn by_content(bytes: &[u8], limits: &Limits) -> Result<Self, LutError> {
        if bytes.is_empty() {
            return Err(PhotoError::Empty.into());
        }
        if bytes.len() as u64 > limits.max_bytes {
            return Err(
                PhotoError::TooManyBytes { bytes: bytes.len() as u64, limit: limits.max_bytes }.into()
            );
        }
        match lines::text(bytes) {
            None => hald::read(bytes, limits),
            Some(text) if clf::recognises(&text) => clf::read(&text),
            Some(text) if three_dl::recognises(&text) => three_dl::read(&text),
            Some(text) => cube::read(&text),
        }
    }

    /// The bytes of a file of this format. A lattice is resampled where the format asks for other nodes; what is beyond 0..1, of colours that
    /// are looked up in all but `.cube`, and of those that are found in HaldCLUT and `.3dl`, is lost.
    ///
    /// # Errors
    /// [`OptionsError::OutOfRange`](crate::OptionsError::OutOfRange) for a level that Hald images do not have.
    pub fn encode(&self, format: LutFormat) -> Result<Vec<u8>> {
        Ok(match format {
            LutFormat::Cube => cube::write(self).into_bytes(),
            LutFormat::HaldClut { level } => {
                require(hald::LEVELS.contains(&level), "level", level, "between 2 and 16")?;
                hald::write(self, level)
            }
            LutFormat::ThreeDl => three_dl::write(self).into_bytes(),
            LutFormat::Clf => clf::write(self, false).into_bytes(),
            LutFormat::ClfAces => clf::write(self, true).into_bytes(),
        })
    }
}

#[cfg(test)]
mod tests;
