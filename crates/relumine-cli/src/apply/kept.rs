//! What is applied: a look, or a lookup table.

use std::io::Read;
use std::path::Path;

use anyhow::Result;
use relumine::io::Limits;
use relumine::lut::Lut;
use relumine::{Error, LookError, SavedLook};
use sha2::{Digest, Sha256};

/// How zip archives begin, which looks are.
const ZIP: &[u8] = b"PK";

/// A look, or a lookup table.
pub(crate) enum Kept {
    Look(Box<SavedLook>),
    Table(Lut),
}

impl Kept {
    /// Reads it, and tells it by what it is, whatever its name says; with the SHA-256 of its bytes.
    pub(crate) fn open(path: &Path, limits: &Limits) -> Result<(Self, String)> {
        let unreadable = |error| Error::Look { path: path.into(), problem: LookError::Unreadable(error) };
        let (mut file, mut bytes) = (std::fs::File::open(path).map_err(unreadable)?, Vec::new());
        file.by_ref().take(limits.max_bytes).read_to_end(&mut bytes).map_err(unreadable)?;
        let kept = if bytes.starts_with(ZIP) {
            let look = SavedLook::decode(&bytes);
            Self::Look(look.map_err(|problem| Error::Look { path: path.into(), problem })?.into())
        } else {
            Self::Table(Lut::decode(&bytes, path, limits)?)
        };
        let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok((kept, sha256))
    }

    /// How much of it there is, unless something else is asked for.
    pub(crate) fn strength(&self) -> f32 {
        match self {
            Self::Look(look) => look.options().map_or(1.0, |options| options.apply.strength),
            Self::Table(_) => 1.0,
        }
    }
}
