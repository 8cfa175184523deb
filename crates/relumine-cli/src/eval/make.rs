//! Makes the results that are not there.

use std::path::PathBuf;

use anyhow::Result;
use relumine::io::{Format, Limits, SaveOptions};
use relumine::watch::{CancelToken, Follow, Progress, Watch};
use relumine::{Engine, TransferOptions};

use super::Missing;
use super::data::Folder;
use crate::args::EvalArgs;
use crate::console::{Console, Meter, Unit};
use crate::failure::one_line;
use crate::interrupt::Stopped;
use crate::progress::stage_name;

/// Transfers each pair without a result; those that cannot be are named. Whole results alone are written, and what is
/// written stays when the work is stopped.
///
/// # Errors
/// [`Stopped`] by Ctrl-C.
pub(super) fn results(
    args: &EvalArgs,
    engine: &Engine,
    options: &TransferOptions,
    folder: &Folder,
    ids: &[String],
    console: Console,
    token: &CancelToken,
) -> Result<Vec<Missing>> {
    let due: Vec<&String> = ids.iter().filter(|id| args.force || !args.result(id).exists()).collect();
    let kept = ids.len() - due.len();
    if kept > 0 {
        console.say(&format!("{kept} of {} results are there and kept; --force makes them again", ids.len()));
    }
    let mut missing = Vec::new();
    let mut meter = Meter::new(console);
    meter.stage(Unit::Steps, "transfer", due.len() as u64);
    for (done, id) in due.iter().enumerate() {
        let mut follower = PairFollower { meter: &mut meter, id, done: done as u64 };
        let mut watch = Watch::with_token(token.clone()).followed_by(&mut follower);
        let (path, limits, saving) = (args.result(id), args.files.limits(), args.files.saving());
        let masks = args.method.regions.masks.is_none().then(|| folder.masks(id)).flatten();
        let files =
            Files { content: folder.content(id), reference: folder.reference(id), masks, result: path };
        let made = transfer(engine, options, &files, &limits, &saving, &mut watch);
        drop(watch);
        match made {
            Ok(()) => {}
            Err(relumine::Error::Cancelled) => {
                return Err(Stopped {
                    done: kept + done - missing.len(),
                    total: ids.len(),
                    again: "the same command",
                }
                .into());
            }
            Err(error) => missing.push(Missing { id: (*id).clone(), reason: one_line(&error.into()) }),
        }
    }
    meter.at(due.len() as u64, "");
    Ok(missing)
}

/// The files of one transfer.
struct Files {
    content: PathBuf,
    reference: PathBuf,
    masks: Option<[PathBuf; 2]>,
    result: PathBuf,
}

fn transfer(
    engine: &Engine,
    options: &TransferOptions,
    files: &Files,
    limits: &Limits,
    saving: &SaveOptions,
    watch: &mut Watch<'_>,
) -> relumine::Result<()> {
    let content = engine.open(&files.content, limits, watch)?;
    let reference = engine.open(&files.reference, limits, watch)?;
    content.check_fits(Format::from_path(&files.result)?)?;
    let masks = match &files.masks {
        Some([ours, theirs]) => {
            Some((engine.open_mask(ours, limits, watch)?, engine.open_mask(theirs, limits, watch)?))
        }
        None => None,
    };
    let masks = masks.as_ref().map(|(ours, theirs)| (ours, theirs));
    let result = engine.transfer(&content, &reference, masks, options, watch)?.photo;
    engine.save(&result, &files.result, saving, watch)
}

/// Follows the transfer of one pair among others.
pub(super) struct PairFollower<'m> {
    pub(super) meter: &'m mut Meter,
    pub(super) id: &'m str,
    /// Pairs before this one.
    pub(super) done: u64,
}

impl Follow for PairFollower<'_> {
    fn progress(&mut self, at: &Progress) {
        let (id, stage) = (self.id, stage_name(at.stage));
        self.meter.at(self.done, &format!("pair {id}: {stage} {} of {}", at.done, at.total));
    }
}
