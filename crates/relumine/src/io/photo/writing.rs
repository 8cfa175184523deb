//! The way of a photo to a file.

use std::io::Write;
use std::path::Path;

use super::{Colours, Photo, Source};
use crate::io::aside::aside;
use crate::io::codec::Upright;
use crate::io::files::Unplaced;
use crate::io::metadata::Written;
use crate::io::metadata::edited::Strip;
use crate::io::{Format, SaveOptions, encode, samples};
use crate::watch::{CancelToken, Stage, Watch};
use crate::{Error, Notice, PhotoError, Result};

impl Photo {
    /// What a file of this format, written so, could not keep of the photo.
    pub fn losses(&self, format: Format, options: &SaveOptions) -> Vec<Notice> {
        let source = self.source();
        let mut losses = Vec::new();
        if self.bit_depth() > format.max_bit_depth() {
            losses.push(Notice::DepthReduced { format });
        }
        if source.pixels.color().has_alpha() && !format.has_alpha() {
            losses.push(Notice::AlphaDropped { format });
        }
        if options.strip != Strip::All {
            losses.extend(source.metadata.left_out.iter().cloned());
        }
        losses.extend(encode::too_large(&mut self.metadata(options), format));
        if source.gave_way || self.gives_way() {
            losses.push(Notice::WrittenAsSrgb);
        }
        losses
    }

    /// Its metadata as they belong into an output.
    fn metadata(&self, options: &SaveOptions) -> Written {
        let Source { pixels, metadata, .. } = self.source();
        metadata.written((pixels.width(), pixels.height()), options.strip, options.edit.as_ref())
    }

    /// Whether its profile cannot hold the colours that it was given.
    fn gives_way(&self) -> bool {
        let Colours::Given(colours) = &self.0.colours else { return false };
        let profile = self.source().profile.as_deref();
        profile.is_some_and(|profile| !profile.holds_rgb())
            && !samples::unchanged(&self.source().pixels, profile, colours)
    }

    /// Tells before any work whether a file of this format can hold a photo of this size.
    ///
    /// # Errors
    /// [`PhotoError::TooLongForFormat`].
    pub fn check_fits(&self, format: Format) -> Result<()> {
        let (width, height) = (self.source().pixels.width(), self.source().pixels.height());
        if width.max(height) <= format.max_side() {
            return Ok(());
        }
        Err(self.error(PhotoError::TooLongForFormat { width, height, format, limit: format.max_side() }))
    }

    /// The bytes of a file of this format.
    ///
    /// Each pixel whose colours are exactly those that were decoded has exactly the samples that were read: an
    /// unchanged photo keeps its pixels bit for bit. A grey photo stays grey as long as it is unchanged, and becomes RGB
    /// (in sRGB, if it had a grey profile) with other colours.
    ///
    /// # Errors
    /// [`PhotoError::TooLongForFormat`] and [`PhotoError::NotEncoded`],
    /// [`OptionsError::OutOfRange`](crate::OptionsError::OutOfRange).
    pub fn encode(&self, format: Format, options: &SaveOptions) -> Result<Vec<u8>> {
        self.encode_watched(format, options, &mut Watch::silent())
    }

    /// As [`encode`](Self::encode), as a [`Stage::Encode`] that can be cancelled at any time.
    ///
    /// # Errors
    /// As [`encode`](Self::encode), and [`Error::Cancelled`].
    pub fn encode_watched(
        &self,
        format: Format,
        options: &SaveOptions,
        watch: &mut Watch<'_>,
    ) -> Result<Vec<u8>> {
        watch.stage(Stage::Encode, |watch| self.encoded(format, options, watch.token()))
    }

    /// Writes a file in the format that the extension of `path` names: beside it under another name first, then moved
    /// into place, so that nobody ever sees half a file.
    ///
    /// # Errors
    /// Those of [`encode`](Self::encode), and those of [`write_file`](crate::io::write_file).
    pub fn save(&self, path: impl AsRef<Path>, options: &SaveOptions) -> Result<()> {
        self.save_watched(path, options, &mut Watch::silent())
    }

    /// As [`save`](Self::save), as a [`Stage::Encode`] that can be cancelled at any time; nothing is written then.
    ///
    /// # Errors
    /// As [`save`](Self::save), and [`Error::Cancelled`].
    pub fn save_watched(
        &self,
        path: impl AsRef<Path>,
        options: &SaveOptions,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        let path = path.as_ref();
        let format = options.format_of(path)?;
        let written = watch.stage(Stage::Encode, |watch| {
            let unplaced = Unplaced::new(path)?;
            let (mut out, file, photo) = (unplaced.out(watch.token())?, path.to_owned(), self.clone());
            self.aside(format, options, watch.token(), move |picture, options| {
                let encoded = format.codec().encode_into(picture, options, &mut out);
                // What fails is known to `out`.
                let _ = out.flush();
                Ok(out.check(&file).and(encoded.map_err(|problem| photo.error(problem))))
            })??;
            Ok(unplaced)
        })?;
        // Behind the last poll, for what was cancelled must not be there.
        written.place()
    }

    fn encoded(&self, format: Format, options: &SaveOptions, token: &CancelToken) -> Result<Vec<u8>> {
        self.aside(format, options, token, move |picture, options| format.codec().encode(picture, options))
    }

    /// Does something [aside](aside()) with the picture that a file of this format is made of.
    fn aside<T: Send + 'static>(
        &self,
        format: Format,
        options: &SaveOptions,
        token: &CancelToken,
        work: impl FnOnce(&Upright<'_>, &SaveOptions) -> Result<T, PhotoError> + Send + 'static,
    ) -> Result<T> {
        options.check()?;
        self.check_fits(format)?;
        let photo = self.in_samples(token)?.for_depth(format.max_bit_depth(), token)?;
        let options = options.clone();
        let lost = |reason| self.error(PhotoError::NotEncoded { reason });
        let job = move || {
            let source = photo.source();
            let icc = source.profile.as_ref().map(|profile| profile.bytes());
            let mut metadata = photo.metadata(&options);
            encode::too_large(&mut metadata, format);
            let pixels = encode::fitted(&source.pixels, format, &options);
            work(&Upright { pixels: &pixels, icc, metadata: &metadata }, &options)
                .map_err(|problem| photo.error(problem))
        };
        aside(token, job, lost)
    }

    /// The photo with what it was given as its samples.
    fn in_samples(&self, token: &CancelToken) -> Result<Self> {
        if let Colours::Decoded(_) = self.0.colours {
            return Ok(self.clone());
        }
        self.recolour().by_bands(|_, _| token.check())
    }

    fn error(&self, problem: PhotoError) -> Error {
        Error::Photo { path: self.path().into(), problem }
    }
}
