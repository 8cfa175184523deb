//! The files that globs match, for shells that do not expand them, and for more files than a command line holds.

use std::path::{Path, PathBuf};

use anyhow::Result;
use relumine::{Error, OptionsError};

use super::outputs::Outputs;
use super::{Source, below, unseen};

/// Whether a name holds any of a glob's signs.
pub(super) fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// The files that a glob matches, as they lie below the part of it that is no pattern.
pub(super) fn expand(pattern: &str, outputs: &Path, notices: &mut Vec<String>) -> Result<Vec<Source>> {
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
