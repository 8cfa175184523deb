//! How a look is applied.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ColourPair, Keep};
use crate::OptionsError;
use crate::pairing::RegionId;
use crate::ranges::require;

/// How a look is applied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Apply {
    /// How much of the look: 0 gives the photo back as it is, 1 is the full look.
    pub strength: f32,
    /// Of regions that are named here, how much of that, 0..1, instead of what the pairing had for them.
    pub regions: BTreeMap<RegionId, f32>,
    /// The same of all regions that are called so: by a group that they show, such as `sky`, or their colour in a mask, such as `#ff0000`.
    /// Where a region shows several groups that are named, the least counts; its own id counts more.
    pub named: BTreeMap<String, f32>,
    /// What of the photo's own colours stays, however much of the look there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep: Option<Keep>,
    /// Whether the photo is as light as before, in the mean of L* over all of it that counts.
    pub keep_exposure: bool,
    /// Colours of the photo that become these, whatever the look makes of them, and what else was asked for: each within a CIEDE2000 of 2,
    /// and colours near to them with them. Of what a region gets too little of the look for, so much less.
    pub map: Vec<ColourPair>,
}

impl Default for Apply {
    fn default() -> Self {
        Self {
            strength: 1.0,
            regions: BTreeMap::new(),
            named: BTreeMap::new(),
            keep: None,
            keep_exposure: false,
            map: Vec::new(),
        }
    }
}

impl Apply {
    /// At a strength, all else by default.
    pub fn at(strength: f32) -> Self {
        Self { strength, ..Self::default() }
    }

    /// Finds what is wrong by itself.
    ///
    /// # Errors
    /// [`OptionsError::OutOfRange`] for a strength outside 0..1, [`OptionsError::MappedTwice`] for a colour that is to become two.
    pub fn check(&self) -> Result<(), OptionsError> {
        for strength in [self.strength].iter().chain(self.regions.values()).chain(self.named.values()) {
            require((0.0..=1.0).contains(strength), "strength", strength, "between 0 and 1")?;
        }
        for (rank, first) in self.map.iter().enumerate() {
            if let Some(second) = self.map[..rank].iter().find(|other| other.from == first.from) {
                return Err(OptionsError::MappedTwice { first: *second, second: *first });
            }
        }
        Ok(())
    }
}
