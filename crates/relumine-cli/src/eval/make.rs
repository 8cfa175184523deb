//! Makes the results that are not there.

use std::path::{Path, PathBuf};

use anyhow::Result;
use relumine::io::{Format, Limits, Photo, SaveOptions};
use relumine::mask::Mask;
use relumine::{Engine, Progress, Step, TransferOptions, Verdict};

use super::Missing;
use super::data::Folder;
use crate::args::EvalArgs;
use crate::console::{Console, Meter, Unit};
use crate::failure::one_line;
use crate::interrupt::{Interrupts, Stopped};
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
    interrupts: &Interrupts,
) -> Result<Vec<Missing>> {
    let due: Vec<&String> = ids.iter().filter(|id| args.force || !args.out.path(id).exists()).collect();
    let kept = ids.len() - due.len();
    if kept > 0 {
        console.say(&format!("{kept} of {} results are there and kept; --force makes them again", ids.len()));
    }
    let mut missing = Vec::new();
    let mut meter = Meter::new(console);
    meter.stage(Unit::Steps, "transfer", due.len() as u64);
    for (done, id) in due.iter().enumerate() {
        let mut pair = Pair { meter: &mut meter, interrupts, id, done: done as u64 };
        let (path, limits) = (args.out.path(id), args.files.limits());
        let masks = args.method.regions.masks.is_none().then(|| folder.masks(id)).flatten();
        let made = transfer(engine, options, folder, masks, &limits, &path, &args.files.save(), &mut pair);
        match made {
            Ok(()) => {}
            Err(relumine::Error::Cancelled) => {
                return Err(Stopped { done: kept + done - missing.len(), total: ids.len() }.into());
            }
            Err(error) => missing.push(Missing { id: (*id).clone(), reason: one_line(&error.into()) }),
        }
    }
    meter.at(due.len() as u64, "");
    Ok(missing)
}

#[expect(clippy::too_many_arguments, reason = "each is a thing of its own, and this is called once")]
fn transfer(
    engine: &Engine,
    options: &TransferOptions,
    folder: &Folder,
    masks: Option<[PathBuf; 2]>,
    limits: &Limits,
    path: &Path,
    save: &SaveOptions,
    pair: &mut Pair<'_>,
) -> relumine::Result<()> {
    let [content, reference] = folder.photos(pair.id, limits)?;
    content.check_fits(Format::from_path(path)?)?;
    let open = |[ours, theirs]: [_; 2]| {
        Ok::<_, relumine::Error>((Mask::open(ours, limits)?, Mask::open(theirs, limits)?))
    };
    let masks = masks.map(open).transpose()?;
    let masks = masks.as_ref().map(|(ours, theirs)| (ours, theirs));
    let result: Photo = engine.transfer(&content, &reference, masks, options, pair)?.photo;
    result.save(path, save)
}

/// Follows the transfer of one pair among others.
struct Pair<'m> {
    meter: &'m mut Meter,
    interrupts: &'m Interrupts,
    id: &'m str,
    /// Pairs before this one.
    done: u64,
}

impl Progress for Pair<'_> {
    fn step(&mut self, step: &Step<'_>) -> Verdict {
        let (id, stage) = (self.id, stage_name(step.stage));
        self.meter.at(self.done, &format!("pair {id}: {stage} {} of {}", step.done, step.total));
        // A picture as it stands is no result to be measured: the first Ctrl-C stops.
        match self.interrupts.verdict() {
            Verdict::Continue => Verdict::Continue,
            Verdict::Finish | Verdict::Cancel => Verdict::Cancel,
        }
    }
}
