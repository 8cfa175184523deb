//! TIFF files of many layouts by independent writers, against the pixels that independent readers found in them: what
//! `tools/reference/tiff.py` made.

use std::collections::BTreeSet;
use std::path::PathBuf;

use safetensors::{Dtype, SafeTensors};

use super::*;
use crate::{Error, PhotoError};

/// Files, and the name of the pixels that they hold, to the bit.
const EXACT: &[(&str, &str)] = &[
    ("rgb8-le", "rgb8"),
    ("rgb16-le", "rgb16"),
    ("rgb8-lzw-predicted-le", "rgb8"),
    ("rgb16-lzw-predicted-le", "rgb16"),
    ("rgb8-deflate-predicted-le", "rgb8"),
    ("rgb16-deflate-predicted-le", "rgb16"),
    ("rgb8-zstd-predicted-le", "rgb8"),
    ("rgb16-zstd-predicted-le", "rgb16"),
    ("bigtiff16-le", "rgb16"),
    ("rgb8-be", "rgb8"),
    ("rgb16-be", "rgb16"),
    ("rgb8-lzw-predicted-be", "rgb8"),
    ("rgb16-lzw-predicted-be", "rgb16"),
    ("rgb8-deflate-predicted-be", "rgb8"),
    ("rgb16-deflate-predicted-be", "rgb16"),
    ("rgb8-zstd-predicted-be", "rgb8"),
    ("rgb16-zstd-predicted-be", "rgb16"),
    ("bigtiff16-be", "rgb16"),
    ("rgb8-packbits", "rgb8"),
    ("rgb16-packbits", "rgb16"),
    ("rgb8-zstd", "rgb8"),
    ("rgb8-planar-strips", "rgb8"),
    ("rgb16-planar-deflate", "rgb16"),
    ("rgb8-chunky-tiles-plain", "rgb8"),
    ("rgb8-chunky-tiles-deflate-predicted", "rgb8"),
    ("rgb8-chunky-tiles-lzw", "rgb8"),
    ("rgb8-chunky-tiles-lzw-predicted", "rgb8"),
    ("rgb16-chunky-tiles-plain", "rgb16"),
    ("rgb16-chunky-tiles-deflate-predicted", "rgb16"),
    ("rgb16-chunky-tiles-lzw", "rgb16"),
    ("rgb16-chunky-tiles-lzw-predicted", "rgb16"),
    ("rgb8-planar-tiles-plain", "rgb8"),
    ("rgb8-planar-tiles-deflate-predicted", "rgb8"),
    ("rgb8-planar-tiles-lzw", "rgb8"),
    ("rgb8-planar-tiles-lzw-predicted", "rgb8"),
    ("rgb16-planar-tiles-plain", "rgb16"),
    ("rgb16-planar-tiles-deflate-predicted", "rgb16"),
    ("rgb16-planar-tiles-lzw", "rgb16"),
    ("rgb16-planar-tiles-lzw-predicted", "rgb16"),
    ("rgb8-tile-larger", "rgb8"),
    ("rgb16-tiles-wide-be", "rgb16"),
    ("rgb8-libtiff-lzw", "rgb8"),
    ("rgb8-libtiff-tiles", "rgb8"),
    ("rgb8-libtiff-planar-be", "rgb8"),
    ("grey2", "grey2"),
    ("grey4", "grey4"),
    ("grey6", "grey6"),
    ("grey10", "grey10"),
    ("rgb10", "rgb10"),
    ("grey12", "grey12"),
    ("rgb12", "rgb12"),
    ("grey14", "grey14"),
    ("rgb14", "rgb14"),
    ("grey8", "grey8"),
    ("grey8-white-is-zero", "grey8"),
    ("grey8-alpha", "grey8-alpha"),
    ("grey8-alpha-planar", "grey8-alpha"),
    ("grey16", "grey16"),
    ("grey16-white-is-zero", "grey16"),
    ("grey16-alpha", "grey16-alpha"),
    ("grey16-alpha-planar", "grey16-alpha"),
    ("bilevel", "bilevel"),
    ("bilevel-g4", "bilevel"),
    ("bilevel-packbits", "bilevel"),
    ("bilevel-lzw", "bilevel"),
    ("bilevel-white-is-zero", "bilevel"),
    ("bilevel-white-is-zero-g4", "bilevel"),
    ("bilevel-white-is-zero-packbits", "bilevel"),
    ("bilevel-white-is-zero-lzw", "bilevel"),
    ("bilevel-g4-low-bits-first", "bilevel"),
    ("palette-spread", "palette-spread"),
    ("palette-shifted", "palette-shifted"),
    ("palette-16", "palette-16"),
    ("palette4", "palette4"),
    ("float16", "float16"),
    ("float16-predicted-be", "float16"),
    ("float32-le", "float32"),
    ("float32-be", "float32"),
    ("float32-lzw-predicted-le", "float32"),
    ("float32-deflate-differences-le", "float32"),
    ("float32-lzw-predicted-be", "float32"),
    ("float32-deflate-differences-be", "float32"),
    ("float32-planar-tiles-predicted", "float32"),
    ("float64", "float64"),
    ("float64-predicted", "float64"),
    ("float32-grey", "float32-grey"),
    ("float32-alpha", "float32-alpha"),
    ("float32-nan", "float32-nan"),
    ("rgba8", "rgba8"),
    ("rgba8-planar", "rgba8"),
    ("rgba8-associated", "rgba8-associated"),
    ("rgba8-unspecified", "rgba8-rgb"),
    ("rgba16", "rgba16"),
    ("rgba16-planar", "rgba16"),
    ("rgba16-associated", "rgba16-associated"),
    ("rgba16-unspecified", "rgba16-rgb"),
    ("five-channels", "five-rgb"),
    ("five-channels-alpha-last", "five-rgba"),
    ("five-channels-planar-tiles", "five-rgba"),
    ("float32-associated", "float32-associated"),
    ("thumbnail-first", "rgb8"),
    ("pyramid", "rgb8"),
    ("two-pages", "rgb8"),
    ("thumbnail-with-photo-below", "rgb8"),
    ("rgb8-no-byte-counts", "rgb8"),
];

/// Files in JPEG, and the name of the pixels that they hold, nearly: decoders of JPEG round in their own ways.
const CLOSE: &[(&str, &str)] = &[
    ("jpeg-444", "jpeg-444"),
    ("jpeg-420", "jpeg-420"),
    ("jpeg-420-tiles", "jpeg-420-tiles"),
    ("jpeg-grey", "jpeg-grey"),
    ("jpeg-libtiff", "jpeg-libtiff"),
    ("jpeg-libtiff-rgb", "jpeg-libtiff-rgb"),
];

/// Largest difference, in levels of 255, and mean difference of those.
const NEARLY: (u8, f64) = (3, 0.4);

/// Files that something is told of.
const TOLD: &[(&str, Notice)] = &[
    ("two-pages", Notice::OtherPagesLeftOut { pages: 1 }),
    ("rgba8-unspecified", Notice::ChannelsLeftOut { channels: 1 }),
    ("five-channels", Notice::ChannelsLeftOut { channels: 2 }),
    ("five-channels-alpha-last", Notice::ChannelsLeftOut { channels: 1 }),
];

/// Files that are refused, and a word of what is said of them.
const REFUSED: &[(&str, &str)] = &[
    ("refused-lzma", "LZMA"),
    ("refused-webp", "WebP"),
    ("refused-jpegxl", "JPEG XL"),
    ("refused-jpeg2000", "JPEG 2000"),
    ("refused-g3", "Group 3"),
    ("refused-uint32", "32-bit integers"),
    ("refused-int16", "signed integers"),
    ("refused-complex", "complex numbers"),
    ("refused-lab", "CIELab"),
    ("refused-cmyk", "CMYK"),
    ("refused-cfa", "camera RAW"),
    ("refused-cut", "damaged or cut short"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiff")
}

fn bytes_of(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).expect("a fixture")
}

/// Whether a picture is of a tensor's shape and depth.
fn is_like(pixels: &DynamicImage, tensor: &safetensors::tensor::TensorView<'_>) -> bool {
    let (size, color) = ([pixels.height() as usize, pixels.width() as usize], pixels.color());
    let depth = match tensor.dtype() {
        Dtype::U8 => 1,
        Dtype::U16 => 2,
        _ => 4,
    };
    let channels = usize::from(color.channel_count());
    tensor.shape()[..2] == size
        && tensor.shape().get(2).copied().unwrap_or(1) == channels
        && usize::from(color.bytes_per_pixel()) == depth * channels
}

#[test]
fn files_hold_what_independent_readers_find_in_them_and_are_written_as_they_were() {
    let file = bytes_of("pixels.safetensors");
    let expected = SafeTensors::deserialize(&file).expect("tensors");
    for (rows, is_exact) in [(EXACT, true), (CLOSE, false)] {
        for (name, key) in rows {
            let read =
                photo(&bytes_of(&format!("{name}.tif"))).unwrap_or_else(|error| panic!("{name}: {error}"));
            let (found, expected) = (&read.source().pixels, expected.tensor(key).expect("a tensor"));
            assert!(
                is_like(found, &expected),
                "{name} is {:?} of {}×{}",
                found.color(),
                found.width(),
                found.height()
            );
            if is_exact {
                assert!(found.as_bytes() == expected.data(), "{name}");
            } else {
                let off: Vec<u8> =
                    found.as_bytes().iter().zip(expected.data()).map(|(a, b)| a.abs_diff(*b)).collect();

                let mean = off.iter().map(|off| f64::from(*off)).sum::<f64>() / off.len() as f64;
                assert!(off.iter().all(|off| *off <= NEARLY.0) && mean <= NEARLY.1, "{name}: {mean}");
            }
            let again = pixels(&read.encode(Format::TIFF, &SaveOptions::default()).expect("encodes"));
            assert!(again == *found, "{name} once written");
        }
    }
}

#[test]
fn what_is_left_out_is_told() {
    for (name, notice) in TOLD {
        let read = photo(&bytes_of(&format!("{name}.tif"))).expect("decodes");
        assert!(read.notices().contains(notice), "{name}: {:?}", read.notices());
    }
    for name in ["thumbnail-first", "pyramid", "rgba8-planar"] {
        let read = photo(&bytes_of(&format!("{name}.tif"))).expect("decodes");
        let is_told = |notice: &Notice| {
            matches!(notice, Notice::OtherPagesLeftOut { .. } | Notice::ChannelsLeftOut { .. })
        };
        assert!(!read.notices().iter().any(is_told), "{name}: {:?}", read.notices());
    }
}

#[test]
fn what_is_not_read_is_named() {
    for (name, word) in REFUSED {
        match photo(&bytes_of(&format!("{name}.tif"))) {
            Err(Error::Photo { problem: PhotoError::UnknownFormat, .. }) => panic!("{name} is TIFF"),
            Err(error) => assert!(error.to_string().contains(word), "{name}: {error}"),
            Ok(read) => panic!("{name} is read as {read:?}"),
        }
    }
}

#[test]
fn no_file_is_forgotten() {
    let rows = EXACT.iter().chain(CLOSE).map(|(name, _)| *name).chain(REFUSED.iter().map(|(name, _)| *name));
    let rows: BTreeSet<String> = rows.map(|name| format!("{name}.tif")).collect();
    let files = std::fs::read_dir(folder()).expect("a folder").map(|file| file.expect("a file").file_name());
    let files = files.map(|name| name.to_string_lossy().into_owned()).filter(|name| name.ends_with(".tif"));
    assert_eq!(rows, files.collect());
}

#[test]
fn floating_point_numbers_are_rounded_for_formats_that_hold_less() {
    let read = photo(&bytes_of("float32-alpha.tif")).expect("decodes");
    assert_eq!((read.bit_depth(), read.is_grey()), (32, false));
    assert_eq!(read.losses(Format::TIFF, &SaveOptions::default()), []);
    for (format, depth) in [(Format::PNG, 16), (Format::WEBP, 8)] {
        assert_eq!(read.losses(format, &SaveOptions::default()), [Notice::DepthReduced { format }]);
        let again = photo(&read.encode(format, &SaveOptions::default()).expect("encodes")).expect("decodes");
        assert_eq!(again.bit_depth(), depth);
        let step = 0.5 / (2.0f32.powi(depth.into()) - 1.0) + 1e-6;
        for (wide, narrow) in read.colours().data().iter().zip(again.colours().data()) {
            assert!((wide.clamp(0.0, 1.0) - narrow).abs() <= step, "{wide} is {narrow}");
        }
    }
}

#[test]
fn a_lamp_does_not_outweigh_the_scene() {
    use crate::resample::Filter;
    let mut samples = vec![0.5f32; 3 * 40 * 30];
    samples[3 * 15..3 * 16].fill(f32::INFINITY);
    let scene = ImageBuffer::from_raw(40, 30, samples).map(DynamicImage::ImageRgb32F).expect("a picture");
    let read = photo(&file(scene, Format::TIFF, None, None)).expect("decodes");
    let seen = read.resized(&read.frame(), (3, 4), Filter::Area, &crate::watch::CancelToken::new());
    assert!(seen.expect("resized").data().iter().all(|level| (0.49..0.51).contains(level)));
}

#[test]
fn colours_beyond_white_are_kept_where_nobody_changed_them() {
    let read = photo(&bytes_of("float32-le.tif")).expect("decodes");
    assert!(read.colours().data().iter().any(|level| *level > 2.0));
    let mut colours = read.colours().clone();
    colours.plane_mut(2)[7] = 5.5;
    let again =
        pixels(&read.with_colours(colours).encode(Format::TIFF, &SaveOptions::default()).expect("encodes"));
    let (before, after) = (read.source().pixels.to_rgb32f(), again.to_rgb32f());
    for (place, (before, after)) in before.as_raw().iter().zip(after.as_raw()).enumerate() {
        assert_eq!(*after, if place == 7 * 3 + 2 { 5.5 } else { *before });
    }
}
