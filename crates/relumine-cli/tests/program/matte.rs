//! Mattes through the program, from file to file, and what it says to bad input.

use crate::bench::{Bench, photo};
use image::{DynamicImage, GrayImage, Luma, RgbImage};
use serde_json::Value;

const MATTE: &str = "matte photo.png trimap.png -o alpha.png";
const ALL: &str = "--foreground cut.png --background reference.png --composite out.png --report out.json";

/// A bar of red before blue with soft sides, and its trimap.
fn bar(width: u32, height: u32) -> (RgbImage, GrayImage) {
    let (middle, half) = (width as f32 / 2.0, width as f32 / 6.0);
    let alpha = move |x: u32| ((half - (x as f32 + 0.5 - middle).abs()) / 2.0 + 0.5).clamp(0.0, 1.0);
    let image = RgbImage::from_fn(width, height, |x, y| {
        let mix =
            |front: f32, behind: f32| (alpha(x) * front + (1.0 - alpha(x)) * behind + (y % 3) as f32) as u8;
        image::Rgb([mix(220.0, 30.0), mix(60.0, 90.0), mix(30.0, 200.0)])
    });
    let trimap = GrayImage::from_fn(width, height, |x, _| {
        let near = (half - (x as f32 + 0.5 - middle).abs()).abs() < 3.0;
        Luma([if near { 128 } else { (alpha(x) * 255.0) as u8 }])
    });
    (image, trimap)
}

fn bench() -> Bench {
    let bench = Bench::new();
    let (image, trimap) = bar(60, 40);
    image.save(bench.path("photo.png")).unwrap();
    trimap.save(bench.path("trimap.png")).unwrap();
    bench
}

#[test]
fn a_bar_is_cut_out_and_put_before_another_background() {
    let bench = bench();
    let stderr = bench.succeeds(&format!("{MATTE} {ALL}"));
    assert!(stderr.lines().last().unwrap().starts_with("alpha.png: 60×40, matte converged in "), "{stderr}");
    assert!(
        stderr.contains("notice: reference.png: 40×40 pixels, scaled to cover the photo's 60×40"),
        "{stderr}"
    );

    let alpha = image::open(bench.path("alpha.png")).unwrap();
    let DynamicImage::ImageLuma8(alpha) = alpha else { panic!("8 grey bits, not {:?}", alpha.color()) };
    assert_eq!([5, 30, 55].map(|x| alpha.get_pixel(x, 20).0[0]), [0, 255, 0]);
    // The sides are at 20 and 40: half of either pixel that touches them is covered, more or less.
    for x in [18, 22, 38, 42] {
        let inside = (20..40).contains(&x);
        assert_eq!(alpha.get_pixel(x, 20).0[0] > 127, inside, "at {x}");
    }
    let DynamicImage::ImageRgba8(cut) = image::open(bench.path("cut.png")).unwrap() else { panic!("alpha") };
    for (cut, alpha) in cut.pixels().zip(alpha.pixels()) {
        assert_eq!(cut.0[3], alpha.0[0], "the cut-out is as transparent as the matte");
        assert!(alpha.0[0] < 30 || (cut.0[0] > 180 && cut.0[2] < 70), "no blue in the bar: {cut:?}");
    }
    let out = image::open(bench.path("out.png")).unwrap().to_rgb8();
    let before = image::open(bench.path("photo.png")).unwrap().to_rgb8();
    assert!(out.get_pixel(30, 20).0.iter().zip(before.get_pixel(30, 20).0).all(|(a, b)| a.abs_diff(b) < 3));
    assert_ne!(out.get_pixel(2, 20), before.get_pixel(2, 20), "another background");

    let report: Value = serde_json::from_slice(&std::fs::read(bench.path("out.json")).unwrap()).unwrap();
    assert_eq!(report["stopped"], "converged");
    assert_eq!(report["size"], serde_json::json!([60, 40]));
    assert!(report["iterations"].as_u64().unwrap() > 0 && report["residual"].as_f64().unwrap() <= 1e-5);
    assert!(report["unknown"].as_u64().unwrap() > 100);
    let stages: Vec<_> = report["seconds"].as_array().unwrap().iter().map(|timed| &timed["stage"]).collect();
    assert_eq!(stages, ["decode", "solve", "foreground"]);
}

#[test]
fn mattes_have_the_photos_depth() {
    let bench = bench();
    let wide = image::open(bench.path("photo.png")).unwrap().to_rgb16();
    wide.save(bench.path("photo.png")).unwrap();
    bench.succeeds(&format!("{MATTE} {ALL}"));
    let color = |name: &str| image::open(bench.path(name)).unwrap().color();
    assert_eq!(color("alpha.png"), image::ColorType::L16);
    assert_eq!(color("cut.png"), image::ColorType::Rgba16);
    assert_eq!(color("out.png"), image::ColorType::Rgb16);
}

#[test]
fn odd_photos_are_no_bad_input() {
    let bench = bench();
    for (width, height) in [(16, 16), (400, 20), (20, 400), (40, 2), (2, 1)] {
        let (image, mut trimap) = bar(width, height);
        trimap.put_pixel(0, 0, Luma([0]));
        trimap.put_pixel(width - 1, 0, Luma([255]));
        trimap.save(bench.path("trimap.png")).unwrap();
        let image = DynamicImage::from(image);
        for odd in
            [image.clone(), image.to_luma8().into(), image.to_luma_alpha16().into(), image.to_rgba8().into()]
        {
            odd.save(bench.path("photo.png")).unwrap();
            bench.succeeds(&format!("{MATTE} {ALL}"));
            for name in ["alpha.png", "cut.png", "out.png"] {
                assert_eq!(image::image_dimensions(bench.path(name)).unwrap(), (width, height));
            }
        }
    }
}

#[test]
fn a_trimap_of_another_size_is_resampled_with_a_notice() {
    let bench = bench();
    bar(30, 20).1.save(bench.path("trimap.png")).unwrap();
    let stderr = bench.succeeds(MATTE);
    assert!(stderr.contains("notice: trimap.png: 30×20 pixels, resampled to the photo's 60×40"), "{stderr}");
}

#[test]
fn what_a_format_cannot_hold_is_told() {
    let bench = bench();
    let stderr = bench.succeeds(&format!("{MATTE} --foreground cut.jpg"));
    assert!(stderr.contains("notice: cut.jpg: JPEG has no transparency"), "{stderr}");
}

#[test]
fn iterations_are_told_where_they_do_not_suffice() {
    let bench = bench();
    let stderr = bench.succeeds(&format!("{MATTE} --iterations 1"));
    assert!(stderr.contains("stopped after 1 iterations, residual"), "{stderr}");
}

#[test]
fn trimaps_that_know_too_little() {
    let bench = bench();
    for (level, mentions) in [
        (0u8, ["trimap.png: ", "no foreground", "paint", "white"]),
        (255, ["trimap.png: ", "no background", "paint", "black"]),
        (128, ["trimap.png: ", "no foreground", "paint", "white"]),
    ] {
        let half = GrayImage::from_fn(60, 40, |x, _| Luma([if x < 30 { level } else { 128 }]));
        half.save(bench.path("trimap.png")).unwrap();
        bench.fails(1, MATTE, &mentions);
    }
}

#[test]
fn inputs_that_cannot_be_read() {
    let bench = bench();
    bench.write("empty.png", b"");
    bench.write("text.png", b"Dear diary");
    let whole = std::fs::read(bench.path("photo.png")).unwrap();
    bench.write("half.png", &whole[..whole.len() / 2]);
    for (file, mention) in [
        ("no.png", "check the name"),
        ("empty.png", "empty"),
        ("text.png", "not a JPEG"),
        ("half.png", "damaged or cut short"),
    ] {
        for words in [
            format!("matte {file} trimap.png -o alpha.png"),
            format!("matte photo.png {file} -o alpha.png"),
            format!("{MATTE} --background {file} --composite out.png"),
        ] {
            bench.fails(1, &words, &[file, mention]);
        }
    }
}

/// Each of these is found before anything is read: the photo does not even exist.
#[test]
fn outputs_that_cannot_be_written_are_found_first() {
    let bench = bench();
    for option in ["-o", "-o alpha.png --foreground", "-o alpha.png --background b.png --composite"] {
        let words = format!("matte no.png no.png {option} no/folder/out.png");
        bench.fails(1, &words, &["no/folder/out.png", "cannot be written", "choose a folder"]);
        bench.fails(2, &format!("matte no.png no.png {option} out.gif"), &["out.gif", "extension must be"]);
    }
    let words = "matte no.png no.png -o alpha.png --report no/out.json";
    bench.fails(1, words, &["no/out.json", "cannot be written"]);
    for (words, mention) in [
        ("matte photo.png trimap.png -o photo.png", "is also an input"),
        ("matte photo.png trimap.png -o ./trimap.png", "is also an input"),
        ("matte photo.png trimap.png -o alpha.png --foreground ./alpha.png", "two outputs"),
        (
            "matte photo.png trimap.png -o alpha.png --background reference.png --composite reference.png",
            "is also an input",
        ),
    ] {
        bench.fails(1, words, &[mention, "choose another name"]);
    }
}

#[test]
fn wrong_usage() {
    let bench = bench();
    photo(8, 8, 0).save(bench.path("b.png")).unwrap();
    for (option, mentions) in [
        ("--composite out.png", &["--background", "relumine matte --help"][..]),
        ("--background b.png", &["--composite"]),
        ("--epsilon 0", &["--epsilon is 0"]),
        ("--tolerance -1", &["--tolerance is -1"]),
        ("--tolerance NaN", &["--tolerance is NaN"]),
        ("--iterations 0", &["--iterations is 0"]),
        ("--device gpu", &["GPU"]),
    ] {
        bench.fails(2, &format!("{MATTE} {option}"), mentions);
    }
}
