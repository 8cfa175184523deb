//! What targets for metadata have in common: a small photo of any format, and what must hold of one with any metadata.

use std::path::Path;
use std::sync::LazyLock;

use relumine::Planes;
use relumine::io::{Edit, Format, Limits, Photo, SaveOptions, Strip};

const LIMITS: Limits = Limits { max_pixels: 1 << 12, max_bytes: 1 << 26 };

/// A file without metadata.
pub fn plain(format: Format) -> Vec<u8> {
    let photo = Photo::from_planes(Planes::filled(3, 2, 3, 0.5));
    photo.encode(format, &SaveOptions::default()).expect("encodes")
}

/// The file with something put in.
#[allow(dead_code)]
pub fn with(file: &[u8], at: usize, parts: &[&[u8]]) -> Vec<u8> {
    [&[&file[..at]], parts, &[&file[at..]]].concat().concat()
}

/// A PNG file with a chunk behind its header; its checksum is none, which readers forgive of such chunks.
#[allow(dead_code)]
pub fn png_with(name: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    static PNG: LazyLock<Vec<u8>> = LazyLock::new(|| plain(Format::PNG));
    let content = parts.concat();
    with(&PNG, 33, &[&(content.len() as u32).to_be_bytes(), name, &content, &[0; 4]])
}

/// Whatever metadata a photo has, they can be written, and what is written is sound.
pub fn check(file: &[u8]) {
    let Ok(photo) = Photo::decode(file, Path::new("fuzzed"), &LIMITS) else { return };
    let edit = Some(Edit { method: "m".into(), parameters: "p".into(), seconds: Some(1) });
    for format in [Format::JPEG, Format::PNG, Format::TIFF, Format::WEBP] {
        for (strip, edit) in [(Strip::Nothing, edit.clone()), (Strip::Gps, None)] {
            let options = SaveOptions { strip, edit, ..SaveOptions::default() };
            photo.losses(format, &options);
            let bytes = photo.encode(format, &options).expect("what decodes can be written");
            let again =
                Photo::decode(&bytes, Path::new("written"), &LIMITS).expect("what is written can be read");
            assert_eq!(again.notices(), []);
        }
    }
}
