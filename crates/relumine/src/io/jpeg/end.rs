//! Where the picture of a JPEG file ends, told by its markers alone (ISO/IEC 10918-1, annex B).

use super::{damaged, unsupported};
use crate::PhotoError;

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;

/// Scans a file may have: encoders write about ten, files that are made to keep a decoder busy write thousands.
const SCANS: usize = 500;

/// A marker and the content of its segment.
type Segment<'a> = (u8, &'a [u8]);

/// The segments of the picture, with its end or what comes in its place.
pub(super) fn segments(bytes: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    Markers { bytes, at: 2 }
        .map(|(_, marker, content)| (marker, content))
        .take_while(|(marker, _)| *marker != EOI && *marker != SOI)
}

/// The end of the picture.
pub(super) struct End {
    /// In bytes from the start of the file, behind the end marker where there is one.
    pub(super) at: usize,
    /// Whether there is an end marker.
    pub(super) is_marked: bool,
}

impl End {
    /// # Errors
    /// Where it is of a kind that the decoder does not know, or has more scans than any picture.
    pub(super) fn of(bytes: &[u8]) -> Result<Self, PhotoError> {
        let mut scans = 0;
        for (at, marker, content) in (Markers { bytes, at: 2 }) {
            match marker {
                // Lossless frames; the decoder knows some of them, but not in the depths that they come in.
                0xC3 | 0xC7 | 0xCB | 0xCF => return Err(unsupported("in a lossless JPEG")),
                0xC0..=0xC2 if content.first().is_some_and(|bits| *bits != 8) => {
                    return Err(unsupported(format!("in a JPEG of {} bits a channel", content[0])));
                }
                SOS => scans += 1,
                EOI if scans > 0 => return Ok(Self { at: at + 2, is_marked: true }),
                // Another picture begins: this one has lost its end.
                SOI if scans > 0 => return Ok(Self { at, is_marked: false }),
                _ => {}
            }
            if scans > SCANS {
                return Err(damaged("it has more scans than a picture needs"));
            }
        }
        Ok(Self { at: bytes.len(), is_marked: false })
    }
}

/// Where each marker stands, the marker, and what its segment holds.
struct Markers<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Markers<'a> {
    type Item = (usize, u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.at += self.bytes.get(self.at..)?.iter().position(|byte| *byte == 0xFF)?;
            let at = self.at;
            match *self.bytes.get(at + 1)? {
                // Stuffed bytes, restart markers and padding belong to the entropy-coded data.
                0x00 | 0x01 | 0xD0..=0xD7 => self.at += 2,
                0xFF => self.at += 1,
                marker @ (SOI | EOI) => {
                    self.at += 2;
                    return Some((at, marker, &[]));
                }
                marker => {
                    let length =
                        usize::from(u16::from_be_bytes(*self.bytes.get(at + 2..)?.first_chunk()?)).max(2);
                    self.at += 2 + length;
                    let content = &self.bytes[at + 4..];
                    return Some((at, marker, &content[..content.len().min(length - 2)]));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(parts: &[&[u8]]) -> Vec<u8> {
        [&[0xFF, SOI][..], &parts.concat()].concat()
    }

    const SCAN: &[u8] = &[0xFF, SOS, 0, 2, 1, 2, 0xFF, 0, 0xFF, 0xD0, 3];

    #[test]
    fn the_end_is_that_of_the_first_picture() {
        // A thumbnail's end, within a segment, is not the picture's.
        let thumbnail: &[u8] = &[0xFF, 0xE1, 0, 6, 0xFF, SOI, 0xFF, EOI];
        let whole = file(&[thumbnail, SCAN, &[0xFF, EOI]]);
        let end = |bytes: &[u8]| End::of(bytes).map(|end| (end.at, end.is_marked)).expect("a JPEG");
        assert_eq!(end(&whole), (whole.len(), true));
        assert_eq!(end(&[&whole[..], b"more"].concat()), (whole.len(), true));
        let open = file(&[thumbnail, SCAN]);
        assert_eq!(end(&open), (open.len(), false));
        assert_eq!(
            end(&[&open[..], &whole].concat()),
            (open.len(), false),
            "the second picture's end is its own"
        );
    }

    #[test]
    fn segments_hold_what_they_say_or_what_is_left() {
        let found = |bytes: &[u8]| {
            segments(bytes).map(|(marker, content)| (marker, content.to_vec())).collect::<Vec<_>>()
        };
        assert_eq!(
            found(&file(&[&[0xFF, 0xFF, 0xE1, 0, 4, 7, 8], SCAN])),
            [(0xE1, vec![7, 8]), (SOS, vec![])]
        );
        assert_eq!(found(&file(&[&[0xFF, 0xE1, 0, 9, 7]])), [(0xE1, vec![7])]);
        assert_eq!(found(&file(&[&[0xFF, 0xE1, 0, 0]])), [(0xE1, vec![])]);
        assert_eq!(found(&file(&[&[0xFF, 0xE1, 0]])), []);
    }

    #[test]
    fn what_would_keep_a_decoder_busy_is_refused() {
        assert!(matches!(End::of(&file(&[&SCAN.repeat(SCANS + 1)])), Err(PhotoError::Damaged { .. })));
        assert!(matches!(End::of(&file(&[&[0xFF, 0xC3, 0, 2]])), Err(PhotoError::UnsupportedPixels { .. })));
    }
}
