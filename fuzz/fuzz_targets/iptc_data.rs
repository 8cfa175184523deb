//! Any bytes as image resources of Photoshop, and as the IPTC data in them.
//!
//! `cargo +nightly fuzz run iptc_data`
#![no_main]

mod carried;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use relumine::io::Format;

static JPEG: LazyLock<Vec<u8>> = LazyLock::new(|| carried::plain(Format::JPEG));

fuzz_target!(|bytes: &[u8]| {
    let bytes = &bytes[..bytes.len().min(60_000)];
    let size = (bytes.len() as u32).to_be_bytes();
    for head in [&b""[..], &[&b"8BIM\x04\x04\0\0"[..], &size].concat()] {
        let content = [b"Photoshop 3.0\0", head, bytes].concat();
        let length = (content.len() as u16 + 2).to_be_bytes();
        carried::check(&carried::with(&JPEG, 2, &[b"\xFF\xED", &length, &content]));
    }
});
