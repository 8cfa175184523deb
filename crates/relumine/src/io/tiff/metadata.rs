//! The metadata of a TIFF file: EXIF data are its own fields, others are values of some.

use super::structure::Structure;
use crate::Notice;
use crate::io::metadata::Found;
use crate::io::metadata::exif::Exif;
use crate::io::metadata::iptc::Iptc;
use crate::io::metadata::xmp::Xmp;

/// Fields that hold other metadata.
pub(super) const XMP: u16 = 700;
pub(super) const IPTC: u16 = 33723;
const PHOTOSHOP: u16 = 34377;
const C2PA: u16 = 52545;

/// The metadata of a file, as its first page has them.
pub(in crate::io) fn found(file: &[u8]) -> Found {
    let Some(first) = Structure::new(file).and_then(|structure| structure.first()) else {
        return Found::default();
    };
    let value = |tag| first.raw(tag).map(|(_, value)| value);
    let iptc = value(IPTC).filter(|bytes| !bytes.is_empty()).map(Iptc::read);
    let left_out = first.has(C2PA).then_some(Notice::ContentCredentialsLeftOut);
    Found {
        exif: Some(Exif::read(file)),
        xmp: value(XMP).map(Xmp::read),
        iptc: iptc.or_else(|| Iptc::found(value(PHOTOSHOP)?)),
        resolution: None,
        left_out: left_out.into_iter().collect(),
    }
}
