//! A photo in other colours, taken row by row.

use std::sync::Arc;

use image::DynamicImage;

use super::icc::Profile;
use super::photo::Source;
use super::rows::{RowSink, band_rows};
use super::samples::{self, Target};
use super::{ColourSpace, Photo};
use crate::watch::CancelToken;
use crate::{Planes, Result};

/// Of a photo whose own samples become the new ones.
const ALONE: &str = "nobody else holds the photo";

/// Makes a photo of the colours that it is given, with the depth, alpha, profile and metadata of another.
///
/// Each pixel whose colours are exactly those that were decoded keeps exactly the samples that were read. A grey photo stays grey as
/// long as all of it is unchanged, and becomes RGB (in sRGB, if it had a grey profile) with other colours.
pub struct Recolour {
    photo: Photo,
    /// RGB, with alpha where the photo has any; `None` where the photo's own samples become the new ones.
    copy: Option<DynamicImage>,
    /// Rows that are done.
    done: usize,
    is_unchanged: bool,
    /// The profile that the new samples are in, where it is not the photo's own.
    target: Option<Arc<Profile>>,
}

impl Photo {
    /// Takes other colours for it. Of the whole photo no more than samples are held: those of both photos.
    pub fn recolour(&self) -> Recolour {
        Recolour::new(self.clone(), None)
    }

    /// As [`recolour`](Self::recolour), with the new samples in the place of the old ones where these are nobody else's and never needed
    /// again.
    pub(crate) fn into_recolour(self) -> Recolour {
        Recolour::new(self, None)
    }
}

impl Photo {
    /// The same photo with its samples in another colour space; colours that it cannot hold are clipped. A photo that is in it already is
    /// given back as it is.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn in_space(self, space: ColourSpace, token: &CancelToken) -> Result<Self> {
        let profile = Profile::of(space, 3);
        let is_there = match &self.source().profile {
            Some(own) => own.bytes() == profile.bytes(),
            None => space == ColourSpace::Srgb,
        };
        if is_there {
            return Ok(self);
        }
        self.converted(profile.into(), token)
    }

    /// The same photo as a file of so many bits a channel shows it: linear light in fewer bits than it has would show bands in the dark,
    /// so it gets the curve of sRGB.
    pub(super) fn for_depth(self, max_bit_depth: u8, token: &CancelToken) -> Result<Self> {
        let linear = self.source().profile.as_ref().filter(|_| self.bit_depth() > max_bit_depth);
        match linear.and_then(|profile| profile.for_display()) {
            Some(profile) => self.converted(profile.into(), token),
            None => Ok(self),
        }
    }

    fn converted(self, profile: Arc<Profile>, token: &CancelToken) -> Result<Self> {
        Recolour::new(self, Some(profile)).by_bands(|_, _| token.check())
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
        let target = self.target.as_deref().map_or(Target::Own, Target::Other);
        self.is_unchanged &= match &mut self.copy {
            Some(copy) => {
                let profile = self.photo.source().profile.as_deref();
                samples::recolour(copy, profile, band, self.done, target)
            }
            None => {
                let Source { pixels, profile, .. } = self.photo.source_mut().expect(ALONE);
                samples::recolour(pixels, profile.as_deref(), band, self.done, target)
            }
        };
        self.done += band.height();
        Ok(())
    }
}

impl Recolour {
    fn new(mut photo: Photo, target: Option<Arc<Profile>>) -> Self {
        // What may have to be given back as it was decoded, grey or in a profile that holds no new colours, stays.
        let is_own = photo.source_mut().is_some_and(|source| {
            let holds_rgb = source.profile.as_ref().is_none_or(|profile| profile.holds_rgb());
            source.pixels.color().has_color() && (holds_rgb || target.is_some())
        });
        let copy = (!is_own).then(|| samples::in_rgb(&photo.source().pixels));
        Self { photo, copy, done: 0, is_unchanged: true, target }
    }

    /// The photo in what `change` makes of its colours, band by band, each with its first row.
    ///
    /// # Errors
    /// Those of `change`.
    pub(crate) fn by_bands(
        mut self,
        mut change: impl FnMut(&mut Planes, usize) -> Result<()>,
    ) -> Result<Photo> {
        let (height, rows) = (self.photo.height(), band_rows(self.photo.width()));
        while self.done < height {
            let first = self.done;
            let mut band = self.photo.colours_of(first..height.min(first + rows));
            change(&mut band, first)?;
            self.put_band(&band)?;
        }
        Ok(self.finish())
    }

    /// The photo in its new colours.
    ///
    /// # Panics
    /// If it was not given all rows.
    pub fn finish(self) -> Photo {
        if self.is_unchanged && self.target.is_none() {
            assert_eq!(self.done, self.photo.height(), "all rows of the photo");
            return self.photo.as_decoded();
        }
        let (photo, source) = self.into_rgb();
        photo.with_source(source)
    }

    /// The samples, in RGB even where nothing changed, with the profile that they are in; and the photo, which may lack its own now.
    pub(super) fn into_rgb(mut self) -> (Photo, Source) {
        assert_eq!(self.done, self.photo.height(), "all rows of the photo");
        let own = |photo: &mut Photo| std::mem::take(&mut photo.source_mut().expect(ALONE).pixels);
        let pixels = self.copy.take().unwrap_or_else(|| own(&mut self.photo));
        let Source { profile, metadata, origin, .. } = self.photo.source();
        let gives_way = profile.as_ref().is_some_and(|profile| !profile.holds_rgb());
        let (profile, gave_way) = match (self.target, gives_way) {
            (Some(target), _) => (Some(target), false),
            (None, true) => (Some(Arc::new(Profile::of(ColourSpace::Srgb, 3))), true),
            (None, false) => (profile.clone(), false),
        };
        let source = Source { pixels, profile, metadata: metadata.clone(), origin: *origin, gave_way };
        (self.photo, source)
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
