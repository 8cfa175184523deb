//! The program, run as users run it. One test program, which is linked once.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bad_input;
mod bench;
mod control;
mod eval;
mod files;
#[cfg(feature = "wgpu")]
mod gpu;
#[allow(dead_code, reason = "the program's unit tests of fetching use the rest")]
mod hub;
mod killing;
mod looks;
mod manage;
mod matte;
mod segment;
mod transfer;
mod video;
mod weights;
