//! What outputs are called: a pattern with placeholders, below the folder of outputs as sources lie below theirs.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use relumine::io::Format;
use relumine::{Error, OptionsError};

use super::sources::Source;

/// How outputs are named.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Naming<'a> {
    /// The folder of outputs, there or not yet.
    pub(crate) folder: &'a Path,
    /// As in [`PATTERN`](Self::PATTERN): text with `{name}` (of the source, without its extension), `{look}`, `{folder}` (in which
    /// the source lies), `{n}` (its number in the batch, from 00001), `{frame}` (the last number in its name) and `{ext}`.
    pub(crate) pattern: &'a str,
    /// What `{look}` stands for.
    pub(crate) look: &'a str,
    /// The format that is asked for; otherwise the extension says it.
    pub(crate) format: Option<Format>,
}

/// A photo and its output.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Named {
    pub(super) source: Source,
    /// Below the folder of outputs.
    pub(super) name: PathBuf,
}

enum Piece<'a> {
    Text(&'a str),
    Name,
    Look,
    Folder,
    Number,
    Frame,
    Extension,
}

const PLACEHOLDERS: &str = "{name}, {look}, {folder}, {n}, {frame} and {ext}";

impl<'a> Naming<'a> {
    /// What outputs are called where nothing else is said.
    pub(crate) const PATTERN: &'static str = "{name}-{look}.{ext}";

    /// Names the output of each source.
    ///
    /// # Errors
    /// [`OptionsError::Malformed`] for a pattern that cannot be understood, or leads elsewhere; [`OptionsError::UnknownOutputFormat`] for
    /// an extension that says no format; and where two sources have one output, be it only that their names differ in case.
    pub(super) fn outputs(&self, sources: Vec<Source>) -> Result<Vec<Named>> {
        let pieces = self.pieces()?;
        let mut named: Vec<Named> = Vec::with_capacity(sources.len());
        let mut taken = HashMap::new();
        for (index, source) in sources.into_iter().enumerate() {
            let name = self.name(&pieces, &source, index + 1)?;
            if let Some(other) = taken.insert(alike(&name), index) {
                let other: &Named = &named[other];
                bail!(
                    "{} and {} would both become {}; name one of them alone, or tell them apart with --name, by {{folder}} or {{n}}",
                    other.source.path.display(),
                    source.path.display(),
                    self.folder.join(&name).display()
                );
            }
            named.push(Named { source, name });
        }
        Ok(named)
    }

    fn name(&self, pieces: &[Piece<'_>], source: &Source, number: usize) -> Result<PathBuf> {
        let path = &source.path;
        let mut name = OsString::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => name.push(text),
                Piece::Name => name.push(path.file_stem().unwrap_or_default()),
                Piece::Look => name.push(self.look),
                Piece::Folder => name.push(folder_name(path)),
                Piece::Number => name.push(format!("{number:05}")),
                Piece::Frame => name.push(frame_of(path).ok_or_else(|| {
                    self.refused(&format!("{}: there is no number in its name", path.display()))
                })?),
                Piece::Extension => name.push(self.extension(path)),
            }
        }
        let output = source.relative.with_file_name(&name);
        if output.file_name() != Some(&name) {
            return Err(self.refused(&format!("it makes no name of a file of {}", path.display())));
        }
        if self.format.is_none() {
            Format::from_path(&output).map_err(Error::from)?;
        }
        Ok(output)
    }

    /// The source's own extension where it says the format that is written, or else the usual one of that; of what is read but not
    /// written, a JPEG is made.
    fn extension(&self, source: &Path) -> OsString {
        let own = Format::from_path(source).ok();
        match (self.format.or(own), source.extension()) {
            (format, Some(extension)) if own.is_some() && format == own => extension.into(),
            (format, _) => format.unwrap_or(Format::JPEG).extension().into(),
        }
    }

    fn pieces(&self) -> Result<Vec<Piece<'a>>> {
        if self.pattern.contains(['/', '\\']) || self.look.contains(['/', '\\']) {
            return Err(self.refused("it names a file, not a path; folders are those of the sources"));
        }
        let (mut pieces, mut rest) = (Vec::new(), self.pattern);
        while let Some((text, opened)) = rest.split_once('{') {
            pieces.push(Piece::Text(text));
            let (placeholder, behind) =
                opened.split_once('}').ok_or_else(|| self.refused("a { of it is not closed"))?;
            pieces.push(match placeholder {
                "name" => Piece::Name,
                "look" => Piece::Look,
                "folder" => Piece::Folder,
                "n" => Piece::Number,
                "frame" => Piece::Frame,
                "ext" => Piece::Extension,
                _ => {
                    let reason = format!("{{{placeholder}}} stands for nothing; there are {PLACEHOLDERS}");
                    return Err(self.refused(&reason));
                }
            });
            rest = behind;
        }
        pieces.push(Piece::Text(rest));
        if pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains('}'))) {
            return Err(self.refused("a } of it closes nothing"));
        }
        if self.pattern.starts_with('.') {
            return Err(self.refused("its files would be hidden"));
        }
        Ok(pieces)
    }

    fn refused(&self, reason: &str) -> anyhow::Error {
        let what = format!("the pattern of names `{}`", self.pattern);
        Error::from(OptionsError::Malformed { what, reason: reason.into() }).into()
    }
}

/// The last number in a file's name, as it is written there.
fn frame_of(path: &Path) -> Option<&str> {
    let name = path.file_stem()?.to_str()?;
    name.rsplit(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty())
}

/// The name of the folder that a file lies in; nothing where the path does not say.
fn folder_name(path: &Path) -> &OsStr {
    path.parent().and_then(Path::file_name).unwrap_or_default()
}

/// What is equal for names that some file systems take for one.
fn alike(name: &Path) -> OsString {
    match name.to_str() {
        Some(name) => name.to_lowercase().into(),
        None => name.as_os_str().to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests;
