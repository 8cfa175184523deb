//! Files of looks and lookup tables.

use std::io::Read;
use std::path::Path;

use anyhow::Result;
use relumine::io::Limits;
use relumine::{Error, LookError, LookFile};
use sha2::{Digest, Sha256};

/// Reads a look or a lookup table, with the SHA-256 of its bytes.
pub(crate) fn open(path: &Path, limits: &Limits) -> Result<(LookFile, String)> {
    let unreadable = |error| Error::Look { path: path.into(), problem: LookError::Unreadable(error) };
    let (mut file, mut bytes) = (std::fs::File::open(path).map_err(unreadable)?, Vec::new());
    file.by_ref().take(limits.max_bytes).read_to_end(&mut bytes).map_err(unreadable)?;
    let kept = LookFile::decode(&bytes, path, limits)?;
    let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((kept, sha256))
}
