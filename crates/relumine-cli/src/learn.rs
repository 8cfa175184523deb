//! `relumine learn`: a look, kept in a file.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail};
use relumine::watch::{Verdict, Watch};
use relumine::{Engine, SavedLook};

use crate::args::{ChosenReference, LearnArgs, LearningArgs};
use crate::console::Console;
use crate::pair::{Pair, Sources};
use crate::progress::Follower;
use crate::{files, interrupt, report, weights};

/// Runs the command.
pub(crate) fn run(args: &LearnArgs, console: Console) -> Result<()> {
    let began = Instant::now();
    let LearnArgs { content, output, .. } = args;
    let references = args.references.all();
    files::check_writable_file(output)?;
    let photos = references.iter().map(|reference| reference.file.as_path()).chain([content.as_path()]);
    files::check_apart([output.as_path()], photos.chain(args.learning.inputs()))?;
    let saved = if args.from_edit {
        let method = &args.learning.method;
        if method.asks_for_anything() || method.solver.network.is_some() {
            bail!("--from-edit: an edit is learnt as it is; leave out methods and their options");
        }
        let Some(after) = args.references.only() else {
            bail!("--from-edit: an edit is learnt from one photo before and after it; leave out --reference");
        };
        from_edit(args, after, console)?
    } else {
        args.learning.learn(content, &references, console)?
    };
    write(saved, args.no_references, output, console)?;
    console.say(&format!("{}: learnt in {:.1} s", output.display(), began.elapsed().as_secs_f64()));
    Ok(())
}

impl LearningArgs {
    /// The files that are read beside photos.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = &Path> {
        self.masks.inputs().chain(self.method.inputs())
    }

    /// Learns the look of references, with its pictures.
    pub(crate) fn learn(
        &self,
        content: &Path,
        references: &[ChosenReference],
        console: Console,
    ) -> Result<SavedLook> {
        let (mut options, unused) = self.method.options(weights::resolve)?;
        options.check().map_err(relumine::Error::from)?;
        report::tell_unused(console, &options, &unused);
        SavedLook::check(&options).map_err(relumine::Error::from)?;
        let reading = self.reading.reading()?;
        options.pairing.segment.merging = self.method.regions.recognise.merging(&reading.limits)?;
        let token = interrupt::listen(Verdict::Finish)?;
        let engine = Engine::new(self.machine.device, self.machine.threads.map(Into::into))?;
        let mut follower = Follower::new(console, token.clone(), None);
        let mut watch = Watch::with_token(token).followed_by(&mut follower);
        let spaces = [self.spaces.content_space, self.spaces.reference_space];
        let sources = Sources { content, references, masks: &self.masks, spaces, reading };
        let pair = Pair::open(&engine, &sources, console, &mut watch, |_| Ok(()))?;
        let (pairing, look) = pair.solve(&engine, &options, &mut watch)?;
        let look = look.expect("there is one above strength 0, which was checked");
        let saved = SavedLook::of(&look, &pairing, &options, watch.token())?;
        let report = engine.report(&pairing, Some(&look), &options, pair.masks(), &watch);
        drop(watch);
        drop(follower);
        report::tell(console, &report.notices, &report.seconds, &report.losses, None);
        Ok(saved)
    }
}

/// Learns what was done to one photo.
fn from_edit(args: &LearnArgs, after: &Path, console: Console) -> Result<SavedLook> {
    let LearningArgs { machine, reading, spaces, .. } = &args.learning;
    let token = interrupt::listen(Verdict::Cancel)?;
    let engine = Engine::new(machine.device, machine.threads.map(Into::into))?;
    let mut follower = Follower::new(console, token.clone(), None);
    let mut watch = Watch::with_token(token).followed_by(&mut follower);
    let reading = reading.reading()?;
    let before = files::open(&engine, &args.content, &reading, &mut watch)?;
    let before = files::assumed(console, before, spaces.content_space);
    let after = files::open(&engine, after, &reading, &mut watch)?;
    let after = files::assumed(console, after, spaces.reference_space);
    let saved = engine.learn_edit(&before, &after, &mut watch)?;
    let honesty = saved.lut(&relumine::LutOptions::default())?.1;
    drop(watch);
    drop(follower);
    before.remarks().chain(after.remarks()).for_each(|remark| console.say(&format!("notice: {remark}")));
    console.say(&format!(
        "of the edit's own photo it makes all but ΔE2000 {:.2} in the mean, {:.2} at the 95th percentile{}",
        honesty.mean,
        honesty.p95,
        if honesty.mean > 2.0 {
            "; the rest was done by place, or to details, and is not in the look"
        } else {
            ""
        }
    ));
    Ok(saved)
}

/// Writes a look, with its pictures or without, and says what of the photos is in it.
pub(crate) fn write(saved: SavedLook, no_references: bool, path: &Path, console: Console) -> Result<()> {
    let saved = if no_references { saved.without_pictures() } else { saved };
    files::write(path, &saved.encode()?)?;
    let inside = match (saved.references().is_empty(), saved.thumbnail().is_some()) {
        (false, _) => {
            "small pictures of the reference and of the result are inside, without metadata and names (--no-references leaves them out)"
        }
        (true, true) => "a small picture of the result is inside, without metadata and names",
        (true, false) => "no picture is inside; it cannot be solved anew (--resolve)",
    };
    console.say(&format!("{}: {inside}", path.display()));
    Ok(())
}
