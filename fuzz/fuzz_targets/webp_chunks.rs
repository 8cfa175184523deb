//! Any bytes as chunks of a WebP file behind its picture.
//!
//! `cargo +nightly fuzz run webp_chunks`
#![no_main]

mod carried;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use relumine::io::Format;

static WEBP: LazyLock<Vec<u8>> = LazyLock::new(|| carried::plain(Format::WEBP));

fuzz_target!(|bytes: &[u8]| {
    let mut file = carried::with(&WEBP, WEBP.len(), &[bytes]);
    let size = (file.len() - 8) as u32;
    file[4..8].copy_from_slice(&size.to_le_bytes());
    carried::check(&file);
});
