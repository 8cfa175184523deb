//! What is applied: a look, or a lookup table.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use anyhow::Result;
use relumine::io::Limits;
use relumine::lut::Lut;
use relumine::{Apply, Engine, Error, Look, LookError, OptionsError, PairOptions, SavedLook};
use sha2::{Digest, Sha256};

/// How zip archives begin, which looks are.
const ZIP: &[u8] = b"PK";

/// A look, or a lookup table.
pub(crate) enum Kept {
    Look(Box<SavedLook>),
    Table(Lut),
}

/// How photos get what is kept, where nothing is solved for them.
pub(crate) enum Given {
    /// All alike.
    Everywhere(Look),
    /// By what each shows, which is told as the options say.
    ByGroups(Look, Box<PairOptions>),
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

    /// How it is applied, unless something else is asked for: as it was learnt, but for regions where it is `one` for all of a photo.
    pub(crate) fn apply(&self, one: bool) -> Apply {
        let Self::Look(look) = self else { return Apply::default() };
        let learnt = look.options().map(|options| options.apply.clone()).unwrap_or_default();
        // A region's id is of the photos that the look was learnt from.
        let named = if one { BTreeMap::new() } else { learnt.named };
        Apply { regions: BTreeMap::new(), named, ..learnt }
    }

    /// How photos get it: by what they show, where regions were recognised, unless it is `one` for all of a photo.
    ///
    /// # Errors
    /// [`OptionsError`] for strengths of regions that are not there.
    pub(crate) fn given(self, engine: &Engine, apply: &Apply, one: bool) -> Result<Given> {
        let everywhere = |look| match apply.named.is_empty() {
            true => Ok(Given::Everywhere(look)),
            false => Err(Error::from(OptionsError::NoPlaces).into()),
        };
        let look = match self {
            Self::Look(look) => look,
            Self::Table(table) => return everywhere(engine.table(table)),
        };
        let options = look.options().map(|options| options.pairing.clone());
        // Where nothing was recognised there are no groups to go by.
        let named = look.regions().any(|region| region.name.is_some());
        let look = look.look(engine);
        let Some(options) = options.filter(|_| named && !one) else { return everywhere(look) };
        let known = look.region_names();
        if let Some(name) = apply.named.keys().find(|name| !known.contains(name)) {
            return Err(Error::from(OptionsError::NoSuchRegion { name: name.clone(), known }).into());
        }
        Ok(Given::ByGroups(look, options.into()))
    }
}
