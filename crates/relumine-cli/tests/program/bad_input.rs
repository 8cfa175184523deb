//! What the program says to bad input: the exit code, one line that names the file and what to do, and nothing
//! half-written.

use std::io::Cursor;

use crate::bench::{Bench, mask, photo, weights};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageFormat};

const TRANSFER: &str = "transfer content.png reference.png -o out.png";

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    photo(width, height, 0).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A PNG whose header, with a good checksum, tells of another size than its data have.
fn png_that_says(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = png(8, 8);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = !bytes[12..29].iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    });
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    bytes
}

/// A JPEG header of four components, as CMYK has: a picture of 8×8 pixels without data.
fn cmyk_jpeg() -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8];
    bytes.extend([0xFF, 0xEE, 0, 14]);
    bytes.extend(b"Adobe\0\x64\0\0\0\0\0");
    bytes.extend([0xFF, 0xDB, 0, 67, 0]);
    bytes.extend([1; 64]);
    bytes.extend([0xFF, 0xC0, 0, 20, 8, 0, 8, 0, 8, 4]);
    for component in 1..=4 {
        bytes.extend([component, 0x11, 0]);
    }
    for class in [0x00, 0x10] {
        bytes.extend([0xFF, 0xC4, 0, 20, class, 1]);
        bytes.extend([0; 15]);
        bytes.push(0);
    }
    bytes.extend([0xFF, 0xDA, 0, 14, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0]);
    bytes.extend([0, 0, 0, 0, 0xFF, 0xD9]);
    bytes
}

/// The content photo, the reference and both masks are read by the same code; each is tried with each file.
fn every_input_fails(file: &str, bytes: &[u8], mentions: &[&str]) {
    let bench = Bench::new();
    bench.write(file, bytes);
    mask(48, 32, [255, 0, 0], [0, 0, 255]).save(bench.path("mask.png")).unwrap();
    let mentions: Vec<_> = mentions.iter().copied().chain([file]).collect();
    for words in [
        format!("transfer {file} reference.png -o out.png --report out.json"),
        format!("transfer content.png {file} -o out.png --report out.json"),
        format!(
            "transfer content.png reference.png -o out.png --content-mask {file} --reference-mask mask.png"
        ),
        format!(
            "transfer content.png reference.png -o out.png --content-mask mask.png --reference-mask {file}"
        ),
    ] {
        bench.fails(1, &words, &mentions);
    }
}

#[test]
fn missing() {
    let bench = Bench::new();
    bench.fails(
        1,
        "transfer no.png reference.png -o out.png",
        &["no.png: ", "cannot be read", "check the name"],
    );
    bench.fails(1, "transfer content.png no.jpg -o out.png", &["no.jpg: ", "check the name"]);
}

#[test]
fn empty() {
    every_input_fails("bad.jpg", b"", &["empty", "copy it again"]);
}

#[test]
fn truncated() {
    let whole = png(64, 64);
    every_input_fails("bad.png", &whole[..whole.len() / 2], &["damaged or cut short", "copy it again"]);
    let mut jpeg = Vec::new();
    JpegEncoder::new(&mut jpeg).encode_image(&photo(64, 64, 0)).unwrap();
    every_input_fails("bad.jpg", &jpeg[..jpeg.len() / 2], &["damaged or cut short", "copy it again"]);
}

#[test]
fn not_a_photo_whatever_its_name() {
    every_input_fails("bad.png", b"Dear diary, today I was renamed.", &["not a JPEG", "convert"]);
}

#[test]
fn a_photo_under_a_wrong_extension_is_read_by_its_content() {
    let bench = Bench::new();
    bench.write("really-a-png.jpg", &png(20, 20));
    bench.succeeds("transfer really-a-png.jpg reference.png -o out.png");
}

#[test]
fn zero_sized() {
    every_input_fails("bad.png", &png_that_says(0, 8), &["bad.png"]);
}

#[test]
fn header_bomb() {
    every_input_fails("bad.png", &png_that_says(40_000, 40_000), &["40000×40000", "--max-megapixels"]);
}

#[test]
fn limits_can_be_set() {
    let bench = Bench::new();
    bench.fails(1, &format!("{TRANSFER} --max-megapixels 0"), &["content.png", "--max-megapixels"]);
    bench.fails(1, &format!("{TRANSFER} --max-bytes 99"), &["content.png", "--max-bytes"]);
}

#[test]
fn cmyk() {
    every_input_fails("bad.jpg", &cmyk_jpeg(), &["CMYK", "convert it to RGB"]);
}

#[test]
fn photos_of_extreme_shapes_are_no_bad_input() {
    let bench = Bench::new();
    for (width, height) in [(1, 1), (1, 5000), (5000, 1)] {
        bench.write("odd.png", &png(width, height));
        bench.succeeds("transfer odd.png reference.png -o out.png");
        assert_eq!(image::image_dimensions(bench.path("out.png")).unwrap(), (width, height));
        bench.succeeds("transfer content.png odd.png -o out.png");
        assert_eq!(image::image_dimensions(bench.path("out.png")).unwrap(), (48, 32));
    }
}

#[test]
fn a_corrupt_profile_is_told_and_set_aside() {
    let bench = Bench::new();
    let pixels = photo(20, 20, 0);
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(b"no profile at all".to_vec()).unwrap();
    encoder.write_image(&pixels, 20, 20, ExtendedColorType::Rgb8).unwrap();
    bench.write("odd.png", &bytes);
    let stderr = bench.succeeds("transfer odd.png reference.png -o out.png");
    assert!(stderr.contains("notice: odd.png: its colour profile cannot be used"), "{stderr}");
}

#[test]
fn corrupt_exif_data_are_told_and_set_aside() {
    let bench = Bench::new();
    let pixels = photo(20, 20, 0);
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new(&mut bytes);
    encoder.set_exif_metadata(b"II*\0\xFF\xFF\xFF\x7F and so on".to_vec()).unwrap();
    encoder.write_image(&pixels, 20, 20, ExtendedColorType::Rgb8).unwrap();
    bench.write("odd.jpg", &bytes);
    let stderr = bench.succeeds("transfer odd.jpg reference.png -o out.jpg");
    assert!(stderr.contains("notice: odd.jpg: its EXIF data are corrupt"), "{stderr}");
}

#[test]
fn masks_of_no_common_colour() {
    let bench = Bench::new();
    mask(48, 32, [255, 0, 0], [0, 0, 255]).save(bench.path("red-blue.png")).unwrap();
    mask(40, 40, [0, 255, 0], [255, 255, 255]).save(bench.path("green-white.png")).unwrap();
    let words = format!("{TRANSFER} --content-mask red-blue.png --reference-mask green-white.png");
    bench.fails(1, &words, &["red-blue.png", "green-white.png", "no colour", "paint each pair"]);
}

#[test]
fn a_lonely_mask() {
    let bench = Bench::new();
    bench.fails(2, &format!("{TRANSFER} --content-mask content.png"), &["--reference-mask"]);
    bench.fails(2, &format!("{TRANSFER} --reference-mask content.png"), &["--content-mask"]);
}

/// Each of these is found before the photos are read: the content photo does not even exist.
#[test]
fn outputs_that_cannot_be_written_are_found_first() {
    let bench = Bench::new();
    let bad = ["no/such/folder", "content.png"].map(|folder| format!("{folder}/out.png"));
    let bad_reports = ["no/such/folder/out.json", "content.png/out.json", "/proc/out.json"];
    for output in bad.iter().map(String::as_str).chain(["/proc/out.png"]) {
        bench.fails(
            1,
            &format!("transfer no.png no.png -o {output}"),
            &[output, "cannot be written", "choose a folder"],
        );
    }
    for report in bad_reports {
        let words = format!("transfer no.png no.png -o out.png --report {report}");
        bench.fails(1, &words, &[report, "cannot be written", "choose a folder"]);
    }
    bench.fails(2, "transfer no.png no.png -o out.gif", &["out.gif", "extension must be"]);
    bench.fails(2, "transfer no.png no.png -o out", &["extension must be"]);
}

#[cfg(unix)]
#[test]
fn reports_follow_links_and_honour_write_protection() {
    let bench = Bench::new();
    bench.write("kept.json", b"old");
    std::os::unix::fs::symlink("kept.json", bench.path("link.json")).unwrap();
    bench.succeeds(&format!("{TRANSFER} --report link.json"));
    assert!(bench.path("link.json").is_symlink());
    assert!(std::fs::read_to_string(bench.path("kept.json")).unwrap().starts_with('{'));

    bench.write("locked.json", b"old");
    let mut permissions = bench.path("locked.json").metadata().unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(bench.path("locked.json"), permissions).unwrap();
    let mentions = ["locked.json", "cannot be written"];
    bench.fails(1, "transfer no.png no.png -o out.png --report locked.json", &mentions);
    assert_eq!(std::fs::read(bench.path("locked.json")).unwrap(), b"old");
}

#[test]
fn nothing_is_written_over_an_input_or_another_output() {
    let bench = Bench::new();
    for (options, mention) in [
        ("-o content.png", "is also an input"),
        ("-o ./reference.png", "is also an input"),
        ("-o out.png --report reference.png", "is also an input"),
        ("-o out.png --report out.png", "two outputs"),
        ("-o out.png --overlay ./out.png", "two outputs"),
    ] {
        let words = format!("transfer content.png reference.png {options}");
        bench.fails(1, &words, &[mention, "choose another name"]);
    }
}

#[test]
fn weights_that_cannot_be_used() {
    let bench = Bench::new();
    let layers = "--content-layers relu1_1 --style-layers relu1_1,relu1_2 --size 32 --iterations 2";
    let words = |file: &str| format!("{TRANSFER} --method neural {layers} --network {file}");
    bench.fails(1, &words("no.safetensors"), &["no.safetensors", "cannot be read", "weights fetch vgg19"]);

    bench.write("text.safetensors", b"no weights at all, but a letter");
    bench.fails(1, &words("text.safetensors"), &["text.safetensors", "not a safetensors file"]);

    bench.write("one-layer.safetensors", &weights(1, |_, _| {}));
    bench.fails(
        1,
        &words("one-layer.safetensors"),
        &["one-layer.safetensors", "lacks", "choose other layers"],
    );

    let spoilt = weights(2, |name, values| {
        if name == "features.2.weight" {
            values[77] = f32::NAN;
        }
    });
    bench.write("nan.safetensors", &spoilt);
    bench.fails(1, &words("nan.safetensors"), &["nan.safetensors", "NaN", "get the file again"]);

    let half = &weights(2, |_, _| {})[..5000];
    bench.write("half.safetensors", half);
    bench.fails(1, &words("half.safetensors"), &["half.safetensors"]);
}

#[test]
fn a_network_that_was_not_fetched() {
    let bench = Bench::new();
    let words = format!("{TRANSFER} --method neural --network vgg19");
    bench.fails(1, &words, &["vgg19.safetensors", "`relumine weights fetch vgg19`", "--network"]);
    bench.fails(
        2,
        &format!("{TRANSFER} --method deep-photo"),
        &["deep-photo", "--network", "weights fetch vgg19"],
    );
}

#[test]
fn wrong_usage() {
    let bench = Bench::new();
    for (words, mentions) in [
        ("transfer content.png -o out.png", &["<REFERENCE>", "relumine transfer --help"][..]),
        ("transfer content.png reference.png", &["--output"]),
        ("transmogrify", &["transmogrify", "relumine --help"]),
        ("weights fetch vgg11", &["vgg11", "vgg19"]),
    ] {
        bench.fails(2, words, mentions);
    }
    for (option, mentions) in [
        ("--sizes 9", &["--sizes", "--size", "relumine transfer --help"][..]),
        ("--method magic", &["magic", "look", "transport", "deep-photo", "neural"]),
        ("--schedule slow", &["slow", "coarse-to-fine"]),
        ("--strength 1.5", &["--strength is 1.5", "between 0 and 1"]),
        ("--strength -1", &["--strength is -1"]),
        ("--strength NaN", &["--strength is NaN"]),
        ("--strength much", &["much", "--strength"]),
        ("--size 0", &["--size is 0"]),
        ("--size 99999999999999999999", &["--size"]),
        ("--iterations 0", &["--iterations is 0"]),
        ("--content-weight -3 --method neural", &["--content-weight is -3"]),
        ("--style-weight inf", &["'inf'", "--style-weight", "finite"]),
        ("--photorealism-weight 1e45", &["--photorealism-weight is 1000", "from 0 to 1e30"]),
        ("--style-layers relu9_9", &["relu9_9"]),
        ("--content-layers fc7", &["fc7"]),
        ("--threads 0", &["--threads"]),
        ("--quality 0", &["--quality"]),
        ("--quality 101", &["--quality"]),
        ("--preview-every 0", &["--preview-every"]),
        ("--device tpu", &["tpu", "cpu"]),
        ("-q -v", &["--quiet", "--verbose"]),
    ] {
        bench.fails(2, &format!("{TRANSFER} {option}"), mentions);
    }
}

#[cfg(not(feature = "wgpu"))]
#[test]
fn a_build_without_gpu_support_says_so() {
    Bench::new().fails(2, &format!("{TRANSFER} --device gpu"), &["GPU", "feature wgpu", "--device cpu"]);
}
