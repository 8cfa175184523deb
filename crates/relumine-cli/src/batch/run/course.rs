//! The course of a batch: what is done of it, told to manifest, log and people as it goes.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Error, Result};
use relumine::{MachineError, PhotoError, Remark, io};

use super::{Finished, How, folders};
use crate::batch::log::{Line, Log, Status};
use crate::batch::manifest::{MANIFEST, Manifest, Stamp};
use crate::batch::outcome::{Failed, Outcome, Stop};
use crate::batch::plan::{Plan, Planned};
use crate::console::{Meter, Unit};
use crate::failure::one_line;

pub(super) struct Course {
    folder: PathBuf,
    photos: Vec<Planned>,
    manifest: Manifest,
    log: Option<Log>,
    meter: Meter,
    outcome: Outcome,
    since: Instant,
}

impl Course {
    /// Takes the folder of outputs, and tells of what is done already.
    pub(super) fn new(mut plan: Plan, how: &How<'_>) -> Result<Self> {
        let log = how.log.map(Log::open).transpose()?;
        let manifest = folders::take(&mut plan)?;
        let Plan { folder, photos, notices, .. } = plan;
        let skipped: Vec<usize> = (0..photos.len()).filter(|index| photos[*index].is_done).collect();
        let mut meter = Meter::new(how.console);
        for notice in &notices {
            meter.say(&format!("notice: {notice}"));
        }
        meter.stage(Unit::Steps, "photos", photos.len() as u64);
        meter.skip_to(skipped.len() as u64);
        let outcome = Outcome::of(folder.clone(), photos.len(), skipped.len());
        let mut course = Self { folder, photos, manifest, log, meter, outcome, since: Instant::now() };
        for index in skipped {
            course.write_log(index, Status::Skipped, 0.0, None, &[]);
        }
        course.show();
        Ok(course)
    }

    /// The photos on which there is work, in their order.
    pub(super) fn due(&self) -> Vec<usize> {
        (0..self.photos.len()).filter(|index| !self.photos[*index].is_done).collect()
    }

    /// A photo's source and output.
    pub(super) fn photo(&self, index: usize) -> (&Path, &Path) {
        (&self.photos[index].source.path, &self.photos[index].output)
    }

    /// Whether no photo is to be begun any more.
    pub(super) fn is_stopped(&self) -> bool {
        self.outcome.stop.is_some()
    }

    /// Begins no more photos, by the user's wish.
    pub(super) fn interrupt(&mut self) {
        if !self.is_stopped() {
            self.outcome.stop = Some(Stop::Interrupted);
            self.meter.say("finishing the photos at work; Ctrl-C again stops without them");
        }
    }

    /// Makes everything ready for the work on a photo, and tells what its source is known by; nothing where it has failed already.
    pub(super) fn begin(&mut self, index: usize) -> Option<Stamp> {
        let photo = &self.photos[index];
        let stamp = photo.source.stamp().map_err(|error| {
            relumine::Error::Photo { path: photo.source.path.clone(), problem: PhotoError::Unreadable(error) }
                .into()
        });
        let ready = stamp.and_then(|stamp| {
            folders::mirror(&self.folder, &photo.name)?;
            self.manifest.tell_begun(&photo.name)?;
            Ok(stamp)
        });
        ready.map_err(|error| self.failed(index, 0.0, &error)).ok()
    }

    /// Hears of the end of the work on a photo.
    pub(super) fn finish(&mut self, Finished { index, stamp, seconds, result, .. }: Finished) {
        match result {
            Ok(notices) => {
                let photo = &self.photos[index];
                let told = self.manifest.tell_done(&photo.name, &photo.source.relative, stamp);
                self.outcome.done += 1;
                self.write_log(index, Status::Done, seconds, None, &notices);
                self.outcome.notices.extend(notices);
                if let Err(error) = told {
                    self.stop_where_unwritable(&error);
                }
                self.show();
            }
            // Given up by the user's wish; it is neither done nor at fault.
            Err(error) if is_cancelled(&error) => {}
            Err(error) => self.failed(index, seconds, &error),
        }
    }

    /// What has come of it.
    pub(super) fn end(mut self) -> Outcome {
        self.meter.silence();
        self.outcome.seconds = self.since.elapsed().as_secs_f64();
        self.outcome
    }

    fn failed(&mut self, index: usize, seconds: f64, error: &Error) {
        let source = self.photos[index].source.path.display().to_string();
        let line = one_line(error);
        let output = self.photos[index].output.display().to_string();
        let is_named = line.contains(&source) || line.contains(&output);
        let reason = if is_named { line } else { format!("{source}: {line}") };
        self.meter.say(&format!("failed: {reason}"));
        self.write_log(index, Status::Failed, seconds, Some(&reason), &[]);
        self.outcome.failed.push(Failed { index, reason });
        self.stop_where_unwritable(error);
        self.show();
    }

    /// Stops where it is not the photo's fault, and would be the same with all that are left.
    fn stop_where_unwritable(&mut self, error: &Error) {
        let Some(source) = unwritable(error) else { return };
        let for_good = [ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::ReadOnlyFilesystem];
        if for_good.contains(&source.kind()) || io::check_writable_file(self.folder.join(MANIFEST)).is_err() {
            let reason = source.to_string();
            self.outcome.stop.get_or_insert(Stop::Unwritable { reason });
        }
    }

    fn show(&mut self) {
        let Outcome { done, skipped, failed, .. } = &self.outcome;
        let worked = done + failed.len();
        let mut detail = rate(worked, self.since.elapsed().as_secs_f64());
        if !failed.is_empty() {
            detail = format!("{detail}, {} failed", failed.len());
        }
        self.meter.at((worked + skipped) as u64, &detail);
    }

    fn write_log(
        &mut self,
        index: usize,
        status: Status,
        seconds: f64,
        error: Option<&str>,
        notices: &[Remark],
    ) {
        let Some(log) = &mut self.log else { return };
        let Planned { source, output, .. } = &self.photos[index];
        let [source, output] = [&source.path, output].map(|path| path.display().to_string());
        if let Err(error) = log.write(&Line { source, output, status, error, seconds, notices }) {
            self.meter
                .say(&format!("notice: the log cannot be written any more ({error:#}); going on without"));
            self.log = None;
        }
    }
}

/// As in `2.5 photos/s`, or `3.1 s/photo`; nothing before there is one.
pub(super) fn rate(photos: usize, seconds: f64) -> String {
    match photos {
        0 => String::new(),
        _ if seconds > photos as f64 => format!("{:.1} s/photo", seconds / photos as f64),
        _ => format!("{:.1} photos/s", photos as f64 / seconds.max(1e-3)),
    }
}

fn is_cancelled(error: &Error) -> bool {
    error.chain().any(|cause| matches!(cause.downcast_ref(), Some(relumine::Error::Cancelled)))
}

/// Why an output could not be written, if that is what went wrong.
fn unwritable(error: &Error) -> Option<&std::io::Error> {
    error.chain().find_map(|cause| match cause.downcast_ref() {
        Some(relumine::Error::Machine(MachineError::Unwritable { source, .. })) => Some(source),
        _ => None,
    })
}
