//! Camera RAW files, as `tools/reference/raw.py` lays them out.

use super::*;
use crate::{Error, PhotoError};

fn bytes_of(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/raw");
    std::fs::read(folder.join(name)).expect("a fixture")
}

/// Files with a preview that serves, and what they are.
const GOOD: [(&str, &str); 8] = [
    ("good.dng", "DNG"),
    ("good.nef", "Nikon NEF"),
    ("good.cr2", "Canon CR2"),
    ("good.arw", "Sony ARW"),
    ("good.pef", "Pentax PEF"),
    ("good.srw", "Samsung SRW"),
    ("good.rw2", "Panasonic RW2"),
    ("good.raf", "Fujifilm RAF"),
];

/// Files without one.
const NONE: [(&str, &str); 4] =
    [("poor.dng", "DNG"), ("linear.dng", "DNG"), ("none.arw", "Sony ARW"), ("none.orf", "Olympus ORF")];

#[test]
fn the_largest_preview_is_the_photo_and_it_is_told() {
    let expected = photo(&bytes_of("preview.png")).expect("decodes");
    for (name, format) in GOOD {
        let read = photo(&bytes_of(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(read.notices(), [Notice::PreviewOfRaw { format, size: [60, 45] }], "{name}");
        assert_eq!((read.width(), read.height()), (60, 45));
        for (a, b) in read.colours().data().iter().zip(expected.colours().data()) {
            assert!((a - b).abs() < 4.5 / 255.0, "{name}");
        }
    }
}

#[test]
fn it_is_turned_as_the_file_says() {
    let upright = photo(&bytes_of("good.dng")).expect("decodes");
    let turned = photo(&bytes_of("turned.dng")).expect("decodes");
    assert_eq!((turned.width(), turned.height()), (45, 60));
    assert!(turned.source().pixels == upright.source().pixels.rotate90());
}

#[test]
fn a_thumbnail_never_stands_for_the_photo() {
    for (name, kind) in NONE {
        match photo(&bytes_of(name)) {
            Err(Error::Photo { problem: PhotoError::RawWithoutPreview { format }, .. }) => {
                assert_eq!(format, kind);
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn a_mosaic_behind_a_thumbnail_is_told_by_the_camera() {
    // The same file with the mosaic's photometric interpretation that of plain grey, and no pattern.
    let mut bytes = bytes_of("none.arw");
    let at = |bytes: &[u8], tag: u16| {
        bytes.windows(4).position(|entry| entry[..2] == tag.to_le_bytes() && entry[2] <= 7 && entry[3] == 0)
    };
    for (tag, other) in [(262u16, 262u16), (33421, 65001), (33422, 65002)] {
        let entry = at(&bytes, tag).expect("the sensor's page comes first");
        bytes[entry..entry + 2].copy_from_slice(&other.to_le_bytes());
        if tag == 262 {
            bytes[entry + 8] = 1;
            bytes[entry + 9] = 0;
        }
    }
    assert!(photo(&bytes).is_err_and(|error| error.to_string().contains("camera RAW (Sony ARW)")));
}
