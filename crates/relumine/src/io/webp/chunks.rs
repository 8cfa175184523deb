//! The chunks of a WebP file that hold metadata (WebP Container Specification, "Extended File Format").

use crate::Notice;
use crate::io::metadata::Found;
use crate::io::metadata::exif::Exif;
use crate::io::metadata::xmp::Xmp;

/// Names and contents of the chunks in a RIFF file, up to the end or to where the file is cut.
fn chunks(file: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    // Behind `RIFF`, the size of all, and `WEBP`.
    let mut rest = file.get(12..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (&[name @ .., a, b, c, d], content) = rest.split_first_chunk::<8>()?;
        let (content, after) = content.split_at_checked(u32::from_le_bytes([a, b, c, d]) as usize)?;
        rest = after.get(content.len() % 2..).unwrap_or_default();
        Some((name, content))
    })
}

/// The metadata of a file.
pub(super) fn found(file: &[u8]) -> Found {
    let mut found = Found::default();
    for (name, content) in chunks(file) {
        match &name {
            b"EXIF" => found.exif = Some(Exif::read(content)),
            b"XMP " => found.xmp = Some(Xmp::read(content)),
            b"C2PA" => found.left_out = vec![Notice::ContentCredentialsLeftOut],
            _ => {}
        }
    }
    found
}
