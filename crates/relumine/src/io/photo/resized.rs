//! A photo's colours at another size.

use super::Photo;
use crate::io::rows::RowSource;
use crate::resample::{Filter, Shrunk, resize};
use crate::watch::CancelToken;
use crate::{Planes, Result};

/// Pixels up to which a photo's own planes are made, and kept, for it.
const SMALL: usize = 1 << 22;

impl Photo {
    /// Its colours, resampled to `height × width`. A large photo without planes gets none: bands of it are resampled along rows,
    /// and their stack along columns.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub(crate) fn resized(
        &self,
        height: usize,
        width: usize,
        filter: Filter,
        token: &CancelToken,
    ) -> Result<Planes> {
        token.check()?;
        if self.made_colours().is_some() || self.width() * self.height() <= SMALL {
            return Ok(resize(self.colours(), height, width, filter));
        }
        self.resized_by_bands(height, width, filter, token)
    }

    fn resized_by_bands(
        &self,
        height: usize,
        width: usize,
        filter: Filter,
        token: &CancelToken,
    ) -> Result<Planes> {
        let mut shrunk = Shrunk::new(self.height(), (height, width), filter);
        let mut rows = self.rows();
        while let Some(band) = rows.next_band()? {
            token.check()?;
            shrunk.add(&band);
        }
        token.check()?;
        Ok(shrunk.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(height: usize, width: usize) -> Planes {
        let mut state = 1u32;
        let samples = (0..3 * height * width).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32
        });
        Planes::from_vec(3, height, width, samples.collect())
    }

    #[test]
    fn by_bands_as_on_the_whole() {
        // Some bands, the last of them lower than the others.
        let photo = Photo::from_planes(noise(1100, 2003));
        for filter in [Filter::Area, Filter::Bilinear, Filter::Lanczos3] {
            for (height, width) in [(77, 140), (1100, 200), (50, 2003), (1300, 2100)] {
                let whole = resize(photo.colours(), height, width, filter);
                let bands = photo.resized_by_bands(height, width, filter, &CancelToken::new()).unwrap();
                assert_eq!((bands.height(), bands.width()), (height, width));
                let worst = whole.data().iter().zip(bands.data()).map(|(a, b)| (a - b).abs());
                assert!(worst.fold(0.0, f32::max) < 1e-5, "{filter:?} to {height}×{width}");
            }
        }
    }

    #[test]
    fn a_large_photo_is_left_without_planes() {
        let large = Photo::from_grey(&Planes::filled(1, 2100, 2100, 0.5), 8);
        let small = large.resized(21, 21, Filter::Area, &CancelToken::new()).unwrap();
        assert!(small.data().iter().all(|level| (level - 128.0 / 255.0).abs() < 1e-5));
        assert!(large.made_colours().is_none());
        let token = CancelToken::new();
        token.cancel();
        assert!(large.resized(21, 21, Filter::Area, &token).is_err());
    }
}
