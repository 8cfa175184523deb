//! `relumine transfer`: one photo and one reference in, one photo out.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use indicatif::HumanBytes;
use relumine::io::{self, Format, Photo};
use relumine::mask::Mask;
use relumine::report::Report;
use relumine::{Engine, Method, TransferOptions};

use crate::args::TransferArgs;
use crate::console::Console;
use crate::interrupt::Interrupts;
use crate::progress::{Follower, Preview, stage_name};
use crate::{memory, weights};

/// Runs the command. What can fail is found as early as it can be: first the options, then whether the outputs can be
/// written, then the inputs; solving comes last.
pub(crate) fn run(args: &TransferArgs, console: Console) -> Result<()> {
    let began = Instant::now();
    let mut options = args.method.options();
    options.check().map_err(relumine::Error::from)?;
    if options.method != Method::Transport {
        options.network = options.network.as_deref().map(weights::resolve).transpose()?;
    }
    options.segmenter = options.segmenter.as_deref().map(weights::resolve).transpose()?;
    tell_unused(args, console);
    let preview = args.follow.preview_every.map(|every| Preview::beside(&args.output, every.get()));
    check_outputs(args, preview.as_ref())?;

    let limits = args.files.limits();
    options.segment.merging = args.method.regions.recognise.merging(&limits)?;
    let content = Photo::open(&args.content, &limits)?;
    let format = Format::from_path(&args.output)?;
    content.check_fits(format)?;
    let reference = Photo::open(&args.reference, &limits)?;
    let engine = Engine::new(args.machine.device, args.machine.threads.map(Into::into))?;
    let masks = match (&args.masks.content_mask, &args.masks.reference_mask) {
        (Some(content), Some(reference)) => {
            let open = |path: &Path| Mask::open(path, &limits);
            let (content, reference) = engine.install(|| rayon::join(|| open(content), || open(reference)));
            Some((content?, reference?))
        }
        _ => None,
    };

    let interrupts = Interrupts::listen()?;
    let plan = engine.plan(&content, &reference, masks.as_ref().map(|(c, r)| (c, r)), &options)?;
    let mut follower = Follower::new(console, interrupts, preview);
    let mut transfer = engine.run(plan, &mut follower)?;
    follower.end()?;

    let kept_back = transfer.photo.losses(format);
    transfer
        .report
        .notices
        .extend(kept_back.iter().map(|notice| format!("{}: {notice}", args.output.display())));
    transfer.photo.save(&args.output, &args.files.save())?;
    if let Some(path) = &args.follow.overlay {
        let picture = engine.install(|| transfer.overlay(&content, &reference));
        Photo::from_planes(picture).save(path, &args.files.save())?;
    }
    transfer.report.peak_memory_bytes = memory::peak_bytes();
    if let Some(path) = &args.follow.report {
        let mut json = serde_json::to_vec_pretty(&transfer.report)?;
        json.push(b'\n');
        io::write_file(path, &json)?;
    }
    summarise(console, &transfer.report, &args.output, began.elapsed().as_secs_f64());
    Ok(())
}

/// Checks that everything can be written that is going to be, and that nothing is written over something needed.
fn check_outputs(args: &TransferArgs, preview: Option<&Preview>) -> Result<()> {
    let photos = [Some(args.output.as_path()), args.follow.overlay.as_deref()];
    photos.into_iter().flatten().try_for_each(io::check_writable)?;
    let others = [preview.map(Preview::path), args.follow.report.as_deref()];
    others.into_iter().flatten().try_for_each(io::check_writable_file)?;
    let inputs = [
        Some(args.content.as_path()),
        Some(&args.reference),
        args.masks.content_mask.as_deref(),
        args.masks.reference_mask.as_deref(),
        args.method.solver.network.as_deref(),
        args.method.regions.recognise.merge.as_deref(),
        args.method.regions.recognise.segmenter.as_deref(),
    ];
    Ok(io::check_apart(photos.into_iter().chain(others).flatten(), inputs.into_iter().flatten())?)
}

/// Names the options that were given to no effect: those of the solver, to a method that solves nothing.
fn tell_unused(args: &TransferArgs, console: Console) {
    if args.method.look.method != Method::Transport {
        return;
    }
    let (given, default) = (args.method.options(), TransferOptions::new(Method::Transport));
    let unused = [
        ("--network", given.network != default.network),
        ("--size", given.size != default.size),
        ("--schedule", given.schedule != default.schedule),
        ("--iterations", given.iterations != default.iterations),
        ("--seed", given.seed != default.seed),
        ("--preview-every", args.follow.preview_every.is_some()),
        ("weights and layers of the objective", given.objective != default.objective),
    ];
    let unused: Vec<_> = unused.into_iter().filter_map(|(name, is)| is.then_some(name)).collect();
    if !unused.is_empty() {
        console.say(&format!("notice: the method transport makes no use of {}", unused.join(", ")));
    }
}

/// Says what was done: notices, on request times and losses, and where the result is.
fn summarise(console: Console, report: &Report, output: &Path, seconds: f64) {
    for notice in &report.notices {
        console.say(&format!("notice: {notice}"));
    }
    if console.verbose > 0 {
        for stage in &report.seconds {
            console.say(&format!("{}: {:.2} s", stage_name(stage.stage), stage.seconds));
        }
        for term in &report.losses {
            console.say(&format!("{}: {:.4e} -> {:.4e}", term.term, term.start, term.end));
        }
        if let Some(peak) = report.peak_memory_bytes {
            console.say(&format!("peak memory: {}", HumanBytes(peak)));
        }
    }
    let [width, height] = report.sizes.content;
    console.say(&format!("{}: {width}×{height}, {} in {seconds:.1} s", output.display(), report.method));
}
