//! Mattes: one photo and one trimap in, α and the foreground's colours out.

use std::time::Instant;

use super::Engine;
use crate::io::Photo;
use crate::matting::{MatteOptions, Trimap, estimate_foreground, solve};
use crate::progress::Relay;
use crate::report::{MatteReport, StageSeconds};
use crate::watch::{CancelToken, Watch};
use crate::{Planes, Progress, Result, Stage};

/// A finished matte.
pub struct Matte {
    /// α, 1×H×W in 0..1; exactly 0 and 1 where the trimap says so.
    pub alpha: Planes,
    /// The foreground's encoded colours, 3×H×W in 0..1, where the options ask for them.
    pub foreground: Option<Planes>,
    /// What was done.
    pub report: MatteReport,
}

impl Engine {
    /// Solves the matte of a photo by closed-form matting. A trimap of another size is resampled, with a notice; asked to
    /// finish early, α is returned as it stands.
    ///
    /// # Errors
    /// [`Error::Options`](crate::Error::Options) for options out of range, [`PhotoError::NothingKnown`](crate::PhotoError::NothingKnown) for a trimap
    /// without foreground or background, both before any work; [`Error::Cancelled`](crate::Error::Cancelled) where `progress` asks for it.
    pub fn matte(
        &self,
        photo: &Photo,
        trimap: &Trimap,
        options: &MatteOptions,
        progress: &mut dyn Progress,
    ) -> Result<Matte> {
        options.check()?;
        trimap.check()?;
        let mut notices: Vec<String> =
            photo.notices().iter().map(|notice| format!("{}: {notice}", photo.path().display())).collect();
        let size = [photo.width(), photo.height()];
        if [trimap.width(), trimap.height()] != size {
            notices.push(format!(
                "{}: {}×{} pixels, resampled to the photo's {}×{}",
                trimap.path().display(),
                trimap.width(),
                trimap.height(),
                size[0],
                size[1]
            ));
        }
        let trimap = trimap.resized(photo.height(), photo.width());
        trimap.check()?;
        let mut seconds = Vec::new();
        let timed = |stage, since: Instant| StageSeconds { stage, seconds: since.elapsed().as_secs_f64() };
        self.pool.install(|| {
            let token = CancelToken::new();
            let mut relay = Relay { progress, token: token.clone() };
            let mut watch = Watch::with_token(token.clone()).followed_by(&mut relay);
            let since = Instant::now();
            let solution =
                watch.stage(Stage::Solve, |watch| solve(photo.colours(), &trimap, options, watch))?;
            seconds.push(timed(Stage::Solve, since));
            let since = Instant::now();
            let mut foreground = None;
            if options.foreground {
                let estimate =
                    |_: &mut Watch<'_>| estimate_foreground(photo.colours(), &solution.alpha, &token);
                foreground = Some(watch.stage(Stage::Foreground, estimate)?.0);
                seconds.push(timed(Stage::Foreground, since));
            }
            let report = MatteReport {
                version: env!("CARGO_PKG_VERSION"),
                device: self.cpu(),
                size,
                unknown: solution.unknown,
                seconds,
                iterations: solution.iterations,
                residual: solution.residual,
                stopped: solution.stopped,
                notices,
                peak_memory_bytes: None,
            };
            Ok(Matte { alpha: solution.alpha, foreground, report })
        })
    }
}
