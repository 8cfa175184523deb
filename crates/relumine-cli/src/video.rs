//! `relumine video`: a look on every frame of a video, through the user's ffmpeg.
//!
//! One ffmpeg decodes to a pipe of plain pixels, RGB of 8 or 16 bits, a second one encodes what comes back by another, beside the sound of
//! the source. In between the look moves with what frames show, or each pixel is looked up in one table.

mod colouring;
mod ffmpeg;
mod frames;
mod matroska;
mod moving;
mod pixels;
mod probe;
mod table;
mod times;
mod words;

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use relumine::watch::{CancelToken, Verdict};
use tempfile::NamedTempFile;

use crate::args::VideoArgs;
use crate::console::{Console, Meter, Unit};
use crate::{files, interrupt};

use colouring::{Colouring, Plan};
use ffmpeg::Running;
use frames::Frames;
use probe::Video;
use times::Times;

/// Runs the command.
pub(crate) fn run(args: &VideoArgs, console: Console) -> Result<()> {
    let began = Instant::now();
    let VideoArgs { video: input, output, .. } = args;
    let plan = Plan::of(args)?;
    files::check_writable_file(output)?;
    files::check_apart([output.as_path()], [input.as_path(), &args.look])?;
    if [input, output].iter().any(|path| files::is_pipe(path)) {
        bail!("-: a video is a file; name it");
    }
    if output.exists() && !args.overwrite {
        bail!("{}: is there already; replace it with --overwrite", output.display());
    }
    let video = Video::probe(input)?;
    video.notices().iter().for_each(|notice| console.say(&format!("notice: {}: {notice}", input.display())));
    let token = interrupt::listen(Verdict::Cancel)?;
    let temporary = temporary(output)?;
    let mut colouring = plan.begin(args, &video)?;
    let decoder = Running::start("ffmpeg", &words::decoding(input, &video))?;
    let encoder = Running::start("ffmpeg", &words::encoding(args, &video, temporary.path()))?;
    let count = convert(&video, &mut colouring, [decoder, encoder], args, &token, console)?;
    temporary
        .persist(output)
        .map_err(|error| error.error)
        .with_context(|| format!("{}: cannot be written", output.display()))?;
    let seconds = began.elapsed().as_secs_f64();
    let [width, height] = video.size;
    console.say(&format!("{}: {width}×{height}, {count} frames in {seconds:.1} s", output.display()));
    Ok(())
}

/// Takes all frames from the decoder to the encoder; returns how many.
fn convert(
    video: &Video,
    colouring: &mut Colouring,
    [mut decoder, mut encoder]: [Running; 2],
    args: &VideoArgs,
    token: &CancelToken,
    console: Console,
) -> Result<u64> {
    let mut meter = Meter::new(console);
    meter.stage(Unit::Steps, "frames", video.frames);
    let frames = Frames { bytes: video.bytes() };
    let (mut done, mut has_failed) = (0, false);
    let work = |frame: &mut [u8]| {
        token.check()?;
        colouring.apply(frame, video, token).inspect_err(|_| has_failed = true)?;
        done += 1;
        meter.at(done, "");
        Ok(())
    };
    let mut to = encoder.stdin();
    let ended = if video.uneven {
        let mut telling = Running::start("ffmpeg", &words::times(&args.video, video))?;
        let mut times = Times::of(&mut telling);
        matroska::header(&mut to, video.size, video.deep).map_err(Into::into).and_then(|()| {
            frames.pass(decoder.stdout(), |frame| matroska::frame(&mut to, times.next()?, frame), work)
        })
    } else {
        frames.pass(decoder.stdout(), |frame| to.write_all(frame), work)
    };
    drop(to);
    token.check()?;
    let ended = match ended {
        Err(error) if has_failed => return Err(error),
        ended => ended,
    };
    let encoding = || format!("{}: ffmpeg cannot write it", args.output.display());
    if ended.is_err() {
        // It takes no more frames: it says why.
        encoder.finish().with_context(encoding)?;
    }
    decoder
        .finish()
        .with_context(|| format!("{}: ffmpeg cannot read it to its end", args.video.display()))?;
    ended.with_context(|| format!("{}: a frame is not whole", args.video.display()))?;
    if done == 0 {
        bail!("{}: has no frames", args.video.display());
    }
    while !encoder.has_ended()? {
        token.check()?;
    }
    encoder.finish().with_context(encoding)?;
    Ok(done)
}

/// What is written at first, beside the output: ffmpeg tells the container by its extension.
fn temporary(output: &Path) -> Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    // Temporary files are private; a result is as public as the user's mask lets it be.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let Some(extension) = output.extension() else {
        bail!("{}: its extension says no container; name it .mp4, .mov or .mkv", output.display());
    };
    let suffix = format!(".{}", extension.to_string_lossy());
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    builder
        .prefix(".relumine-")
        .suffix(&suffix)
        .tempfile_in(folder)
        .with_context(|| format!("{}: cannot be written", output.display()))
}
