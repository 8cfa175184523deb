//! The photos that a batch is made of: files, folders and globs as they were named, found and put in order before any work.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use relumine::io::is_named_as_photo;
use relumine::{Error, OptionsError, PhotoError};
use walkdir::{DirEntry, WalkDir};

use super::order;
use crate::files::is_pipe;

/// One photo of a batch.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Source {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Where it is below the folder that was named, or its name alone.
    pub(super) relative: PathBuf,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) sources: Vec<Source>,
    /// What was left out, and why.
    pub(super) notices: Vec<String>,
}

/// Finds the photos, in the order in which they were named, within a folder or a glob by their names.
///
/// A file is taken whatever it is called. In a folder, and with `recursive` below it, files count that have the extension of a photo;
/// hidden ones do not. Links are followed, but not round in circles. What lies in `outputs` is no source, unless that is the folder
/// that was named.
///
/// # Errors
/// Where something is not there, and where there is nothing at all.
pub(super) fn find(named: &[PathBuf], recursive: bool, outputs: &Path) -> Result<Found> {
    let (mut found, mut missed) = (Found::default(), Vec::new());
    let mut known = HashSet::new();
    for path in named {
        let mut sources = match kind(path)? {
            Kind::File => vec![Source { path: path.clone(), relative: name_of(path) }],
            Kind::Folder => walk(path, recursive, outputs, &mut found.notices),
            Kind::Glob(pattern) => expand(&pattern, outputs, &mut found.notices)?,
        };
        sources.sort_by_cached_key(|source| order::natural(&source.relative));
        if sources.is_empty() {
            let path = path.display();
            missed.push(match recursive {
                true => format!("{path}: there are no photos in it or below it"),
                false => format!("{path}: there are no photos in it (-r looks below it, too)"),
            });
        }
        // Whoever names a photo twice means it once.
        let is_new = |source: &Source| known.insert((canonical(&source.path), source.relative.clone()));
        sources.retain(is_new);
        found.sources.append(&mut sources);
    }
    if found.sources.is_empty() {
        let why: Vec<String> = found.notices.into_iter().chain(missed).collect();
        bail!(
            "nothing to do: {}; photos are told by extensions like jpg, png, tif, webp, dng or nef",
            why.join("; ")
        );
    }
    found.notices.extend(missed);
    Ok(found)
}

enum Kind {
    File,
    Folder,
    Glob(String),
}

fn kind(path: &Path) -> Result<Kind> {
    if is_pipe(path) {
        bail!("-: a batch takes files, folders and globs, but nothing that comes in by a pipe");
    }
    match path.metadata() {
        Ok(data) if data.is_dir() => Ok(Kind::Folder),
        Ok(data) if data.is_file() => Ok(Kind::File),
        Ok(_) => bail!("{}: is neither a file nor a folder", path.display()),
        Err(error) => match path.to_str().filter(|text| is_glob(text)) {
            Some(pattern) => Ok(Kind::Glob(pattern.into())),
            None => Err(Error::Photo { path: path.into(), problem: PhotoError::Unreadable(error) }.into()),
        },
    }
}

fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// The photos in a folder.
fn walk(folder: &Path, recursive: bool, outputs: &Path, notices: &mut Vec<String>) -> Vec<Source> {
    let outputs = Outputs::seen_from(folder, outputs);
    let is_meant = |entry: &DirEntry| {
        entry.depth() == 0
            || !is_hidden(entry.file_name()) && !(entry.file_type().is_dir() && outputs.hold(entry.path()))
    };
    let depth = if recursive { usize::MAX } else { 1 };
    let mut others = BTreeMap::<String, usize>::new();
    let mut sources = Vec::new();
    for entry in WalkDir::new(folder).follow_links(true).max_depth(depth).into_iter().filter_entry(is_meant) {
        match entry {
            Ok(entry) if !entry.file_type().is_file() => {}
            Ok(entry) if is_named_as_photo(entry.path()) => sources.push(below(folder, entry.path())),
            Ok(entry) => *others.entry(extension(entry.path())).or_default() += 1,
            // A folder within itself has been walked already.
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) => notices.push(unseen(error.path().unwrap_or(folder), error.io_error())),
        }
    }
    if !others.is_empty() {
        let others: Vec<String> = others.iter().map(|(what, count)| format!("{count} {what}")).collect();
        notices.push(format!(
            "{}: left out what is no photo by its name: {}",
            folder.display(),
            others.join(", ")
        ));
    }
    sources
}

/// The files that a glob matches, as they lie below the part of it that is no pattern.
fn expand(pattern: &str, outputs: &Path, notices: &mut Vec<String>) -> Result<Vec<Source>> {
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
    let matches = glob::glob_with(pattern, options).map_err(|error| {
        let (what, reason) = (format!("the glob `{pattern}`"), error.to_string());
        Error::from(OptionsError::Malformed { what, reason })
    })?;
    let folder: PathBuf = Path::new(pattern)
        .components()
        .take_while(|part| !is_glob(&part.as_os_str().to_string_lossy()))
        .collect();
    let outputs = Outputs::seen_from(&folder, outputs);
    let mut sources = Vec::new();
    for path in matches {
        match path {
            Ok(path) if path.is_file() && !path.parent().is_some_and(|parent| outputs.hold(parent)) => {
                sources.push(below(&folder, &path));
            }
            Ok(_) => {}
            Err(error) => notices.push(unseen(error.path(), Some(error.error()))),
        }
    }
    Ok(sources)
}

/// The folder of outputs, where it is another than that in which sources are looked for.
struct Outputs(Option<PathBuf>);

impl Outputs {
    fn seen_from(folder: &Path, outputs: &Path) -> Self {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        Self(outputs.canonicalize().ok().filter(|outputs| !canonical(folder).starts_with(outputs)))
    }

    fn hold(&self, folder: &Path) -> bool {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        self.0.as_ref().is_some_and(|outputs| canonical(folder).starts_with(outputs))
    }
}

fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.into())
}

fn below(folder: &Path, path: &Path) -> Source {
    let relative = path.strip_prefix(folder).map_or_else(|_| name_of(path), Path::to_owned);
    Source { path: path.into(), relative }
}

fn name_of(path: &Path) -> PathBuf {
    path.file_name().unwrap_or(path.as_os_str()).into()
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

fn extension(path: &Path) -> String {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    extension.map_or_else(|| "without an extension".into(), |extension| format!(".{extension}"))
}

fn unseen(path: &Path, error: Option<&std::io::Error>) -> String {
    let reason = error.map_or_else(|| "of no known reason".into(), ToString::to_string);
    format!("{}: cannot be looked into ({reason}), and is left out", path.display())
}

#[cfg(test)]
mod tests;
