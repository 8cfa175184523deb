//! What the segments of a JPEG file hold beside the picture (ITU-T T.81, annex B; the marks of applications as their specifications
//! say).

use super::extended_xmp::Extended;
use super::icc_profile;
use crate::Notice;
use crate::io::codec::Embedded;
use crate::io::metadata::Found;
use crate::io::metadata::exif::Exif;
use crate::io::metadata::iptc::{Iptc, PHOTOSHOP};
use crate::io::metadata::resolution::Resolution;
use crate::io::metadata::xmp::Xmp;

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
pub(super) const APP0: u8 = 0xE0;
pub(super) const APP1: u8 = 0xE1;
const APP2: u8 = 0xE2;
const APP11: u8 = 0xEB;
pub(super) const APP13: u8 = 0xED;

/// What segments begin with.
pub(super) const JFIF: &[u8] = b"JFIF\0";
pub(super) const EXIF: &[u8] = b"Exif\0\0";
pub(super) const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// ISO 21496-1.
const GAIN_MAP: &[u8] = b"urn:iso:std:iso:ts:21496:-1\0";
/// In the XMP of a picture that is a gain map.
const APPLE_GAIN_MAP: &[u8] = b"urn:com:apple:photo:2020:aux:hdrgainmap";
/// JUMBF boxes (ISO 19566-5), and what is in those of C2PA.
const JUMBF: &[u8] = b"JP";
const C2PA: &[u8] = b"c2pa";

/// What a walk over a file's segments finds.
#[derive(Default)]
pub(super) struct Segments {
    pub(super) icc: Embedded,
    pub(super) metadata: Found,
    pub(super) notices: Vec<Notice>,
    /// Whether the picture's data end in the marker EOI, or where the next picture begins.
    pub(super) complete: bool,
}

impl Segments {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let walk = Walk::over(bytes);
        let content = |marker, mark: &'static [u8]| {
            let of_marker = walk.segments.iter().filter(move |(found, _)| *found == marker);
            of_marker.filter_map(move |(_, content)| content.strip_prefix(mark))
        };
        let mut notices = Vec::new();
        let resources = content(APP13, PHOTOSHOP).collect::<Vec<_>>().concat();
        let xmp = content(APP1, XMP).next().map(|standard| {
            let extended = Extended::of(content(APP1, super::extended_xmp::MARK));
            Xmp::read(&extended.joined_to(standard).unwrap_or_else(|reason| {
                notices.push(Notice::ExtendedXmpIgnored { reason });
                standard.to_vec()
            }))
        });
        let has_gain_map = content(APP2, GAIN_MAP).next().is_some()
            || matches!(&xmp, Some(Ok(xmp)) if xmp.has_gain_map())
            || holds(walk.rest, APPLE_GAIN_MAP);
        if has_gain_map {
            notices.push(Notice::GainMapLeftOut);
        } else if holds(walk.rest, &[0xFF, SOI, 0xFF]) {
            notices.push(Notice::FurtherPicturesLeftOut);
        }
        let has_credentials = content(APP11, JUMBF).any(|content| holds(content, C2PA));
        let metadata = Found {
            // Some phones and programs write two; readers take the first.
            exif: content(APP1, b"Exif\0").next().map(|exif| Exif::read(exif.get(1..).unwrap_or_default())),
            xmp,
            iptc: Iptc::found(&resources),
            resolution: content(APP0, JFIF).next().and_then(resolution),
            left_out: has_credentials.then_some(Notice::ContentCredentialsLeftOut).into_iter().collect(),
        };
        let icc = icc_profile::joined(content(APP2, icc_profile::MARK));
        Self { icc, metadata, notices, complete: walk.complete }
    }
}

/// Version, unit and densities of a JFIF segment.
fn resolution(jfif: &[u8]) -> Option<Resolution> {
    let &[_, _, unit, x_high, x_low, y_high, y_low] = jfif.first_chunk()?;
    Resolution::of_jfif(unit, u16::from_be_bytes([x_high, x_low]), u16::from_be_bytes([y_high, y_low]))
}

fn holds(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|window| window == mark)
}

/// A file, taken apart.
struct Walk<'a> {
    /// Markers with what follows their length.
    segments: Vec<(u8, &'a [u8])>,
    /// What follows the picture.
    rest: &'a [u8],
    complete: bool,
}

impl<'a> Walk<'a> {
    fn over(bytes: &'a [u8]) -> Self {
        let mut walk = Self { segments: Vec::new(), rest: &[], complete: false };
        let mut at = 2;
        let mut in_picture = false;
        while let Some(&[first, marker]) = bytes.get(at..at + 2) {
            match (first, marker) {
                (0xFF, EOI) => {
                    (walk.rest, walk.complete) = (&bytes[at + 2..], in_picture);
                    break;
                }
                (0xFF, SOI) if in_picture => {
                    (walk.rest, walk.complete) = (&bytes[at..], true);
                    break;
                }
                // Stuffed bytes, restart markers and padding belong to the entropy-coded data.
                (0xFF, 0x00 | 0x01 | 0xD0..=SOI) => at += 2,
                (0xFF, 0xFF) => at += 1,
                (0xFF, _) => {
                    let Some(&[high, low]) = bytes.get(at + 2..at + 4) else { break };
                    let end = at + 2 + usize::from(u16::from_be_bytes([high, low])).max(2);
                    walk.segments.push((marker, bytes.get(at + 4..end.min(bytes.len())).unwrap_or_default()));
                    in_picture |= marker == SOS;
                    at = end;
                }
                _ => at += 1,
            }
        }
        walk
    }
}
