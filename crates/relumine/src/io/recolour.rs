//! A photo in other colours, taken row by row.

use std::sync::Arc;

use image::{ColorType, DynamicImage};

use super::icc::Profile;
use super::photo::Source;
use super::rows::RowSink;
use super::{Photo, samples};
use crate::{Planes, Result};

/// Makes a photo of the colours that it is given, with the depth, alpha, profile and metadata of another.
///
/// Each pixel whose colours are exactly those that were decoded keeps exactly the samples that were read. A grey photo stays grey as
/// long as all of it is unchanged, and becomes RGB (in sRGB, if it had a grey profile) with other colours.
#[derive(Debug)]
pub struct Recolour {
    photo: Photo,
    /// RGB, with alpha where the photo has any.
    pixels: DynamicImage,
    /// Rows that are done.
    done: usize,
    is_unchanged: bool,
}

impl Photo {
    /// Takes other colours for it. Of the whole photo no more than samples are held.
    pub fn recolour(&self) -> Recolour {
        let pixels = &self.source().pixels;
        let color = match (self.bit_depth(), pixels.color().has_alpha()) {
            (8, false) => ColorType::Rgb8,
            (8, true) => ColorType::Rgba8,
            (16, false) => ColorType::Rgb16,
            (16, true) => ColorType::Rgba16,
            (_, false) => ColorType::Rgb32F,
            (_, true) => ColorType::Rgba32F,
        };
        let pixels = DynamicImage::new(pixels.width(), pixels.height(), color);
        Recolour { photo: self.clone(), pixels, done: 0, is_unchanged: true }
    }
}

impl RowSink for Recolour {
    fn put_band(&mut self, band: &Planes) -> Result<()> {
        let (width, left) = (self.photo.width(), self.photo.height() - self.done);
        assert!(
            band.width() == width && band.height() <= left,
            "rows of the photo's width, and no more of them"
        );
        let Source { pixels, profile, .. } = self.photo.source();
        self.is_unchanged &= samples::recolour(pixels, profile.as_deref(), band, self.done, &mut self.pixels);
        self.done += band.height();
        Ok(())
    }
}

impl Recolour {
    /// The photo in its new colours.
    ///
    /// # Panics
    /// If it was not given all rows.
    pub fn finish(self) -> Photo {
        if self.is_unchanged {
            assert_eq!(self.done, self.photo.height(), "all rows of the photo");
            return self.photo.as_decoded();
        }
        let photo = self.photo.clone();
        photo.with_source(self.into_rgb())
    }

    /// The samples, in RGB even where nothing changed, and the profile that they are in.
    pub(super) fn into_rgb(self) -> Source {
        assert_eq!(self.done, self.photo.height(), "all rows of the photo");
        let Source { profile, metadata, .. } = self.photo.source();
        let gives_way = profile.as_ref().is_some_and(|profile| !profile.holds_rgb());
        let profile = if gives_way { Some(Arc::new(Profile::srgb())) } else { profile.clone() };
        Source { pixels: self.pixels, profile, metadata: metadata.clone(), gave_way: gives_way }
    }
}
