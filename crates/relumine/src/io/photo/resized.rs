//! A photo's colours at another size: of what counts of it, weighted by alpha.

use std::ops::Range;

use image::{DynamicImage, RgbImage};

use super::Photo;
use crate::counts::alpha::{divided, premultiplied};
use crate::counts::{Frame, Texel};
use crate::io::rows::RowSource;
use crate::io::samples;
use crate::resample::{Filter, Shrunk, area_of_samples, fit, resize};
use crate::watch::CancelToken;
use crate::{Planes, Result};

/// Pixels up to which a photo's own planes are made, and kept, for it.
const SMALL: usize = 1 << 22;

impl Photo {
    /// The part of it that counts: without bars, borders, and margins of which nothing is seen.
    pub fn frame(&self) -> Frame {
        let samples = &self.source().pixels;
        Frame::find(self.height(), self.width(), &|row, column| {
            let ([r, g, b], alpha) = samples::pixel(samples, row, column);
            let colour = match self.given_colours() {
                Some(planes) => planes.rgb().map(|plane| plane[row * planes.width() + column]),
                None => [r, g, b],
            };
            Texel { colour, is_seen: alpha > 0.0 }
        })
    }

    /// All of it small, 3×h×w with a long side of `long` pixels at most, sRGB-encoded with sRGB primaries: for people to look at. What is
    /// transparent is filled from around.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn small(&self, long: usize, token: &CancelToken) -> Result<Planes> {
        let (height, width) = (self.height(), self.width());
        let size = if height.max(width) <= long { (height, width) } else { fit(height, width, long) };
        if let (DynamicImage::ImageRgb8(samples), None) = (&self.source().pixels, self.made_colours()) {
            // Its samples first, and colours of the few that are left: a tenth of the time, and no level off.
            token.check()?;
            let (height, width) = size;
            let small = area_of_samples(samples.as_raw(), (self.height(), self.width()), size);
            let small =
                RgbImage::from_raw(width as u32, height as u32, small).expect("three samples a pixel");
            return Ok(samples::colours(&small.into(), self.source().profile.as_deref(), 0..height));
        }
        self.resized(&Frame::whole(height, width), size, Filter::Area, token)
    }

    /// The colours of a rectangle of it, 3×height×width, as [`colours`](Self::colours).
    ///
    /// # Panics
    /// If it reaches beyond the photo, or has no pixels.
    pub fn part(&self, rectangle: &Frame) -> Planes {
        let rows = rectangle.top..rectangle.top + rectangle.height;
        let band = self.colours_of(rows);
        rectangle.cut(&band, rectangle.top).expect("rows of the rectangle").0
    }

    /// The colours in a frame, resampled to `height × width`. Those of a photo with alpha are means of what is seen, and where nothing is,
    /// they are filled from around: no hidden colour changes any of them. Light beyond white, which floating-point numbers hold, is white
    /// here: a single lamp would outweigh the scene.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub(crate) fn resized(
        &self,
        frame: &Frame,
        (height, width): (usize, usize),
        filter: Filter,
        token: &CancelToken,
    ) -> Result<Planes> {
        token.check()?;
        let is_small = self.made_colours().is_some() || self.width() * self.height() <= SMALL;
        let is_bounded = self.bit_depth() < 32;
        if is_small && is_bounded && !self.has_alpha() {
            let colours = self.colours();
            return Ok(if frame.is_whole(self.height(), self.width()) {
                resize(colours, height, width, filter)
            } else {
                let (part, _) = frame.cut(colours, 0).expect("a frame of the photo");
                resize(&part, height, width, filter)
            });
        }
        self.shrunk(frame, (height, width), filter, |mut band, _| {
            token.check()?;
            if !is_bounded {
                band.data_mut().iter_mut().for_each(|level| *level = level.clamp(0.0, 1.0));
            }
            Ok(band)
        })
    }

    /// As [`resized`](Self::resized), band by band, of what `change` makes of bands of the frame, each given with its first row
    /// there: bands are resampled along rows, and their stack along columns. A large photo without planes gets none.
    ///
    /// # Errors
    /// Those of `change`.
    pub(crate) fn shrunk(
        &self,
        frame: &Frame,
        (height, width): (usize, usize),
        filter: Filter,
        mut change: impl FnMut(Planes, usize) -> Result<Planes>,
    ) -> Result<Planes> {
        let channels = if self.has_alpha() { 4 } else { 3 };
        let mut shrunk = Shrunk::new((channels, frame.height), (height, width), filter);
        let (mut rows, mut first) = (self.rows(), 0);
        while let Some(band) = rows.next_band()? {
            let next = first + band.height();
            if let Some((part, row)) = frame.taken(band, first) {
                let changed = change(part, row)?;
                match self.alpha_of(first..next) {
                    Some(alpha) => {
                        let (alpha, _) = frame.taken(alpha, first).expect("the same rows");
                        shrunk.add(&premultiplied(&changed, &alpha));
                    }
                    None => shrunk.add(&changed),
                }
            }
            first = next;
        }
        let shrunk = shrunk.finish();
        Ok(if channels == 4 { divided(&shrunk) } else { shrunk })
    }

    /// The mean alpha in a frame, 1×`height`×`width` in 0..1, where the photo has any.
    pub(crate) fn alpha_at(&self, frame: &Frame, (height, width): (usize, usize)) -> Option<Planes> {
        let mut shrunk = Shrunk::new((1, frame.height), (height, width), Filter::Area);
        let step = (SMALL / self.width()).max(1);
        for first in (0..self.height()).step_by(step) {
            let alpha = self.alpha_of(first..(first + step).min(self.height()))?;
            if let Some((part, _)) = frame.taken(alpha, first) {
                shrunk.add(&part);
            }
        }
        Some(shrunk.finish())
    }

    /// Whether it has an alpha channel.
    pub(crate) fn has_alpha(&self) -> bool {
        self.source().pixels.color().has_alpha()
    }

    fn alpha_of(&self, rows: Range<usize>) -> Option<Planes> {
        samples::alpha(&self.source().pixels, rows)
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

    fn worst(a: &Planes, b: &Planes) -> f32 {
        assert_eq!((a.height(), a.width()), (b.height(), b.width()));
        a.data().iter().zip(b.data()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn by_bands_as_on_the_whole() {
        // Some bands, the last of them lower than the others.
        let photo = Photo::from_planes(noise(1100, 2003));
        let frames = [photo.frame(), Frame { top: 33, left: 100, height: 1001, width: 1700 }];
        for (frame, filter) in frames.iter().zip([Filter::Area, Filter::Bilinear]) {
            for size in [(77, 140), (1100, 200), (50, 2003), (1300, 2100)] {
                let whole = photo.resized(frame, size, filter, &CancelToken::new()).unwrap();
                let bands = photo.shrunk(frame, size, filter, |band, _| Ok(band)).unwrap();
                assert!(worst(&whole, &bands) < 1e-5, "{filter:?} to {size:?}");
            }
        }
    }

    #[test]
    fn all_that_is_opaque_is_as_without_alpha_and_half_of_it_is_no_other() {
        let opaque = Photo::from_planes(noise(600, 800));
        let alpha = Planes::filled(1, 600, 800, 1.0);
        let half = Planes::filled(1, 600, 800, 0.5);
        let small = |photo: &Photo| {
            photo.resized(&photo.frame(), (31, 40), Filter::Area, &CancelToken::new()).unwrap()
        };
        for alpha in [alpha, half] {
            let photo = opaque.cut_out(opaque.colours(), &alpha);
            assert!(worst(&small(&opaque), &small(&photo)) < 3e-3, "samples are rounded");
            let found = photo.alpha_at(&photo.frame(), (3, 5)).expect("there is alpha");
            assert!(found.data().iter().all(|a| (a - alpha.data()[0]).abs() < 3e-3));
        }
    }

    #[test]
    fn a_large_photo_is_left_without_planes() {
        let large = Photo::from_grey(&Planes::filled(1, 2100, 2100, 0.5), 8);
        let small = large.resized(&large.frame(), (21, 21), Filter::Area, &CancelToken::new()).unwrap();
        assert!(small.data().iter().all(|level| (level - 128.0 / 255.0).abs() < 1e-5));
        assert!(large.made_colours().is_none());
        let token = CancelToken::new();
        token.cancel();
        assert!(large.resized(&large.frame(), (21, 21), Filter::Area, &token).is_err());
    }
}
