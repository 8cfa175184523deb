//! Any bytes as EXIF data.
//!
//! `cargo +nightly fuzz run exif_data`
#![no_main]

mod carried;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| carried::check(&carried::png_with(b"eXIf", &[bytes])));
