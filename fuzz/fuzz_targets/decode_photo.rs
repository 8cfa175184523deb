//! Any bytes as a photo, camera RAW files among them, and as a mask: an error or a picture that can be written, never a panic.
//! Seeds: `crates/relumine/tests/fixtures/tiff`, `raw` and `formats`.
//!
//! `cargo +nightly fuzz run decode_photo`
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use relumine::io::{Format, Limits, Photo, SaveOptions};
use relumine::mask::Mask;

const LIMITS: Limits = Limits { max_pixels: 1 << 18, max_bytes: 1 << 26 };

fuzz_target!(|bytes: &[u8]| {
    let name = Path::new("fuzzed");
    if let Ok(photo) = Photo::decode(bytes, name, &LIMITS) {
        assert!(photo.colours().data().iter().all(|colour| colour.is_finite()));
        photo.encode(Format::PNG, &SaveOptions::default()).expect("what decodes can be written");
    }
    // Whatever is no mask is an error.
    let _ = Mask::decode(bytes, name, &LIMITS);
});
