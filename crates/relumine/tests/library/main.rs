//! The library, through its public API. One test program, which is linked once.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod control;
mod counts;
mod examples;
mod golden;
mod invariants;
mod looks;
mod tiny;
mod toy;
mod values;
