//! Files that are not read, told by what they begin with, and how to make something of them that is.

use crate::PhotoError;

/// What a file begins with, what it is, and what to do about it.
const OTHERS: &[(&[u8], &str, &str)] = &[
    (b"\0\0\0\x0CjP  \r\n\x87\n", "JPEG 2000", "convert it, e.g. by `opj_decompress -i in.jp2 -o out.tif`"),
    (b"\xFF\x4F\xFF\x51", "JPEG 2000", "convert it, e.g. by `opj_decompress -i in.j2k -o out.tif`"),
    (b"8BPS", "Photoshop's PSD", "export it as TIFF, or convert it, e.g. by `magick 'in.psd[0]' out.tif`"),
    (b"GIF87a", "GIF", PLAIN),
    (b"GIF89a", "GIF", PLAIN),
    (b"BM", "BMP", PLAIN),
    (b"#?RADIANCE", "Radiance HDR", "convert it, e.g. by `oiiotool in.hdr -d float -o out.tif`"),
    (b"#?RGBE", "Radiance HDR", "convert it, e.g. by `oiiotool in.hdr -d float -o out.tif`"),
    (b"II\xBC\x01", "JPEG XR", "convert it, e.g. by `JxrDecApp -i in.jxr -o out.tif`"),
    (b"gimp xcf", "GIMP's XCF", "export it as TIFF or PNG"),
    (b"%PDF-", "PDF", "take the picture out of it, e.g. by `pdfimages -all in.pdf out`"),
    (b"%!PS", "PostScript", PLAIN),
    (b"\0\0\x01\0", "an icon (ICO)", PLAIN),
    (b"qoif", "QOI", PLAIN),
    (b"FOVb", "a camera RAW (Sigma X3F)", DEVELOP),
    (b"II\x1A\0\0\0HEAPCCDR", "a camera RAW (Canon CRW)", DEVELOP),
    (b"\0MRM", "a camera RAW (Minolta MRW)", DEVELOP),
    (b"\x1A\x45\xDF\xA3", "a video (Matroska, WebM)", FRAME),
    (b"\0\0\x01\xBA", "a video (MPEG)", FRAME),
    (b"\x1F\x8B", "an archive (gzip)", "unpack it first"),
    (b"PK\x03\x04", "an archive (zip)", "unpack it first"),
];

/// Brands of files of the ISO base media format (ISO/IEC 14496-12), in the order in which they tell.
const BRANDS: &[(&[&[u8; 4]], &str, &str)] = &[
    (&[b"crx "], "a camera RAW (Canon CR3)", DEVELOP),
    (&[b"avif", b"avis"], "AVIF", "convert it, e.g. by `avifdec in.avif out.png`"),
    (
        &[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"],
        "HEIC",
        "convert it, e.g. by `heif-convert in.heic out.jpg`",
    ),
];

const PLAIN: &str = "convert it, e.g. by `magick in out.png`";
const FRAME: &str = "take a frame of it, e.g. by `ffmpeg -i in -frames:v 1 out.png`";
/// What to do about a camera RAW file.
pub(crate) const DEVELOP: &str = "develop it first (darktable, RawTherapee, Lightroom) and export TIFF";

/// What a file that is of no format that is read is.
pub(super) fn named(bytes: &[u8]) -> PhotoError {
    match known(bytes) {
        Some((format, how)) => PhotoError::NotSupported { format: format.into(), how },
        None => PhotoError::UnknownFormat,
    }
}

fn known(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    if let Some((_, format, how)) = OTHERS.iter().find(|(signature, ..)| bytes.starts_with(signature)) {
        return Some((format, how));
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"AVI ") {
        return Some(("a video (AVI)", FRAME));
    }
    if let Some(found) = by_brand(bytes) {
        return Some(found);
    }
    // Text: an SVG may begin with a declaration and comments.
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]);
    let is_svg = head.trim_start_matches('\u{FEFF}').trim_start().starts_with('<') && head.contains("<svg");
    is_svg.then_some(("SVG", "render it, e.g. by `rsvg-convert in.svg -o out.png`"))
}

fn by_brand(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    if bytes.get(4..8)? != b"ftyp" {
        return None;
    }
    let size = u32::from_be_bytes(*bytes.first_chunk()?) as usize;
    let brands = bytes.get(8..size.clamp(12, bytes.len().max(12)))?.as_chunks::<4>().0;
    // The second of them is a version.
    let told = |brand: &&[u8; 4]| brands.iter().enumerate().any(|(place, told)| place != 1 && told == *brand);
    let found = BRANDS.iter().find(|(names, ..)| names.iter().any(told));
    Some(found.map_or(("a video (MP4, QuickTime)", FRAME), |(_, format, how)| (format, how)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_with_what_to_do() {
        let heif = b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif";
        let cases: [(&[u8], &str, &str); 8] = [
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC", "heif-convert"),
            (heif, "AVIF", "avifdec"),
            (b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom", "Canon CR3", "develop it first"),
            (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "video", "ffmpeg"),
            (b"8BPS\0\x01", "PSD", "TIFF"),
            (b"GIF89a", "GIF", "magick"),
            (b"<?xml version=\"1.0\"?>\n<svg xmlns=\"\"/>", "SVG", "rsvg-convert"),
            (b"%PDF-1.7", "PDF", "pdfimages"),
        ];
        for (bytes, format, how) in cases {
            let told = named(bytes).to_string();
            assert!(told.contains(format) && told.contains(how), "{told}");
            // Not even the beginning of what it says is there.
            (0..bytes.len()).for_each(|kept| drop(named(&bytes[..kept])));
        }
        assert!(matches!(named(b"just some text"), PhotoError::UnknownFormat));
    }
}
