//! Any bytes as boxes of a JPEG XL file, before its picture and behind it.
//!
//! `cargo +nightly fuzz run jxl_boxes`
#![no_main]

mod carried;

use libfuzzer_sys::fuzz_target;

const BEGINNING: &[u8] = b"\0\0\0\x0CJXL \r\n\x87\n\0\0\0\x14ftypjxl \0\0\0\0jxl ";

/// A picture without boxes.
const PICTURE: &[u8] = include_bytes!("../../crates/relumine/tests/fixtures/formats/bare.jxl");

fuzz_target!(|bytes: &[u8]| {
    let header = [&(PICTURE.len() as u32 + 8).to_be_bytes(), b"jxlc".as_slice()].concat();
    carried::check(&[BEGINNING, &header, PICTURE, bytes].concat());
    carried::check(&[BEGINNING, bytes, &header, PICTURE].concat());
});
