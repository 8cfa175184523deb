//! Pictures of a solution on its way, for whoever looks: owned, of one size, the newest alone.

use std::sync::{Arc, Mutex, PoisonError};

use crate::Planes;
use crate::resample::{Filter, fit, resize};

/// A picture of a solution on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// Iterations done.
    pub iteration: usize,
    /// 3×H×W, sRGB-encoded; its long side is the sink's.
    pub picture: Planes,
}

/// Where previews go. Clones are one sink, which holds one picture: a newer one takes the place of one that nobody took.
#[derive(Clone, Debug)]
pub struct Previews {
    long: usize,
    every: usize,
    newest: Arc<Mutex<Option<Preview>>>,
}

impl Previews {
    /// A sink for pictures with long sides of `long` pixels, one after every `every` iterations.
    ///
    /// # Panics
    /// If either is zero.
    pub fn new(long: usize, every: usize) -> Self {
        assert!(long > 0 && every > 0, "previews have pixels, and come after some iterations");
        Self { long, every, newest: Arc::default() }
    }

    /// The newest picture, unless it was taken before.
    pub fn take(&self) -> Option<Preview> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn are_due(&self, iteration: usize) -> bool {
        iteration.is_multiple_of(self.every)
    }

    pub(super) fn put(&self, iteration: usize, picture: &Planes) {
        let (height, width) = fit(picture.height(), picture.width(), self.long);
        let filter = if height > picture.height() { Filter::Bilinear } else { Filter::Area };
        let preview = Preview { iteration, picture: resize(picture, height, width, filter) };
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(preview);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_kept_at_one_size_and_taken_once() {
        let (sink, worker) = {
            let sink = Previews::new(40, 3);
            (sink.clone(), sink)
        };
        assert_eq!(sink.take(), None);
        for (iteration, side) in [(3, 10), (6, 80)] {
            assert!(worker.are_due(iteration) && !worker.are_due(iteration + 1));
            worker.put(iteration, &Planes::filled(3, side, 2 * side, 0.25));
        }
        let preview = sink.take().unwrap();
        assert_eq!((preview.iteration, preview.picture.height(), preview.picture.width()), (6, 20, 40));
        assert!(preview.picture.data().iter().all(|v| (v - 0.25).abs() < 1e-6));
        assert_eq!(sink.take(), None);
    }
}
