//! `relumine matte`: one photo and one trimap in, a matte out, and the foreground cut out or before another background.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;
use relumine::io::{self, ColourSpace, Format, Photo};
use relumine::matting::{MatteStopReason, composite, cover};
use relumine::report::MatteReport;
use relumine::watch::{Verdict, Watch};
use relumine::{Engine, Notice, Planes, Remark};

use crate::args::MatteArgs;
use crate::console::Console;
use crate::progress::Follower;
use crate::{files, interrupt, memory, report};

/// Runs the command. What can fail is found as early as it can be: first the options, then whether the outputs can be
/// written, then the inputs; solving comes last.
pub(crate) fn run(args: &MatteArgs, console: Console) -> Result<()> {
    let began = Instant::now();
    let options = args.options();
    options.check().map_err(relumine::Error::from)?;
    check_outputs(args)?;

    let reading = args.files.reading()?;
    let token = interrupt::listen(Verdict::Finish)?;
    let engine = Engine::new(args.machine.device, args.machine.threads.map(Into::into))?;
    let mut follower = Follower::new(console, token.clone(), None);
    let mut watch = Watch::with_token(token).followed_by(&mut follower);
    let photo = files::open(&engine, &args.photo, &reading, &mut watch)?;
    for output in pictures(args) {
        photo.check_fits(Format::from_path(output).map_err(relumine::Error::from)?)?;
    }
    let trimap = engine.open_trimap(&args.trimap, &reading.limits, &mut watch)?;
    trimap.check()?;
    let open = |path: &PathBuf| files::open(&engine, path, &reading, &mut watch);
    let background = args.background.as_ref().map(open).transpose()?;

    let mut matte = engine.matte(&photo, &trimap, &options, &mut watch)?;
    let mut results = vec![(&args.output, picture(&matte.alpha, photo.bit_depth(), &args.output)?)];
    if let Some(colours) = &matte.foreground {
        if let Some(path) = &args.foreground {
            results.push((path, photo.cut_out(colours, &matte.alpha)));
        }
        if let (Some(path), Some(background)) = (&args.composite, &background) {
            matte.report.notices.extend(background.remarks());
            let [own, size] = [background, &photo].map(|photo| [photo.width(), photo.height()]);
            if own != size {
                let notice = Notice::ScaledToCover { size: own, photo: size };
                matte.report.notices.push(Remark::new(background.path(), notice));
            }
            let behind = cover(background.colours(), photo.height(), photo.width());
            results.push((path, photo.with_colours(composite(colours, &matte.alpha, &behind))));
        }
    }
    let saving = args.files.saving();
    for (path, result) in results {
        let format = Format::from_path(path).map_err(relumine::Error::from)?;
        let losses = result.losses(format, &saving);
        matte.report.notices.extend(losses.into_iter().map(|notice| Remark::new(path, notice)));
        engine.save(&result, path, &saving, &mut watch)?;
    }
    drop(watch);
    drop(follower);
    matte.report.peak_memory_bytes = memory::peak_bytes();
    if let Some(path) = &args.report {
        report::write(path, &matte.report)?;
    }
    summarise(console, &matte.report, &args.output, began.elapsed().as_secs_f64());
    Ok(())
}

/// A matte as a picture. Numbers in OpenEXR are light, and those of a matte stay what they are.
fn picture(alpha: &Planes, bit_depth: u8, output: &Path) -> Result<Photo> {
    let picture = Photo::from_grey(alpha, bit_depth);
    let format = Format::from_path(output).map_err(relumine::Error::from)?;
    let light = (format == Format::OPENEXR).then(|| picture.assumed_in(ColourSpace::Linear)).flatten();
    Ok(light.unwrap_or(picture))
}

/// The pictures that are going to be written.
fn pictures(args: &MatteArgs) -> impl Iterator<Item = &Path> {
    [Some(&args.output), args.foreground.as_ref(), args.composite.as_ref()]
        .into_iter()
        .flatten()
        .map(|path| path.as_path())
}

/// Checks that everything can be written that is going to be, and that nothing is written over something needed.
fn check_outputs(args: &MatteArgs) -> Result<()> {
    for picture in pictures(args) {
        io::check_writable(picture)?;
    }
    if let Some(report) = &args.report {
        io::check_writable_file(report)?;
    }
    let inputs = [Some(&args.photo), Some(&args.trimap), args.background.as_ref()];
    let inputs = inputs.into_iter().flatten().map(PathBuf::as_path);
    Ok(io::check_apart(pictures(args).chain(args.report.as_deref()), inputs)?)
}

/// Says what was done: notices, on request times, and where the result is.
fn summarise(console: Console, report: &MatteReport, output: &Path, seconds: f64) {
    report::tell(console, &report.notices, &report.seconds, &[], report.peak_memory_bytes);
    let (iterations, residual) = (report.iterations, report.residual);
    let how = match report.stopped {
        MatteStopReason::Converged => format!("converged in {iterations} iterations"),
        MatteStopReason::IterationLimit => {
            format!("stopped after {iterations} iterations, residual {residual:.1e}")
        }
        MatteStopReason::Finished => {
            format!("finished early after {iterations} iterations, residual {residual:.1e}")
        }
        _ => format!("out of digits after {iterations} iterations, residual {residual:.1e}"),
    };
    let [width, height] = report.size;
    console.say(&format!("{}: {width}×{height}, matte {how}, in {seconds:.1} s", output.display()));
}
