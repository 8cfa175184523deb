//! Files that are either written whole or not at all.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result};
use tempfile::{Builder, NamedTempFile};

/// Tells before the long work whether a file can be written to `path`. Leaves nothing behind.
///
/// # Errors
/// If it is a folder, or its folder is missing or lets no files be made.
pub(crate) fn check_writable(path: &Path) -> Result<()> {
    let check =
        || if path.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { beside(path).map(drop) };
    check().with_context(|| unwritable(path))
}

/// Writes `bytes` to `path` by way of a temporary file in the same folder.
///
/// # Errors
/// If the folder cannot be written or is full; whatever was at `path` is then still there.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || {
        let mut file = beside(path)?;
        file.write_all(bytes)?;
        file.persist(path)?;
        Ok::<_, io::Error>(())
    };
    write().with_context(|| unwritable(path))
}

/// Whether two paths are of one file, as far as can be told.
pub(crate) fn same_file(a: &Path, b: &Path) -> bool {
    let canonical = |path: &Path| path.canonicalize().ok();
    a == b || canonical(a).is_some_and(|a| canonical(b) == Some(a))
}

/// A temporary file in the folder of `path`, removed unless it is moved into place.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = Builder::new();
    // Temporary files are private; a result is as public as the user's umask lets it be.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    // The kind alone: the whole error would name the temporary file, which nobody asked for.
    builder.prefix(".relumine-").tempfile_in(folder).map_err(|error| error.kind().into())
}

fn unwritable(path: &Path) -> String {
    format!("{}: cannot be written; choose a folder that exists and is yours to write to", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_or_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");

        check_writable(&folder.path().join("new")).unwrap();
        assert!(check_writable(folder.path()).is_err(), "a folder is no file");
        assert!(check_writable(&path.join("below-a-file")).is_err());
        let error = write_whole(&path.join("below-a-file"), b"three").unwrap_err();
        assert!(error.to_string().contains("below-a-file"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    }
}
