//! Where a session is kept: a folder that nobody else may look into, with its secret, its files, and what the page remembers.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::NamedTempFile;

/// Days after which a session that nobody opened is removed.
pub const KEPT_DAYS: u64 = 14;
const SECRET: &str = "secret";
const LOCK: &str = "lock";

/// What keeps a session's folder from being used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}; choose another folder with --dir", path.display())]
pub struct FolderError {
    path: PathBuf,
    reason: String,
}

/// The folder of a session, which is this program's alone as long as it runs.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: File,
    /// Goes with the session.
    is_temporary: bool,
}

impl Folder {
    /// Takes a folder, which is made where there is none.
    ///
    /// # Errors
    /// [`FolderError`] where that cannot be done, another studio runs in it, or it holds anything else than a session.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, FolderError> {
        let path = path.into();
        let refused = |reason: String| FolderError { path: path.clone(), reason };
        let told = |error: io::Error| refused(error.to_string());
        make(&path).map_err(told)?;
        let is_empty = fs::read_dir(&path).map_err(told)?.next().is_none();
        if !is_empty && !path.join(SECRET).is_file() {
            return Err(refused("it holds other things than a session of the studio".into()));
        }
        let lock = File::create(path.join(LOCK)).map_err(told)?;
        if let Err(error) = lock.try_lock() {
            return Err(match error {
                fs::TryLockError::WouldBlock => refused("another studio runs in it".into()),
                fs::TryLockError::Error(error) => told(error),
            });
        }
        for part in ["pictures", "looks", "masks", "exports", "cache"] {
            make(&path.join(part)).map_err(told)?;
        }
        // What tells when it was last open.
        lock.set_modified(SystemTime::now()).map_err(told)?;
        let folder = Self { path: path.clone(), _lock: lock, is_temporary: false };
        folder.secret()?;
        Ok(folder)
    }

    /// A folder that goes when the session ends.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn temporary() -> Result<Self, FolderError> {
        let made = tempfile::Builder::new().prefix("relumine-studio-").tempdir();
        let made = made.map_err(|error| FolderError {
            path: std::env::temp_dir(),
            reason: format!("no folder can be made in it: {error}"),
        })?;
        let folder = Self::open(made.path())?;
        let _ = made.keep();
        Ok(Self { is_temporary: true, ..folder })
    }

    /// The newest session among the folders in `sessions` that no studio runs in, or else a new one there; whether it is an old one. Sessions that
    /// nobody opened for [`KEPT_DAYS`] are removed.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn newest(sessions: &Path, begin_anew: bool) -> Result<(Self, bool), FolderError> {
        let told = |error: io::Error| FolderError { path: sessions.into(), reason: error.to_string() };
        make(sessions).map_err(told)?;
        let mut known: Vec<(SystemTime, PathBuf)> = Vec::new();
        for entry in fs::read_dir(sessions).map_err(told)?.flatten() {
            let path = entry.path();
            let Ok(opened) = path.join(LOCK).metadata().and_then(|lock| lock.modified()) else { continue };
            let is_old = opened.elapsed().is_ok_and(|age| age > Duration::from_secs(KEPT_DAYS * 24 * 3600));
            match is_old && Self::open(&path).is_ok() {
                // What cannot be removed now can be the next time.
                true => drop(fs::remove_dir_all(&path)),
                false => known.push((opened, path)),
            }
        }
        known.sort();
        if !begin_anew {
            for (_, path) in known.iter().rev() {
                if let Ok(folder) = Self::open(path) {
                    return Ok((folder, true));
                }
            }
        }
        let new = (1..).map(|number| sessions.join(format!("session-{number}"))).find(|path| !path.exists());
        Ok((Self::open(new.expect("numbers do not end"))?, false))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file of the session, by a name that is ours.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// What cookies are made of: made once, and kept.
    pub(crate) fn secret(&self) -> Result<[u8; 32], FolderError> {
        let path = self.file(SECRET);
        let told = |reason: String| FolderError { path: path.clone(), reason };
        match fs::read(&path) {
            Ok(bytes) => bytes.try_into().map_err(|_| told("it is damaged".into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut secret = [0; 32];
                getrandom::fill(&mut secret).map_err(|error| told(error.to_string()))?;
                self.write(SECRET, &secret).map_err(|error| told(error.to_string()))?;
                Ok(secret)
            }
            Err(error) => Err(told(error.to_string())),
        }
    }

    /// A temporary file in the folder, which is to be moved into place.
    pub(crate) fn temporary_file(&self) -> io::Result<NamedTempFile> {
        tempfile::Builder::new().prefix(".part-").tempfile_in(&self.path)
    }

    /// Writes a file whole, or not at all.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.temporary_file()?;
        file.write_all(bytes)?;
        file.persist(self.file(name)).map(drop).map_err(|error| error.error)
    }

    /// Writes a value as JSON.
    pub(crate) fn write_json(&self, name: &str, value: &impl Serialize) -> io::Result<()> {
        self.write(name, &serde_json::to_vec(value)?)
    }

    /// Reads a value that was written as JSON; `None` where there is none yet.
    pub(crate) fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, FolderError> {
        let path = self.file(name);
        let told = |reason: String| FolderError { path: path.clone(), reason };
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|error| told(format!("it is damaged ({error})"))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(told(error.to_string())),
        }
    }

    /// Removes it, if it is a temporary one.
    pub(crate) fn end(&self) -> io::Result<()> {
        if self.is_temporary { fs::remove_dir_all(&self.path) } else { Ok(()) }
    }

    /// Removes all that the session holds but its secret and its lock.
    pub(crate) fn clear(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)?.flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            if name == SECRET || name == LOCK {
                continue;
            }
            if path.is_dir() {
                fs::remove_dir_all(&path)?;
                make(&path)?;
            } else {
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }
}

/// A number that nobody guesses.
pub(crate) fn random() -> Result<u32, FolderError> {
    getrandom::u32().map_err(|error| FolderError { path: PathBuf::new(), reason: error.to_string() })
}

/// Makes a folder that nobody else may look into.
fn make(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_outlive_the_program_and_are_one_studios_at_a_time() {
        let sessions = tempfile::tempdir().unwrap();
        let (first, old) = Folder::newest(sessions.path(), false).unwrap();
        assert!(!old);
        let secret = first.secret().unwrap();
        let (second, old) = Folder::newest(sessions.path(), false).unwrap();
        assert!(!old && second.path() != first.path(), "the first is in use");
        let path = first.path().to_owned();
        assert!(Folder::open(&path).unwrap_err().to_string().contains("another studio"));
        drop(first);
        let again = Folder::open(&path).unwrap();
        assert_eq!(again.secret().unwrap(), secret);
    }

    #[test]
    fn what_is_no_session_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("holiday.jpg"), b"mine").unwrap();
        assert!(Folder::open(folder.path()).unwrap_err().to_string().contains("other things"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_looks_in() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let folder = Folder::open(folder.path().join("session")).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(folder.path()), 0o700);
        assert_eq!(mode(&folder.file(SECRET)), 0o600);
    }
}
