//! JPEG XL and OpenEXR files by independent writers, against what independent readers found in them: what
//! `tools/reference/jxl_exr.py` made.

use std::path::PathBuf;

use safetensors::{Dtype, SafeTensors};

use super::*;
use crate::colour::srgb;
use crate::{Error, PhotoError};

/// Files, to the bit.
const EXACT: &[&str] = &[
    "rgb8.jxl",
    "rgba8.jxl",
    "grey8.jxl",
    "grey8-alpha.jxl",
    "rgb16.jxl",
    "rgba16.jxl",
    "grey16.jxl",
    "grey16-alpha.jxl",
    "rgb-float.jxl",
    "rgb-half.jxl",
    "bare.jxl",
    "adobe.jxl",
    "half-none.exr",
    "half-rle.exr",
    "half-zips.exr",
    "half-zip.exr",
    "half-piz.exr",
    "half-tiles.exr",
    "float.exr",
    "grey.exr",
    "rec2020.exr",
];

/// Files of decoders with losses, in levels of 255 at most and in the mean.
const NEAR: &[(&str, f32, f32)] = &[
    ("rgb10.jxl", 0.005, 0.005),
    ("lossy.jxl", 1.0, 0.1),
    ("turned.jxl", 2.0, 0.4),
    ("alpha.exr", 1e-3, 1e-4),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats")
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).expect("a fixture")
}

/// Samples as the other reader found them, in 0..1 or beyond, and how many there are a pixel.
fn expected(name: &str) -> (Vec<f32>, usize) {
    let bytes = read("expected.safetensors");
    let tensors = SafeTensors::deserialize(&bytes).expect("tensors");
    let (_, header) = SafeTensors::read_metadata(&bytes).expect("tensors");
    let name = name.rsplit_once('.').expect("an extension").0;
    // Many files hold the same.
    let same = header.metadata().as_ref().and_then(|same| same.get(name)).map_or(name, String::as_str);
    let tensor = tensors.tensor(same).expect("pixels");
    let data = tensor.data();
    let samples = match tensor.dtype() {
        Dtype::U8 => data.iter().map(|level| f32::from(*level) / 255.0).collect(),
        Dtype::U16 => {
            data.as_chunks().0.iter().map(|pair| f32::from(u16::from_le_bytes(*pair)) / 65535.0).collect()
        }
        _ => data.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four)).collect(),
    };
    (samples, tensor.shape()[2])
}

/// As our decoder finds them.
fn found(pixels: &DynamicImage) -> Vec<f32> {
    let bytes = pixels.as_bytes();
    match pixels.color().bytes_per_pixel() / pixels.color().channel_count() {
        1 => bytes.iter().map(|level| f32::from(*level) / 255.0).collect(),
        2 => bytes.as_chunks().0.iter().map(|pair| f32::from(u16::from_ne_bytes(*pair)) / 65535.0).collect(),
        _ => bytes.as_chunks().0.iter().map(|four| f32::from_ne_bytes(*four)).collect(),
    }
}

fn differences(name: &str) -> Vec<f32> {
    let pixels = pixels(&read(name));
    let (expected, channels) = expected(name);
    assert_eq!(channels, usize::from(pixels.color().channel_count()), "{name}");
    let found = found(&pixels);
    assert_eq!(found.len(), expected.len(), "{name}");
    found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).collect()
}

#[test]
fn samples_are_those_that_others_find() {
    for name in EXACT {
        let worst = differences(name).into_iter().fold(0.0, f32::max);
        assert_eq!(worst, 0.0, "{name}");
        assert_eq!(photo(&read(name)).expect("decodes").notices(), [], "{name}");
    }
    for (name, most, mean) in NEAR {
        let far = differences(name);
        let worst = far.iter().copied().fold(0.0, f32::max) * 255.0;
        let average = far.iter().sum::<f32>() / far.len() as f32 * 255.0;
        assert!(worst <= *most && average <= *mean, "{name}: {worst}, {average} in the mean");
    }
}

#[test]
fn lossy_files_of_another_profile_have_the_colours_that_others_find() {
    // As linear light with the primaries of sRGB, cut off at 8 bits.
    let (expected, _) = expected("lossy-adobe.jxl");
    let photo = photo(&read("lossy-adobe.jxl")).expect("decodes");
    let colours = photo.colours();
    let light = |at: usize| srgb::decode(colours.plane(at % 3)[at / 3]).clamp(0.0, 1.0);
    let far: Vec<f32> =
        expected.iter().enumerate().map(|(at, level)| (light(at) - level).abs() * 255.0).collect();
    let (worst, mean) = (far.iter().copied().fold(0.0, f32::max), far.iter().sum::<f32>() / far.len() as f32);
    assert!(worst < 2.0 && mean < 0.5, "{worst}, {mean} in the mean");
}

#[test]
fn what_is_left_out_is_told() {
    for (name, notice) in [
        ("animated.jxl", Notice::FirstFrameOnly),
        ("layers.exr", Notice::LayersLeftOut { count: 2, layers: vec!["depth".into(), "light".into()] }),
        ("parts.exr", Notice::LayersLeftOut { count: 1, layers: vec!["depth".into()] }),
        ("window.exr", Notice::OtherWindow),
    ] {
        assert_eq!(differences(name).into_iter().fold(0.0, f32::max), 0.0, "{name}");
        assert_eq!(photo(&read(name)).expect("decodes").notices(), [notice], "{name}");
    }
}

#[test]
fn what_cannot_be_read_right_is_refused() {
    for (name, says) in [
        ("refused-pq.jxl", "tone-mapped"),
        ("refused-ids.exr", "whole numbers"),
        ("refused-depth.exr", "no channels R, G, B or Y"),
    ] {
        let error = photo(&read(name)).expect_err("refused").to_string();
        assert!(error.contains(says), "{name}: {error}");
    }
}

#[test]
fn colours_are_told_by_numbers_or_by_profiles() {
    for (name, space) in [
        ("rgb8.jxl", None),
        ("grey8.jxl", None),
        ("rgb-float.jxl", Some("linear sRGB")),
        ("adobe.jxl", Some("Adobe RGB")),
        ("lossy-adobe.jxl", Some("Adobe RGB")),
        ("half-zip.exr", Some("linear sRGB")),
        ("rec2020.exr", Some("OpenEXR colours, linear")),
    ] {
        let photo = photo(&read(name)).expect("decodes");
        assert_eq!(photo.describe().colour_space.as_deref(), space, "{name}");
    }
}

#[test]
fn metadata_of_jpeg_xl_go_into_other_formats() {
    for name in ["told.jxl", "told-packed.jxl"] {
        let original = photo(&read(name)).expect("decodes");
        assert_eq!(original.notices(), [], "{name}");
        // The header does not turn it, and what EXIF data say of it does not count.
        assert_eq!((original.width(), original.height()), (26, 19), "{name}");
        assert_eq!(original.describe().metadata, ["EXIF", "XMP"], "{name}");
        let bytes = original.encode(Format::PNG, &SaveOptions::default()).expect("encodes");
        let again = photo(&bytes).expect("decodes");
        assert_eq!((again.width(), again.height()), (26, 19), "{name}");
        assert_eq!(again.describe().metadata, ["EXIF", "XMP"], "{name}");
    }
}

#[test]
fn the_limits_hold_before_anything_is_decoded() {
    for name in ["rgb8.jxl", "told.jxl", "float.exr", "parts.exr"] {
        let limits = Limits { max_pixels: 26 * 19 - 1, ..Limits::default() };
        let result = Photo::decode(&read(name), Path::new(name), &limits);
        assert!(
            matches!(result, Err(Error::Photo { problem: PhotoError::TooManyPixels { .. }, .. })),
            "{name}: {result:?}"
        );
    }
}

#[test]
fn jpeg_xl_is_not_written() {
    let photo = photo(&read("rgb8.jxl")).expect("decodes");
    let error = photo.encode(Format::JPEG_XL, &SaveOptions::default()).expect_err("refused").to_string();
    assert!(error.contains("JPEG XL is read alone"), "{error}");
    let error = check_writable("out.jxl").expect_err("refused").to_string();
    assert!(error.contains("jpg, png, tif, webp or exr"), "{error}");
}
