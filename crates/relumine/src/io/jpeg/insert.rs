//! Metadata into a JPEG file: segments behind its head.

use super::extended_xmp;
use super::segments::{APP0, APP1, APP13, EXIF, JFIF, XMP};
use crate::io::metadata::Written;
use crate::io::metadata::iptc::PHOTOSHOP;
use crate::io::metadata::xmp::Split;

/// Most bytes of a segment: its length counts itself.
const SEGMENT: usize = 0xFFFF - 2;
/// What segments hold beside marks.
pub(super) const MAX_EXIF_BYTES: usize = SEGMENT - EXIF.len();
/// More of it goes into segments of its own.
const MAX_XMP_BYTES: usize = SEGMENT - XMP.len();
/// Bytes of an extended packet in a segment, as the specification advises.
const EXTENDED_PART: usize = 65_400;
/// An image resource has a head of 12 bytes, and may be padded.
pub(super) const MAX_IPTC_BYTES: usize = SEGMENT - PHOTOSHOP.len() - 13;

/// The file with metadata, each of which fits into a segment.
pub(super) fn with_metadata(mut file: Vec<u8>, metadata: &Written) -> Vec<u8> {
    // Behind the marker SOI, and the JFIF segment where there is one.
    let mut at = 2;
    if let Some(&[0xFF, APP0, high, low]) = file.get(at..at + 4) {
        let jfif = at + 4 + JFIF.len();
        if let (Some((unit, x, y)), true) =
            (metadata.resolution.and_then(|found| found.jfif()), file[at + 4..].starts_with(JFIF))
        {
            // Behind its version.
            if let Some(density) = file.get_mut(jfif + 2..jfif + 7) {
                density.copy_from_slice(&[&[unit][..], &x.to_be_bytes(), &y.to_be_bytes()].concat());
            }
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
    }
    let mut segments = Vec::new();
    let mut put = |marker, content: &[&[u8]]| {
        let size = 2 + content.iter().map(|part| part.len()).sum::<usize>();
        if let Ok(size) = u16::try_from(size) {
            segments.extend([0xFF, marker]);
            segments.extend(size.to_be_bytes());
            content.iter().for_each(|part| segments.extend_from_slice(part));
        }
    };
    if let Some(exif) = &metadata.exif {
        put(APP1, &[EXIF, &exif.bytes()]);
    }
    if let Some(xmp) = &metadata.xmp {
        if xmp.len() <= MAX_XMP_BYTES {
            put(APP1, &[XMP, xmp.as_bytes()]);
        } else {
            let Split { standard, name, extended } = Split::of(xmp, MAX_XMP_BYTES);
            put(APP1, &[XMP, standard.as_bytes()]);
            let size = (extended.len() as u32).to_be_bytes();
            for (at, part) in extended.as_bytes().chunks(EXTENDED_PART).enumerate() {
                let offset = ((at * EXTENDED_PART) as u32).to_be_bytes();
                put(APP1, &[extended_xmp::MARK, name.as_bytes(), &size, &offset, part]);
            }
        }
    }
    if let Some(resources) = metadata.iptc.as_ref().and_then(|iptc| iptc.resources()) {
        put(APP13, &[PHOTOSHOP, &resources]);
    }
    file.splice(at..at, segments);
    file
}
