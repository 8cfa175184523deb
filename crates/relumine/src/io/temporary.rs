//! Temporary files: what becomes a file is written under a name like `.relumine-x3Zq9b.tmp` beside it first.
//!
//! Whoever writes one holds an exclusive lock on it, which the system drops when the process ends, however it ends. So a file
//! whose lock can be had is one that nobody writes any more. Two races are met:
//!
//! - A file that is made but not locked yet may be taken for abandoned. So its maker, once it has the lock, looks whether
//!   the file is still there, and makes another where it is not.
//! - A file may be moved into its place between being found and being locked. It is removed by its temporary name,
//!   which is gone then.
//!
//! On file systems that know no locks nothing can be told of a file, and nothing is removed.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

const PREFIX: &str = ".relumine-";
const SUFFIX: &str = ".tmp";

/// How often another file is made because somebody took the last one for abandoned.
const TRIES: usize = 16;

/// An empty file in `folder`, locked, removed unless it is moved elsewhere.
pub(super) fn create(folder: &Path) -> io::Result<NamedTempFile> {
    for _ in 0..TRIES {
        let file = create_unlocked(folder)?;
        if is_ours(&file) {
            return Ok(file);
        }
    }
    Err(io::ErrorKind::ResourceBusy.into())
}

fn create_unlocked(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    // Temporary files are private; a result is as public as the user's mask lets it be.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder)
}

fn is_ours(file: &NamedTempFile) -> bool {
    match file.as_file().try_lock() {
        Ok(()) => file.path().symlink_metadata().is_ok(),
        Err(TryLockError::WouldBlock) => false,
        // Without locks nobody removes anything.
        Err(TryLockError::Error(_)) => true,
    }
}

/// Whether a file's name is that of a temporary file.
pub(super) fn is_named(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    name.starts_with(PREFIX.as_bytes()) && name.ends_with(SUFFIX.as_bytes())
}

/// Removes the temporary files in `folder`, not below it, whose writers were ended before they could; what somebody still writes
/// stays, and so does what cannot be removed. Returns how many were removed.
pub fn remove_abandoned(folder: impl AsRef<Path>) -> usize {
    let Ok(entries) = folder.as_ref().read_dir() else { return 0 };
    let files = entries.filter_map(|entry| {
        let entry = entry.ok()?;
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        Some(entry.path()).filter(|path| is_file && is_named(path))
    });
    files.filter(|path| remove_unlocked(path).is_ok()).count()
}

/// Removes a file while its lock is held.
fn remove_unlocked(path: &Path) -> io::Result<()> {
    let file: File = OpenOptions::new().read(true).write(true).open(path)?;
    file.try_lock()?;
    std::fs::remove_file(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_writes_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let written = create(folder.path()).unwrap();
        let (left, path) = create(folder.path()).unwrap().keep().unwrap();
        drop(left);
        for name in ["photo.jpg", ".relumine-batch.jsonl", "relumine-a.tmp"] {
            std::fs::write(folder.path().join(name), b"mine").unwrap();
        }
        std::fs::create_dir(folder.path().join(".relumine-folder.tmp")).unwrap();

        assert_eq!(remove_abandoned(folder.path()), 1);
        assert!(!path.exists() && written.path().exists());
        assert_eq!(folder.path().read_dir().unwrap().count(), 5);
        drop(written);
        assert_eq!(remove_abandoned(folder.path()), 0);
        assert_eq!(remove_abandoned(folder.path().join("nowhere")), 0);
    }

    #[test]
    fn a_file_that_was_taken_for_abandoned_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = create_unlocked(folder.path()).unwrap();
        let other = OpenOptions::new().write(true).open(file.path()).unwrap();
        other.try_lock().unwrap();
        assert!(!is_ours(&file), "somebody holds it");
        std::fs::remove_file(file.path()).unwrap();
        drop(other);
        assert!(!is_ours(&file), "somebody has removed it");
    }

    #[test]
    fn files_are_made_while_others_clear_up() {
        let folder = tempfile::tempdir().unwrap();
        let done = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    remove_abandoned(folder.path());
                }
            });
            for count in 0..200 {
                let file = create(folder.path()).unwrap();
                file.persist(folder.path().join(format!("{count}.jpg"))).unwrap();
            }
            done.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        assert_eq!(folder.path().read_dir().unwrap().count(), 200);
    }
}
