//! Mattes: one photo and one trimap in, α and the foreground's colours out.

use super::Engine;
use crate::io::Photo;
use crate::matting::{MatteOptions, Trimap, estimate_foreground, solve};
use crate::report::MatteReport;
use crate::watch::{Stage, Watch};
use crate::{Notice, Planes, Remark, Result};

/// A finished matte.
#[derive(Clone, Debug)]
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
    /// [`Error::Options`](crate::Error::Options) for options out of range, [`PhotoError::NothingKnown`](crate::PhotoError::NothingKnown)
    /// for a trimap without foreground or background, both before any work; [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn matte(
        &self,
        photo: &Photo,
        trimap: &Trimap,
        options: &MatteOptions,
        watch: &mut Watch<'_>,
    ) -> Result<Matte> {
        options.check()?;
        trimap.check()?;
        let mut notices: Vec<Remark> = photo.remarks().collect();
        let size = [photo.width(), photo.height()];
        let own = [trimap.width(), trimap.height()];
        if own != size {
            notices.push(Remark::new(trimap.path(), Notice::Resampled { size: own, photo: size }));
        }
        let trimap = trimap.resized(photo.height(), photo.width());
        trimap.check()?;
        self.pool.install(|| {
            let solved =
                watch.stage(Stage::Solve, |watch| solve(photo.colours(), &trimap, options, watch))?;
            let foreground = options.foreground.then(|| {
                watch.stage(Stage::Foreground, |watch| {
                    Ok(estimate_foreground(photo.colours(), &solved.alpha, watch.token())?.0)
                })
            });
            let foreground = foreground.transpose()?;
            let report = MatteReport {
                version: env!("CARGO_PKG_VERSION"),
                device: self.cpu(),
                size,
                unknown: solved.unknown,
                seconds: watch.seconds().to_vec(),
                iterations: solved.iterations,
                residual: solved.residual,
                stopped: solved.stopped,
                notices,
                peak_memory_bytes: None,
            };
            Ok(Matte { alpha: solved.alpha, foreground, report })
        })
    }
}
