//! Programs of the user that make a picture of files that are not read here: camera RAW, HEIC, AVIF and others (`--developer`).

mod known;

use std::io::{BufRead, BufReader};
use std::path::{Path, absolute};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use relumine::io::{Limits, Photo};
use relumine::watch::Watch;
use relumine::{Engine, Error, Notice, PhotoError};

pub(crate) use known::{Kind, is_named_as_picture};

/// Stands for it where no option does.
const VARIABLE: &str = "RELUMINE_DEVELOPER";

const BETWEEN_POLLS: Duration = Duration::from_millis(50);

/// Most characters of what a program says last that are told.
const TOLD: usize = 300;

/// What develops files.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Developer {
    /// The first program that is known for the kind of file and there.
    Auto,
    /// A program and its arguments, with `{input}` and `{output}` in them.
    Command(Vec<String>),
}

/// As on the command line: `auto`, or a command whose words are told apart as in a shell.
pub(crate) fn parse(text: &str) -> Result<Developer, String> {
    if text == "auto" {
        return Ok(Developer::Auto);
    }
    let words = shlex::split(text).ok_or("a quote in it has no end")?;
    let holds = |part: &str| words.iter().skip(1).any(|word| word.contains(part));
    if !holds("{input}") || !holds("{output}") {
        return Err("it is `auto`, or a command with {input} and {output}".into());
    }
    Ok(Developer::Command(words))
}

/// That of the option, else that of the environment.
pub(crate) fn chosen(option: Option<&Developer>) -> Result<Option<Developer>> {
    match (option, std::env::var(VARIABLE)) {
        (Some(developer), _) => Ok(Some(developer.clone())),
        (None, Ok(text)) if !text.is_empty() => {
            parse(&text).map(Some).map_err(|reason| anyhow!("{VARIABLE}: {reason}"))
        }
        _ => Ok(None),
    }
}

/// The kind of file that there is more in than was opened, if that is so.
pub(crate) fn wanted(opened: &relumine::Result<Photo>) -> Option<String> {
    match opened {
        Ok(photo) => photo.notices().iter().find_map(|notice| match notice {
            Notice::PreviewOfRaw { format, .. } => Some(format!("a camera RAW ({format})")),
            _ => None,
        }),
        Err(Error::Photo { problem: PhotoError::NotSupported { format, .. }, .. }) => Some(format.clone()),
        Err(Error::Photo { problem: PhotoError::RawWithoutPreview { format }, .. }) => {
            Some(format!("a camera RAW ({format})"))
        }
        Err(_) => None,
    }
}

impl Developer {
    /// Whether there is hope for this kind of file: a command is tried on any.
    pub(crate) fn takes(&self, format: &str) -> bool {
        *self != Self::Auto || Kind::of(format).is_some()
    }

    /// Has a program develop a file, which is `format`, and reads what it makes.
    pub(crate) fn open(
        &self,
        engine: &Engine,
        path: &Path,
        format: &str,
        limits: &Limits,
        watch: &Watch<'_>,
    ) -> Result<Photo> {
        let file = path.display();
        let (words, extension) = match self {
            Self::Command(words) => (words.clone(), "tif"),
            Self::Auto => known::found(format).with_context(|| format!("{file}: it is {format}"))?,
        };
        let folder = tempfile::Builder::new().prefix("relumine-").tempdir().context("no temporary folder")?;
        let output = folder.path().join(format!("developed.{extension}"));
        let input = absolute(path).with_context(|| format!("{file}: has no absolute path"))?;
        run(path, &words, &input, &output, watch)?;
        let bytes = std::fs::metadata(&output).ok().map(|made| made.len()).filter(|bytes| *bytes > 0);
        let program = &words[0];
        let Some(bytes) = bytes else {
            bail!("{file}: `{program}` ended well but wrote nothing to {{output}}")
        };
        if bytes > limits.max_bytes {
            let problem = PhotoError::TooManyBytes { bytes, limit: limits.max_bytes };
            return Err(Error::Photo { path: path.into(), problem }.into());
        }
        let made =
            std::fs::read(&output).with_context(|| format!("{file}: what `{program}` made is lost"))?;
        let photo = engine
            .install(|| Photo::decode(&made, path, limits))
            .with_context(|| format!("{file}: what `{program}` made of it cannot be read"))?;
        Ok(photo.noting(Notice::Developed { format: format.into(), program: program.clone() }))
    }
}

/// Runs a command to its end, or to where the work is cancelled.
fn run(path: &Path, words: &[String], input: &Path, output: &Path, watch: &Watch<'_>) -> Result<()> {
    let (file, program) = (path.display(), &words[0]);
    let filled = |word: &String| -> Result<String> {
        let name = |path: &Path| path.to_str().map(str::to_owned);
        let names = name(input).zip(name(output));
        let (input, output) = names.with_context(|| format!("{file}: its path is no Unicode text"))?;
        Ok(word.replace("{output}", &output).replace("{input}", &input))
    };
    let arguments = words[1..].iter().map(filled).collect::<Result<Vec<_>>>()?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let child = command.spawn().with_context(|| format!("{file}: `{program}` cannot be started"))?;
    let mut child = Killed(child);
    let errors = child.0.stderr.take().context("no standard error")?;
    // On a thread of its own: a program that nobody listens to would wait for ever.
    let last = thread::spawn(move || {
        let lines = BufReader::new(errors).split(b'\n').map_while(Result::ok);
        let lines = lines.map(|line| String::from_utf8_lossy(&line).trim().to_owned());
        lines.filter(|line| !line.is_empty()).last()
    });
    let status = loop {
        watch.token().check()?;
        match child.0.try_wait().with_context(|| format!("{file}: `{program}` cannot be waited for"))? {
            Some(status) => break status,
            None => thread::sleep(BETWEEN_POLLS),
        }
    };
    if status.success() {
        return Ok(());
    }
    let last = last.join().ok().flatten().unwrap_or_else(|| "it said nothing".into());
    let last: String = last.chars().filter(|character| !character.is_control()).take(TOLD).collect();
    match status.code() {
        Some(code) => bail!("{file}: `{program}` failed with exit code {code}: {last}"),
        None => bail!("{file}: `{program}` was stopped ({status}): {last}"),
    }
}

/// A program that does not outlive this.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may have ended, and then there is nothing to do.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests;
