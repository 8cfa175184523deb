//! The photos that a batch is made of: files, folders and globs as they were named, found and put in order before any work.

mod folder;
mod globs;
mod outputs;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use relumine::{Error, PhotoError};

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

/// What is taken of folders.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Folders {
    /// What lies below them, too.
    pub(crate) recursive: bool,
    /// What a program of the user has to develop, too.
    pub(crate) developed: bool,
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
/// A file is taken whatever it is called. In a folder, and with `folders.recursive` below it, files count that have the extension of a photo;
/// hidden ones do not. Links are followed, but not round in circles. What lies in `outputs` is no source, unless that is the folder
/// that was named.
///
/// # Errors
/// Where something is not there, and where there is nothing at all.
pub(super) fn find(named: &[PathBuf], folders: Folders, outputs: &Path) -> Result<Found> {
    let (mut found, mut missed) = (Found::default(), Vec::new());
    let mut known = HashSet::new();
    for path in named {
        let (mut sources, nothing) = match kind(path)? {
            Kind::File => (vec![Source { path: path.clone(), relative: name_of(path) }], ""),
            Kind::Folder => (
                folder::walk(path, folders, outputs, &mut found.notices),
                if folders.recursive {
                    "there are no photos in it or below it"
                } else {
                    "there are no photos in it (-r looks below it, too)"
                },
            ),
            Kind::Glob(pattern) => {
                (globs::expand(&pattern, outputs, &mut found.notices)?, "no file matches it")
            }
        };
        if sources.is_empty() {
            missed.push(format!("{}: {nothing}", path.display()));
        }
        sources.sort_by_cached_key(|source| order::natural(&source.relative));
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
        Err(error) => match path.to_str().filter(|text| globs::is_glob(text)) {
            Some(pattern) => Ok(Kind::Glob(pattern.into())),
            None => Err(Error::Photo { path: path.into(), problem: PhotoError::Unreadable(error) }.into()),
        },
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

fn unseen(path: &Path, error: Option<&std::io::Error>) -> String {
    let reason = error.map_or_else(|| "of no known reason".into(), ToString::to_string);
    format!("{}: cannot be looked into ({reason}), and is left out", path.display())
}

#[cfg(test)]
mod tests;
