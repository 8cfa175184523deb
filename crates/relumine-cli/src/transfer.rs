//! `relumine transfer`: one photo and its references in, one photo out.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use relumine::io::{Edit, Photo, SaveOptions};
use relumine::report::Report;
use relumine::watch::{Verdict, Watch};
use relumine::{Engine, Look, Pairing, Remark, SavedLook, TransferOptions};

use crate::args::{ChosenReference, TransferArgs};
use crate::console::Console;
use crate::pair::{Pair, Sources};
use crate::progress::{Follower, PreviewFile};
use crate::{files, interrupt, learn, memory, report, weights};

/// Runs the command. What can fail is found as early as it can be: first the options, then whether the outputs can be
/// written, then the inputs; solving comes last.
pub(crate) fn run(args: &TransferArgs, console: Console) -> Result<()> {
    let began = Instant::now();
    let (mut options, mut unused) = args.method.options(weights::resolve)?;
    options.check().map_err(relumine::Error::from)?;
    if args.follow.save_look.is_some() {
        SavedLook::check(&options).map_err(relumine::Error::from)?;
    }
    let iterates = options.method.needs().network.is_some();
    unused.extend(args.follow.preview_every.filter(|_| !iterates).map(|_| "preview_every".into()));
    report::tell_unused(console, &options, &unused);
    let preview = args.follow.preview_every.map(|every| PreviewFile::beside(&args.output, every.get()));
    let references = args.references.all();
    check_outputs(args, &references, preview.as_ref())?;
    let saving = saving(args);
    let format = files::format(&args.output, &saving)?;
    let reading = args.files.reading()?;
    options.pairing.segment.merging = args.method.regions.recognise.merging(&reading.limits)?;

    let token = interrupt::listen(Verdict::Finish)?;
    let engine = Engine::new(args.machine.device, args.machine.threads.map(Into::into))?;
    let mut follower = Follower::new(console, token.clone(), preview.clone());
    let mut watch = Watch::with_token(token).followed_by(&mut follower);
    if let Some(preview) = &preview {
        watch = watch.with_previews(preview.previews());
    }
    let sources = Sources {
        content: &args.content,
        references: &references,
        masks: &args.masks,
        spaces: [args.spaces.input_space, args.spaces.reference_space],
        reading,
    };
    let pair = Pair::open(&engine, &sources, console, &mut watch, |photo| photo.check_fits(format))?;
    let (pairing, look) = pair.solve(&engine, &options, &mut watch)?;
    let mut report = engine.report(&pairing, look.as_ref(), &options, pair.masks(), &watch);
    let beside = Beside::of(args, &engine, (&pairing, look.as_ref()), &options, &mut watch)?;
    // Whoever knows the photo holds its samples, which those of the result are to replace.
    let content = pair.content;
    drop(pairing);
    let photo = match &look {
        Some(look) => look.apply_to_samples(content, &options.apply, &mut watch)?,
        None => content,
    };
    let photo = files::in_space(&engine, photo, args.spaces.output_space, &watch)?;
    let saving = SaveOptions { edit: Some(Edit::of(&options, files::date())), ..saving };
    files::save(&engine, &photo, &args.output, &saving, &mut watch)?;
    // After the photo, which is not to be lost for it.
    beside.write(args, &engine, console, &mut watch)?;
    report.seconds = watch.seconds().to_vec();
    drop(watch);
    let losses = photo.losses(format, &saving).into_iter().map(|notice| Remark::new(&args.output, notice));
    report.notices.extend(losses);
    report.peak_memory_bytes = memory::peak_bytes();
    if let Some(path) = &args.follow.report {
        report::write(path, &report)?;
    }
    drop(follower);
    summarise(console, &report, &args.output, began.elapsed().as_secs_f64());
    Ok(())
}

/// What is written beside the photo, made as long as what it is made of is there.
struct Beside {
    overlay: Option<Photo>,
    /// Why there is none is told when it would be written.
    look: Option<relumine::Result<SavedLook>>,
}

impl Beside {
    fn of(
        args: &TransferArgs,
        engine: &Engine,
        (pairing, look): (&Pairing, Option<&Look>),
        options: &TransferOptions,
        watch: &mut Watch<'_>,
    ) -> Result<Self> {
        let overlay = args.follow.overlay.as_ref().map(|_| engine.install(|| pairing.overlay(watch)));
        let saved = |look| SavedLook::of(look, pairing, options, watch.token());
        Ok(Self {
            overlay: overlay.transpose()?.map(Photo::from_planes),
            look: look.filter(|_| args.follow.save_look.is_some()).map(saved),
        })
    }

    fn write(
        self,
        args: &TransferArgs,
        engine: &Engine,
        console: Console,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        if let (Some(path), Some(overlay)) = (&args.follow.overlay, &self.overlay) {
            files::save(engine, overlay, path, &args.files.saving(), watch)?;
        }
        if let (Some(path), Some(look)) = (&args.follow.save_look, self.look) {
            learn::write(look?, args.follow.no_references, path, console)?;
        }
        Ok(())
    }
}

/// How the output is written.
fn saving(args: &TransferArgs) -> SaveOptions {
    SaveOptions { format: args.spaces.format, ..args.files.saving() }
}

/// Checks that everything can be written that is going to be, and that nothing is written over something needed.
fn check_outputs(
    args: &TransferArgs,
    references: &[ChosenReference],
    preview: Option<&PreviewFile>,
) -> Result<()> {
    files::check_writable(&args.output, &saving(args))?;
    // The format that is said is the output's alone.
    let overlay = args.follow.overlay.as_deref();
    overlay.map_or(Ok(()), |path| files::check_writable(path, &args.files.saving()))?;
    let photos = [Some(args.output.as_path()), overlay];
    let others =
        [preview.map(PreviewFile::path), args.follow.report.as_deref(), args.follow.save_look.as_deref()];
    others.into_iter().flatten().try_for_each(files::check_writable_file)?;
    let references = references.iter().map(|reference| reference.file.as_path());
    let inputs = [args.content.as_path()].into_iter().chain(references);
    let inputs = inputs.chain(args.masks.inputs()).chain(args.method.inputs());
    files::check_apart(photos.into_iter().chain(others).flatten(), inputs)
}

/// Says what was done: notices, on request times and losses, and where the result is.
fn summarise(console: Console, report: &Report, output: &Path, seconds: f64) {
    let Report { notices, seconds: stages, losses, peak_memory_bytes, .. } = report;
    report::tell(console, notices, stages, losses, *peak_memory_bytes);
    let [width, height] = report.sizes.content;
    console.say(&format!("{}: {width}×{height}, {} in {seconds:.1} s", output.display(), report.method));
}
