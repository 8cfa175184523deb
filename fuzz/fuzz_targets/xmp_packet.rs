//! Any bytes as an XMP packet.
//!
//! `cargo +nightly fuzz run xmp_packet`
#![no_main]

mod carried;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| carried::check(&carried::png_with(
    b"iTXt",
    &[b"XML:com.adobe.xmp\0\0\0\0\0", bytes]
)));
