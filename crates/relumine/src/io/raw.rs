//! Camera RAW files: told from TIFF files, and opened by the preview in JPEG that the camera puts beside the sensor's samples.
//!
//! The samples themselves are not developed. A preview stands for them where it is at least half as wide and high; the thumbnail
//! never does. Most RAW files are of TIFF's structure (DNG 1.7; TIFF/EP, ISO 12234-2), some under signatures of their own
//! (Olympus, Panasonic); Fujifilm's has a header of its own.

mod previews;

use image::metadata::Orientation;

use super::codec::Decoded;
use super::tiff::structure::{Directory, Structure, tag};
use super::tiff::{is_reduced, metadata, orientation};
use super::{Format, Limits};
use crate::{Notice, PhotoError};
use previews::Preview;

/// A camera RAW file: what there is to know of it without its samples.
pub(super) struct Raw<'a> {
    format: &'static str,
    bytes: &'a [u8],
    /// The longer side in pixels, as far as it is known.
    side: Option<u64>,
    /// Where the file tells it, and does not leave it to the preview.
    orientation: Option<Orientation>,
    previews: Vec<&'a [u8]>,
}

/// Extensions of camera RAW files that are opened by their previews, in lower case.
pub(super) const EXTENSIONS: &[&str] = &[
    "3fr", "arw", "cr2", "dcr", "dng", "erf", "fff", "iiq", "kdc", "nef", "nrw", "orf", "pef", "raf", "rw2",
    "rwl", "srw",
];

/// What cameras of a make call their RAW files; others have no name of their own.
const MAKES: [(&str, &str); 12] = [
    ("NIKON", "Nikon NEF"),
    ("CANON", "Canon CR2"),
    ("SONY", "Sony ARW"),
    ("PENTAX", "Pentax PEF"),
    ("RICOH", "Pentax PEF"),
    ("OLYMPUS", "Olympus ORF"),
    ("PANASONIC", "Panasonic RW2"),
    ("SAMSUNG", "Samsung SRW"),
    ("HASSELBLAD", "Hasselblad 3FR"),
    ("PHASE ONE", "Phase One IIQ"),
    ("EPSON", "Epson ERF"),
    ("KODAK", "Kodak RAW"),
];

/// Colours of a sensor's mosaic, and of one taken apart by a converter (TIFF/EP; DNG).
const SENSOR: [u64; 2] = [32803, 34892];

impl<'a> Raw<'a> {
    /// `None` for any other file, TIFF among them.
    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        if bytes.starts_with(b"FUJIFILMCCD-RAW") {
            let (side, preview) = previews::of_fujifilm(bytes);
            let previews = preview.into_iter().collect();
            return Some(Self { format: "Fujifilm RAF", bytes, side, orientation: None, previews });
        }
        let structure = Structure::new(bytes)?;
        let pages: Vec<Directory<'a>> = structure.directories().into_iter().map(|(_, page)| page).collect();
        let first = pages.first()?;
        let format = told(bytes, &pages)?;
        Some(Self {
            format,
            bytes,
            side: pages.iter().filter_map(previews::side).max(),
            orientation: Some(orientation(first)),
            previews: pages.iter().flat_map(|page| previews::of_page(&structure, page)).collect(),
        })
    }

    /// The largest preview, as the photo.
    pub(super) fn preview(&self, limits: &Limits) -> Result<Decoded, PhotoError> {
        let previews = self.previews.iter().filter_map(|jpeg| Preview::new(jpeg));
        let largest = previews.max_by_key(|preview| preview.side());
        let serves = |preview: &Preview<'_>| self.side.is_some_and(|side| 2 * preview.side() >= side);
        let Some(preview) = largest.filter(serves) else {
            return Err(PhotoError::RawWithoutPreview { format: self.format });
        };
        let mut decoded = Format::JPEG.codec().decode(preview.jpeg, limits)?;
        decoded.notices.insert(0, Notice::PreviewOfRaw { format: self.format, size: preview.size });
        decoded.orientation = self.orientation.or(decoded.orientation);
        // The file tells more than its preview, where it can be read.
        let found = metadata::found(self.bytes);
        if matches!(found.exif, Some(Ok(_))) {
            decoded.metadata.exif = found.exif;
        }
        decoded.metadata.xmp = found.xmp.or(decoded.metadata.xmp);
        decoded.metadata.iptc = found.iptc.or(decoded.metadata.iptc);
        Ok(decoded)
    }
}

/// The kind of RAW that a file of TIFF's structure is, if any.
fn told(bytes: &[u8], pages: &[Directory<'_>]) -> Option<&'static str> {
    let first = pages.first()?;
    match bytes.get(..4)? {
        b"IIRO" | b"IIRS" | b"MMOR" => return Some("Olympus ORF"),
        b"IIU\0" => return Some("Panasonic RW2"),
        _ if first.has(tag::DNG_VERSION) => return Some("DNG"),
        b"II*\0" if bytes.get(8..10) == Some(b"CR") => return Some("Canon CR2"),
        _ => {}
    }
    let is_sensor = |page: &Directory<'_>| {
        page.has(tag::CFA_PATTERN)
            || page.unsigned(tag::PHOTOMETRIC).is_some_and(|kind| SENSOR.contains(&kind))
    };
    if !pages.iter().any(is_sensor) && !is_mosaic_with_thumbnail(pages) {
        return None;
    }
    let make = String::from_utf8_lossy(first.bytes(tag::MAKE).unwrap_or_default()).to_uppercase();
    Some(
        MAKES
            .iter()
            .find(|(name, _)| make.starts_with(name))
            .map_or("of its camera's own kind", |(_, name)| name),
    )
}

/// Whether a camera's file begins with a thumbnail in colour of something grey: that is no photo, but what a sensor saw.
fn is_mosaic_with_thumbnail(pages: &[Directory<'_>]) -> bool {
    let samples = |page: &Directory<'_>| page.unsigned(tag::SAMPLES_PER_PIXEL).unwrap_or(1);
    let Some((first, others)) = pages.split_first() else { return false };
    let mut whole = others.iter().filter(|page| !is_reduced(page)).peekable();
    first.has(tag::MAKE)
        && is_reduced(first)
        && samples(first) == 3
        && whole.peek().is_some()
        && whole.all(|page| samples(page) == 1)
}
