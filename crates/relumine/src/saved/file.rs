//! What can be applied that lies in a file: a look, or a lookup table of anyone's.

use std::collections::BTreeMap;
use std::path::Path;

use super::SavedLook;
use crate::io::Limits;
use crate::lut::Lut;
use crate::watch::Watch;
use crate::{Analysis, Apply, Engine, Error, Look, OptionsError, PairOptions, Result};

/// How zip archives begin, which looks are.
const ZIP: &[u8] = b"PK";

/// A look, or a lookup table.
#[derive(Clone, Debug)]
pub enum LookFile {
    /// A `.look` file.
    Look(Box<SavedLook>),
    /// A lookup table.
    Table(Lut),
}

/// How photos get a look, where nothing is solved for them.
#[derive(Clone, Debug)]
pub enum Placing {
    /// All alike.
    Everywhere(Look),
    /// By what each shows, which is told as the options say.
    ByGroups(Look, Box<PairOptions>),
}

impl LookFile {
    /// Reads the bytes of a file, and tells it by what it is, whatever its name says; `name` stands for it in messages.
    ///
    /// # Errors
    /// Those of [`SavedLook::decode`] and [`Lut::decode`].
    pub fn decode(bytes: &[u8], name: &Path, limits: &Limits) -> Result<Self> {
        Ok(if bytes.starts_with(ZIP) {
            let look = SavedLook::decode(bytes);
            Self::Look(look.map_err(|problem| Error::Look { path: name.into(), problem })?.into())
        } else {
            Self::Table(Lut::decode(bytes, name, limits)?)
        })
    }

    /// How it is applied, unless something else is asked for: as it was learnt, but for regions of the masks that it was learnt with, which other
    /// photos do not have, and for all regions where it is `one` for all of a photo.
    pub fn apply(&self, one: bool) -> Apply {
        let Self::Look(look) = self else { return Apply::default() };
        let learnt = look.options().map(|options| options.apply.clone()).unwrap_or_default();
        // A region's id, and its colour in a mask, are of the photos that the look was learnt from.
        let mut named = learnt.named;
        named.retain(|name, _| !one && look.shows(name));
        Apply { regions: BTreeMap::new(), named, ..learnt }
    }

    /// How photos get it: by what they show, where regions were recognised, unless it is `one` for all of a photo.
    ///
    /// # Errors
    /// [`OptionsError::NoPlaces`] and [`OptionsError::NoSuchRegion`] for strengths of regions that are not there.
    pub fn placing(self, engine: &Engine, apply: &Apply, one: bool) -> Result<Placing, OptionsError> {
        let everywhere = |look| match apply.named.is_empty() {
            true => Ok(Placing::Everywhere(look)),
            false => Err(OptionsError::NoPlaces),
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
            return Err(OptionsError::NoSuchRegion { name: name.clone(), known });
        }
        Ok(Placing::ByGroups(look, options.into()))
    }
}

impl Placing {
    /// The look of a photo.
    ///
    /// # Errors
    /// Those of [`Engine::regrade`].
    pub fn look(&self, engine: &Engine, photo: &Analysis, watch: &mut Watch<'_>) -> Result<Look> {
        match self {
            Self::Everywhere(look) => Ok(look.clone()),
            Self::ByGroups(look, options) => engine.regrade(look, photo, options, watch),
        }
    }
}
