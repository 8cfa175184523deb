//! Damaged files of every format: whatever comes out, it is no panic. The fuzz target `decode_photo` goes on from here.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

/// Photos that are decoded from damaged files, a format.
const CASES: usize = 1500;

#[test]
fn damaged_files_cause_no_panic() {
    let icc = moxcms::ColorProfile::new_display_p3().encode().expect("encodes");
    let limits = Limits { max_pixels: 1 << 16, max_bytes: 1 << 24 };
    let mut decoded = 0;
    for format in WRITTEN.iter().copied() {
        let whole = file(noise(13, 9, 3, false, 6), format, Some(icc.clone()), None);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for case in 0..CASES {
            let mut bytes = whole.clone();
            for _ in 0..rng.random_range(1..8) {
                // Half the damage goes to the first bytes, which hold the structure.
                let reach = if rng.random() { bytes.len().min(64) } else { bytes.len() };
                let at = rng.random_range(0..reach);
                match case % 4 {
                    0 => bytes[at] = rng.random(),
                    1 => bytes[at] ^= 1 << rng.random_range(0..8),
                    2 => bytes[at] = if rng.random() { 0xFF } else { 0 },
                    _ => drop(bytes.splice(at..at, [rng.next_u32() as u8; 3])),
                }
            }
            if case % 5 == 0 {
                bytes.truncate(rng.random_range(0..bytes.len()));
            }
            if let Ok(photo) = Photo::decode(&bytes, Path::new("damaged"), &limits) {
                decoded += 1;
                assert!(photo.colours().data().iter().all(|colour| colour.is_finite()));
                photo.encode(Format::PNG, &SaveOptions::default()).expect("what decodes can be written");
            }
        }
    }
    assert!(
        decoded > CASES / 10,
        "some damage leaves a photo, or nothing behind the header was tried: {decoded}"
    );
}

#[test]
fn damaged_layouts_and_raw_files_cause_no_panic() {
    let limits = Limits { max_pixels: 1 << 12, max_bytes: 1 << 20 };
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut decoded = 0;
    for folder in ["tiff", "raw"] {
        let mut files: Vec<_> = std::fs::read_dir(fixtures.join(folder))
            .expect("a folder")
            .map(|file| file.expect("a file").path())
            .filter(|file| file.extension().is_none_or(|extension| extension != "safetensors"))
            .collect();
        files.sort();
        for file in files {
            let whole = std::fs::read(&file).expect("a fixture");
            for case in 0..60 {
                let mut bytes = whole.clone();
                for _ in 0..rng.random_range(1..4) {
                    let at = rng.random_range(4..bytes.len() - 4);
                    match case % 3 {
                        0 => bytes[at] ^= 1 << rng.random_range(0..8),
                        1 => bytes[at] = rng.random(),
                        // Lengths, offsets and counts, of entries as tifffile places them.
                        _ => {
                            let entry = 18 + 4 * rng.random_range(0..(bytes.len().min(300) - 22) / 4);
                            let value =
                                [0, 1, 0xFF, 0xFFFF, 0x7FFF_FFFF, u32::MAX][rng.random_range(0..6usize)];
                            bytes[entry..entry + 4].copy_from_slice(&value.to_le_bytes());
                        }
                    }
                }
                if case % 7 == 0 {
                    bytes.truncate(rng.random_range(0..bytes.len()));
                }
                // Beneath what catches panics, so that one would be seen.
                if let Ok((_, picture)) = decode::by_content(&bytes, FORMATS, &limits) {
                    decoded += 1;
                    let colours =
                        samples::colours(&picture.pixels, None, 0..picture.pixels.height() as usize);
                    assert!(colours.data().iter().all(|colour| colour.is_finite()));
                }
            }
        }
    }
    assert!(decoded > 1000, "some damage leaves a photo: {decoded}");
}

/// Of decoders that are others', what panics is caught: all that is asked is an error or a photo.
#[test]
fn damaged_files_of_others_are_errors() {
    let limits = Limits { max_pixels: 1 << 12, max_bytes: 1 << 20 };
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
    let mut files: Vec<_> = std::fs::read_dir(fixtures)
        .expect("a folder")
        .map(|file| file.expect("a file").path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "jxl" || extension == "exr"))
        .collect();
    files.sort();
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let mut decoded = 0;
    for file in files {
        let whole = std::fs::read(&file).expect("a fixture");
        for case in 0..40 {
            let mut bytes = whole.clone();
            for _ in 0..rng.random_range(1..4) {
                let reach = if rng.random() { bytes.len().min(400) } else { bytes.len() };
                let at = rng.random_range(2..reach - 4);
                match case % 3 {
                    0 => bytes[at] ^= 1 << rng.random_range(0..8),
                    1 => bytes[at] = rng.random(),
                    _ => {
                        let value: u32 = [0, 1, 0xFFFF, 0x7FFF_FFFF, u32::MAX][rng.random_range(0..5usize)];
                        bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
                    }
                }
            }
            if case % 7 == 0 {
                bytes.truncate(rng.random_range(0..bytes.len()));
            }
            if let Ok(photo) = Photo::decode(&bytes, Path::new("damaged"), &limits) {
                decoded += 1;
                assert!(photo.colours().data().iter().all(|colour| colour.is_finite()), "{}", file.display());
                photo.encode(Format::OPENEXR, &SaveOptions::default()).expect("what decodes can be written");
            }
        }
    }
    assert!(decoded > 100, "some damage leaves a photo: {decoded}");
}

#[test]
fn damaged_profiles_cause_no_panic() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for profile in [moxcms::ColorProfile::new_display_p3(), moxcms::ColorProfile::new_gray_with_gamma(2.2)] {
        let whole = profile.encode().expect("encodes");
        let channels = if profile.color_space == moxcms::DataColorSpace::Gray { 1 } else { 3 };
        let pixels = noise(5, 3, channels, false, 8);
        for _ in 0..CASES {
            let mut icc = whole.clone();
            for _ in 0..rng.random_range(1..6) {
                let at = rng.random_range(0..icc.len());
                icc[at] = rng.random();
            }
            if let Ok(profile) = icc::Profile::new(icc, channels) {
                let colours = samples::colours(&pixels, Some(&profile), 0..pixels.height() as usize);
                assert!(colours.data().iter().all(|colour| colour.is_finite()));
                let mut recoloured = samples::in_rgb(&pixels);
                let grey = Planes::filled(3, 3, 5, 0.3);
                samples::recolour(&mut recoloured, Some(&profile), &grey, 0, samples::Target::Own);
            }
        }
    }
}
