//! What the stages of an iterative method share: the optimiser's settings, the count of iterations, the caller's wishes.

use super::Course;
use crate::optim::{History, LbfgsOptions, Preconditioner, StopReason, minimise};
use crate::report::Term;
use crate::watch::{CancelToken, Watch};
use crate::{Error, Planes, Result};

/// A stage ends where the objective fell by less than this share over [`STALL_ITERATIONS`].
const STALL: f64 = 5e-4;
const STALL_ITERATIONS: usize = 10;

/// Each weighted term of an objective by its name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Terms(pub(super) Vec<(&'static str, f64)>);

impl Terms {
    /// The objective's value.
    pub(super) fn total(&self) -> f64 {
        self.0.iter().map(|(_, value)| value).sum()
    }

    /// What an evaluation that nobody waits for any more gives: no step goes there.
    fn abandoned() -> Self {
        Self(vec![("abandoned", f64::NAN)])
    }

    fn between(start: &Self, end: &Self) -> Vec<Term> {
        let pairs = start.0.iter().zip(&end.0);
        pairs.map(|((term, start), (_, end))| Term { term, start: *start, end: *end }).collect()
    }
}

/// A descent through several stages.
pub(super) struct Descent<'d, 'w> {
    method: &'static str,
    watch: &'d mut Watch<'w>,
    limit: usize,
    stall_tolerance: Option<f64>,
    course: Course,
}

impl<'d, 'w> Descent<'d, 'w> {
    /// At most `limit` iterations over all stages, fewer where the objective stalls; `watch` is told of each.
    pub(super) fn new(method: &'static str, limit: usize, watch: &'d mut Watch<'w>) -> Self {
        Self { method, watch, limit, stall_tolerance: Some(STALL), course: Course::default() }
    }

    /// As many iterations as there may be, whether the objective stalls or not.
    pub(super) fn of_fixed_length(method: &'static str, limit: usize, watch: &'d mut Watch<'w>) -> Self {
        Self { stall_tolerance: None, ..Self::new(method, limit, watch) }
    }

    /// One stage: minimises `objective` (which writes its gradient and returns its terms) from `x` in at most
    /// `iterations` iterations; `preconditioner` and `history` are L-BFGS's; `picture` renders the unknowns.
    ///
    /// # Errors
    /// [`Error::Cancelled`], and [`Error::NotFinite`] where the objective is not finite where it starts.
    pub(super) fn minimise(
        &mut self,
        x: &mut [f32],
        iterations: usize,
        preconditioner: Option<&Preconditioner<'_, f32>>,
        history: &mut History<f32>,
        objective: &mut dyn FnMut(&[f32], &mut [f32]) -> Terms,
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
        let (before, total, token) = (self.course.iterations, self.limit, self.watch.token().clone());
        let mut seen = Vec::new();
        let mut evaluate = |x: &[f32], gradient: &mut [f32]| {
            let terms = if token.is_cancelled() { Terms::abandoned() } else { objective(x, gradient) };
            let value = terms.total();
            seen.push(terms);
            value
        };
        let watch = &mut *self.watch;
        let outcome = minimise(x, &mut evaluate, &settings, history, &mut |iterate| {
            watch.iteration(before + iterate.iteration, total, iterate.value, || picture(iterate.x))
        });
        self.watch.token().check()?;
        if outcome.reason == StopReason::NotFinite {
            let term = seen[0].0.iter().find(|(_, value)| !value.is_finite());
            return Err(Error::NotFinite {
                method: self.method,
                term: term.map_or("gradient", |(name, _)| name),
            });
        }
        self.course.iterations += outcome.iterations;
        self.course.evaluations += outcome.evaluations;
        self.course.stopped = Some(outcome.reason);
        self.course.losses = Terms::between(&seen[0], &seen[outcome.best_evaluation]);
        Ok(())
    }

    /// The token, for work between the stages.
    pub(super) fn token(&self) -> &CancelToken {
        self.watch.token()
    }

    /// Whether the caller wants the picture as it stands.
    pub(super) fn is_finished(&self) -> bool {
        self.course.stopped == Some(StopReason::Finished)
    }

    /// How it went.
    pub(super) fn course(self) -> Course {
        self.course
    }
}
