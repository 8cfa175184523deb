//! Files by their names, of which `-` is what comes in by a pipe, or goes out by one.

use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use relumine::io::{self, ColourSpace, Format, Limits, Photo, SaveOptions};
use relumine::watch::Watch;
use relumine::{Engine, Error, PhotoError};

use crate::console::Console;
use crate::developer::{self, Developer};

/// What messages call it.
const STANDARD_INPUT: &str = "standard input";

/// Whether the name stands for a pipe.
pub(crate) fn is_pipe(path: &Path) -> bool {
    path == Path::new("-")
}

/// How photos are read.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) limits: Limits,
    /// What makes pictures of files that are not read here.
    pub(crate) developer: Option<Developer>,
}

/// Reads a photo, developed first where it has to be and can be.
pub(crate) fn open(engine: &Engine, path: &Path, reading: &Reading, watch: &mut Watch<'_>) -> Result<Photo> {
    let Reading { limits, developer } = reading;
    if !is_pipe(path) {
        let opened = engine.open(path, limits, watch);
        return match (developer, developer::wanted(&opened)) {
            (Some(developer), Some(format)) if developer.takes(&format) => {
                developer.open(engine, path, &format, limits, watch)
            }
            _ => Ok(opened?),
        };
    }
    let name = Path::new(STANDARD_INPUT);
    let refuse = |problem| Error::Photo { path: name.into(), problem };
    let mut bytes = Vec::new();
    let most = limits.max_bytes.saturating_add(1);
    std::io::stdin()
        .lock()
        .take(most)
        .read_to_end(&mut bytes)
        .map_err(|error| refuse(PhotoError::Unreadable(error)))?;
    let opened = engine.install(|| Photo::decode(&bytes, name, limits));
    match (developer, developer::wanted(&opened)) {
        (Some(developer), Some(format)) if developer.takes(&format) => {
            bail!("{STANDARD_INPUT}: it is {format}, and programs develop files alone; name the file")
        }
        _ => Ok(opened?),
    }
}

/// The photo taken to be in a colour space, if it does not say which it is in.
pub(crate) fn assumed(console: Console, photo: Photo, space: Option<ColourSpace>) -> Photo {
    let Some(space) = space else { return photo };
    photo.assumed_in(space).unwrap_or_else(|| {
        let file = photo.path().display();
        console.say(&format!(
            "notice: {file}: it says what colours it is in; it is not taken to be {}",
            space.name()
        ));
        photo
    })
}

/// The photo in another colour space, where one is asked for.
pub(crate) fn in_space(
    engine: &Engine,
    photo: Photo,
    space: Option<ColourSpace>,
    watch: &Watch<'_>,
) -> Result<Photo> {
    let Some(space) = space else { return Ok(photo) };
    let token = watch.token().clone();
    Ok(engine.install(|| photo.in_space(space, &token))?)
}

/// The format that a photo is written in, by the options or the name of its file.
pub(crate) fn format(path: &Path, options: &SaveOptions) -> Result<Format> {
    Ok(options.format_of(path).map_err(Error::from)?)
}

/// Tells before the long work whether a photo can be written.
pub(crate) fn check_writable(path: &Path, options: &SaveOptions) -> Result<()> {
    format(path, options)?;
    check_writable_file(path)
}

/// Tells before the long work whether a file can be written.
pub(crate) fn check_writable_file(path: &Path) -> Result<()> {
    if is_pipe(path) { Ok(()) } else { Ok(io::check_writable_file(path)?) }
}

/// Tells before the long work whether every output is a file of its own.
pub(crate) fn check_apart<'p>(
    outputs: impl IntoIterator<Item = &'p Path>,
    inputs: impl IntoIterator<Item = &'p Path>,
) -> Result<()> {
    let (pipes, outputs): (Vec<_>, Vec<_>) = outputs.into_iter().partition(|path| is_pipe(path));
    let (read, inputs): (Vec<_>, Vec<_>) = inputs.into_iter().partition(|path| is_pipe(path));
    if pipes.len() > 1 || read.len() > 1 {
        bail!("-: one file can come in by a pipe, and one go out by it; name the others");
    }
    Ok(io::check_apart(outputs, inputs)?)
}

/// The date that outputs are given, in seconds since the beginning of 1970: that of the variable `SOURCE_DATE_EPOCH`
/// (<https://reproducible-builds.org/specs/source-date-epoch>), where it is set.
pub(crate) fn date() -> Option<u64> {
    std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.trim().parse().ok())
}

/// Writes a photo.
pub(crate) fn save(
    engine: &Engine,
    photo: &Photo,
    path: &Path,
    options: &SaveOptions,
    watch: &mut Watch<'_>,
) -> Result<()> {
    if !is_pipe(path) {
        return Ok(engine.save(photo, path, options, watch)?);
    }
    let format = format(path, options)?;
    write_pipe(&engine.install(|| photo.encode_watched(format, options, watch))?)
}

/// Writes a whole file.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if is_pipe(path) { write_pipe(bytes) } else { Ok(io::write_file(path, bytes)?) }
}

fn write_pipe(bytes: &[u8]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).context("-: cannot be written to standard output")
}
