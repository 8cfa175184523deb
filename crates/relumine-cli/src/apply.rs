//! `relumine apply`: a look, or a lookup table, on photos.

mod frames;
pub(crate) mod kept;
mod sequence;
mod work;

use std::path::Path;

use anyhow::{Result, bail};
use relumine::Engine;
use relumine::io::{Edit, Format, SaveOptions};
use relumine::watch::{Verdict, Watch};
use serde_json::{Value, json};

use crate::args::ApplyArgs;
use crate::batch::{self, Existing, Folders, How, Identity, Naming, Plan, Work};
use crate::console::Console;
use crate::progress::Follower;
use crate::{files, interrupt, memory};

use work::Applying;

/// Runs the command.
pub(crate) fn run(args: &ApplyArgs, console: Console) -> Result<()> {
    let (kept, sha256) = kept::open(&args.look, &args.files.limits())?;
    let apply = args.how.control.apply(kept.apply(args.how.one))?;
    let name = args.look.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut how = relumine::fields_of(&apply);
    let given = [("resolve", args.how.resolve), ("one", args.how.one), ("sequence", args.how.sequence)];
    how.extend(given.map(|(name, given)| (name.into(), given.into())));
    how.extend(args.how.sequence.then(|| ("keys".into(), args.how.keys.into())));
    let how = Value::Object(how);
    let saving = SaveOptions {
        format: args.results.format,
        edit: Some(Edit::of_look(&name, &how, files::date())),
        ..args.files.saving()
    };
    let engine = Engine::new(args.machine.device, args.machine.threads.map(Into::into))?;
    let applying = Applying::new(args, kept, apply, saving.clone(), engine, console)?;

    if let Some(photo) = single(args)? {
        return one(args, photo, &applying, console);
    }
    let options = json!({
        "how": how,
        "saving": SaveOptions { edit: None, ..saving },
        "input_space": args.results.input_space,
        "output_space": args.results.output_space,
    });
    let identity = Identity { look: sha256, options };
    let photos = frames::globs(&args.photos);
    let (folder, pattern) = frames::outputs(&args.output, &args.batch.name);
    let naming = Naming { folder: &folder, pattern: &pattern, look: &name, format: args.results.format };
    let existing = match (args.batch.overwrite, args.batch.skip_existing) {
        (true, _) => Existing::Overwrite,
        (_, true) => Existing::Skip,
        _ => Existing::Refuse,
    };
    let developed = args.files.reading()?.developer.is_some();
    let folders = Folders { recursive: args.batch.recursive, developed };
    let plan = Plan::new(&photos, folders, &naming, existing, &identity)?;
    files::check_apart(plan.outputs(), [args.look.as_path()])?;
    let token = interrupt::listen(Verdict::Finish)?;
    let is_due = plan.due().next().is_some();
    let applying = if args.how.sequence && is_due {
        applying.in_sequence(plan.sources(), args.how.keys, &mut Watch::with_token(token.clone()))?
    } else {
        applying
    };
    let cores = std::thread::available_parallelism().map_or(1, Into::into);
    let jobs = args.batch.jobs.map_or(cores.min(2), Into::into);
    let how = How { jobs, budget: memory::budget(jobs), log: args.batch.log.as_deref(), console };
    batch::run(plan, &applying, &how, &token)?.conclude(console)
}

/// The photo, where it is one whose result is named as a file.
fn single(args: &ApplyArgs) -> Result<Option<&Path>> {
    let output = &args.output;
    let is_folder = output.is_dir() || output.to_string_lossy().ends_with(std::path::is_separator);
    let is_file =
        files::is_pipe(output) || (Format::from_path(output).is_ok() && !frames::is_pattern(output));
    match &args.photos[..] {
        [photo] if !is_folder && is_file && (files::is_pipe(photo) || photo.is_file()) => {
            let unused = [
                (args.batch.skip_existing, "--skip-existing"),
                (args.batch.log.is_some(), "--log"),
                (args.batch.recursive, "--recursive"),
            ];
            match unused.iter().find(|(given, _)| *given) {
                Some((_, flag)) => bail!("{flag}: is of a folder of results; name a folder with --output"),
                None => Ok(Some(photo)),
            }
        }
        photos if !is_folder && is_file && (photos.len() > 1 || output.is_file()) => {
            bail!("{}: several photos go to a folder; name one with --output", output.display())
        }
        photos if photos.iter().any(|photo| files::is_pipe(photo)) => {
            bail!("-: one photo comes in by a pipe and goes to a file or a pipe; name that with --output")
        }
        _ => Ok(None),
    }
}

/// One photo to one file.
fn one(args: &ApplyArgs, photo: &Path, applying: &Applying, console: Console) -> Result<()> {
    let output = &args.output;
    files::check_writable(output, applying.saving())?;
    files::check_apart([output.as_path()], [photo, &args.look])?;
    if output.exists() && !args.batch.overwrite {
        bail!("{}: is there already; replace it with --overwrite", output.display());
    }
    let token = interrupt::listen(Verdict::Cancel)?;
    let mut follower = Follower::new(console, token.clone(), None);
    let mut watch = Watch::with_token(token).followed_by(&mut follower);
    let remarks = applying.apply(photo, output, &mut watch)?;
    drop(watch);
    drop(follower);
    remarks.iter().for_each(|remark| console.say(&format!("notice: {remark}")));
    console.say(&format!("{}: done", output.display()));
    Ok(())
}
