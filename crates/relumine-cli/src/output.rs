//! Files that are either written whole or not at all.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use relumine::MachineError;
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

/// Tells before the long work whether every output is a file of its own.
///
/// # Errors
/// [`MachineError::OverwritesInput`] or [`MachineError::OverwritesOutput`], with the output that is not.
pub(crate) fn check_apart<'p>(
    outputs: impl IntoIterator<Item = &'p Path>,
    inputs: impl IntoIterator<Item = &'p Path>,
) -> relumine::Result<()> {
    let inputs: HashSet<PathBuf> = inputs.into_iter().map(resolved).collect();
    let mut taken = HashSet::new();
    for output in outputs {
        let (path, file) = (output.to_owned(), resolved(output));
        if inputs.contains(&file) {
            return Err(MachineError::OverwritesInput { path }.into());
        }
        if !taken.insert(file) {
            return Err(MachineError::OverwritesOutput { path }.into());
        }
    }
    Ok(())
}

/// One path for each file, however it was spelt, whether it is there or is yet to be.
fn resolved(path: &Path) -> PathBuf {
    let beside = || Some(folder_of(path).canonicalize().ok()?.join(path.file_name()?));
    path.canonicalize().ok().or_else(beside).unwrap_or_else(|| path.to_owned())
}

/// A temporary file in the folder of `path`, removed unless it is moved into place.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    // Temporary files are private; a result is as public as the user's umask lets it be.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    // The kind alone: the whole error would name the temporary file, which nobody asked for.
    builder.prefix(".relumine-").tempfile_in(folder_of(path)).map_err(|error| error.kind().into())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
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
