//! The photos whose look is taken.

use crate::{Analysis, OptionsError};

/// A photo whose look is taken, and how much it weighs among others.
#[derive(Clone, Debug)]
pub struct Reference {
    /// What is known of it.
    pub analysis: Analysis,
    /// Above 0; of several, each counts by its share.
    pub weight: f64,
}

impl From<Analysis> for Reference {
    fn from(analysis: Analysis) -> Self {
        Self { analysis, weight: 1.0 }
    }
}

/// The reference among those given.
///
/// # Errors
/// [`OptionsError::References`] where there is not exactly one, for no method takes several yet;
/// [`OptionsError::OutOfRange`] for a weight that is none.
pub(crate) fn the_one(references: &[Reference]) -> Result<&Analysis, OptionsError> {
    let [reference] = references else { return Err(OptionsError::References { count: references.len() }) };
    let weight = reference.weight;
    crate::ranges::require(
        weight > 0.0 && weight.is_finite(),
        "reference_weight",
        weight,
        "a number above 0",
    )?;
    Ok(&reference.analysis)
}
