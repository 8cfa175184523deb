//! Makes the results that are not there.

use std::path::Path;

use anyhow::Result;
use relumine::io::Format;
use relumine::watch::{CancelToken, Follow, Progress, Watch};
use relumine::{Engine, Error, TransferOptions};

use super::Missing;
use super::data::Folder;
use crate::args::EvalArgs;
use crate::console::{Console, Meter, Unit};
use crate::failure::one_line;
use crate::files::Reading;
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
    let reading = args.files.reading()?;
    let mut missing = Vec::new();
    let mut meter = Meter::new(console);
    meter.stage(Unit::Steps, "transfer", due.len() as u64);
    for (done, id) in due.iter().enumerate() {
        let mut follower = PairFollower { meter: &mut meter, id, done: done as u64 };
        let mut watch = Watch::with_token(token.clone()).followed_by(&mut follower);
        let made = transfer(args, engine, options, folder, id, &reading, &mut watch);
        drop(watch);
        match made {
            Ok(()) => {}
            Err(error) if matches!(error.downcast_ref(), Some(Error::Cancelled)) => {
                return Err(Stopped {
                    done: kept + done - missing.len(),
                    total: ids.len(),
                    again: "the same command",
                }
                .into());
            }
            Err(error) => missing.push(Missing { id: (*id).clone(), reason: one_line(&error) }),
        }
    }
    meter.at(due.len() as u64, "");
    Ok(missing)
}

fn transfer(
    args: &EvalArgs,
    engine: &Engine,
    options: &TransferOptions,
    folder: &Folder,
    id: &str,
    reading: &Reading,
    watch: &mut Watch<'_>,
) -> Result<()> {
    let result = args.result(id);
    let [content, reference] = folder.photos(id, engine, reading, watch)?;
    content.check_fits(Format::from_path(&result).map_err(Error::from)?)?;
    let mut open = |mask: &Path| engine.open_mask(mask, &reading.limits, watch);
    let masks = match args.method.regions.masks.is_none().then(|| folder.masks(id)).flatten() {
        Some([ours, theirs]) => Some((open(&ours)?, open(&theirs)?)),
        None => None,
    };
    let masks = masks.as_ref().map(|(ours, theirs)| (ours, theirs));
    let photo = engine.transfer(&content, &reference, masks, options, watch)?.photo;
    Ok(engine.save(&photo, &result, &args.files.saving(), watch)?)
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
