//! What is said of a photo beside its pixels: EXIF, XMP, IPTC, and its resolution.
//!
//! Codecs find them as bytes; here they are checked, and on the way out made to fit the output. What a format does with them is said
//! where its container is read and written.

pub(crate) mod edited;
pub(crate) mod exif;
pub(crate) mod ifd;
pub(crate) mod iptc;
pub(crate) mod raw_profile;
pub(crate) mod resolution;
pub(crate) mod xmp;

use image::metadata::Orientation;

use self::edited::{Edit, Edited, Strip};
use self::exif::Exif;
use self::iptc::Iptc;
use self::resolution::Resolution;
use self::xmp::Xmp;
use crate::Notice;

/// What a codec finds; errors say why it cannot be read.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) exif: Option<Result<exif::Read, String>>,
    pub(crate) xmp: Option<Result<Xmp, String>>,
    pub(crate) iptc: Option<Result<Iptc, String>>,
    /// As the container itself has it.
    pub(crate) resolution: Option<Resolution>,
    /// What is in the file and cannot go into another.
    pub(crate) left_out: Vec<Notice>,
}

/// Metadata that can go into any file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Metadata {
    pub(crate) exif: Option<Exif>,
    pub(crate) xmp: Option<Xmp>,
    pub(crate) iptc: Option<Iptc>,
    pub(crate) resolution: Option<Resolution>,
    /// What the file held beside and no output of it will.
    pub(crate) left_out: Vec<Notice>,
}

/// Metadata as they belong into an output.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Written {
    pub(crate) exif: Option<Exif>,
    pub(crate) xmp: Option<String>,
    pub(crate) iptc: Option<Iptc>,
    pub(crate) resolution: Option<Resolution>,
}

impl Metadata {
    /// What is sound of what was found, how it asks for the pixels to be turned, and notices about the rest.
    pub(crate) fn of(found: Found) -> (Self, Option<Orientation>, Vec<Notice>) {
        let mut metadata = Self { left_out: found.left_out, ..Self::default() };
        let mut notices = Vec::new();
        let mut orientation = None;
        match found.exif.transpose() {
            Ok(Some(read)) => {
                orientation = read.orientation;
                if read.damaged > 0 {
                    notices.push(Notice::ExifFieldsIgnored { fields: read.damaged });
                }
                if read.has_maker_notes {
                    metadata.left_out.push(Notice::MakerNotesLeftOut);
                }
                metadata.exif = Some(read.exif).filter(|exif| !exif.is_empty());
            }
            Ok(None) => {}
            Err(reason) => notices.push(Notice::ExifIgnored { reason }),
        }
        match found.xmp.transpose() {
            Ok(xmp) => metadata.xmp = xmp,
            Err(reason) => notices.push(Notice::XmpIgnored { reason }),
        }
        match found.iptc.transpose() {
            Ok(iptc) => metadata.iptc = iptc,
            Err(reason) => notices.push(Notice::IptcIgnored { reason }),
        }
        // Where EXIF data say nothing of it, XMP may, as Pillow has it too.
        orientation = orientation.or_else(|| Orientation::from_exif(metadata.xmp.as_ref()?.orientation()?));
        metadata.resolution = metadata.exif.as_ref().and_then(Exif::resolution).or(found.resolution);
        (metadata, orientation, notices)
    }

    /// The metadata of an output of this width and height; `edit` is what was done to the photo.
    pub(crate) fn written(&self, size: (u32, u32), strip: Strip, edit: Option<&Edit>) -> Written {
        if strip == Strip::All {
            return Written::default();
        }
        let how = Edited { size: Some(size), without_gps: strip == Strip::Gps, edit };
        let mut exif = self.exif.clone().unwrap_or_else(Exif::empty).edited(&how);
        match (&self.exif, self.resolution) {
            _ if exif.is_empty() => {}
            (None, resolution) => exif.complete(resolution),
            (Some(_), None) => {}
            (Some(_), known) => exif.resolve(known),
        }
        Written {
            exif: Some(exif).filter(|exif| !exif.is_empty()),
            xmp: self.xmp.as_ref().map(|xmp| xmp.edited(&how)),
            iptc: self.iptc.clone(),
            resolution: self.resolution,
        }
    }
}
