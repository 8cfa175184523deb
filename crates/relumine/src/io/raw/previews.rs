//! Where RAW files keep their previews: in pages of their own, as thumbnails of EXIF data are kept, or in a tag.

use jpeg_decoder::{CodingProcess, Decoder};

use crate::io::tiff::structure::{Directory, Structure, tag};

/// A preview that can be opened: its JPEG stream, and its width and height.
pub(super) struct Preview<'a> {
    pub(super) jpeg: &'a [u8],
    pub(super) size: [u32; 2],
}

/// Tags of Panasonic's first page: the sensor's width and height, and the preview.
const PANASONIC: [u16; 3] = [2, 3, 0x2E];

impl<'a> Preview<'a> {
    /// `None` for what is no JPEG stream, or of a kind that holds samples of a sensor.
    pub(super) fn new(jpeg: &'a [u8]) -> Option<Self> {
        if !jpeg.starts_with(&[0xFF, 0xD8, 0xFF]) {
            return None;
        }
        let mut decoder = Decoder::new(jpeg);
        decoder.read_info().ok()?;
        let info = decoder.info()?;
        let size = [info.width.into(), info.height.into()];
        (info.coding_process != CodingProcess::Lossless).then_some(Self { jpeg, size })
    }

    /// The longer side in pixels.
    pub(super) fn side(&self) -> u64 {
        self.size[0].max(self.size[1]).into()
    }
}

/// The longer side of a page in pixels, as its tags say.
pub(super) fn side(page: &Directory<'_>) -> Option<u64> {
    let [width, height, _] = PANASONIC;
    let sides = [tag::WIDTH, tag::HEIGHT, width, height].map(|tag| page.unsigned(tag));
    sides.into_iter().flatten().max()
}

/// What may be previews in a page.
pub(super) fn of_page<'a>(structure: &Structure<'a>, page: &Directory<'a>) -> Vec<&'a [u8]> {
    let part = |offset, bytes| structure.part(page.unsigned(offset)?, page.unsigned(bytes)?);
    let is_jpeg = matches!(page.unsigned(tag::COMPRESSION), Some(6 | 7));
    let is_one = page.unsigneds(tag::STRIP_OFFSETS).is_some_and(|strips| strips.len() == 1);
    let strip = (is_jpeg && is_one).then(|| part(tag::STRIP_OFFSETS, tag::STRIP_BYTES)).flatten();
    let [.., embedded] = PANASONIC;
    [part(tag::JPEG_OFFSET, tag::JPEG_BYTES), strip, page.bytes(embedded)].into_iter().flatten().collect()
}

/// The longer side and the preview of a Fujifilm RAF file, whose header tells, in big endian, where the preview (at byte 84) and a
/// directory of the sensor's sizes (at 92) are.
pub(super) fn of_fujifilm(bytes: &[u8]) -> (Option<u64>, Option<&[u8]>) {
    /// Height and width of what the sensor sees.
    const SIZE: u16 = 0x100;
    let long = |at: usize| bytes.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes) as usize);
    let short = |at: usize| bytes.get(at..)?.first_chunk().map(|bytes| u16::from_be_bytes(*bytes));
    let side = || {
        let mut at = long(92)?;
        let entries = long(at)?.min(1000);
        at += 4;
        for _ in 0..entries {
            if short(at)? == SIZE {
                return Some(u64::from(short(at + 4)?.max(short(at + 6)?)));
            }
            at += 4 + usize::from(short(at + 2)?);
        }
        None
    };
    let preview = || bytes.get(long(84)?..)?.get(..long(88)?);
    (side(), preview())
}
