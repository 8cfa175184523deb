//! Ctrl-C: once to finish with the picture as it stands, twice to stop without it, thrice to leave at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use relumine::Verdict;

/// Exit code of a program that Ctrl-C stopped (128 + SIGINT).
pub(crate) const EXIT_CODE: u8 = 130;

/// How often Ctrl-C was pressed since this was made.
#[derive(Clone, Debug)]
pub(crate) struct Interrupts(Arc<AtomicUsize>);

impl Interrupts {
    /// Takes Ctrl-C over from the system; once in a process.
    pub(crate) fn listen() -> Result<Self> {
        let pressed = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&pressed);
        ctrlc::set_handler(move || {
            if counter.fetch_add(1, Ordering::Relaxed) >= 2 {
                std::process::exit(EXIT_CODE.into());
            }
        })
        .context("cannot listen for Ctrl-C")?;
        Ok(Self(pressed))
    }

    /// What the user wants.
    pub(crate) fn verdict(&self) -> Verdict {
        match self.0.load(Ordering::Relaxed) {
            0 => Verdict::Continue,
            1 => Verdict::Finish,
            _ => Verdict::Cancel,
        }
    }
}

/// Ctrl-C stopped work of which some is done.
#[derive(Debug)]
pub(crate) struct Stopped {
    /// How much of it is done.
    pub(crate) done: usize,
    /// How much there was.
    pub(crate) total: usize,
}

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "stopped after {} of {}; results are kept, and the same command goes on from there",
            self.done, self.total
        )
    }
}

impl std::error::Error for Stopped {}
