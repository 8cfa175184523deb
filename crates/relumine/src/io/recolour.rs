//! A photo in other colours, taken row by row.

use std::sync::Arc;

use image::{ColorType, DynamicImage};

use super::icc::Profile;
use super::photo::Source;
use super::rows::{RowSink, RowSource};
use super::samples::{self, Target};
use super::{ColourSpace, Photo};
use crate::watch::CancelToken;
use crate::{Planes, Result};

/// Makes a photo of the colours that it is given, with the depth, alpha, profile and metadata of another.
///
/// Each pixel whose colours are exactly those that were decoded keeps exactly the samples that were read. A grey photo stays grey as
/// long as all of it is unchanged, and becomes RGB (in sRGB, if it had a grey profile) with other colours.
pub struct Recolour {
    photo: Photo,
    /// RGB, with alpha where the photo has any.
    pixels: DynamicImage,
    /// Rows that are done.
    done: usize,
    is_unchanged: bool,
    /// The profile that the new samples are in, where it is not the photo's own.
    target: Option<Arc<Profile>>,
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
        Recolour { photo: self.clone(), pixels, done: 0, is_unchanged: true, target: None }
    }
}

impl Photo {
    /// The same photo with its samples in another colour space; colours that it cannot hold are clipped. A photo that is in it already is
    /// given back as it is.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn in_space(&self, space: ColourSpace, token: &CancelToken) -> Result<Self> {
        let profile = Profile::of(space, 3);
        let is_there = match &self.source().profile {
            Some(own) => own.bytes() == profile.bytes(),
            None => space == ColourSpace::Srgb,
        };
        if is_there {
            return Ok(self.clone());
        }
        self.converted(profile.into(), token)
    }

    /// The same photo as a file of so many bits a channel shows it: linear light in fewer bits than it has would show bands in the dark,
    /// so it gets the curve of sRGB.
    pub(super) fn for_depth(&self, max_bit_depth: u8, token: &CancelToken) -> Result<Self> {
        let linear = self.source().profile.as_ref().filter(|_| self.bit_depth() > max_bit_depth);
        match linear.and_then(|profile| profile.for_display()) {
            Some(profile) => self.converted(profile.into(), token),
            None => Ok(self.clone()),
        }
    }

    fn converted(&self, profile: Arc<Profile>, token: &CancelToken) -> Result<Self> {
        let (mut rows, mut sink) = (self.rows(), self.recolour());
        sink.target = Some(profile);
        while let Some(band) = rows.next_band()? {
            token.check()?;
            sink.put_band(&band)?;
        }
        Ok(sink.finish())
    }

    /// The photo with its samples taken to be in this colour space, where it does not say by itself; `None` where it does.
    pub fn assumed_in(&self, space: ColourSpace) -> Option<Self> {
        let Source { pixels, profile, metadata, origin, .. } = self.source();
        if profile.is_some() {
            return None;
        }
        let profile = Profile::of(space, if self.is_grey() { 1 } else { 3 });
        let source = Source {
            pixels: pixels.clone(),
            profile: Some(profile.into()),
            metadata: metadata.clone(),
            origin: *origin,
            gave_way: false,
        };
        Some(self.with_source(source))
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
        self.is_unchanged &= samples::recolour(
            pixels,
            profile.as_deref(),
            band,
            self.done,
            &mut self.pixels,
            self.target.as_deref().map_or(Target::Own, Target::Other),
        );
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
        if self.is_unchanged && self.target.is_none() {
            assert_eq!(self.done, self.photo.height(), "all rows of the photo");
            return self.photo.as_decoded();
        }
        let photo = self.photo.clone();
        photo.with_source(self.into_rgb())
    }

    /// The samples, in RGB even where nothing changed, and the profile that they are in.
    pub(super) fn into_rgb(self) -> Source {
        assert_eq!(self.done, self.photo.height(), "all rows of the photo");
        let Source { profile, metadata, origin, .. } = self.photo.source();
        if self.target.is_some() {
            return Source {
                pixels: self.pixels,
                profile: self.target,
                metadata: metadata.clone(),
                origin: *origin,
                gave_way: false,
            };
        }
        let gives_way = profile.as_ref().is_some_and(|profile| !profile.holds_rgb());
        let profile =
            if gives_way { Some(Arc::new(Profile::of(ColourSpace::Srgb, 3))) } else { profile.clone() };
        Source {
            pixels: self.pixels,
            profile,
            metadata: metadata.clone(),
            origin: *origin,
            gave_way: gives_way,
        }
    }
}

impl std::fmt::Debug for Recolour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recolour")
            .field("photo", &self.photo)
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}
