//! How a caller follows long work and stops it: one token, one poll, one place for timing, one sink for previews.
//!
//! Whoever works holds a [`Watch`]: it opens stages, tells of steps and polls the token. Whoever waits holds a clone of the
//! [`CancelToken`] and, where wanted, of the [`Previews`], on any thread.

mod previews;
mod token;

use std::time::Instant;

use crate::report::StageSeconds;
use crate::{Planes, Result};

pub use previews::{Preview, Previews};
pub use token::{CancelToken, Verdict};

/// A stage of the work, in the order in which they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Stage {
    /// A file is read and decoded.
    Decode,
    /// Network weights are read.
    Load,
    /// Regions of both photos.
    Regions,
    /// The closed-form colour maps.
    Transport,
    /// The learned grade.
    Grade,
    /// The iterative solution.
    Solve,
    /// The locally-affine smoothing of a solution over pixels.
    Smooth,
    /// The look applied at the photo's own size.
    Apply,
    /// The colours of a matte's foreground.
    Foreground,
    /// The result is encoded and written.
    Encode,
}

/// Where the work stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The stage.
    pub stage: Stage,
    /// How many units (iterations, rows, tiles) of this stage are done.
    pub done: usize,
    /// How many units this stage has at the most; it may stop earlier.
    pub total: usize,
    /// The objective's value, in iterative stages.
    pub loss: Option<f64>,
}

/// Told of the progress of long work, on the thread that does it. To stop the work is the [`CancelToken`]'s part.
pub trait Follow: Send {
    /// Told at every stage, iteration and tile.
    fn progress(&mut self, progress: &Progress);
}

impl<F: FnMut(&Progress) + Send> Follow for F {
    fn progress(&mut self, progress: &Progress) {
        self(progress);
    }
}

/// What long work reports to and is stopped by.
#[derive(Default)]
pub struct Watch<'w> {
    token: CancelToken,
    follower: Option<&'w mut dyn Follow>,
    previews: Option<Previews>,
    seconds: Vec<StageSeconds>,
    stage: Option<Stage>,
}

impl<'w> Watch<'w> {
    /// Nobody follows, and nobody stops it.
    pub fn silent() -> Self {
        Self::default()
    }

    /// Stopped by a token of which the caller keeps a clone.
    pub fn with_token(token: CancelToken) -> Self {
        Self { token, ..Self::default() }
    }

    /// Followed as well.
    #[must_use]
    pub fn followed_by(self, follower: &'w mut dyn Follow) -> Self {
        Self { follower: Some(follower), ..self }
    }

    /// With pictures on the way as well, for a sink of which the caller keeps a clone.
    #[must_use]
    pub fn with_previews(self, previews: Previews) -> Self {
        Self { previews: Some(previews), ..self }
    }

    /// The token, for work on other threads.
    pub fn token(&self) -> &CancelToken {
        &self.token
    }

    /// Wall-clock seconds of each stage so far, in the order in which they began.
    pub fn seconds(&self) -> &[StageSeconds] {
        &self.seconds
    }

    /// Does the work of a stage, timed and announced.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled) where the token says so before or after, and those of the work.
    pub fn stage<T>(&mut self, stage: Stage, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.token.check()?;
        let outer = self.stage.replace(stage);
        self.tell(0, 1, None);
        let since = Instant::now();
        let result = work(self);
        let seconds = since.elapsed().as_secs_f64();
        match self.seconds.iter_mut().find(|known| known.stage == stage) {
            Some(known) => known.seconds += seconds,
            None => self.seconds.push(StageSeconds { stage, seconds }),
        }
        self.stage = outer;
        // Work that was cancelled on its way may have left early with anything.
        self.token.check()?;
        result
    }

    /// Tells that `done` of at most `total` units of the stage are done, and polls.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn step(&mut self, done: usize, total: usize) -> Result<()> {
        self.tell(done, total, None);
        self.token.check()
    }

    /// As [`step`](Self::step) of an optimiser: with its loss, and with the picture as it stands, which is rendered only
    /// where somebody is going to look at it. Tells what the caller wants to happen next.
    pub fn iteration(
        &mut self,
        done: usize,
        total: usize,
        loss: f64,
        picture: impl FnOnce() -> Planes,
    ) -> Verdict {
        if let Some(previews) = self.previews.as_ref().filter(|previews| previews.are_due(done)) {
            previews.put(done, &picture());
        }
        self.tell(done, total, Some(loss));
        self.token.verdict()
    }

    fn tell(&mut self, done: usize, total: usize, loss: Option<f64>) {
        if let (Some(follower), Some(stage)) = (&mut self.follower, self.stage) {
            follower.progress(&Progress { stage, done, total, loss });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn stages_are_told_and_timed_once_each() {
        let mut told = Vec::new();
        let mut follower = |at: &Progress| told.push((at.stage, at.done, at.total));
        let mut watch = Watch::silent().followed_by(&mut follower);
        for _ in 0..2 {
            watch.stage(Stage::Regions, |watch| watch.step(1, 3)).unwrap();
        }
        watch.stage(Stage::Apply, |_| Ok(())).unwrap();
        let timed: Vec<Stage> = watch.seconds().iter().map(|timed| timed.stage).collect();
        assert_eq!(timed, [Stage::Regions, Stage::Apply]);
        let regions = [(Stage::Regions, 0, 1), (Stage::Regions, 1, 3)];
        assert_eq!(told, [regions[0], regions[1], regions[0], regions[1], (Stage::Apply, 0, 1)]);
    }

    #[test]
    fn what_is_cancelled_within_a_stage_has_no_result() {
        let token = CancelToken::new();
        let mut watch = Watch::with_token(token.clone());
        let result = watch.stage(Stage::Solve, |_| {
            token.cancel();
            Ok(7)
        });
        assert!(matches!(result, Err(Error::Cancelled)));
        assert!(matches!(watch.stage(Stage::Apply, |_| Ok(7)), Err(Error::Cancelled)));
    }

    #[test]
    fn to_finish_is_told_to_optimisers_alone() {
        let token = CancelToken::new();
        token.finish();
        let mut watch = Watch::with_token(token);
        assert_eq!(watch.stage(Stage::Apply, |_| Ok(7)).unwrap(), 7);
        assert_eq!(watch.iteration(1, 2, 0.5, || unreachable!("nobody looks")), Verdict::Finish);
    }
}
