//! A photo: colours to work on, and all that is needed to write them as the file they came from.

mod arrays;
mod description;
mod log;
mod resized;
mod writing;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use image::DynamicImage;

use super::decode::Origin;
use super::icc::Profile;
use super::metadata::Metadata;
use super::rows::{self, RowSink};
use super::{FORMATS, Format, Limits, dcf, decode, open, samples};
use crate::watch::{Stage, Watch};
use crate::{Error, Notice, Planes, Remark, Result};

/// A photo with its colours in the working space, upright. Clones are cheap: they share everything.
///
/// It keeps the samples, profile and metadata that it was decoded from, so that it can be written as it was. Its colours are made
/// of the samples when they are first asked for.
#[derive(Clone)]
pub struct Photo(Arc<Shared>);

struct Shared {
    path: PathBuf,
    source: Arc<Source>,
    colours: Colours,
    notices: Vec<Notice>,
}

enum Colours {
    /// Those of the samples, once they were asked for.
    Decoded(OnceLock<Planes>),
    /// Others.
    Given(Planes),
}

/// What a photo is written from.
pub(super) struct Source {
    pub(super) pixels: DynamicImage,
    pub(super) profile: Option<Arc<Profile>>,
    pub(super) metadata: Metadata,
    /// `None` for what was made here.
    pub(super) origin: Option<Origin>,
    /// Whether the profile stands for one that could not hold the colours.
    pub(super) gave_way: bool,
}

impl Photo {
    /// Reads a JPEG, PNG, TIFF, WebP, JPEG XL or OpenEXR photo, or the camera's own preview in a RAW file; which one is told by the content, whatever the name says.
    ///
    /// Corrupt metadata and corrupt profiles are no errors but [notices](Self::notices).
    ///
    /// # Errors
    /// [`Error::Photo`] where the file cannot be read, is empty, damaged or cut short, larger than the limits, or has
    /// pixels other than grey or RGB with up to 16 bits a channel or in floating-point numbers.
    pub fn open(path: impl AsRef<Path>, limits: &Limits) -> Result<Self> {
        Self::open_watched(path, limits, &mut Watch::silent())
    }

    /// As [`open`](Self::open), as a [`Stage::Decode`] that can be cancelled at any time.
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`Error::Cancelled`].
    pub fn open_watched(path: impl AsRef<Path>, limits: &Limits, watch: &mut Watch<'_>) -> Result<Self> {
        watch.stage(Stage::Decode, |watch| open(path.as_ref(), limits, watch.token(), Self::decode))
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
        let told = picture.icc.or_else(|| dcf::profile(&picture.metadata));
        let channels = if picture.pixels.color().has_color() { 3 } else { 1 };
        let profile = told.and_then(|bytes| match Profile::new(bytes, channels) {
            Ok(profile) => Some(Arc::new(profile)),
            Err(reason) => {
                notices.push(Notice::ProfileIgnored { reason });
                None
            }
        });
        let origin = Some(picture.origin);
        let source =
            Source { pixels: picture.pixels, profile, metadata: picture.metadata, origin, gave_way: false };
        notices.extend(log::notice(&source));
        Ok(Self::new(name, source.into(), Colours::Decoded(OnceLock::new()), notices))
    }

    /// A synthetic photo from three planes of colours: 8 bits, no alpha, no profile, no metadata.
    ///
    /// # Panics
    /// If there are not three planes, or no pixels.
    pub fn from_planes(colours: Planes) -> Self {
        assert!(colours.area() > 0, "a photo has pixels");
        let source = Source::plain(samples::quantised(&colours));
        Self::new("synthetic photo", source.into(), Colours::Given(colours), Vec::new())
    }

    /// A grey photo of one plane in 0..1, of 8 or 16 bits (of 16 where 32 are asked for), no alpha, no profile, no metadata: a matte or a mask.
    ///
    /// # Panics
    /// If there is not one plane, or no pixels, or the depth is another.
    pub fn from_grey(plane: &Planes, bit_depth: u8) -> Self {
        assert!(plane.area() > 0, "a photo has pixels");
        let source = Source::plain(samples::grey(plane, bit_depth));
        Self::new("matte", source.into(), Colours::Decoded(OnceLock::new()), Vec::new())
    }

    /// The same photo (alpha, profile, metadata, bit depth) in other colours, which it holds as they are.
    ///
    /// # Panics
    /// If `colours` are not three planes of the photo's size.
    #[must_use]
    pub fn with_colours(&self, colours: Planes) -> Self {
        let shape = (colours.channels(), colours.height(), colours.width());
        assert_eq!(shape, (3, self.height(), self.width()), "colours of the photo's size");
        self.like(Arc::clone(&self.0.source), Colours::Given(colours))
    }

    /// The same photo (profile, metadata, bit depth) in other colours, as transparent as `alpha` says, times its own.
    ///
    /// # Panics
    /// If `colours` are not three planes of the photo's size, or `alpha` not one.
    #[must_use]
    pub fn cut_out(&self, colours: &Planes, alpha: &Planes) -> Self {
        let area = self.width() * self.height();
        assert_eq!((colours.channels(), colours.area()), (3, area), "colours of the photo's size");
        assert_eq!((alpha.channels(), alpha.area()), (1, area), "alpha of the photo's size");
        let mut sink = self.recolour();
        sink.put_band(colours).expect("samples in memory take any colours");
        let (_, opaque) = sink.into_rgb();
        let pixels = samples::with_alpha(&opaque.pixels, alpha);
        self.with_source(Source { pixels, ..opaque })
    }

    fn new(path: impl Into<PathBuf>, source: Arc<Source>, colours: Colours, notices: Vec<Notice>) -> Self {
        Self(Arc::new(Shared { path: path.into(), source, colours, notices }))
    }

    fn like(&self, source: Arc<Source>, colours: Colours) -> Self {
        Self::new(&self.0.path, source, colours, self.0.notices.clone())
    }

    /// The same photo with other samples.
    pub(super) fn with_source(&self, source: Source) -> Self {
        self.like(source.into(), Colours::Decoded(OnceLock::new()))
    }

    /// The same photo in the colours that it was decoded to.
    pub(super) fn as_decoded(&self) -> Self {
        match self.0.colours {
            Colours::Decoded(_) => self.clone(),
            Colours::Given(_) => self.like(Arc::clone(&self.0.source), Colours::Decoded(OnceLock::new())),
        }
    }

    pub(super) fn source(&self) -> &Source {
        &self.0.source
    }

    /// Its samples, to be changed, where nobody else holds them and its colours are theirs; colours that were made of them are let go.
    pub(super) fn source_mut(&mut self) -> Option<&mut Source> {
        let Shared { source, colours: Colours::Decoded(made), .. } = Arc::get_mut(&mut self.0)? else {
            return None;
        };
        let source = Arc::get_mut(source)?;
        made.take();
        Some(source)
    }

    /// The file it came from, for messages.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.source().pixels.width() as usize
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.source().pixels.height() as usize
    }

    /// Colours, 3×H×W, sRGB-encoded with sRGB primaries; within 0..1 unless its profile is wider than sRGB.
    ///
    /// They are made when they are first asked for, and then kept. Large photos are better taken by [`rows`](Self::rows).
    pub fn colours(&self) -> &Planes {
        match &self.0.colours {
            Colours::Given(colours) => colours,
            // Made outside the lock: a thread of a pool that waits for its part of the work might take up other work, which might
            // wait for the lock.
            Colours::Decoded(made) => match made.get() {
                Some(colours) => colours,
                None => {
                    let colours = self.source().colours(0..self.height());
                    made.get_or_init(|| colours)
                }
            },
        }
    }

    /// Colours, where they are there.
    fn made_colours(&self) -> Option<&Planes> {
        match &self.0.colours {
            Colours::Given(colours) => Some(colours),
            Colours::Decoded(made) => made.get(),
        }
    }

    /// Colours, where it was given others than those of its samples.
    fn given_colours(&self) -> Option<&Planes> {
        match &self.0.colours {
            Colours::Given(colours) => Some(colours),
            Colours::Decoded(_) => None,
        }
    }

    /// The colours of some rows.
    pub(super) fn colours_of(&self, rows: Range<usize>) -> Planes {
        match self.made_colours() {
            Some(colours) => rows::copied(colours, rows),
            None => self.source().colours(rows),
        }
    }

    /// Alpha, 1×H×W in 0..1 (1 is opaque), where the photo has any.
    pub fn alpha(&self) -> Option<Planes> {
        samples::alpha(&self.source().pixels, 0..self.height())
    }

    /// Bits a channel: 8 or 16, or 32 in floating-point numbers.
    pub fn bit_depth(&self) -> u8 {
        let color = self.source().pixels.color();
        8 * color.bytes_per_pixel() / color.channel_count()
    }

    /// Whether the file holds one grey channel instead of RGB.
    pub fn is_grey(&self) -> bool {
        !self.source().pixels.color().has_color()
    }

    /// The same photo as it was decoded, with one more notice, which comes first.
    #[must_use]
    pub fn noting(&self, notice: Notice) -> Self {
        let notices = [notice].into_iter().chain(self.notices().iter().cloned()).collect();
        Self::new(&self.0.path, Arc::clone(&self.0.source), Colours::Decoded(OnceLock::new()), notices)
    }

    /// What its owner should know: metadata that were set aside.
    pub fn notices(&self) -> &[Notice] {
        &self.0.notices
    }

    /// The same, with the file that they are about.
    pub fn remarks(&self) -> impl Iterator<Item = Remark> {
        self.notices().iter().map(|notice| Remark::new(self.path(), notice.clone()))
    }
}

pub use arrays::Samples;
pub use description::Description;

impl Source {
    fn plain(pixels: DynamicImage) -> Self {
        Self { pixels, profile: None, metadata: Metadata::default(), origin: None, gave_way: false }
    }

    fn colours(&self, rows: Range<usize>) -> Planes {
        samples::colours(&self.pixels, self.profile.as_deref(), rows)
    }
}

impl std::fmt::Debug for Photo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Photo")
            .field("path", &self.path())
            .field("width", &self.width())
            .field("height", &self.height())
            .field("pixels", &self.source().pixels.color())
            .field("profile", &self.source().profile.is_some())
            .field("exif", &self.source().metadata.exif.is_some())
            .field("xmp", &self.source().metadata.xmp.is_some())
            .field("iptc", &self.source().metadata.iptc.is_some())
            .field("notices", &self.notices())
            .finish_non_exhaustive()
    }
}
