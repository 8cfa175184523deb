//! How the files of photos are read and written.

use std::path::Path;

use anyhow::Result;
use relumine::io::{ColourSpace, Edit, Format, Limits, Photo, SaveOptions};
use relumine::watch::Watch;
use relumine::{Engine, Error};

use crate::args::FileArgs;
use crate::files::{self, Reading};

/// How the files of photos are read and written.
#[derive(Clone, Debug)]
pub struct Files {
    reading: Reading,
    /// Of a photo that does not say, and of the result.
    spaces: [Option<ColourSpace>; 2],
    saving: SaveOptions,
}

impl Files {
    pub(super) fn new(
        args: &FileArgs,
        input_space: Option<ColourSpace>,
        output_space: Option<ColourSpace>,
        format: Option<Format>,
    ) -> Result<Self> {
        let saving = SaveOptions { format, ..args.saving() };
        saving.check().map_err(Error::from)?;
        Ok(Self { reading: args.reading()?, spaces: [input_space, output_space], saving })
    }

    /// The same, writing into files what was done.
    pub(super) fn telling(self, edit: Edit) -> Self {
        Self { saving: SaveOptions { edit: Some(edit), ..self.saving }, ..self }
    }

    /// How large files may be.
    pub fn limits(&self) -> &Limits {
        &self.reading.limits
    }

    /// How results are written.
    pub fn saving(&self) -> &SaveOptions {
        &self.saving
    }

    /// Reads a photo, developed first where it has to be and can be.
    ///
    /// # Errors
    /// Those of [`Photo::open`], and of a developer.
    pub fn open(&self, engine: &Engine, path: &Path, watch: &mut Watch<'_>) -> Result<Photo> {
        files::open(engine, path, &self.reading, watch).map(|photo| self.assumed(photo))
    }

    /// The photo taken to be in the colour space that was asked for, where it does not say by itself.
    pub fn assumed(&self, photo: Photo) -> Photo {
        self.spaces[0].and_then(|space| photo.assumed_in(space)).unwrap_or(photo)
    }

    /// The result in the colour space that was asked for.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn in_space(&self, engine: &Engine, photo: Photo, watch: &Watch<'_>) -> Result<Photo> {
        files::in_space(engine, photo, self.spaces[1], watch)
    }
}
