//! Files that appear whole or not at all.
//!
//! Whatever is written is written beside its target under another name first, and then moved into its place. Where the target is a
//! link, the file that it leads to is made or replaced and the link stays; a file that is write-protected is left alone.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{Format, temporary};
use crate::watch::CancelToken;
use crate::{MachineError, Result};

/// Links that are followed one after another.
const LINKS: usize = 40;

/// Bytes between two polls.
const BETWEEN_POLLS: usize = 4 << 20;

/// Tells before the long work whether a photo can be written to `path`: its extension names a format, and a file
/// [can be written there](check_writable_file).
///
/// # Errors
/// [`OptionsError::UnknownOutputFormat`](crate::OptionsError::UnknownOutputFormat) and [`MachineError::Unwritable`].
pub fn check_writable(path: impl AsRef<Path>) -> Result<()> {
    Format::from_path(path.as_ref())?;
    check_writable_file(path)
}

/// Tells before the long work whether a file can be written to `path`: its folder exists and lets files be made, and it is no folder
/// itself nor a file that is write-protected. Leaves nothing behind.
///
/// # Errors
/// [`MachineError::Unwritable`].
pub fn check_writable_file(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    beside(&target(path)).map(drop).map_err(|source| unwritable(path, source))
}

/// Writes a whole file, so that nobody ever sees half of it: what was at `path` is replaced in the end, and is still there where
/// writing fails.
///
/// # Errors
/// [`MachineError::Unwritable`].
pub fn write_file(path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
    Unplaced::write(path.as_ref(), bytes, &CancelToken::new())?.place()
}

/// Tells before the long work whether every output is a file of its own, however the paths are spelt.
///
/// # Errors
/// [`MachineError::OverwritesInput`] or [`MachineError::OverwritesOutput`], with the output that is not.
pub fn check_apart<'p>(
    outputs: impl IntoIterator<Item = &'p Path>,
    inputs: impl IntoIterator<Item = &'p Path>,
) -> Result<()> {
    let inputs: HashSet<PathBuf> = inputs.into_iter().map(target).collect();
    let mut taken = HashSet::new();
    for output in outputs {
        let (path, file) = (output.to_owned(), target(output));
        if inputs.contains(&file) {
            return Err(MachineError::OverwritesInput { path }.into());
        }
        if !taken.insert(file) {
            return Err(MachineError::OverwritesOutput { path }.into());
        }
    }
    Ok(())
}

/// A file that is written, but not in its place yet; it is removed unless it is put there.
pub(super) struct Unplaced<'p> {
    path: &'p Path,
    target: PathBuf,
    file: NamedTempFile,
}

impl<'p> Unplaced<'p> {
    /// An empty file beside `path`.
    pub(super) fn new(path: &'p Path) -> Result<Self> {
        let target = target(path);
        let file = beside(&target).map_err(|source| unwritable(path, source))?;
        Ok(Self { path, target, file })
    }

    /// Writes `bytes` beside `path`.
    pub(super) fn write(path: &'p Path, bytes: &[u8], token: &CancelToken) -> Result<Self> {
        let unplaced = Self::new(path)?;
        let mut out = unplaced.out(token)?;
        // What fails is known to `out`.
        let _ = out.write_all(bytes).and_then(|()| out.flush());
        token.check()?;
        out.check(path)?;
        Ok(unplaced)
    }

    /// What writes into it, until the token is cancelled.
    pub(super) fn out(&self, token: &CancelToken) -> Result<Out> {
        let file = self.file.as_file().try_clone().map_err(|source| unwritable(self.path, source))?;
        Ok(Out { file: BufWriter::new(file), token: token.clone(), failed: None })
    }

    /// Puts the file in its place.
    pub(super) fn place(self) -> Result<()> {
        let Self { path, target, file } = self;
        file.persist(target).map(drop).map_err(|error| unwritable(path, error.error))
    }
}

/// Writes into a file, and remembers why it could not.
pub(super) struct Out {
    file: BufWriter<File>,
    token: CancelToken,
    failed: Option<io::ErrorKind>,
}

impl Out {
    /// Whether all of it could be written to what becomes `path`.
    pub(super) fn check(&self, path: &Path) -> Result<()> {
        // The kind alone: the whole error might name the temporary file.
        self.failed.map_or(Ok(()), |kind| Err(unwritable(path, kind.into())))
    }

    fn remember<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result {
            self.failed.get_or_insert(error.kind());
        }
        result
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.token.check().is_err() {
            return Err(io::Error::other("cancelled"));
        }
        let written = self.file.write(&bytes[..bytes.len().min(BETWEEN_POLLS)]);
        self.remember(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.file.flush();
        self.remember(flushed)
    }
}

impl Seek for Out {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = self.file.seek(to);
        self.remember(at)
    }
}

/// The file that is meant, by the same name however it was spelt: where `path` is a link, what it leads to, be it there or
/// not. A link whose folder is not there is itself meant.
fn target(path: &Path) -> PathBuf {
    let yet_to_be = |path: &Path| Some(folder_of(path).canonicalize().ok()?.join(path.file_name()?));
    path.canonicalize()
        .ok()
        .or_else(|| yet_to_be(&led_to(path)))
        .or_else(|| yet_to_be(path))
        .unwrap_or_else(|| path.into())
}

/// What links lead to, be it there or not, as far as anybody would follow them.
fn led_to(path: &Path) -> PathBuf {
    (0..LINKS).fold(path.to_owned(), |path, _| match path.read_link() {
        Ok(next) => folder_of(&path).join(next),
        Err(_) => path,
    })
}

/// A temporary file in the folder of `target`, removed unless it is moved into place.
fn beside(target: &Path) -> io::Result<NamedTempFile> {
    if let Ok(existing) = target.metadata() {
        if existing.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if existing.permissions().readonly() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
    }
    // The kind alone: the whole error would name the temporary file, which nobody asked for.
    temporary::create(folder_of(target)).map_err(|error| error.kind().into())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn unwritable(path: &Path, source: io::Error) -> crate::Error {
    MachineError::Unwritable { path: path.into(), source }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    fn names(folder: &Path) -> usize {
        std::fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn a_file_is_replaced_whole_or_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        write_file(&path, b"one").unwrap();
        write_file(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");

        check_writable_file(folder.path().join("new")).unwrap();
        assert!(check_writable_file(folder.path()).is_err(), "a folder is no file");
        assert!(check_writable_file(path.join("below-a-file")).is_err());
        let error = write_file(path.join("below-a-file"), b"three").unwrap_err();
        assert!(error.to_string().contains("below-a-file"), "{error}");
        assert_eq!(names(folder.path()), 1, "nothing is left behind");
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_and_what_they_lead_to_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let [file, link] = ["file.json", "link.json"].map(|name| folder.path().join(name));
        std::fs::write(&file, b"old").unwrap();
        std::os::unix::fs::symlink("file.json", &link).unwrap();
        check_writable_file(&link).unwrap();
        write_file(&link, b"new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
        assert!(check_apart([link.as_path()], [file.as_path()]).is_err());
    }

    #[test]
    fn what_is_write_protected_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        std::fs::write(&path, b"old").unwrap();
        let mut permissions = path.metadata().unwrap().permissions();
        permissions.set_readonly(true);
        std::fs::set_permissions(&path, permissions).unwrap();
        assert!(check_writable_file(&path).is_err());
        assert!(write_file(&path, b"new").is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), 1);
    }

    #[test]
    fn what_is_cancelled_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.bin");
        let token = CancelToken::new();
        drop(Unplaced::write(&path, b"whole", &token).unwrap());
        token.cancel();
        assert!(matches!(Unplaced::write(&path, b"whole", &token), Err(Error::Cancelled)));
        assert_eq!(names(folder.path()), 0);
    }

    #[test]
    fn outputs_are_apart_however_they_are_spelt() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("photo.png"), b"photo").unwrap();
        let told = |outputs: [&str; 2]| {
            let [a, b] = outputs.map(path);
            check_apart([a.as_path(), &b], [path("photo.png").as_path()]).err().map(|error| error.to_string())
        };
        assert_eq!(told(["a.png", "b.png"]), None);
        assert!(told(["a.png", "./photo.png"]).unwrap().contains("is also an input"));
        assert!(told(["a.png", "./a.png"]).unwrap().contains("two outputs"));
        assert!(told(["no-folder/a.png", "no-folder/a.png"]).unwrap().contains("two outputs"));
    }
}
