//! How a caller follows long work and stops it.

use crate::watch::CancelToken;
pub use crate::watch::{Stage, Verdict};

/// Where the work stands.
#[derive(Clone, Copy)]
pub struct Step<'a> {
    /// The stage.
    pub stage: Stage,
    /// How many units (iterations, tiles) of this stage are done.
    pub done: usize,
    /// How many units this stage has at the most; it may stop earlier.
    pub total: usize,
    /// The objective's value, in iterative stages.
    pub loss: Option<f64>,
    /// Renders the picture as it stands, 3×H×W at the size it is being solved at, in iterative stages.
    pub picture: Option<&'a dyn Fn() -> crate::Planes>,
}

/// Implemented by callers; polled at every stage, iteration and tile.
pub trait Progress: Send {
    /// Told of each step; says what to do next.
    fn step(&mut self, step: &Step<'_>) -> Verdict;
}

/// Follows a watch for those who still ask by [`Progress`].
pub(crate) struct Relay<'p> {
    pub(crate) progress: &'p mut dyn Progress,
    pub(crate) token: CancelToken,
}

impl crate::watch::Follow for Relay<'_> {
    fn progress(&mut self, at: &crate::watch::Progress) {
        let step = Step { stage: at.stage, done: at.done, total: at.total, loss: at.loss, picture: None };
        match self.progress.step(&step) {
            Verdict::Continue => {}
            Verdict::Finish => self.token.finish(),
            Verdict::Cancel => self.token.cancel(),
        }
    }
}

/// For callers who do not want to know.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn step(&mut self, _: &Step<'_>) -> Verdict {
        Verdict::Continue
    }
}
