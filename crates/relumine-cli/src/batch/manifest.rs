//! What a folder of outputs was made by, so that a batch can go on where it was stopped: `.relumine-batch.jsonl` in it.
//!
//! Its first line says what was done (look, options, version); each further one that an output was begun or is done. Lines are only
//! appended. One that was cut short, by whatever, is none, and neither is what follows it. Whoever writes the file holds a lock on it,
//! which the system drops with the process.

mod record;

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use relumine::{Error, MachineError};
use serde::Serialize;

pub(crate) use record::Identity;
pub(super) use record::{Header, Line, Name, Stamp};

/// The file's name in the folder of outputs.
pub(super) const MANIFEST: &str = ".relumine-batch.jsonl";

/// The manifest of a folder, held by this process alone.
#[derive(Debug)]
pub(super) struct Manifest {
    folder: PathBuf,
    file: File,
    /// Bytes of whole lines.
    length: u64,
    header: Option<Header>,
    known: HashMap<Name, Line>,
}

impl Manifest {
    /// The manifest of a folder, if there is one.
    ///
    /// # Errors
    /// Where another process works on the folder, and where the file cannot be read or written.
    pub(super) fn open(folder: &Path) -> Result<Option<Self>> {
        match OpenOptions::new().read(true).write(true).open(folder.join(MANIFEST)) {
            Ok(file) => Self::held(folder, file)?.read().map(Some),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(unwritable(folder, error)),
        }
    }

    /// The manifest of a folder that has had none.
    ///
    /// # Errors
    /// As of [`open`](Self::open).
    pub(super) fn create(folder: &Path) -> Result<Self> {
        match OpenOptions::new().read(true).write(true).create_new(true).open(folder.join(MANIFEST)) {
            Ok(file) => Self::held(folder, file),
            // It was not there a moment ago.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(busy(folder)),
            Err(error) => Err(unwritable(folder, error)),
        }
    }

    fn held(folder: &Path, file: File) -> Result<Self> {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(busy(folder)),
            // On file systems without locks it is for the user not to start two.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        Ok(Self { folder: folder.into(), file, length: 0, header: None, known: HashMap::new() })
    }

    fn read(mut self) -> Result<Self> {
        let mut bytes = Vec::new();
        self.file.read_to_end(&mut bytes).map_err(|error| unwritable(&self.folder, error))?;
        for line in bytes.split_inclusive(|byte| *byte == b'\n').take_while(|line| line.ends_with(b"\n")) {
            if self.header.is_none() {
                let Ok(header) = serde_json::from_slice(line) else { break };
                self.header = Some(header);
            } else {
                let Ok(told) = serde_json::from_slice::<Line>(line) else { break };
                self.known.insert(told.output().clone(), told);
            }
            self.length += line.len() as u64;
        }
        Ok(self)
    }

    /// What the outputs were made by, as far as it was ever written.
    pub(super) fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// Whether outputs were made as this batch makes them.
    pub(super) fn is_of(&self, now: &Header) -> bool {
        self.header.as_ref().is_some_and(|then| then.difference(now).is_none())
    }

    /// What is known of an output, by its path below the folder.
    pub(super) fn known(&self, output: &Path) -> Option<&Line> {
        self.known.get(&Name::of(output))
    }

    /// Forgets whatever it says and begins anew.
    ///
    /// # Errors
    /// [`MachineError::Unwritable`].
    pub(super) fn begin(&mut self, header: Header) -> Result<()> {
        (self.length, self.known) = (0, HashMap::new());
        self.append(&header)?;
        self.header = Some(header);
        Ok(())
    }

    /// Says that an output may be there from now on, whole or not.
    ///
    /// # Errors
    /// [`MachineError::Unwritable`].
    pub(super) fn tell_begun(&mut self, output: &Path) -> Result<()> {
        self.append(&Line::Begun { output: Name::of(output) })
    }

    /// Says that an output is there and whole, of a source as it was before the work.
    ///
    /// # Errors
    /// [`MachineError::Unwritable`].
    pub(super) fn tell_done(&mut self, output: &Path, source: &Path, stamp: Stamp) -> Result<()> {
        self.append(&Line::Done { output: Name::of(output), source: Name::of(source), stamp })
    }

    /// Puts a line behind the last whole one.
    fn append(&mut self, line: &impl Serialize) -> Result<()> {
        let mut json = serde_json::to_vec(line)?;
        json.push(b'\n');
        let mut write = || {
            self.file.set_len(self.length)?;
            self.file.seek(SeekFrom::Start(self.length))?;
            self.file.write_all(&json)
        };
        write().map_err(|error| unwritable(&self.folder, error))?;
        self.length += json.len() as u64;
        Ok(())
    }
}

/// Refuses a folder whose outputs are not those of the batch that is going to continue there.
///
/// # Errors
/// With what differs.
pub(super) fn check_same(folder: &Path, then: &Header, now: &Header) -> Result<()> {
    let Some(difference) = then.difference(now) else { return Ok(()) };
    bail!(
        "{}: --skip-existing cannot go on here, for what is there was made {difference}; do as then, choose another folder, or make all \
         of it anew with --overwrite",
        folder.display()
    )
}

fn busy(folder: &Path) -> anyhow::Error {
    anyhow::anyhow!(
        "{}: another batch is at work in this folder; let it finish, or choose another folder",
        folder.display()
    )
}

fn unwritable(folder: &Path, source: std::io::Error) -> anyhow::Error {
    Error::from(MachineError::Unwritable { path: folder.into(), source }).into()
}

#[cfg(test)]
mod tests;
