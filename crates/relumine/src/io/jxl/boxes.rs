//! The boxes of a JPEG XL file (ISO/IEC 18181-2): the codestream in one piece, and the metadata.
//!
//! They are not left to the decoder, which would unpack compressed metadata to any size.

use std::borrow::Cow;
use std::io::Read;

use brotli_decompressor::Decompressor;

use super::CONTAINER;
use crate::Notice;
use crate::io::METADATA_BYTES;
use crate::io::metadata::Found;
use crate::io::metadata::exif::{self, Exif};
use crate::io::metadata::xmp::Xmp;

pub(super) struct Boxes<'a> {
    pub(super) codestream: Cow<'a, [u8]>,
    pub(super) metadata: Found,
}

impl<'a> Boxes<'a> {
    /// Of a whole file, up to its end or to where it is cut.
    pub(super) fn of(file: &'a [u8]) -> Self {
        let mut metadata = Found::default();
        let Some(rest) = file.strip_prefix(CONTAINER) else {
            return Self { codestream: file.into(), metadata };
        };
        let mut pieces = Vec::new();
        for (kind, content) in each(rest) {
            match &kind {
                b"jxlc" => pieces.push(content),
                // Behind the number of the piece.
                b"jxlp" => pieces.push(content.get(4..).unwrap_or_default()),
                b"brob" => {
                    if let Some((kind, packed)) = content.split_first_chunk() {
                        note(&mut metadata, *kind, packed, true);
                    }
                }
                _ => note(&mut metadata, kind, content, false),
            }
        }
        let codestream = if let [piece] = *pieces { piece.into() } else { pieces.concat().into() };
        Self { codestream, metadata }
    }
}

/// Kinds and contents of boxes (ISO/IEC 14496-12, 4.2); the last may be cut.
fn each(mut rest: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (&[a, b, c, d, kind @ ..], content) = rest.split_first_chunk::<8>()?;
        let (header, size, content) = match u32::from_be_bytes([a, b, c, d]) {
            0 => (8, u64::MAX, content),
            1 => {
                let (size, content) = content.split_first_chunk()?;
                (16, u64::from_be_bytes(*size), content)
            }
            size => (8, size.into(), content),
        };
        let size = usize::try_from(size.checked_sub(header)?).unwrap_or(usize::MAX);
        let (content, after) = content.split_at(size.min(content.len()));
        rest = after;
        Some((kind, content))
    })
}

/// Keeps what a box of metadata holds, of each kind the first.
fn note(found: &mut Found, kind: [u8; 4], content: &[u8], is_packed: bool) {
    let content = || unpacked(content, is_packed);
    match &kind {
        b"Exif" if found.exif.is_none() => found.exif = Some(content().and_then(|content| exif(&content))),
        b"xml " if found.xmp.is_none() => found.xmp = Some(content().and_then(|content| Xmp::read(&content))),
        b"jumb" if found.left_out.is_empty() => found.left_out.push(Notice::ContentCredentialsLeftOut),
        _ => {}
    }
}

/// EXIF data behind the offset at which they begin, which some writers leave out.
fn exif(content: &[u8]) -> Result<exif::Read, String> {
    if content.starts_with(b"II*\0") || content.starts_with(b"MM\0*") {
        return Exif::read(content);
    }
    let begin = content
        .split_first_chunk()
        .and_then(|(offset, data)| data.get(usize::try_from(u32::from_be_bytes(*offset)).ok()?..));
    Exif::read(begin.ok_or("they end before they begin")?)
}

fn unpacked(content: &[u8], is_packed: bool) -> Result<Cow<'_, [u8]>, String> {
    if !is_packed {
        return Ok(content.into());
    }
    let mut bytes = Vec::new();
    let mut unpacker = Decompressor::new(content, 4096).take(METADATA_BYTES + 1);
    match unpacker.read_to_end(&mut bytes) {
        Ok(read) if read as u64 <= METADATA_BYTES => Ok(bytes.into()),
        Ok(_) => Err("it unpacks to too much".into()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        [&(8 + content.len() as u32).to_be_bytes()[..], kind, content].concat()
    }

    #[test]
    fn pieces_are_joined_and_cuts_have_an_end() {
        let xmp = b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>";
        let file = [
            CONTAINER.to_vec(),
            boxed(b"ftyp", b"jxl \0\0\0\0jxl "),
            boxed(b"jxlp", b"\0\0\0\0\xFF\x0Aone"),
            boxed(b"xml ", xmp),
            boxed(b"jxlp", b"\x80\0\0\x01two"),
        ]
        .concat();
        let boxes = Boxes::of(&file);
        assert_eq!(*boxes.codestream, *b"\xFF\x0Aonetwo");
        assert!(matches!(boxes.metadata.xmp, Some(Ok(_))));
        (0..file.len()).for_each(|kept| drop(Boxes::of(&file[..kept])));
        // A box that lasts to the end, and one whose length takes eight bytes.
        let open = [CONTAINER, b"\0\0\0\x01free\0\0\0\0\0\0\0\x12..\0\0\0\0jxlc\xFF\x0Arest"].concat();
        assert_eq!(*Boxes::of(&open).codestream, *b"\xFF\x0Arest");
        assert_eq!(*Boxes::of(b"\xFF\x0Abare").codestream, *b"\xFF\x0Abare");
    }
}
