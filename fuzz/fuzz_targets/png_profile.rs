//! Any bytes as a text chunk that holds metadata in hexadecimal digits, and behind it others.
//!
//! `cargo +nightly fuzz run png_profile`
#![no_main]

mod carried;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| carried::check(&carried::png_with(b"tEXt", &[b"Raw profile type ", bytes])));
