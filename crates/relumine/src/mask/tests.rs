use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, RgbImage};

use super::*;

const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];
const BLUE: [u8; 3] = [0, 0, 255];
const BLACK: [u8; 3] = [0; 3];
const GREY: [u8; 3] = [128; 3];
const WHITE: [u8; 3] = [255; 3];

/// A disc of one colour on a ground parted in two, with a block of a fourth.
fn scene(x: u32, y: u32) -> usize {
    let (dx, dy) = (f64::from(x) - 80.0, f64::from(y) - 60.0);
    match (dx * dx + dy * dy < 900.0, x < 24 && y < 24, y < 70) {
        (true, ..) => 0,
        (_, true, _) => 1,
        (.., true) => 2,
        _ => 3,
    }
}

fn painted(colours: [[u8; 3]; 4]) -> RgbImage {
    RgbImage::from_fn(160, 120, |x, y| colours[scene(x, y)].into())
}

fn mask_of(picture: &RgbImage) -> Mask {
    Mask::from_pixels(Path::new("mask"), picture, &CancelToken::new()).expect("a mask")
}

/// Share of pixels whose region is that of the scene, the palette's colours being within reach of `colours`.
fn agreement(mask: &Mask, colours: [[u8; 3]; 4]) -> f64 {
    let of: Vec<usize> = mask
        .palette()
        .iter()
        .map(|colour| nearest_colour(&colours, *colour).expect("a known colour"))
        .collect();
    let width = mask.width();
    let right =
        mask.labels().iter().enumerate().filter(|(at, label)| {
            scene((at % width) as u32, (at / width) as u32) == of[usize::from(**label)]
        });
    right.count() as f64 / mask.labels().len() as f64
}

#[test]
fn clean_masks_are_taken_at_their_word() {
    for colours in [[RED, GREEN, BLUE, BLACK], [[1; 3], [2; 3], [3; 3], [4; 3]]] {
        let picture = painted(colours);
        let mask = mask_of(&picture);
        assert_eq!((mask.palette().len(), mask.moved()), (4, 0));
        for (pixel, label) in picture.pixels().zip(mask.labels()) {
            assert_eq!(pixel.0, mask.palette()[usize::from(*label)]);
        }
        let areas = mask.areas();
        assert!(areas.is_sorted_by(|a, b| a >= b), "{areas:?}");
        assert_eq!(areas.iter().sum::<usize>(), 160 * 120);
    }
}

#[test]
fn specks_of_a_colour_join_their_neighbours_however_near_the_others_lie() {
    let greys = [[0; 3], [20; 3], [40; 3], [60; 3]];
    let mut picture = painted(greys);
    for (x, y) in [(100, 20), (101, 20), (100, 100), (159, 119)] {
        picture.put_pixel(x, y, [90; 3].into());
    }
    let mask = mask_of(&picture);
    assert_eq!((mask.palette().len(), mask.moved()), (4, 4));
    assert_eq!(agreement(&mask, greys), 1.0);
}

#[test]
fn jpeg_smears_do_not_become_regions() {
    for quality in [50, 75, 95] {
        for colours in [
            [RED, GREEN, BLUE, BLACK],
            [WHITE, BLACK, GREY, RED],
            [[255, 255, 0], [0, 255, 255], [255, 0, 255], GREY],
        ] {
            let mut bytes = Vec::new();
            JpegEncoder::new_with_quality(&mut bytes, quality)
                .encode_image(&painted(colours))
                .expect("encodes");
            let mask = Mask::decode(&bytes, Path::new("m.jpg"), &Limits::default()).expect("a mask");
            assert_eq!(mask.palette().len(), 4, "quality {quality}: {:?}", mask.palette());
            assert!(mask.moved() > 0);
            let share = agreement(&mask, colours);
            assert!(share > 0.99, "quality {quality}, {colours:?}: {share}");
        }
    }
}

#[test]
fn anti_aliased_borders_join_their_neighbours() {
    // Four times the size, averaged: borders between white and black are of every grey, and grey is a region, too.
    let colours = [WHITE, GREY, BLACK, RED];
    let picture = RgbImage::from_fn(160, 120, |x, y| {
        let mut sum = [0u32; 3];
        for i in 0..16u32 {
            let (sx, sy) = (f64::from(x) + f64::from(i % 4) / 4.0, f64::from(y) + f64::from(i / 4) / 4.0);
            let (dx, dy) = (sx - 80.0, sy - 60.0);
            let index = if dx * dx + dy * dy < 900.0 {
                0
            } else {
                scene(if dx * dx + dy * dy < 1000.0 { 40 } else { x }, y).max(1)
            };
            for (sum, colour) in sum.iter_mut().zip(colours[index]) {
                *sum += u32::from(colour);
            }
        }
        sum.map(|sum| (sum / 16) as u8).into()
    });
    let mask = mask_of(&picture);
    assert_eq!(mask.palette().len(), 4, "{:?}", mask.palette());
    let grey = mask.palette().iter().position(|colour| *colour == GREY).expect("grey is a region");
    // No pixel of the disc's rim is grey: the grey region is the block in the corner.
    for (at, label) in mask.labels().iter().enumerate() {
        assert!(usize::from(*label) != grey || (at % 160 < 25 && at / 160 < 25), "a grey rim at {at}");
    }
}

#[test]
fn a_photo_is_no_mask() {
    let photo = RgbImage::from_fn(200, 150, |x, y| {
        [(x * 255 / 199) as u8, (y * 255 / 149) as u8, ((x * y) % 256) as u8].into()
    });
    let result = Mask::from_pixels(Path::new("photo"), &photo, &CancelToken::new());
    let Err(Error::Photo { path, problem: PhotoError::NoPalette { limit: MAX_REGIONS } }) = result else {
        panic!("{result:?}");
    };
    assert_eq!(path, Path::new("photo"));
}

#[test]
fn tiny_masks_have_a_region() {
    for (width, height) in [(1, 1), (1, 50), (2, 1), (3, 3)] {
        let mask = mask_of(&RgbImage::from_pixel(width, height, RED.into()));
        assert_eq!((mask.palette(), mask.moved()), ([RED].as_slice(), 0));
    }
    let stripes = RgbImage::from_fn(9, 4, |x, _| if x % 2 == 0 { RED.into() } else { BLUE.into() });
    assert_eq!(mask_of(&stripes).palette().len(), 2);
}

#[test]
fn resizing_takes_the_nearest_label() {
    let mask = Mask::from_labels(2, 2, vec![0, 1, 2, 3], vec![RED, GREEN, BLUE, BLACK]);
    assert_eq!(mask.resized(4, 4).labels(), [0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3]);
    assert_eq!(mask.resized(4, 4).resized(2, 2).labels(), mask.labels());
    assert_eq!(mask.resized(1, 1).labels().len(), 1);
    let frame = crate::Frame { top: 2, left: 0, height: 2, width: 4 };
    assert_eq!(mask.within(&frame, (4, 4)).labels(), &mask.labels()[mask.labels().len() / 2..]);
    assert_eq!(mask.resized(2, 2), mask);
}

#[test]
fn nearest_colours_pair_across_masks() {
    let palette = [RED, GREEN, BLUE];
    assert_eq!(nearest_colour(&palette, [250, 4, 3]), Some(0));
    assert_eq!(nearest_colour(&palette, [1, 239, 9]), Some(1));
    assert_eq!(nearest_colour(&palette, GREY), None);
    assert_eq!(nearest_colour(&[], GREY), None);
}

#[test]
fn a_mask_is_read_whatever_its_name() {
    let mut bytes = Cursor::new(Vec::new());
    painted([RED, GREEN, BLUE, BLACK]).write_to(&mut bytes, ImageFormat::Png).expect("encodes");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mask.jpg");
    std::fs::write(&path, bytes.into_inner()).expect("writes");
    assert_eq!(Mask::open(&path, &Limits::default()).expect("a mask").palette().len(), 4);
}

#[test]
fn snapping_can_be_cancelled() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mask.png");
    painted([RED, GREEN, BLUE, BLACK]).save(&path).expect("saves");
    let token = CancelToken::new();
    let mut watch = Watch::with_token(token.clone());
    Mask::open_watched(&path, &Limits::default(), &mut watch).expect("a mask");
    assert_eq!(watch.seconds().len(), 1);
    token.cancel();
    let picture = painted([RED, GREEN, BLUE, BLACK]);
    let result = Mask::from_pixels(&path, &picture, &token);
    assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
}

#[test]
fn published_masks_have_clear_palettes() {
    let shared = std::env::var_os("RELUMINE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = shared.join("dpst/segmentation");
    let Ok(files) = std::fs::read_dir(&folder) else {
        eprintln!("SKIPPED: published_masks_have_clear_palettes needs {}", folder.display());
        return;
    };
    // Blue, green, black, white, red, yellow, grey, light blue and purple, as painted by their authors.
    let known = [BLUE, GREEN, BLACK, WHITE, RED, [255, 255, 0], GREY, [0, 255, 255], [255, 0, 255]];
    let mut seen = 0;
    for file in files {
        let path = file.expect("lists").path();
        if path.extension().is_none_or(|extension| extension != "png") {
            continue;
        }
        let mask = Mask::open(&path, &Limits::default()).expect("a mask");
        seen += 1;
        for (colour, area) in mask.palette().iter().zip(mask.areas()) {
            let share = area as f64 / mask.labels().len() as f64;
            assert!(
                nearest_colour(&known, *colour).is_some(),
                "{}: {colour:?} with {share:.4}",
                path.display()
            );
        }
    }
    assert!(seen > 0, "masks in {}", folder.display());
}
