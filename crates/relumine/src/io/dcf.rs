//! Colours that a camera tells by a mark alone: Adobe RGB of DCF (CIPA DC-009, 3.6: the optional colour space).

use super::ColourSpace;
use super::metadata::Metadata;
use super::metadata::ifd::{self, Directory, Entry};

const COLOR_SPACE: u16 = 0xA001;
/// What ColorSpace is where it is not sRGB; some cameras write 2 for Adobe RGB.
const OTHER: [u32; 2] = [0xFFFF, 2];
const INTEROPERABILITY_INDEX: u16 = 1;
const ADOBE_RGB: &[u8] = b"R03";

/// The profile that stands for the mark.
pub(super) fn profile(metadata: &Metadata) -> Option<Vec<u8>> {
    let below = |directory: &'_ Directory, tag| match directory.0.get(&tag) {
        Some(Entry::Directory(found)) => Some(found.clone()),
        _ => None,
    };
    let exif = below(metadata.exif.as_ref()?.directory(), ifd::EXIF)?;
    let space = exif.field(COLOR_SPACE)?.number()?;
    let is_marked = below(&exif, ifd::INTEROP).is_some_and(|found| {
        found.field(INTEROPERABILITY_INDEX).is_some_and(|mark| mark.value.starts_with(ADOBE_RGB))
    });
    (space == 2 || OTHER.contains(&space) && is_marked).then(|| ColourSpace::AdobeRgb.profile(false))
}
