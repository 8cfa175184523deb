//! Files read and written on the engine's threads, followed and stopped like any other work.

use std::path::Path;

use super::Engine;
use crate::Result;
use crate::io::{Limits, Photo, SaveOptions};
use crate::mask::Mask;
use crate::matting::Trimap;
use crate::watch::Watch;

impl Engine {
    /// As [`Photo::open`].
    ///
    /// # Errors
    /// Those of [`Photo::open`], and [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn open(&self, path: impl AsRef<Path>, limits: &Limits, watch: &mut Watch<'_>) -> Result<Photo> {
        let path = path.as_ref();
        self.pool.install(|| Photo::open_watched(path, limits, watch))
    }

    /// As [`Mask::open`].
    ///
    /// # Errors
    /// Those of [`Mask::open`], and [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn open_mask(&self, path: impl AsRef<Path>, limits: &Limits, watch: &mut Watch<'_>) -> Result<Mask> {
        let path = path.as_ref();
        self.pool.install(|| Mask::open_watched(path, limits, watch))
    }

    /// As [`Trimap::open`].
    ///
    /// # Errors
    /// Those of [`Trimap::open`], and [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn open_trimap(
        &self,
        path: impl AsRef<Path>,
        limits: &Limits,
        watch: &mut Watch<'_>,
    ) -> Result<Trimap> {
        let path = path.as_ref();
        self.pool.install(|| Trimap::open_watched(path, limits, watch))
    }

    /// As [`Photo::save`].
    ///
    /// # Errors
    /// Those of [`Photo::save`], and [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn save(
        &self,
        photo: &Photo,
        path: impl AsRef<Path>,
        options: &SaveOptions,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        let path = path.as_ref();
        self.pool.install(|| photo.save_watched(path, options, watch))
    }
}
