//! The regions of a look by what they are called.

use super::{Apply, RegionsOfLook};
use crate::OptionsError;
use crate::pairing::{RegionId, called, is_called};

impl RegionsOfLook {
    /// Finds out whether all regions are there that something is asked for.
    ///
    /// # Errors
    /// [`OptionsError::UnknownRegion`], [`OptionsError::NoSuchRegion`].
    pub(super) fn check(&self, apply: &Apply) -> Result<(), OptionsError> {
        let unknown = |id: &&RegionId| self.places.is_none() || !self.ids.contains(id);
        if let Some(id) = apply.regions.keys().find(unknown) {
            return Err(OptionsError::UnknownRegion { id: *id });
        }
        let unknown = |name: &&String| self.places.is_none() || !self.are_any_called(name);
        match apply.named.keys().find(unknown) {
            Some(_) if self.places.is_none() => Err(OptionsError::NoPlaces),
            Some(name) => Err(OptionsError::NoSuchRegion { name: name.clone(), known: self.called() }),
            None => Ok(()),
        }
    }

    /// How much of the look a region gets.
    pub(super) fn strength(&self, id: RegionId, apply: &Apply) -> f32 {
        let Some(place) = self.ids.iter().position(|known| *known == id) else { return 0.0 };
        let named = apply.named.iter().filter(|(name, _)| self.is_called(place, name));
        let named = named.map(|(_, strength)| *strength).reduce(f32::min);
        apply.regions.get(&id).copied().or(named).unwrap_or(self.strengths[place])
    }

    /// What regions are called by, each name once.
    pub(super) fn called(&self) -> Vec<String> {
        called(
            self.names.iter().zip(&self.colours).map(|(name, colour)| [name.as_deref(), colour.as_deref()]),
        )
    }

    pub(super) fn are_any_called(&self, name: &str) -> bool {
        (0..self.names.len()).any(|place| self.is_called(place, name))
    }

    pub(super) fn is_called(&self, place: usize, name: &str) -> bool {
        is_called(name, [self.names[place].as_deref(), self.colours[place].as_deref()])
    }
}
