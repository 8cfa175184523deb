//! Any bytes as segments of a JPEG file, and behind it.
//!
//! `cargo +nightly fuzz run jpeg_segments`
#![no_main]

mod carried;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use relumine::io::Format;

static JPEG: LazyLock<Vec<u8>> = LazyLock::new(|| carried::plain(Format::JPEG));

fuzz_target!(|bytes: &[u8]| {
    carried::check(&carried::with(&JPEG, 2, &[bytes]));
    carried::check(&carried::with(&JPEG, JPEG.len(), &[bytes]));
});
