//! Whole files, made here, through decoding and encoding. `bad_input` holds those that must be refused.

mod bad_input;
mod by_exiftool;
mod by_others;
mod carried;
mod colour;
mod exr;
mod formats;
mod matrix;
mod metadata;
mod metadata_mutations;
mod mutations;
mod raw;
mod rows;
mod tiff;
mod tiff_layouts;
mod watched;

use std::path::Path;

use image::{DynamicImage, ImageBuffer};
use proptest::prelude::*;

use super::format::WRITTEN;
use super::*;
use crate::{Notice, Planes, Result};

fn photo(bytes: &[u8]) -> Result<Photo> {
    Photo::decode(bytes, Path::new("test-photo"), &Limits::default())
}

/// A file, encoded from samples as they are.
fn file(
    pixels: DynamicImage,
    format: Format,
    icc: Option<Vec<u8>>,
    metadata: Option<&super::metadata::Written>,
) -> Vec<u8> {
    let options = SaveOptions { quality: 95, ..SaveOptions::default() };
    encoded(&pixels, icc.as_deref(), metadata.unwrap_or(&Default::default()), format, &options)
}

fn encoded(
    pixels: &DynamicImage,
    icc: Option<&[u8]>,
    metadata: &super::metadata::Written,
    format: Format,
    options: &SaveOptions,
) -> Vec<u8> {
    let pixels = encode::fitted(pixels, format, options);
    format.codec().encode(&codec::Upright { pixels: &pixels, icc, metadata }, options).expect("encodes")
}

/// Samples without structure, so that every channel and pixel is told apart.
fn noise(width: u32, height: u32, channels: usize, sixteen: bool, seed: u64) -> DynamicImage {
    let samples = width as usize * height as usize * channels;
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as u16
    };
    if sixteen {
        let samples: Vec<u16> = (0..samples).map(|_| next()).collect();
        match channels {
            1 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma16),
            2 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA16),
            3 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb16),
            _ => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba16),
        }
    } else {
        let samples: Vec<u8> = (0..samples).map(|_| next() as u8).collect();
        match channels {
            1 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma8),
            2 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA8),
            3 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb8),
            _ => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba8),
        }
    }
    .expect("as many samples")
}

/// The colours of a photo before white.
fn on_white(photo: &Photo) -> Vec<f32> {
    let alpha = photo.alpha().expect("transparency").into_vec();
    photo.colours().data().iter().zip(alpha.iter().cycle()).map(|(c, a)| c * a + 1.0 - a).collect()
}

/// The formats that can hold what is said of a photo beside its pixels.
fn holding_metadata() -> impl Iterator<Item = Format> {
    WRITTEN.iter().copied().filter(|format| format.about().max_exif_bytes > 0)
}

/// The samples that a file holds, by the decoder alone.
fn pixels(bytes: &[u8]) -> DynamicImage {
    decode(bytes, FORMATS, &Limits::default()).expect("decodes").pixels
}

#[test]
fn lossless_formats_give_an_unchanged_photo_back_bit_for_bit() {
    for format in [Format::PNG, Format::TIFF, Format::WEBP] {
        for channels in 1..=4 {
            for sixteen in [false, true] {
                let original = noise(37, 23, channels, sixteen && format != Format::WEBP, 7);
                let photo = photo(&file(original.clone(), format, None, None)).expect("decodes");
                // WebP knows no grey.
                let grey = channels < 3 && format != Format::WEBP;
                assert_eq!(photo.is_grey(), grey, "{format}, {channels} channels");
                assert_eq!(photo.bit_depth(), if sixteen && format != Format::WEBP { 16 } else { 8 });
                assert_eq!(photo.alpha().is_some(), channels % 2 == 0);
                assert_eq!((photo.width(), photo.height()), (37, 23));
                assert_eq!(photo.losses(format, &SaveOptions::default()), []);
                let again = pixels(&photo.encode(format, &SaveOptions::default()).expect("encodes"));
                let expected = if format == Format::WEBP {
                    pixels(&file(original, format, None, None))
                } else {
                    original
                };
                assert!(again == expected, "{format}, {channels} channels, 16 bits: {sixteen}");
            }
        }
    }
}

#[test]
fn formats_that_lose_something_say_so() {
    let rich = photo(&file(noise(9, 5, 4, true, 1), Format::PNG, None, None)).expect("decodes");
    assert_eq!(
        rich.losses(Format::JPEG, &SaveOptions::default()),
        [Notice::DepthReduced { format: Format::JPEG }, Notice::AlphaDropped { format: Format::JPEG }]
    );
    assert_eq!(
        rich.losses(Format::WEBP, &SaveOptions::default()),
        [Notice::DepthReduced { format: Format::WEBP }]
    );
    assert_eq!(rich.losses(Format::TIFF, &SaveOptions::default()), []);
    let jpeg = photo(&rich.encode(Format::JPEG, &SaveOptions::default()).expect("encodes")).expect("decodes");
    assert!(jpeg.alpha().is_none() && jpeg.bit_depth() == 8 && !jpeg.is_grey());
    let [found, expected] = [jpeg.colours().data(), &on_white(&rich)].map(|data| data.iter().sum::<f32>());
    assert!((found - expected).abs() < 0.02 * expected, "transparency is laid on white: {found}, {expected}");
    let webp = photo(&rich.encode(Format::WEBP, &SaveOptions::default()).expect("encodes")).expect("decodes");
    for (wide, narrow) in rich.colours().data().iter().zip(webp.colours().data()) {
        assert!((wide - narrow).abs() <= 1.0 / 255.0 + 1e-6, "dithered");
    }
    let alpha = |photo: &Photo| photo.alpha().expect("there is alpha").into_vec();
    for (wide, narrow) in alpha(&rich).iter().zip(alpha(&webp)) {
        assert!((wide - narrow).abs() <= 0.5 / 255.0 + 1e-6);
    }
}

#[test]
fn jpegs_come_back_close() {
    for channels in [1, 3] {
        let smooth = DynamicImage::ImageRgb8(image::RgbImage::from_fn(64, 48, |x, y| {
            [x as u8 * 3, 60, y as u8 * 4].into()
        }));
        let original = if channels == 1 { DynamicImage::ImageLuma8(smooth.to_luma8()) } else { smooth };
        let read = photo(&file(original.clone(), Format::JPEG, None, None)).expect("decodes");
        assert_eq!(read.is_grey(), channels == 1);
        let truth = samples::colours(&original, None, 0..original.height() as usize);
        let error: f32 = truth.data().iter().zip(read.colours().data()).map(|(a, b)| (a - b).abs()).sum();
        assert!(error / (truth.data().len() as f32) < 2.0 / 255.0);
    }
}

#[test]
fn a_grey_photo_in_colour_is_written_as_rgb_with_its_alpha() {
    let grey = photo(&file(noise(12, 7, 2, true, 3), Format::PNG, None, None)).expect("decodes");
    let mut colours = grey.colours().clone();
    colours.plane_mut(0)[5] = 0.25;
    let tinted =
        photo(&grey.with_colours(colours).encode(Format::PNG, &SaveOptions::default()).expect("encodes"))
            .expect("decodes");
    assert!(!tinted.is_grey() && tinted.bit_depth() == 16);
    assert_eq!(tinted.alpha(), grey.alpha());
    let changed = tinted.colours().data().iter().zip(grey.colours().data()).filter(|(a, b)| a != b);
    assert_eq!(changed.count(), 1);
}

#[test]
fn synthetic_photos_are_written_to_the_nearest_level() {
    let colours =
        Planes::from_vec(3, 1, 4, vec![0.0, 0.5, 1.0, 1.7, -0.3, 0.1, f32::NAN, 0.9, 0.2, 0.3, 0.4, 0.6]);
    let bytes = Photo::from_planes(colours).encode(Format::PNG, &SaveOptions::default()).expect("encodes");
    assert_eq!(pixels(&bytes).as_bytes(), [0, 0, 51, 128, 26, 77, 255, 0, 102, 255, 230, 153]);
}

#[test]
fn files_are_written_whole_with_ordinary_permissions() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("out.PNG");
    let photo = Photo::from_planes(Planes::filled(3, 4, 5, 0.5));
    check_writable(&path).expect("writable");
    assert_eq!(std::fs::read_dir(folder.path()).expect("lists").count(), 0, "the check leaves nothing");
    photo.save(&path, &SaveOptions::default()).expect("saves");
    photo.save(&path, &SaveOptions::default()).expect("saves over it");
    assert_eq!(std::fs::read_dir(folder.path()).expect("lists").count(), 1);
    assert_eq!(Photo::open(&path, &Limits::default()).expect("opens").width(), 5);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let ordinary = folder.path().join("ordinary");
        std::fs::write(&ordinary, "").expect("writes");
        let mode = |path: &Path| std::fs::metadata(path).expect("exists").permissions().mode();
        assert_eq!(mode(&path), mode(&ordinary));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Pixels that nobody touched keep their samples, whatever happens to their neighbours and whatever the profile.
    #[test]
    fn untouched_pixels_keep_their_samples(
        seed: u64, width in 1u32..200, height in 1u32..120, alpha: bool, sixteen: bool, with_profile: bool,
        touched in proptest::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let channels = if alpha { 4 } else { 3 };
        let original = noise(width, height, channels, sixteen, seed);
        let icc = with_profile.then(|| moxcms::ColorProfile::new_display_p3().encode().expect("encodes"));
        let photo = photo(&file(original.clone(), Format::PNG, icc, None)).expect("decodes");
        let mut colours = photo.colours().clone();
        let area = colours.area();
        let touched: Vec<usize> = touched.iter().map(|index| index.index(area)).collect();
        for at in &touched {
            colours.plane_mut(1)[*at] = 0.5;
        }
        for format in [Format::PNG, Format::TIFF] {
            let again = pixels(&photo.with_colours(colours.clone()).encode(format, &SaveOptions::default()).expect("encodes"));
            prop_assert_eq!(again.color(), original.color());
            let stride = usize::from(original.color().bytes_per_pixel());
            for (at, (a, b)) in again.as_bytes().chunks(stride).zip(original.as_bytes().chunks(stride)).enumerate() {
                prop_assert!(touched.contains(&at) || a == b, "pixel {}", at);
            }
        }
    }
}
