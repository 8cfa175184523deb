//! Files that appear whole or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::Format;
use crate::{MachineError, Result};

/// Tells before the long work whether a photo can be written to `path`: its extension names a format, its folder exists and
/// lets files be made, and it is no folder itself nor a file that is write-protected. Leaves nothing behind.
///
/// # Errors
/// [`OptionsError::UnknownOutputFormat`](crate::OptionsError::UnknownOutputFormat) and [`MachineError::Unwritable`].
pub fn check_writable(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    Format::from_path(path)?;
    beside(&target(path)).map_err(|source| MachineError::Unwritable { path: path.into(), source })?;
    Ok(())
}

/// Writes `bytes` beside `path` and moves them into place.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || {
        let target = target(path);
        let mut file = beside(&target)?;
        file.write_all(bytes)?;
        file.persist(target)?;
        Ok(())
    };
    write().map_err(|source| MachineError::Unwritable { path: path.into(), source }.into())
}

/// The file that is meant: where `path` is a link, what it leads to.
fn target(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.into())
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
    let folder = match target.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        // Temporary files are private by default; the system takes the user's mask off this.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    // The kind alone: the whole error would name the temporary file, which nobody asked for.
    builder.prefix(".relumine-").tempfile_in(folder).map_err(|error| error.kind().into())
}
