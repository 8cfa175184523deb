//! The chunks of a PNG file that hold metadata (PNG, third edition, section 11.3), wherever they stand: many stand behind the pixels.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use super::SIGNATURE;
use crate::Notice;
use crate::io::METADATA_BYTES;
use crate::io::metadata::exif::Exif;
use crate::io::metadata::iptc::Iptc;
use crate::io::metadata::resolution::Resolution;
use crate::io::metadata::xmp::Xmp;
use crate::io::metadata::{Found, Written, raw_profile};

/// The keyword of a chunk that holds an XMP packet.
const XMP: &[u8] = b"XML:com.adobe.xmp";
/// What stands before an XMP packet in a raw profile of the type APP1, which is a segment of JPEG.
const APP1_XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// Names and contents, up to the end or to where the file is cut.
pub(super) fn chunks(file: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = file.get(SIGNATURE.len()..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (&[a, b, c, d, name @ ..], content) = rest.split_first_chunk::<8>()?;
        let (content, after) = content.split_at_checked(u32::from_be_bytes([a, b, c, d]) as usize)?;
        // A checksum follows.
        rest = after.get(4..).unwrap_or_default();
        Some((name, content))
    })
}

/// The metadata of a file.
pub(super) fn found(file: &[u8]) -> Found {
    let mut found = Found::default();
    for (name, content) in chunks(file) {
        match &name {
            b"eXIf" => found.exif = Some(Exif::read(content)),
            b"pHYs" => found.resolution = resolution(content),
            b"caBX" => found.left_out = vec![Notice::ContentCredentialsLeftOut],
            b"iTXt" if content.starts_with(XMP) => {
                found.xmp = international(&content[XMP.len()..]).map(|packet| Xmp::read(&packet));
            }
            b"tEXt" | b"zTXt" => {
                if let Some(rest) = content.strip_prefix(raw_profile::KEYWORD) {
                    raw(&mut found, &name, rest);
                }
            }
            _ => {}
        }
    }
    found
}

/// Takes a raw profile, unless the same is in the file as it should be.
fn raw(found: &mut Found, chunk: &[u8; 4], content: &[u8]) {
    let Some(end) = content.iter().position(|byte| *byte == 0) else { return };
    let (kind, text) = (&content[..end], &content[end + 1..]);
    let bytes = if chunk == b"zTXt" { text.get(1..).and_then(inflated) } else { Some(text.to_vec()) };
    let bytes = bytes.and_then(|text| raw_profile::read(&text)).ok_or_else(|| "unreadable".to_owned());
    match kind {
        b"iptc" => {
            found.iptc = match bytes {
                Ok(bytes) => Iptc::found(&bytes),
                Err(reason) => Some(Err(reason)),
            }
        }
        b"exif" | b"APP1" | b"app1" if !bytes.as_ref().is_ok_and(|bytes| bytes.starts_with(APP1_XMP)) => {
            found.exif.get_or_insert_with(|| Exif::read(&bytes?));
        }
        b"xmp" | b"APP1" | b"app1" => {
            found.xmp.get_or_insert_with(|| {
                let bytes = bytes?;
                Xmp::read(bytes.strip_prefix(APP1_XMP).unwrap_or(&bytes))
            });
        }
        _ => {}
    }
}

/// The text of an iTXt chunk behind its keyword: whether it is compressed, how, its language, the keyword in it; `None` if it is none.
fn international(content: &[u8]) -> Option<Vec<u8>> {
    let (&[0, is_compressed, _], rest) = content.split_first_chunk()? else { return None };
    let mut parts = rest.splitn(3, |byte| *byte == 0);
    let (_, _, text) = (parts.next()?, parts.next()?, parts.next()?);
    if is_compressed == 0 { Some(text.to_vec()) } else { inflated(text) }
}

/// `None` if it is damaged, or too large.
fn inflated(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut inflated = Vec::new();
    ZlibDecoder::new(bytes).take(METADATA_BYTES).read_to_end(&mut inflated).ok()?;
    ((inflated.len() as u64) < METADATA_BYTES).then_some(inflated)
}

/// Pixels by the metre (unit 1) across and down.
fn resolution(content: &[u8]) -> Option<Resolution> {
    let (across, rest) = content.split_first_chunk()?;
    let (down, unit) = rest.split_first_chunk()?;
    (unit == [1]).then(|| Resolution::of_metres(u32::from_be_bytes(*across), u32::from_be_bytes(*down)))?
}

/// The file with metadata behind its header, where all readers look.
pub(super) fn with_metadata(mut file: Vec<u8>, metadata: &Written) -> Vec<u8> {
    let mut added = Vec::new();
    if let Some((across, down)) = metadata.resolution.and_then(|found| found.metres()) {
        put(&mut added, *b"pHYs", &[&across.to_be_bytes(), &down.to_be_bytes(), &[1]]);
    }
    if let Some(exif) = &metadata.exif {
        put(&mut added, *b"eXIf", &[&exif.bytes()]);
    }
    if let Some(xmp) = &metadata.xmp {
        put(&mut added, *b"iTXt", &[XMP, &[0; 5], xmp.as_bytes()]);
    }
    if let Some(resources) = metadata.iptc.as_ref().and_then(|iptc| iptc.resources()) {
        let text = deflated(&raw_profile::written("iptc", &resources));
        put(&mut added, *b"zTXt", &[raw_profile::KEYWORD, b"iptc", &[0, 0], &text]);
    }
    // The header: length, name, 13 bytes, checksum.
    let at = SIGNATURE.len() + 25;
    file.splice(at..at, added);
    file
}

fn put(out: &mut Vec<u8>, name: [u8; 4], content: &[&[u8]]) {
    let size = content.iter().map(|part| part.len()).sum::<usize>() as u32;
    let mut checksum = flate2::Crc::new();
    out.extend(size.to_be_bytes());
    for part in [&[&name[..]], content].concat() {
        checksum.update(part);
        out.extend_from_slice(part);
    }
    out.extend(checksum.sum().to_be_bytes());
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes what is written")
}
