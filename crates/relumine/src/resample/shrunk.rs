//! Resampling of rows as they pass by: to a small picture, without the large one in memory.

use super::{Filter, resize};
use crate::Planes;

/// Takes whole rows from top to bottom and gives what [`resize`] gives of all of them: each band is resampled along its rows, and the
/// stack of them along its columns. Memory: full height × small width.
#[derive(Debug)]
pub(crate) struct Shrunk {
    stack: Planes,
    done: usize,
    height: usize,
    filter: Filter,
}

impl Shrunk {
    /// For rows of so many planes, `rows` of them in all, to become `height × width`.
    pub(crate) fn new(
        (channels, rows): (usize, usize),
        (height, width): (usize, usize),
        filter: Filter,
    ) -> Self {
        Self { stack: Planes::zeros(channels, rows, width), done: 0, height, filter }
    }

    /// Takes the next rows, C×b×W.
    ///
    /// # Panics
    /// If there are more than were announced.
    pub(crate) fn add(&mut self, band: &Planes) {
        let narrow = resize(band, band.height(), self.stack.width(), self.filter);
        self.stack.set_rows(self.done, &narrow);
        self.done += band.height();
    }

    /// The small picture.
    ///
    /// # Panics
    /// If rows are missing.
    pub(crate) fn finish(self) -> Planes {
        assert_eq!(self.done, self.stack.height(), "all rows were taken");
        let width = self.stack.width();
        if self.height == self.done {
            self.stack
        } else {
            resize(&self.stack, self.height, width, self.filter)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_what_the_whole_becomes() {
        let noise = |i: usize| ((i * 7919 + i / 13) % 251) as f32 / 250.0;
        let whole = Planes::from_vec(3, 110, 67, (0..3 * 110 * 67).map(noise).collect());
        for filter in [Filter::Area, Filter::Bilinear, Filter::Lanczos3] {
            for size in [(11, 7), (110, 20), (50, 67), (130, 90), (1, 1)] {
                let mut shrunk = Shrunk::new((3, 110), size, filter);
                for first in (0..110).step_by(40) {
                    shrunk.add(&whole.rows(first, (first + 40).min(110)));
                }
                let (found, expected) = (shrunk.finish(), resize(&whole, size.0, size.1, filter));
                let apart = found.data().iter().zip(expected.data()).map(|(a, b)| (a - b).abs());
                assert!(apart.fold(0.0, f32::max) < 1e-5, "{filter:?} to {size:?}");
            }
        }
    }
}
