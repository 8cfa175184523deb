//! A strip or tile: compressed bytes → samples as TIFF lays them out, rows of whole bytes in the file's byte order.

use std::borrow::Cow;
use std::io::Read;

use super::layout::{Compression, Layout, damaged, not_read};
use super::structure::{Directory, Structure, tag};
use super::{jpeg, predictor};
use crate::PhotoError;

/// Where a page's chunks are taken from.
pub(super) struct Source<'a> {
    structure: Structure<'a>,
    pub(super) layout: Layout,
    /// Tables that the chunks' JPEG streams leave out.
    jpeg_tables: Option<&'a [u8]>,
}

impl<'a> Source<'a> {
    pub(super) fn new(structure: Structure<'a>, page: &Directory<'a>, layout: Layout) -> Self {
        Self { structure, layout, jpeg_tables: page.bytes(tag::JPEG_TABLES) }
    }

    /// One chunk of so many rows.
    pub(super) fn chunk(&self, index: usize, rows: usize) -> Result<Cow<'a, [u8]>, PhotoError> {
        let layout = &self.layout;
        let expected = layout.chunk_bytes(rows);
        let mut stored = Cow::Borrowed(self.stored(index)?);
        if layout.low_bits_first && layout.compression != Compression::Jpeg {
            stored.to_mut().iter_mut().for_each(|byte| *byte = byte.reverse_bits());
        }
        let mut bytes = match layout.compression {
            Compression::None => match stored {
                Cow::Borrowed(stored) => stored.get(..expected).map(Cow::Borrowed),
                Cow::Owned(stored) => (stored.len() >= expected).then_some(Cow::Owned(stored)),
            },
            Compression::PackBits => unpacked(&stored, expected).map(Cow::Owned),
            Compression::Lzw if matches!(*stored, [0, second, ..] if second & 1 == 1) => {
                return Err(not_read("LZW of the old kind"));
            }
            Compression::Lzw => from_lzw(&stored, expected).map(Cow::Owned),
            Compression::Deflate => {
                all_of(flate2::read::ZlibDecoder::new(&*stored), expected).map(Cow::Owned)
            }
            Compression::Zstd => ruzstd::decoding::StreamingDecoder::new(&*stored)
                .ok()
                .and_then(|stream| all_of(stream, expected))
                .map(Cow::Owned),
            Compression::Group4 => from_group4(&stored, layout, rows).map(Cow::Owned),
            Compression::Jpeg => {
                return jpeg::samples(&stored, self.jpeg_tables, layout, rows).map(Cow::Owned);
            }
        }
        .ok_or_else(|| damaged(format!("strip or tile {index} is cut short or cannot be unpacked")))?;
        if layout.predictor != super::layout::Predictor::None {
            predictor::undo(layout, self.structure.big_endian, bytes.to_mut());
        }
        Ok(bytes)
    }

    /// A chunk's bytes in the file, up to the file's end.
    fn stored(&self, index: usize) -> Result<&'a [u8], PhotoError> {
        let chunks = &self.layout.chunks;
        let rest = chunks
            .offsets
            .get(index)
            .and_then(|offset| self.structure.bytes.get(usize::try_from(*offset).ok()?..))
            .ok_or_else(|| damaged(format!("strip or tile {index} lies beyond its end")))?;
        let bytes = match &chunks.bytes {
            Some(bytes) => bytes.get(index).copied().unwrap_or(0),
            None => u64::MAX,
        };
        Ok(&rest[..usize::try_from(bytes).unwrap_or(usize::MAX).min(rest.len())])
    }
}

/// As many bytes as are expected; more are not asked for.
fn all_of(stream: impl Read, expected: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    // What is there in whole although the rest cannot be read is all that is needed.
    let _ = stream.take(expected as u64).read_to_end(&mut bytes);
    (bytes.len() == expected).then_some(bytes)
}

/// LZW (TIFF 6.0, section 13). Not every writer ends it with its end code.
fn from_lzw(stored: &[u8], expected: usize) -> Option<Vec<u8>> {
    const BLOCK: usize = 1 << 16;
    let mut decoder = weezl::decode::Configuration::with_tiff_size_switch(weezl::BitOrder::Msb, 8)
        .with_yield_on_full_buffer(true)
        .build();
    let (mut bytes, mut read) = (Vec::new(), 0);
    while bytes.len() < expected {
        let filled = bytes.len();
        bytes.resize(expected.min(filled + BLOCK), 0);
        let result = decoder.decode_bytes(&stored[read..], &mut bytes[filled..]);
        read += result.consumed_in;
        bytes.truncate(filled + result.consumed_out);
        match result.status {
            Ok(weezl::LzwStatus::Ok) if result.consumed_in + result.consumed_out > 0 => {}
            _ => break,
        }
    }
    (bytes.len() == expected).then_some(bytes)
}

/// PackBits (TIFF 6.0, section 9).
fn unpacked(stored: &[u8], expected: usize) -> Option<Vec<u8>> {
    let (mut bytes, mut rest) = (Vec::new(), stored);
    while bytes.len() < expected {
        let (&head, after) = rest.split_first()?;
        rest = after;
        match head as i8 {
            literal @ 0.. => {
                let (run, after) = rest.split_at_checked(literal as usize + 1)?;
                bytes.extend_from_slice(run);
                rest = after;
            }
            -128 => {}
            repeats => {
                let (&byte, after) = rest.split_first()?;
                bytes.resize(bytes.len() + usize::from(repeats.unsigned_abs()) + 1, byte);
                rest = after;
            }
        }
    }
    bytes.truncate(expected);
    Some(bytes)
}

/// CCITT Group 4 (ITU-T T.6). Black runs are ones.
fn from_group4(stored: &[u8], layout: &Layout, rows: usize) -> Option<Vec<u8>> {
    use fax::decoder::{DecodeStatus, Group4Decoder, pels};
    if layout.bits != 1 || layout.chunk_samples() != 1 {
        return None;
    }
    let width = u16::try_from(layout.chunks.width).ok()?;
    let stored = stored.iter().map(|byte| Ok::<u8, std::convert::Infallible>(*byte));
    let mut decoder = Group4Decoder::new(stored, width).ok()?;
    let mut bytes = Vec::new();
    for _ in 0..rows {
        match decoder.advance() {
            Ok(DecodeStatus::Incomplete) => {}
            _ => return None,
        }
        let mut row = vec![0; layout.row_bytes()];
        for (column, pel) in pels(decoder.transition(), width).take(width.into()).enumerate() {
            if matches!(pel, fax::Color::Black) {
                row[column / 8] |= 0x80 >> (column % 8);
            }
        }
        bytes.append(&mut row);
    }
    Some(bytes)
}
