//! Whatever the bytes, loading a segmenter and reading a merging end in one or an error: no panic.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use relumine::segment::{DilatedNetwork, Merging};

fuzz_target!(|bytes: &[u8]| {
    let _ = DilatedNetwork::from_bytes(bytes);
    let _ = Merging::parse(&String::from_utf8_lossy(bytes), Path::new("fuzz"));
});
