//! Ctrl-C: once to finish with the picture as it stands, twice to stop without it, thrice to leave at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use relumine::watch::{CancelToken, Verdict};

/// Exit code of a program that Ctrl-C stopped (128 + SIGINT).
pub(crate) const EXIT_CODE: u8 = 130;

/// Takes Ctrl-C over from the system, once in a process. The first asks for `first`, the second cancels, the third leaves.
pub(crate) fn listen(first: Verdict) -> Result<CancelToken> {
    let (token, pressed) = (CancelToken::new(), Arc::new(AtomicUsize::new(0)));
    let clone = token.clone();
    ctrlc::set_handler(move || match pressed.fetch_add(1, Ordering::Relaxed) {
        0 if first == Verdict::Finish => clone.finish(),
        0 | 1 => clone.cancel(),
        _ => std::process::exit(EXIT_CODE.into()),
    })
    .context("cannot listen for Ctrl-C")?;
    Ok(token)
}

/// Ctrl-C stopped work of which some is done.
#[derive(Debug)]
pub(crate) struct Stopped {
    /// How much of it is done.
    pub(crate) done: usize,
    /// How much there was.
    pub(crate) total: usize,
    /// What goes on from there.
    pub(crate) again: &'static str,
}

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "stopped after {} of {}; results are kept, and {} goes on from there",
            self.done, self.total, self.again
        )
    }
}

impl std::error::Error for Stopped {}
