//! Pictures that pass by in bands of rows, so that no more than a band is ever held in f32.

use std::ops::Range;

use super::{Photo, samples};
use crate::counts::Frame;
use crate::resample::{Filter, fit};
use crate::watch::CancelToken;
use crate::{Planes, Result};

/// Pixels of a band, about: with three planes of f32, 3 MiB.
const BAND: usize = 1 << 18;

/// Hands out a picture from top to bottom.
pub trait RowSource: Send {
    /// Width in pixels.
    fn width(&self) -> usize;

    /// Height in pixels.
    fn height(&self) -> usize;

    /// The part of the picture that counts, and that a look is applied to: all of it, unless something else is known.
    fn frame(&self) -> Frame {
        Frame::whole(self.height(), self.width())
    }

    /// All of the [frame](Self::frame) small, 3×h×w with sides of at most `long` pixels, sRGB-encoded with sRGB primaries, where it can be
    /// had before its rows: what exposure is measured on.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled), and whatever keeps the source from being read.
    fn small(&self, long: usize, token: &CancelToken) -> Result<Option<Planes>> {
        let _ = (long, token);
        Ok(None)
    }

    /// The next rows: colours, 3×b×W, sRGB-encoded with sRGB primaries, of at least one row; `None` after the last.
    ///
    /// # Errors
    /// Whatever keeps the source from going on.
    fn next_band(&mut self) -> Result<Option<Planes>>;
}

/// Takes a picture from top to bottom.
pub trait RowSink: Send {
    /// Takes the next rows: colours, 3×b×W, sRGB-encoded with sRGB primaries, of however many rows.
    ///
    /// # Errors
    /// Whatever keeps the sink from going on.
    ///
    /// # Panics
    /// If the band has another width than the picture, or more rows than are left of it.
    fn put_band(&mut self, band: &Planes) -> Result<()>;
}

/// The rows of a [`Photo`], in bands of about a quarter of a megapixel: decoded on the way, or, where the photo has its colours as planes
/// anyway, taken from these.
#[derive(Clone, Debug)]
pub struct PhotoRows {
    photo: Photo,
    next: usize,
}

impl Photo {
    /// Its colours row by row. No planes of the whole photo are made for it.
    pub fn rows(&self) -> PhotoRows {
        PhotoRows { photo: self.clone(), next: 0 }
    }
}

impl RowSource for PhotoRows {
    fn width(&self) -> usize {
        self.photo.width()
    }

    fn height(&self) -> usize {
        self.photo.height()
    }

    fn frame(&self) -> Frame {
        self.photo.frame()
    }

    fn small(&self, long: usize, token: &CancelToken) -> Result<Option<Planes>> {
        let frame = self.photo.frame();
        let size = fit(frame.height, frame.width, long);
        self.photo.resized(&frame, size, Filter::Area, token).map(Some)
    }

    fn next_band(&mut self) -> Result<Option<Planes>> {
        let rows = self.next..self.height().min(self.next + band_rows(self.width()));
        self.next = rows.end;
        Ok((!rows.is_empty()).then(|| self.photo.colours_of(rows)))
    }
}

/// Rows of a band: whole chunks of those in which samples are converted.
pub(super) fn band_rows(width: usize) -> usize {
    let chunk = samples::chunk_rows(width);
    chunk * (BAND / (chunk * width)).max(1)
}

/// A copy of some rows.
pub(super) fn copied(planes: &Planes, rows: Range<usize>) -> Planes {
    let width = planes.width();
    let data = planes.rgb().map(|plane| &plane[rows.start * width..rows.end * width]).concat();
    Planes::from_vec(3, rows.len(), width, data)
}
