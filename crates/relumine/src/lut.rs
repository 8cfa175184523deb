//! Lookup tables of colours (LUTs), as colour grading programs share them: an optional curve a channel, then an optional lattice.
//!
//! What is read is told by its content, and each format is a file of its own: `.cube` text (`cube`), HaldCLUT pictures (`hald`), `.3dl` text
//! (`three_dl`) and the Common LUT Format (`clf`). Numbers are those of the file: nominally 0..1, in whatever space the LUT is made for.

mod curves;
mod format;
mod lattice;
mod lines;
mod problem;

use std::path::Path;

use rayon::prelude::*;

pub use curves::Curves;
pub use format::LutFormat;
pub use lattice::Lattice;
pub use problem::LineProblem;

use crate::io::Limits;
use crate::{Planes, Result};

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

    /// Reads a LUT from a file, whatever its name says.
    ///
    /// # Errors
    /// [`Error::Lut`](crate::Error::Lut) with what is wrong, and the line where the file has lines.
    pub fn open(_path: impl AsRef<Path>, _limits: &Limits) -> Result<Self> {
        unimplemented!()
    }

    /// Decodes the bytes of a file; `path` stands for it in messages.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn decode(_bytes: &[u8], _path: &Path, _limits: &Limits) -> Result<Self> {
        unimplemented!()
    }

    /// The bytes of a file of this format. The formats but `.cube` hold colours within 0..1 alone.
    ///
    /// # Errors
    /// [`OptionsError::OutOfRange`](crate::OptionsError::OutOfRange) for a level that Hald images do not have.
    pub fn encode(&self, _format: LutFormat) -> Result<Vec<u8>> {
        unimplemented!()
    }
}
