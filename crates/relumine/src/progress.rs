//! How a caller follows long work and stops it.

/// A stage of the work, in the order in which they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Stage {
    /// Regions of both photos.
    Regions,
    /// The closed-form colour maps.
    Transport,
    /// The iterative solution.
    Solve,
    /// The locally-affine smoothing of a solution over pixels.
    Smooth,
    /// The look applied at the photo's own size.
    Apply,
    /// The colours of a matte's foreground.
    Foreground,
}

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

/// What the caller wants to happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Continue,
    /// Stop iterating and return the picture as it stands.
    Finish,
    /// Stop and return [`Error::Cancelled`](crate::Error::Cancelled).
    Cancel,
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
