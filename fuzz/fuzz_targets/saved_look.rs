//! Any bytes as a .look file: a look or an error, and one that is read is written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relumine::SavedLook;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(look) = SavedLook::decode(bytes) {
        let again = look.encode().expect("what was read can be written");
        assert!(SavedLook::decode(&again).is_ok());
    }
});
