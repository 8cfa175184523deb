//! Whatever the bytes, loading weights ends in a network or an error: no panic, no memory beyond the input's measure.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relumine::features::{Network, Tap};
use relumine::segment::SegFormer;

fuzz_target!(|bytes: &[u8]| {
    let _ = Network::from_bytes(bytes, &Tap::STYLE[..1]);
    let _ = SegFormer::from_bytes(bytes);
});
