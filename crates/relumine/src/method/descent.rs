//! What the stages of an iterative method share: the optimiser's settings, the count of iterations, the caller's wishes.

use crate::optim::{LbfgsOptions, Preconditioner, StopReason, minimise};
use crate::report::Term;
use crate::{Error, Planes, Progress, Result, Stage, Step};

/// A stage ends where the objective fell by less than this share over [`STALL_ITERATIONS`].
const STALL: f64 = 5e-4;
const STALL_ITERATIONS: usize = 10;
/// Pairs that L-BFGS keeps: as many as help, fewer where the unknowns are so many that the pairs would fill the memory.
const MOST_PAIRS: usize = 40;
const FEWEST_PAIRS: usize = 8;
/// Values in all steps, and as many in all differences of gradients: 256 MiB each.
const HISTORY_VALUES: usize = 1 << 26;

/// What was found, and how.
pub(crate) struct Solution<T> {
    /// The unknowns of the method.
    pub(crate) found: T,
    /// The objective's terms at the start and end of the last stage.
    pub(crate) losses: Vec<Term>,
    /// Iterations over all stages.
    pub(crate) iterations: usize,
    /// Evaluations over all stages.
    pub(crate) evaluations: usize,
    /// Why the last stage stopped.
    pub(crate) stopped: StopReason,
}

/// A descent through several stages.
pub(crate) struct Descent<'p> {
    progress: &'p mut dyn Progress,
    limit: usize,
    stall_tolerance: Option<f64>,
    iterations: usize,
    evaluations: usize,
    stopped: StopReason,
}

impl<'p> Descent<'p> {
    /// At most `limit` iterations over all stages, fewer where the objective stalls; `progress` is told of each.
    pub(crate) fn new(limit: usize, progress: &'p mut dyn Progress) -> Self {
        let stopped = StopReason::IterationLimit;
        Self { progress, limit, stall_tolerance: Some(STALL), iterations: 0, evaluations: 0, stopped }
    }

    /// As many iterations as there may be, whether the objective stalls or not.
    pub(crate) fn of_fixed_length(limit: usize, progress: &'p mut dyn Progress) -> Self {
        Self { stall_tolerance: None, ..Self::new(limit, progress) }
    }

    /// One stage: minimises `objective` (which writes its gradient and returns its value) from `x` in at most
    /// `iterations` iterations and returns its last value; `preconditioner` is L-BFGS's; `picture` renders the unknowns.
    ///
    /// # Errors
    /// [`Error::Cancelled`] where the caller asks for it.
    pub(crate) fn minimise(
        &mut self,
        x: &mut [f32],
        iterations: usize,
        preconditioner: Option<&Preconditioner<'_, f32>>,
        objective: &mut dyn FnMut(&[f32], &mut [f32]) -> f64,
        picture: &dyn Fn(&[f32]) -> Planes,
    ) -> Result<f64> {
        let settings = LbfgsOptions {
            iterations,
            evaluations: 2 * iterations + 10,
            stall_tolerance: self.stall_tolerance.unwrap_or(0.0),
            stall_iterations: self.stall_tolerance.map_or(0, |_| STALL_ITERATIONS),
            preconditioner,
            history: (HISTORY_VALUES / x.len().max(1)).clamp(FEWEST_PAIRS, MOST_PAIRS),
            ..LbfgsOptions::default()
        };
        let (before, total) = (self.iterations, self.limit);
        let progress = &mut *self.progress;
        let outcome = minimise(x, objective, &settings, &mut |iterate| {
            progress.step(&Step {
                stage: Stage::Solve,
                done: before + iterate.iteration,
                total,
                loss: Some(iterate.value),
                picture: Some(&|| picture(iterate.x)),
            })
        });
        self.iterations += outcome.iterations;
        self.evaluations += outcome.evaluations;
        self.stopped = outcome.reason;
        if outcome.reason == StopReason::Cancelled { Err(Error::Cancelled) } else { Ok(outcome.value) }
    }

    /// Iterations so far.
    pub(crate) fn iterations(&self) -> usize {
        self.iterations
    }

    /// Whether the caller wants the picture as it stands.
    pub(crate) fn is_finished(&self) -> bool {
        self.stopped == StopReason::Finished
    }

    /// What was found.
    pub(crate) fn solution<T>(self, found: T, losses: Vec<Term>) -> Solution<T> {
        let Self { iterations, evaluations, stopped, .. } = self;
        Solution { found, losses, iterations, evaluations, stopped }
    }
}
