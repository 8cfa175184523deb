//! How a caller follows long work and stops it.

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

/// For callers who do not want to know.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn step(&mut self, _: &Step<'_>) -> Verdict {
        Verdict::Continue
    }
}
