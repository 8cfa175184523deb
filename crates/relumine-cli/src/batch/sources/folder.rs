//! The photos in a folder, by their names.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use relumine::io::is_named_as_photo;
use walkdir::{DirEntry, WalkDir};

use super::outputs::Outputs;
use super::{Folders, Source, below, unseen};
use crate::developer;

/// The photos in a folder, and with `recursive` below it; notices tell what was left out.
pub(super) fn walk(
    folder: &Path,
    Folders { recursive, developed }: Folders,
    outputs: &Path,
    notices: &mut Vec<String>,
) -> Vec<Source> {
    let outputs = Outputs::seen_from(folder, outputs);
    let is_none = |entry: &DirEntry| {
        is_hidden(entry.file_name()) || entry.file_type().is_dir() && outputs.hold(entry.path())
    };
    let is_meant = |entry: &DirEntry| entry.depth() == 0 || !is_none(entry);
    let is_photo = |path: &Path| is_named_as_photo(path) || developed && developer::is_named_as_picture(path);
    let depth = if recursive { usize::MAX } else { 1 };
    let mut others = BTreeMap::<String, usize>::new();
    let mut sources = Vec::new();
    for entry in WalkDir::new(folder).follow_links(true).max_depth(depth).into_iter().filter_entry(is_meant) {
        match entry {
            Ok(entry) if !entry.file_type().is_file() => {}
            Ok(entry) if is_photo(entry.path()) => sources.push(below(folder, entry.path())),
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

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

fn extension(path: &Path) -> String {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    extension.map_or_else(|| "without an extension".into(), |extension| format!(".{extension}"))
}
