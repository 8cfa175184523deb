//! Any bytes as a LUT: an error, or one that keeps colours finite and can be written and read again, never a panic.
//! Seeds: `crates/relumine/tests/fixtures/luts`.
//!
//! `cargo +nightly fuzz run lut`
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use relumine::io::Limits;
use relumine::lut::{Lut, LutFormat};

const LIMITS: Limits = Limits { max_pixels: 1 << 16, max_bytes: 1 << 24 };

fuzz_target!(|bytes: &[u8]| {
    let Ok(lut) = Lut::decode(bytes, Path::new("fuzzed"), &LIMITS) else { return };
    for colour in [[0.0; 3], [1.0; 3], [0.9, 0.1, -7.0], [f32::NAN, 1e30, 0.5]] {
        assert!(lut.apply(colour).iter().all(|value| value.is_finite()));
    }
    let again = lut.encode(LutFormat::Cube).expect("what decodes can be written");
    Lut::decode(&again, Path::new("again"), &Limits::default()).expect("what is written can be read");
});
