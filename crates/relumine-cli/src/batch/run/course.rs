//! The course of a batch: what is done of it, told to manifest, log and people as it goes.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Error, Result};
use relumine::{MachineError, PhotoError, Remark, io};

use super::{Finished, How};
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
    /// Takes the folder of outputs and clears up what was left there by those who were ended.
    pub(super) fn new(plan: Plan, how: &How<'_>) -> Result<Self> {
        let log = how.log.map(Log::open).transpose()?;
        let manifest = begun(plan.manifest, &plan.folder, plan.continues, |manifest| {
            manifest.begin(plan.header)?;
            plan.photos
                .iter()
                .filter(|photo| photo.exists)
                .try_for_each(|photo| manifest.tell_begun(&photo.name))
        })?;
        let mut folders: Vec<&Path> = plan.photos.iter().filter_map(|photo| photo.output.parent()).collect();
        folders.push(&plan.folder);
        folders.sort_unstable();
        folders.dedup();
        folders.into_iter().for_each(|folder| {
            io::remove_abandoned(folder);
        });

        let skipped: Vec<usize> = plan
            .photos
            .iter()
            .enumerate()
            .filter(|(_, photo)| photo.is_done)
            .map(|(index, _)| index)
            .collect();
        let mut meter = Meter::new(how.console);
        for notice in &plan.notices {
            meter.say(&format!("notice: {notice}"));
        }
        meter.stage(Unit::Steps, "photos", plan.photos.len() as u64);
        meter.skip_to(skipped.len() as u64);
        let outcome = Outcome::of(plan.folder.clone(), plan.photos.len(), skipped.len());
        let mut course = Self {
            folder: plan.folder,
            photos: plan.photos,
            manifest,
            log,
            meter,
            outcome,
            since: Instant::now(),
        };
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
            mirror(&self.folder, &photo.name)?;
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
        let [source, output] = {
            let (source, output) = (&self.photos[index].source.path, &self.photos[index].output);
            [source, output].map(|path| path.display().to_string())
        };
        if let Err(error) = log.write(&Line { source, output, status, error, seconds, notices }) {
            self.meter
                .say(&format!("notice: the log cannot be written any more ({error:#}); going on without"));
            self.log = None;
        }
    }
}

/// The manifest, ready to be appended to: as it is where the batch `continues`, or begun anew.
fn begun(
    known: Option<Manifest>,
    folder: &Path,
    continues: bool,
    begin: impl FnOnce(&mut Manifest) -> Result<()>,
) -> Result<Manifest> {
    let mut manifest = match known {
        Some(manifest) => manifest,
        None => {
            std::fs::create_dir_all(folder).map_err(|source| refused(folder, source))?;
            Manifest::create(folder)?
        }
    };
    if !continues {
        begin(&mut manifest)?;
    }
    Ok(manifest)
}

/// Makes the folders that an output lies in, below that of all outputs, which is not made again where it has gone.
fn mirror(folder: &Path, name: &Path) -> Result<()> {
    let mut path = folder.to_owned();
    for part in name.parent().into_iter().flat_map(Path::components) {
        path.push(part);
        match std::fs::create_dir(&path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(refused(&path, error)),
            _ => {}
        }
    }
    Ok(())
}

fn refused(path: &Path, source: std::io::Error) -> Error {
    relumine::Error::from(MachineError::Unwritable { path: path.into(), source }).into()
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
