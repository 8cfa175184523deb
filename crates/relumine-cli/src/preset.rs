//! Presets: options in a TOML file, whose keys are the names of long flags.
//!
//! A preset is turned into words of the command line, by clap's own definitions; so its values are checked as those of flags are. Words
//! that the user gave win: what they say, or exclude, is not taken from the preset.

mod keys;
mod read;
mod write;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{ArgMatches, FromArgMatches};
use relumine::{Error, OptionsError};

use crate::args::{self, Cli};
use crate::console::Console;
use crate::{failure, files};

/// What a command line says of presets.
#[derive(Debug, Default)]
pub(crate) struct Presets {
    /// The file that was read, and the line of each option that was taken from it.
    read: Option<(PathBuf, BTreeMap<String, usize>)>,
    /// Options that are none of this command, but of another.
    unused: Vec<String>,
    /// The file to write, and its text.
    write: Option<(PathBuf, String)>,
}

/// Something in a preset is not as it must be.
#[derive(Debug)]
pub(crate) struct Misuse(String);

impl std::fmt::Display for Misuse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misuse {}

/// Parses the words of a command line, the program's name first, with what its preset says.
///
/// # Errors
/// clap's own for the words; a [`Misuse`] for what a preset says; others where files cannot be read or written.
pub(crate) fn parse(words: Vec<OsString>) -> Result<(Cli, Presets)> {
    let mut whole = args::command();
    let mut matches = whole.try_get_matches_from_mut(&words)?;
    let mut presets = Presets::default();
    let of = |given: &ArgMatches, id: &str| given.try_get_one::<PathBuf>(id).ok().flatten().cloned();
    if let Some((name, given)) = matches.subcommand()
        && let Some(path) = of(given, "preset")
    {
        let entries = read::entries(&path, &whole, name)?;
        let command = whole.find_subcommand(name).expect("clap has just found it");
        let (mut lines, mut added) = (BTreeMap::new(), Vec::new());
        for entry in entries {
            if !keys::is_of(command, &entry.key) {
                presets.unused.push(entry.key);
            } else if !keys::is_settled(command, given, &entry.key) {
                // Each by itself at first, so that what is wrong with it is said with its line.
                let tried = args::command().try_get_matches_from(inserted(&words, name, &entry.words));
                tried.map_err(|error| entry.misuse(&path, &failure::usage_message(&error)))?;
                added.extend(entry.words);
                lines.insert(entry.key, entry.line);
            }
        }
        let together = args::command().try_get_matches_from(inserted(&words, name, &added));
        let told = |error| Misuse(format!("{}: {}", path.display(), failure::usage_message(&error)));
        matches = together.map_err(told)?;
        presets.read = Some((path, lines));
    }
    if let Some((name, given)) = matches.subcommand()
        && let Some(path) = of(given, "write_preset")
    {
        // Whatever else a name says, it may be a photo's.
        if path.extension().is_none_or(|extension| extension != "toml") {
            bail!("{}: a preset is written to a file whose name ends in .toml", path.display());
        }
        files::check_writable_file(&path)?;
        let command = whole.find_subcommand(name).expect("clap has just found it");
        presets.write = Some((path, write::text(command, given)));
    }
    Ok((Cli::from_arg_matches(&matches)?, presets))
}

/// The user's words with more after the name of the command: before it are switches alone.
fn inserted(words: &[OsString], command: &str, more: &[OsString]) -> Vec<OsString> {
    let at = words.iter().skip(1).position(|word| word == command).map_or(words.len(), |at| at + 2);
    [&words[..at], more, &words[at..]].concat()
}

impl Presets {
    /// Names what the preset says that the command has no use for.
    pub(crate) fn tell_unused(&self, console: Console) {
        if let (Some((path, _)), false) = (&self.read, self.unused.is_empty()) {
            let unused = self.unused.join(", ");
            console.say(&format!("notice: {}: this command makes no use of {unused}", path.display()));
        }
    }

    /// Writes what was asked for.
    pub(crate) fn write(&self) -> Result<()> {
        self.write.as_ref().map_or(Ok(()), |(path, text)| files::write(path, text.as_bytes()))
    }

    /// The error, with the line of the preset where the option at fault is from.
    pub(crate) fn blamed(&self, error: anyhow::Error) -> anyhow::Error {
        let field = match error.downcast_ref() {
            Some(Error::Options(
                OptionsError::OutOfRange { field, .. } | OptionsError::Unknown { field, .. },
            )) => field.replace('_', "-"),
            _ => return error,
        };
        match self.read.as_ref().and_then(|(path, lines)| Some((path, lines.get(&field)?))) {
            Some((path, line)) => error.context(place(path, *line)),
            None => error,
        }
    }
}

/// How a line of a preset is named in messages.
fn place(path: &Path, line: usize) -> String {
    format!("{}, line {line}", path.display())
}

#[cfg(test)]
mod tests;
