//! The folder of fetched weights, and the sum that lies beside each file (`FILE.sha256`, as `sha256sum -c` reads it).

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use etcetera::BaseStrategy;
use sha2::{Digest, Sha256};

use super::catalogue::Network;

/// Environment variable that names another folder than the platform's.
pub(crate) const VARIABLE: &str = "RELUMINE_CACHE";

/// Whether a file is what it was when it was put in place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    /// There is no such file.
    Absent,
    /// It has the sum beside it.
    Intact(String),
    /// No sum lies beside it: it was put there by hand.
    Unsigned,
    /// It has another sum than the one beside it.
    Changed,
}

/// The folder of fetched weights: `$RELUMINE_CACHE`, else `relumine` in the platform's cache folder.
pub(crate) fn folder() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty()) {
        return Ok(folder.into());
    }
    let platform = etcetera::choose_base_strategy()
        .with_context(|| format!("no cache folder is known here; name one by the variable {VARIABLE}"))?;
    Ok(platform.cache_dir().join("relumine"))
}

/// Compares the file with the sum beside it.
///
/// # Errors
/// If one of them is there but cannot be read.
pub(crate) fn condition(path: &Path) -> Result<Condition> {
    let Some(bytes) = read(path)? else { return Ok(Condition::Absent) };
    let Some(line) = read(&with_suffix(path, ".sha256"))? else { return Ok(Condition::Unsigned) };
    let line = String::from_utf8_lossy(&line);
    let expected = line.split_whitespace().next().unwrap_or_default();
    let found = sha256(&bytes);
    Ok(if expected == found { Condition::Intact(found) } else { Condition::Changed })
}

/// Moves the finished file `part` to `target`, with its sum beside it.
///
/// A sum never lies beside a file that it is not of, wherever this is interrupted.
pub(crate) fn put(part: &Path, target: &Path, sum: &str) -> Result<()> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let beside = with_suffix(target, ".sha256");
    let step = |result: std::io::Result<()>, path: &Path| {
        result.with_context(|| format!("{}: cannot be written", path.display()))
    };
    match fs::remove_file(&beside) {
        Err(e) if e.kind() == ErrorKind::NotFound => {}
        result => step(result, &beside)?,
    }
    step(fs::rename(part, target), target)?;
    let fresh = with_suffix(target, ".sha256.part");
    step(fs::write(&fresh, format!("{sum}  {name}\n")), &fresh)?;
    step(fs::rename(&fresh, &beside), &beside)
}

/// The file of a fetched network, sum verified.
///
/// # Errors
/// If it is not there or changed since it was fetched.
pub(crate) fn verified(path: &Path, network: &Network) -> Result<()> {
    let (condition, name) = (condition(path)?, network.name);
    let path = path.display();
    ensure!(
        condition != Condition::Absent,
        "{path}: {name} is not there; get it with `relumine weights fetch {name}`, or name a file with {}",
        network.option
    );
    ensure!(
        condition != Condition::Changed,
        "{path}: it is not what was fetched (another SHA-256); get it again with `relumine weights fetch {name}`"
    );
    Ok(())
}

/// SHA-256 in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The path with `suffix` after its whole name.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(e) => Err(e).with_context(|| format!("{}: cannot be read", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::catalogue::NETWORKS;

    #[test]
    fn a_file_is_intact_until_a_bit_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (part, target) = (folder.path().join("a.part"), folder.path().join("a.safetensors"));
        assert_eq!(condition(&target).unwrap(), Condition::Absent);
        let [vgg19, segformer] = &NETWORKS;
        assert!(verified(&target, vgg19).unwrap_err().to_string().contains("weights fetch vgg19"));
        assert!(verified(&target, segformer).unwrap_err().to_string().contains("--segmenter"));

        fs::write(&part, b"weights").unwrap();
        let sum = sha256(b"weights");
        put(&part, &target, &sum).unwrap();
        assert!(!part.exists());
        assert_eq!(condition(&target).unwrap(), Condition::Intact(sum.clone()));
        assert_eq!(
            fs::read_to_string(folder.path().join("a.safetensors.sha256")).unwrap(),
            format!("{sum}  a.safetensors\n")
        );

        fs::write(&target, b"weighty").unwrap();
        assert_eq!(condition(&target).unwrap(), Condition::Changed);
        assert!(verified(&target, vgg19).unwrap_err().to_string().contains("another SHA-256"));

        fs::remove_file(folder.path().join("a.safetensors.sha256")).unwrap();
        assert_eq!(condition(&target).unwrap(), Condition::Unsigned);
        verified(&target, vgg19).unwrap();
    }

    #[test]
    fn sha256_is_that_of_the_standard() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
