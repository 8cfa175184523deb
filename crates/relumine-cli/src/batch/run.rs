//! The work of a batch: several photos at a time, each on a thread of its own.
//!
//! One thread, the caller's, begins photos in their order, hears of those that are done, and alone writes manifest, log and
//! progress. A photo begins when there is a thread for it and its memory fits with what is at work; the first always may. What
//! becomes of a photo depends on nothing but itself.
//!
//! An output is said to be begun before the work on it and done after, so that the process may be killed at any moment: what is there
//! then is done, or is known to be this batch's to make anew.

mod course;
mod folders;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use relumine::watch::{CancelToken, Verdict, Watch};
use relumine::{Remark, io};

use super::manifest::Stamp;
use super::outcome::Outcome;
use super::plan::Plan;
use crate::console::Console;

use course::Course;

/// How often Ctrl-C is looked for while photos are at work.
const BETWEEN_POLLS: Duration = Duration::from_millis(50);

/// What is done to each photo.
pub(crate) trait Work: Sync {
    /// Reads `source` and writes `output`, whole or not at all, in a folder that is there. The watch is cancelled, but never asked to
    /// finish: an output is what it would be without Ctrl-C. Returns what the photo's owner should know.
    fn apply(&self, source: &Path, output: &Path, watch: &mut Watch<'_>) -> Result<Vec<Remark>>;

    /// Bytes of memory that the work on it needs, as far as can be told beforehand.
    fn memory(&self, source: &Path) -> u64;
}

/// How a batch is run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct How<'a> {
    /// How many photos at a time.
    pub(crate) jobs: usize,
    /// Bytes of memory for the photos at work together.
    pub(crate) budget: u64,
    /// The file that is told of each photo.
    pub(crate) log: Option<&'a Path>,
    /// Who is told of all of it.
    pub(crate) console: Console,
}

/// A photo on which the work is over.
struct Finished {
    index: usize,
    /// Its source as it was before the work.
    stamp: Stamp,
    memory: u64,
    seconds: f64,
    result: Result<Vec<Remark>>,
}

/// Works on all that is due. Past a photo that fails it goes on; it stops early by Ctrl-C (the first begins no new photo, the second gives up
/// those at work) and where nothing more can be written.
///
/// # Errors
/// Where it cannot even begin: the log or the folder of outputs cannot be written, or another batch has taken it.
pub(crate) fn run(plan: Plan, work: &impl Work, how: &How<'_>, token: &CancelToken) -> Result<Outcome> {
    if let Some(log) = how.log {
        let photos = || plan.photos.iter();
        let outputs = photos().map(|photo| photo.output.as_path()).chain([log]);
        io::check_apart(outputs, photos().map(|photo| photo.source.path.as_path()))?;
    }
    let mut course = Course::new(plan, how)?;
    // Cancelled with the caller's, but never asked to finish.
    let at_work = CancelToken::new();
    let (sender, finished) = channel();
    thread::scope(|scope| {
        let mut due = course.due().into_iter();
        // The one that is next, with its memory; photos and bytes at work.
        let (mut next, mut running, mut held) = (None, 0, 0_u64);
        loop {
            follow(token, &at_work, &mut course);
            while !course.is_stopped() && running < how.jobs.max(1) {
                let estimated = |index| (index, work.memory(course.photo(index).0));
                let Some((index, memory)) = next.take().or_else(|| due.next().map(estimated)) else { break };
                if running > 0 && held.saturating_add(memory) > how.budget {
                    next = Some((index, memory));
                    break;
                }
                if let Some(stamp) = course.begin(index) {
                    (running, held) = (running + 1, held.saturating_add(memory));
                    let (source, output) = course.photo(index);
                    let job = Job { index, stamp, memory, source: source.into(), output: output.into() };
                    start(scope, job, work, &at_work, sender.clone());
                }
            }
            if running == 0 {
                break;
            }
            if let Ok(photo) = finished.recv_timeout(BETWEEN_POLLS) {
                (running, held) = (running - 1, held.saturating_sub(photo.memory));
                course.finish(photo);
            }
        }
    });
    Ok(course.end())
}

/// Hears what Ctrl-C asks for: to begin no more, or to give up what is at work.
fn follow(token: &CancelToken, at_work: &CancelToken, course: &mut Course) {
    if token.verdict() >= Verdict::Finish {
        course.interrupt();
    }
    if token.is_cancelled() {
        at_work.cancel();
    }
}

/// A photo to be worked on.
struct Job {
    index: usize,
    /// Its source as it is before the work.
    stamp: Stamp,
    memory: u64,
    source: PathBuf,
    output: PathBuf,
}

/// Works on a photo on a thread of its own, and tells when it is over, however that comes.
fn start<'scope>(
    scope: &'scope Scope<'scope, '_>,
    job: Job,
    work: &'scope impl Work,
    token: &'scope CancelToken,
    sender: Sender<Finished>,
) {
    let Job { index, stamp, memory, source, output } = job;
    let since = Instant::now();
    let told = move |result| {
        // The receiver outlives the scope.
        let _ =
            sender.send(Finished { index, stamp, memory, seconds: since.elapsed().as_secs_f64(), result });
    };
    let unstarted = told.clone();
    let job = move || {
        let mut watch = Watch::with_token(token.clone());
        let result = catch_unwind(AssertUnwindSafe(|| work.apply(&source, &output, &mut watch)));
        told(result.unwrap_or_else(|_| Err(anyhow!("{}: the work on it broke down", source.display()))));
    };
    if let Err(error) = thread::Builder::new().name("relumine photo".into()).spawn_scoped(scope, job) {
        unstarted(Err(anyhow!("no thread can be started for it ({error}); try fewer --jobs")));
    }
}

#[cfg(test)]
mod tests;
