//! EXIF data (CIPA DC-008): what a camera says of a photo.
//!
//! They are read field by field and written anew. Of the first directory comes through what says something of the photo, not what
//! lays out pixels; the EXIF, GPS and interoperability directories come through but for maker notes, whose offsets would point
//! anywhere. The second directory, a thumbnail of the picture as it was, is never looked at.

use image::metadata::Orientation;

use super::edited::Edited;
use super::ifd::{self, Copies, Directory, Entry, Field};
use super::resolution::Resolution;
use crate::io::tiff::structure::{self, Structure};

const ORIENTATION: u16 = 0x0112;
pub(crate) const X_RESOLUTION: u16 = 0x011A;
pub(crate) const Y_RESOLUTION: u16 = 0x011B;
pub(crate) const RESOLUTION_UNIT: u16 = 0x0128;
const SOFTWARE: u16 = 0x0131;
const DATE_TIME: u16 = 0x0132;
pub(crate) const YCBCR_POSITIONING: u16 = 0x0213;
const MAKER_NOTE: u16 = 0x927C;
const PIXEL_X_DIMENSION: u16 = 0xA002;
const PIXEL_Y_DIMENSION: u16 = 0xA003;
const RELATED_IMAGE_WIDTH: u16 = 0x1001;
const RELATED_IMAGE_LENGTH: u16 = 0x1002;

/// Whether a tag of a first directory says something of the photo rather than of the layout of its pixels.
fn is_descriptive(tag: u16) -> bool {
    matches!(
        tag,
        // ProcessingSoftware, DocumentName, ImageDescription, Make, Model
        0x000B | 0x010D..=0x0110
        // resolution, PageName, Software, DateTime, Artist, HostComputer
        | X_RESOLUTION | Y_RESOLUTION | RESOLUTION_UNIT | 0x011D | SOFTWARE | DATE_TIME | 0x013B | 0x013C
        // where chroma lies, Rating, RatingPercent, Copyright
        | YCBCR_POSITIONING | 0x4746 | 0x4749 | 0x8298
        // exposures as TIFF/EP puts them
        | 0x829A | 0x829D | 0x8822 | 0x8827 | 0x9003 | 0x9201..=0x920A
        // XPTitle to XPSubject, UniqueCameraModel, CameraSerialNumber, LensInfo
        | 0x9C9B..=0x9C9F | 0xC614 | 0xC62F | 0xC630
    )
}

/// Whether a tag of an EXIF directory still holds in another file.
fn travels(tag: u16) -> bool {
    // Beside maker notes: the link to the next directory, padding and its offset, as Windows writes them.
    !matches!(tag, MAKER_NOTE | ifd::INTEROP | 0xEA1C | 0xEA1D)
}

/// EXIF data that could be read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Exif {
    directory: Directory,
    big_endian: bool,
}

/// What reading EXIF data finds.
pub(crate) struct Read {
    pub(crate) exif: Exif,
    /// As they ask for it; `None` where they do not.
    pub(crate) orientation: Option<Orientation>,
    /// Fields that could not be read.
    pub(crate) damaged: usize,
    pub(crate) has_maker_notes: bool,
}

impl Exif {
    /// Data with nothing in them.
    pub(crate) fn empty() -> Self {
        Self { directory: Directory::default(), big_endian: false }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.directory.0.is_empty()
    }

    /// Whether they say where the photo was taken.
    pub(crate) fn has_place(&self) -> bool {
        self.directory.0.contains_key(&ifd::GPS)
    }

    /// Reads EXIF data, or a whole TIFF file; the mark `Exif\0\0` may stand before them, as often as it likes.
    ///
    /// # Errors
    /// What is wrong with data of which nothing can be read.
    pub(crate) fn read(mut bytes: &[u8]) -> Result<Read, String> {
        while let Some(rest) = bytes.strip_prefix(b"Exif\0\0") {
            bytes = rest;
        }
        let file = Structure::new(bytes).ok_or("they do not begin as EXIF data do")?;
        let first = file.first().ok_or("their first directory is not there")?;
        if first.is_cut && first.tags().next().is_none() {
            return Err("nothing of their first directory can be read".into());
        }
        let mut copies = Copies::of(file.big_endian);
        let mut directory = copies.of_fields(&first, |tag| is_descriptive(tag) || tag == ORIENTATION);
        let orientation = directory.0.remove(&ORIENTATION).and_then(|entry| match entry {
            Entry::Field(field) => Orientation::from_exif(field.number()?.try_into().ok()?),
            Entry::Directory(_) => None,
        });
        let linked = |directory: &structure::Directory<'_>, tag, damaged: &mut usize| {
            let found = directory.unsigned(tag).and_then(|at| file.directory(at));
            *damaged += usize::from(directory.has(tag) && found.is_none());
            found
        };
        let mut has_maker_notes = false;
        if let Some(found) = linked(&first, ifd::EXIF, &mut copies.damaged) {
            has_maker_notes = found.has(MAKER_NOTE);
            let mut below = copies.of_fields(&found, travels);
            if let Some(found) = linked(&found, ifd::INTEROP, &mut copies.damaged) {
                put(&mut below, ifd::INTEROP, copies.of_fields(&found, |_| true));
            }
            put(&mut directory, ifd::EXIF, below);
        }
        if let Some(found) = linked(&first, ifd::GPS, &mut copies.damaged) {
            put(&mut directory, ifd::GPS, copies.of_fields(&found, |_| true));
        }
        let exif = Self { directory, big_endian: file.big_endian };
        Ok(Read { exif, orientation, damaged: copies.damaged, has_maker_notes })
    }

    /// The data as they belong into an output: sizes and software are the output's.
    pub(crate) fn edited(&self, how: &Edited<'_>) -> Self {
        let mut exif = self.clone();
        let first = &mut exif.directory;
        if how.without_gps {
            first.0.remove(&ifd::GPS);
        }
        if let Some(edit) = how.edit {
            first.set(SOFTWARE, Field::text(&edit.software()));
        }
        if let Some(date) = how.date() {
            first.set(DATE_TIME, Field::text(&date.exif()));
        }
        // All encoders here put chroma in the middle of the pixels it is of.
        renew(first, YCBCR_POSITIONING, Field::short(1));
        if let (Some((width, height)), Some(Entry::Directory(exif))) = (how.size, first.0.get_mut(&ifd::EXIF))
        {
            renew(exif, PIXEL_X_DIMENSION, Field::long(width));
            renew(exif, PIXEL_Y_DIMENSION, Field::long(height));
            if let Some(Entry::Directory(interop)) = exif.0.get_mut(&ifd::INTEROP) {
                renew(interop, RELATED_IMAGE_WIDTH, Field::long(width));
                renew(interop, RELATED_IMAGE_LENGTH, Field::long(height));
            }
        }
        exif
    }

    /// The data as JPEG, PNG and WebP embed them, without the mark `Exif\0\0`.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        ifd::written(&self.directory, self.big_endian)
    }

    /// The first directory, with those below it.
    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    /// How many pixels an inch or a centimetre has.
    pub(crate) fn resolution(&self) -> Option<Resolution> {
        let fraction = |tag| self.directory.field(tag)?.fraction();
        let unit = self.directory.field(RESOLUTION_UNIT).and_then(Field::number);
        Resolution::of_fractions(fraction(X_RESOLUTION)?, fraction(Y_RESOLUTION)?, unit.unwrap_or(2))
    }

    /// Says how many pixels an inch or a centimetre has, where the data do not.
    pub(crate) fn resolve(&mut self, resolution: Option<Resolution>) {
        if self.directory.field(X_RESOLUTION).is_none() {
            let tags = [X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT];
            let fields = Resolution::fields_of(resolution);
            tags.into_iter().zip(fields).for_each(|(tag, field)| self.directory.set(tag, field));
        }
    }

    /// Adds what EXIF asks for of any data, to such as are made here.
    pub(crate) fn complete(&mut self, resolution: Option<Resolution>) {
        self.resolve(resolution);
        self.directory.set(YCBCR_POSITIONING, Field::short(1));
    }
}

fn put(directory: &mut Directory, tag: u16, below: Directory) {
    if !below.0.is_empty() {
        directory.0.insert(tag, Entry::Directory(below));
    }
}

/// Gives a field another value, where it is there.
fn renew(directory: &mut Directory, tag: u16, field: Field) {
    if directory.0.contains_key(&tag) {
        directory.set(tag, field);
    }
}
