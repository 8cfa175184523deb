//! A photo: colours to work on, and all that is needed to write them as the file they came from.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::DynamicImage;

use super::icc::{self, Profile};
use super::metadata::Exif;
use super::{FORMATS, Format, Limits, decode, encode, read, samples, write_file};
use crate::{Error, Notice, PhotoError, Planes, Result};

/// A photo with its colours in the working space, upright.
///
/// It keeps the samples, profile and EXIF data that it was decoded from, so that it can be written as it was.
#[derive(Clone)]
pub struct Photo {
    path: PathBuf,
    source: Arc<Source>,
    colours: Planes,
    notices: Vec<Notice>,
}

/// What a photo was decoded from.
struct Source {
    pixels: DynamicImage,
    profile: Option<Profile>,
    exif: Option<Exif>,
}

impl Photo {
    /// Reads a JPEG, PNG, TIFF or WebP photo; which one is told by the content, whatever the name says.
    ///
    /// Corrupt EXIF data and corrupt profiles are no errors but [notices](Self::notices).
    ///
    /// # Errors
    /// [`Error::Photo`] where the file cannot be read, is empty, damaged or cut short, larger than the limits, or has
    /// pixels other than grey or RGB with up to 16 bits a channel.
    pub fn open(path: impl AsRef<Path>, limits: &Limits) -> Result<Self> {
        let path = path.as_ref();
        Self::decode(&read(path, limits)?, path, limits)
    }

    /// Decodes the bytes of a file; `name` stands for it in messages.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn decode(bytes: &[u8], name: &Path, limits: &Limits) -> Result<Self> {
        Self::decode_as(bytes, FORMATS, name, limits)
    }

    /// Decodes the bytes of a file of one of these formats.
    pub(super) fn decode_as(bytes: &[u8], formats: &[Format], name: &Path, limits: &Limits) -> Result<Self> {
        let picture =
            decode(bytes, formats, limits).map_err(|problem| Error::Photo { path: name.into(), problem })?;
        let mut notices = picture.notices;
        let channels = if picture.pixels.color().has_color() { 3 } else { 1 };
        let profile = picture.icc.and_then(|bytes| match Profile::new(bytes, channels) {
            Ok(profile) => Some(profile),
            Err(reason) => {
                notices.push(Notice::ProfileIgnored { reason });
                None
            }
        });
        let colours = samples::colours(&picture.pixels, profile.as_ref());
        let source = Source { pixels: picture.pixels, profile, exif: picture.exif };
        Ok(Self { path: name.into(), source: Arc::new(source), colours, notices })
    }

    /// A synthetic photo from three planes of colours: 8 bits, no alpha, no profile, no EXIF data.
    ///
    /// # Panics
    /// If there are not three planes, or no pixels.
    pub fn from_planes(colours: Planes) -> Self {
        assert!(colours.area() > 0, "a photo has pixels");
        let source = Source { pixels: samples::quantised(&colours), profile: None, exif: None };
        Self { path: "synthetic photo".into(), source: Arc::new(source), colours, notices: Vec::new() }
    }

    /// The same photo (alpha, profile, EXIF data, bit depth) in other colours.
    ///
    /// # Panics
    /// If `colours` are not three planes of the photo's size.
    #[must_use]
    pub fn with_colours(&self, colours: Planes) -> Self {
        let shape = |planes: &Planes| (planes.channels(), planes.height(), planes.width());
        assert_eq!(shape(&colours), shape(&self.colours), "colours of the photo's size");
        Self {
            path: self.path.clone(),
            source: Arc::clone(&self.source),
            colours,
            notices: self.notices.clone(),
        }
    }

    /// A grey photo of one plane in 0..1, of 8 or 16 bits, no alpha, no profile, no EXIF data: a matte or a mask.
    ///
    /// # Panics
    /// If there is not one plane, or no pixels, or the depth is another.
    pub fn from_grey(plane: &Planes, bit_depth: u8) -> Self {
        assert!(plane.area() > 0, "a photo has pixels");
        let pixels = samples::grey(plane, bit_depth);
        let colours = samples::colours(&pixels, None);
        let source = Source { pixels, profile: None, exif: None };
        Self { path: "matte".into(), source: Arc::new(source), colours, notices: Vec::new() }
    }

    /// The same photo (profile, EXIF data, bit depth) in other colours, as transparent as `alpha` says, times its own.
    ///
    /// # Panics
    /// If `colours` are not three planes of the photo's size, or `alpha` not one.
    #[must_use]
    pub fn cut_out(&self, colours: &Planes, alpha: &Planes) -> Self {
        let area = self.colours.area();
        assert_eq!((colours.channels(), colours.area()), (3, area), "colours of the photo's size");
        assert_eq!((alpha.channels(), alpha.area()), (1, area), "alpha of the photo's size");
        let Source { pixels, profile, exif } = &*self.source;
        let as_srgb = profile.as_ref().is_some_and(|profile| !profile.holds_rgb());
        let pixels = samples::recolour(pixels, profile.as_ref(), colours, as_srgb);
        let pixels = samples::with_alpha(&pixels, alpha);
        let bytes = profile.as_ref().map(|own| if as_srgb { icc::srgb() } else { own.bytes().to_vec() });
        let profile = bytes.and_then(|bytes| Profile::new(bytes, 3).ok());
        let colours = samples::colours(&pixels, profile.as_ref());
        let source = Source { pixels, profile, exif: exif.clone() };
        Self { path: self.path.clone(), source: Arc::new(source), colours, notices: self.notices.clone() }
    }

    /// The file it came from, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.colours.width()
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.colours.height()
    }

    /// Colours, 3×H×W, sRGB-encoded with sRGB primaries; within 0..1 unless its profile is wider than sRGB.
    pub fn colours(&self) -> &Planes {
        &self.colours
    }

    /// Alpha, 1×H×W in 0..1 (1 is opaque), where the photo has any.
    pub fn alpha(&self) -> Option<Planes> {
        samples::alpha(&self.source.pixels)
    }

    /// Bits a channel: 8 or 16.
    pub fn bit_depth(&self) -> u8 {
        let color = self.source.pixels.color();
        8 * color.bytes_per_pixel() / color.channel_count()
    }

    /// Whether the file holds one grey channel instead of RGB.
    pub fn is_grey(&self) -> bool {
        !self.source.pixels.color().has_color()
    }

    /// What its owner should know: metadata that were set aside.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// What a file of this format could not keep of the photo.
    pub fn losses(&self, format: Format) -> Vec<Notice> {
        let mut losses = Vec::new();
        if self.bit_depth() > format.max_bit_depth() {
            losses.push(Notice::DepthReduced { format });
        }
        if self.source.pixels.color().has_alpha() && !format.has_alpha() {
            losses.push(Notice::AlphaDropped { format });
        }
        if let Some(exif) = &self.source.exif
            && !encode::exif_fits(exif, format)
        {
            losses.push(Notice::ExifTooLarge { format, bytes: exif.bytes().len() });
        }
        let profile = self.source.profile.as_ref();
        if profile.is_some_and(|profile| !profile.holds_rgb()) && !self.is_unchanged() {
            losses.push(Notice::WrittenAsSrgb);
        }
        losses
    }

    /// Tells before any work whether a file of this format can hold a photo of this size.
    ///
    /// # Errors
    /// [`PhotoError::TooLongForFormat`].
    pub fn check_fits(&self, format: Format) -> Result<()> {
        let (width, height) = (self.source.pixels.width(), self.source.pixels.height());
        if width.max(height) <= format.max_side() {
            return Ok(());
        }
        Err(self.error(PhotoError::TooLongForFormat { width, height, format, limit: format.max_side() }))
    }

    /// The bytes of a file of this format; `quality`, 1..=100, is for JPEG alone, the others lose nothing.
    ///
    /// Each pixel whose colours are exactly those that were decoded has exactly the samples that were read: an
    /// unchanged photo keeps its pixels bit for bit. A grey photo stays grey as long as it is unchanged, and becomes RGB
    /// (in sRGB, if it had a grey profile) with other colours.
    ///
    /// # Errors
    /// [`PhotoError::TooLongForFormat`] and [`PhotoError::NotEncoded`].
    pub fn encode(&self, format: Format, quality: u8) -> Result<Vec<u8>> {
        self.check_fits(format)?;
        let Source { pixels, profile, exif } = &*self.source;
        let profile = profile.as_ref();
        let (pixels, icc) = if self.is_unchanged() {
            (Cow::Borrowed(pixels), profile.map(|profile| Cow::Borrowed(profile.bytes())))
        } else if let Some(profile) = profile
            && !profile.holds_rgb()
        {
            (
                Cow::Owned(samples::recolour(pixels, Some(profile), &self.colours, true)),
                Some(Cow::Owned(icc::srgb())),
            )
        } else {
            let icc = profile.map(|profile| Cow::Borrowed(profile.bytes()));
            (Cow::Owned(samples::recolour(pixels, profile, &self.colours, false)), icc)
        };
        encode::encode(&pixels, icc.as_deref(), exif.as_ref(), format, quality)
            .map_err(|problem| self.error(problem))
    }

    /// Writes a file in the format that the extension of `path` names: beside it under another name first, then moved
    /// into place, so that nobody ever sees half a file.
    ///
    /// # Errors
    /// Those of [`encode`](Self::encode), and [`MachineError::Unwritable`](crate::MachineError::Unwritable).
    pub fn save(&self, path: impl AsRef<Path>, quality: u8) -> Result<()> {
        let path = path.as_ref();
        write_file(path, &self.encode(Format::from_path(path)?, quality)?)
    }

    fn is_unchanged(&self) -> bool {
        samples::unchanged(&self.source.pixels, self.source.profile.as_ref(), &self.colours)
    }

    fn error(&self, problem: PhotoError) -> Error {
        Error::Photo { path: self.path.clone(), problem }
    }
}

impl std::fmt::Debug for Photo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Photo")
            .field("path", &self.path)
            .field("width", &self.width())
            .field("height", &self.height())
            .field("pixels", &self.source.pixels.color())
            .field("profile", &self.source.profile.is_some())
            .field("exif", &self.source.exif.is_some())
            .field("notices", &self.notices)
            .finish_non_exhaustive()
    }
}
