//! A picture at another size, row by row: what [`resize`] makes of it as a whole, without room for the whole.

use super::{Filter, resize, resize_rows};
use crate::Planes;

/// Planes that are resampled by [`Filter::Lanczos3`] along their rows, and down their columns where rows are wanted.
#[derive(Clone, Debug)]
pub(crate) struct Enlarged {
    /// C×h×W, h the height of what was given.
    wide: Planes,
    height: usize,
}

impl Enlarged {
    /// For planes, C×h×w, at `height × width`.
    ///
    /// # Panics
    /// If a side is zero.
    pub(crate) fn new(small: &Planes, height: usize, width: usize) -> Self {
        assert!(small.area() > 0 && height > 0 && width > 0, "pictures have pixels");
        Self { wide: resize(small, small.height(), width, Filter::Lanczos3), height }
    }

    /// The `count` rows from `first` on, C×count×W.
    ///
    /// # Panics
    /// If there are not as many, or none is wanted.
    pub(crate) fn band(&self, first: usize, count: usize) -> Planes {
        assert!(count > 0 && first + count <= self.height, "rows of the {}", self.height);
        let rows = self.wide.height() as f64;
        let at = |row: usize| row as f64 * rows / self.height as f64;
        let part = (at(first), at(first + count) - at(first));
        resize_rows(&self.wide, part, count, self.wide.width(), Filter::Lanczos3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(channels: usize, height: usize, width: usize) -> Planes {
        let value = |i: usize| ((i * 7919 + i / 13) % 256) as f32 / 255.0;
        Planes::from_vec(channels, height, width, (0..channels * height * width).map(value).collect())
    }

    #[test]
    fn rows_are_those_of_the_whole() {
        let sizes = [(1, 1), (1, 7), (5, 1), (2, 3), (9, 14), (37, 21), (64, 64)];
        for (channels, (height, width)) in [1, 3, 2, 4].into_iter().cycle().zip(sizes) {
            let small = noise(channels, height, width);
            for (height, width) in
                [(1, 1), (1, 30), (40, 1), (5, 14), (37, 50), (63, 64), (64, 64), (301, 97)]
            {
                let whole = resize(&small, height, width, Filter::Lanczos3);
                let enlarged = Enlarged::new(&small, height, width);
                for count in [1, 2, 7, height] {
                    for first in (0..height).step_by(count) {
                        let count = count.min(height - first);
                        let band = enlarged.band(first, count);
                        assert_eq!((band.channels(), band.height(), band.width()), (channels, count, width));
                        for channel in 0..channels {
                            let expected = &whole.plane(channel)[first * width..][..count * width];
                            for (found, expected) in band.plane(channel).iter().zip(expected) {
                                assert!(
                                    (found - expected).abs() < 2e-5,
                                    "{found} instead of {expected} from row {first} on, of {height}×{width}"
                                );
                            }
                        }
                    }
                }
            }
        }
    }
}
