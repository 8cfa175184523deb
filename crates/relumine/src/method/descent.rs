//! What the stages of an iterative method share: the optimiser's settings, the count of iterations, the caller's wishes.

use crate::optim::{LbfgsOptions, Preconditioner, StopReason, minimise};
use crate::report::Term;
use crate::{Error, Planes, Progress, Result, Stage, Step};

/// A stage ends where the objective fell by less than this share over [`STALL_ITERATIONS`].
const STALL: f64 = 2e-3;
const STALL_ITERATIONS: usize = 10;

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
    /// `iterations` iterations; `preconditioner` is L-BFGS's; `picture` renders the unknowns.
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
    ) -> Result<()> {
        let settings = LbfgsOptions {
            iterations,
            evaluations: 2 * iterations + 10,
            stall_tolerance: self.stall_tolerance.unwrap_or(0.0),
            stall_iterations: self.stall_tolerance.map_or(0, |_| STALL_ITERATIONS),
            preconditioner,
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
        if outcome.reason == StopReason::Cancelled { Err(Error::Cancelled) } else { Ok(()) }
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
