//! Whatever the bytes, loading weights ends in an error or in a network that can look at a photo: no panic, no memory beyond the
//! input's measure.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relumine::features::{Network, Tap};
use relumine::watch::CancelToken;
use relumine::{Compute, Planes, Weights};

fuzz_target!(|bytes: &[u8]| {
    let (taps, token) = (&Tap::STYLE[..1], CancelToken::new());
    if let Ok(network) = Network::load(&Weights::Bytes(bytes.into()), taps, &Compute::cpu(), &token) {
        let _ = network.look(&Planes::filled(3, 7, 5, 0.5), taps, &token);
    }
});
