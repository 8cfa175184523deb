//! From TOML to words of the command line.

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context, Result};
use clap::{Arg, Command};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Misuse, keys, place};

/// One option of a preset.
pub(super) struct Entry {
    /// The name of its flag, without dashes.
    pub(super) key: String,
    /// The line that it stands in, from 1.
    pub(super) line: usize,
    /// What it is on a command line.
    pub(super) words: Vec<OsString>,
}

impl Entry {
    /// Something is wrong with it.
    pub(super) fn misuse(&self, path: &Path, problem: &str) -> Misuse {
        Misuse(format!("{}: {problem}", place(path, self.line)))
    }
}

/// Reads the options of a preset, in the order of the file.
///
/// # Errors
/// A [`Misuse`] if it is not TOML, or names what is no option of any command that takes presets; or if it cannot be read.
pub(super) fn entries(path: &Path, whole: &Command, command: &str) -> Result<Vec<Entry>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("{}: cannot be read", path.display()))?;
    let line = |at: usize| 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
    let table = DeTable::parse(&text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        Misuse(format!("{}: {}", place(path, line(at)), error.message()))
    })?;
    let mut table: Vec<_> = table.get_ref().iter().collect();
    table.sort_by_key(|(key, _)| key.span().start);
    let entry = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let (name, line) = (AsRef::<str>::as_ref(key.get_ref()), line(key.span().start));
        let misuse = |problem: String| Misuse(format!("{}: {problem}", place(path, line)));
        let Some(arg) = keys::anywhere(whole, name) else {
            return Err(misuse(unknown(whole, command, name)));
        };
        let mut words = Vec::new();
        add(&mut words, name, arg, value.get_ref()).map_err(misuse)?;
        Ok(Entry { key: name.to_owned(), line, words })
    };
    Ok(table.into_iter().map(entry).collect::<Result<_, _>>()?)
}

/// What is said of a key that is none.
fn unknown(whole: &Command, command: &str, key: &str) -> String {
    let is_flag = |arg: &Arg| arg.get_long() == Some(key);
    if whole.find_subcommand(command).is_some_and(|command| command.get_arguments().any(is_flag)) {
        return format!("{key} is of one run, and no option of a preset; give --{key} beside it");
    }
    match keys::nearest(whole, key) {
        Some(nearest) => format!("there is no option {key}; did you mean {nearest}?"),
        None => format!("there is no option {key}; see `relumine {command} --help`"),
    }
}

/// Adds the words that a value is.
fn add(words: &mut Vec<OsString>, key: &str, arg: &Arg, value: &DeValue<'_>) -> Result<(), String> {
    let takes_values = arg.get_action().takes_values();
    let text = match value {
        DeValue::Boolean(given) if !takes_values => {
            words.extend(given.then(|| format!("--{key}").into()));
            return Ok(());
        }
        _ if !takes_values => return Err(format!("{key} is a switch, which is true or false")),
        DeValue::Array(values) => {
            return values.iter().try_for_each(|value| match value.get_ref() {
                DeValue::Array(_) => Err(format!("{key} cannot be a list of lists")),
                value => add(words, key, arg, value),
            });
        }
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(number.as_str().into(), |n| n.to_string()),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(given) => given.to_string(),
        DeValue::Datetime(_) | DeValue::Table(_) => {
            return Err(format!("{key} cannot be a {}", value.type_str()));
        }
    };
    words.push(format!("--{key}={text}").into());
    Ok(())
}
