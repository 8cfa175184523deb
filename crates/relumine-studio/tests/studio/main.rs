//! The studio by its router, without a socket.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod access;
mod contract;
mod files;
mod support;
mod work;
