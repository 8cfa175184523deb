//! Fetches the wanted tensors of a safetensors file from a server into a smaller file of the same layout.
//!
//! What has arrived is kept in `FILE.part` and goes on from there in the next run, so long as the server has the same
//! version of the file; which version that is stands in `FILE.part.json`, whose lock also keeps a second fetch out.
//!
//! What is checked, and what cannot be: the server gives a sum of the whole file at best, and the whole file is what is
//! not fetched. So each tensor's presence, type and shape are checked, the header's description against the file's
//! length, that length and the ETag in every answer, the assembled file by a second reading, and every weight for being
//! finite. The sum of the result is kept beside it ([`super::cache`]): later damage is found, but the first
//! transfer is trusted to TLS and the server; no table of known sums is built in.

use std::cell::RefCell;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use safetensors::SafeTensors;

use super::cache::{self, with_suffix};
use super::catalogue::TensorSpec;
use super::remote::{Again, Identity, ReadError, Remote, Retry};
use super::selection::{self, LENGTH_BYTES, Selection};

#[cfg(test)]
mod tests;

/// What to fetch, and where to.
pub(crate) struct Job<'a> {
    /// A safetensors file on a server that answers range requests.
    pub(crate) url: &'a str,
    /// The file to make; its folder is made too.
    pub(crate) target: &'a Path,
    /// The tensors that are wanted.
    pub(crate) tensors: &'a [TensorSpec],
    /// How faults are borne.
    pub(crate) retry: Retry,
}

/// What the caller is told on the way.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// The server has the file; of `bytes` bytes, `kept` are there from an earlier run.
    Begin { bytes: u64, kept: u64 },
    /// So many bytes of the new file are there.
    Received(u64),
    /// A request is going to be made again.
    Again(Again<'a>),
}

/// Fetches, checks and puts in place; returns the SHA-256 of the new file.
///
/// # Errors
/// If the folder cannot be written, the server does not give the file, or the file is not what it should be. No file is
/// then at `target` that was not there before.
pub(crate) fn fetch(job: &Job<'_>, tell: &mut dyn FnMut(Event<'_>)) -> Result<String> {
    let part_path = with_suffix(job.target, ".part");
    let state = State::lock(job.target)?;
    let unwritable = || cannot_write(&part_path);
    let mut remote = Remote::new(job.url, job.retry);
    let (selection, identity) = match select(&mut remote, job, tell) {
        Ok(selected) => selected,
        Err(error) => {
            if !part_path.exists() {
                state.remove();
            }
            return Err(job.explain(error));
        }
    };
    let mut part = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&part_path)
        .with_context(unwritable)?;

    let kept =
        if state.identity.as_ref() == Some(&identity) { matching_bytes(&mut part, &selection)? } else { 0 };
    tell(Event::Begin { bytes: selection.file_bytes(), kept });
    part.set_len(kept).with_context(unwritable)?;
    if kept == 0 {
        state.write(&identity).with_context(unwritable)?;
        part.rewind().and_then(|()| part.write_all(&selection.header)).with_context(unwritable)?;
    }

    receive(&mut remote, &selection, &mut part, tell).map_err(|e| match e {
        ReadError::Remote(e) => job.explain(e),
        ReadError::Sink(e) => anyhow::Error::new(e).context(unwritable()),
    })?;
    part.sync_all().with_context(unwritable)?;
    drop(part);

    let sum = match check(&part_path, job.tensors) {
        Ok(sum) => sum,
        Err(error) => {
            // What is wrong in it would still be wrong after another run that goes on from it.
            let _ = fs::remove_file(&part_path);
            return Err(job.explain(error));
        }
    };
    cache::put(&part_path, job.target, &sum)?;
    state.remove();
    Ok(sum)
}

impl Job<'_> {
    /// Names the file that the server did not give, and what to do without it.
    fn explain(&self, error: anyhow::Error) -> anyhow::Error {
        anyhow!(
            "{}: {error:#}; run the command again later (what has arrived is kept), or save the file from that address \
             by other means as {}",
            self.url,
            self.target.display()
        )
    }
}

/// Asks for the file's header and finds the wanted tensors in it.
fn select(
    remote: &mut Remote,
    job: &Job<'_>,
    tell: &mut dyn FnMut(Event<'_>),
) -> Result<(Selection, Identity)> {
    let mut read = |remote: &mut Remote, range| {
        let mut bytes = Vec::new();
        let mut sink = |chunk: &[u8]| bytes.write_all(chunk);
        remote
            .read(range, &mut sink, &mut |again| tell(Event::Again(again)))
            .map_err(ReadError::into_error)?;
        Ok::<_, anyhow::Error>(bytes)
    };
    let first = read(remote, 0..LENGTH_BYTES)?.try_into().map_err(|_| anyhow!("the answer is too short"))?;
    let identity = remote.identity().context("the server did not say which file it is")?.clone();
    let header = read(remote, selection::header_range(first, identity.bytes)?)?;
    Ok((selection::select(&header, identity.bytes, job.tensors)?, identity))
}

/// How many bytes at the beginning of `part` an earlier run has left that belong to the selection.
fn matching_bytes(part: &mut File, selection: &Selection) -> Result<u64> {
    let bytes = part.metadata()?.len();
    let mut header = Vec::new();
    part.rewind()?;
    part.take(selection.header.len() as u64).read_to_end(&mut header)?;
    Ok(if header == selection.header && bytes <= selection.file_bytes() { bytes } else { 0 })
}

/// Fetches what `part` still lacks.
fn receive(
    remote: &mut Remote,
    selection: &Selection,
    part: &mut File,
    tell: &mut dyn FnMut(Event<'_>),
) -> Result<(), ReadError> {
    let tell = RefCell::new(tell);
    let mut there = part.seek(SeekFrom::End(0)).map_err(ReadError::Sink)?;
    let mut end = selection.header.len() as u64;
    for range in &selection.ranges {
        end += range.end - range.start;
        let missing = end.saturating_sub(there).min(range.end - range.start);
        let mut sink = |chunk: &[u8]| {
            part.write_all(chunk)?;
            there += chunk.len() as u64;
            tell.borrow_mut()(Event::Received(there));
            Ok(())
        };
        remote.read(range.end - missing..range.end, &mut sink, &mut |again| {
            tell.borrow_mut()(Event::Again(again))
        })?;
    }
    Ok(())
}

/// Reads the assembled file again, by the format's own reader, and returns its sum.
fn check(path: &Path, tensors: &[TensorSpec]) -> Result<String> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    let file = SafeTensors::deserialize(&bytes).context("what arrived is not a safetensors file")?;
    for spec in tensors {
        let tensor = file.tensor(&spec.name)?;
        let finite =
            tensor.data().chunks_exact(4).all(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]).is_finite());
        ensure!(finite, "`{}` holds NaN or infinite values; the file on the server is damaged", spec.name);
    }
    Ok(cache::sha256(&bytes))
}

fn cannot_write(path: &Path) -> String {
    format!(
        "{}: cannot be written; choose another folder with --folder or the variable {}",
        path.display(),
        cache::VARIABLE
    )
}

/// The locked file that says which version of the remote file `FILE.part` holds.
struct State {
    file: File,
    path: PathBuf,
    /// What it said when it was opened.
    identity: Option<Identity>,
}

impl State {
    fn lock(target: &Path) -> Result<Self> {
        let path = with_suffix(target, ".part.json");
        let unwritable = || cannot_write(&path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(unwritable)?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .with_context(unwritable)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                bail!("{}: another relumine is fetching this file; wait for it", target.display())
            }
            // Some network file systems know no locks; a lone fetch needs none.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let mut json = Vec::new();
        (&mut file).take(1 << 16).read_to_end(&mut json).with_context(unwritable)?;
        // Unreadable, as after a crash, means unknown: the fetch then begins anew.
        let identity = serde_json::from_slice(&json).ok();
        Ok(Self { file, path, identity })
    }

    fn write(&self, identity: &Identity) -> Result<()> {
        let mut file = &self.file;
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(&serde_json::to_vec(identity)?)?;
        Ok(())
    }

    fn remove(self) {
        // There is no part that it speaks of: a state file left behind does no harm.
        let _ = fs::remove_file(&self.path);
    }
}
