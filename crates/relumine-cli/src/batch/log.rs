//! The log of a batch: one line of JSON a photo as it finishes, appended to a file.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::Result;
use relumine::{Error, MachineError, Remark};
use serde::Serialize;

/// What has become of a photo.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Status {
    Done,
    Failed,
    Skipped,
}

/// One line.
#[derive(Debug, Serialize)]
pub(super) struct Line<'a> {
    pub(super) source: String,
    pub(super) output: String,
    pub(super) status: Status,
    pub(super) error: Option<&'a str>,
    pub(super) seconds: f64,
    pub(super) notices: &'a [Remark],
}

/// The file, open for appending.
#[derive(Debug)]
pub(super) struct Log(File);

impl Log {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// [`MachineError::Unwritable`].
    pub(super) fn open(path: &Path) -> Result<Self> {
        let opened = OpenOptions::new().create(true).append(true).open(path).and_then(|file| {
            if file.metadata()?.is_dir() { Err(ErrorKind::IsADirectory.into()) } else { Ok(file) }
        });
        let refuse = |source| Error::from(MachineError::Unwritable { path: path.into(), source });
        Ok(Self(opened.map_err(refuse)?))
    }

    /// Appends a line, at once and as a whole.
    pub(super) fn write(&mut self, line: &Line<'_>) -> Result<()> {
        let mut json = serde_json::to_vec(line)?;
        json.push(b'\n');
        Ok(self.0.write_all(&json)?)
    }
}
