//! Whatever the bytes, loading a segmenter ends in an error or in one that can look at a photo, and reading a merging in one or an
//! error: no panic.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use relumine::segment::{self, Merging};
use relumine::watch::CancelToken;
use relumine::{Planes, Weights};

fuzz_target!(|bytes: &[u8]| {
    let token = CancelToken::new();
    if let Ok(segmenter) = segment::load(&Weights::Bytes(bytes.into()), &token) {
        let (height, width) = segmenter.looks_at(7, 5);
        let probabilities = segmenter.probabilities(&Planes::filled(3, height, width, 0.5), &token);
        assert_eq!(probabilities.channels(), segmenter.classes().len());
    }
    let _ = Merging::parse(&String::from_utf8_lossy(bytes), Path::new("fuzz"));
});
