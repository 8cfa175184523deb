//! The photos whose look is taken.

use crate::ranges::require;
use crate::{Analysis, OptionsError};

/// A photo whose look is taken, how much it weighs among others, and of which region it is.
#[derive(Clone, Debug)]
pub struct Reference {
    /// What is known of it.
    pub analysis: Analysis,
    /// At least 0; of several, each counts by its share.
    pub weight: f64,
    /// The region of the content that takes this look, by what it is called, such as `sky`; `None`: all that has no reference of its own.
    pub region: Option<String>,
}

impl From<Analysis> for Reference {
    fn from(analysis: Analysis) -> Self {
        Self { analysis, weight: 1.0, region: None }
    }
}

/// The reference among those given.
///
/// # Errors
/// [`OptionsError::References`] where there is not exactly one for all of the content, for one pairing is of two photos;
/// [`OptionsError::OutOfRange`] for a weight that is none.
pub(crate) fn the_one(references: &[Reference]) -> Result<&Analysis, OptionsError> {
    match references {
        [Reference { analysis, weight, region: None }] => {
            require(*weight > 0.0 && weight.is_finite(), "reference_weight", weight, "a number above 0")?;
            Ok(analysis)
        }
        _ => Err(OptionsError::References { count: references.len() }),
    }
}

/// The references that weigh anything, each with its share of its region.
///
/// # Errors
/// [`OptionsError::OutOfRange`] for a weight below 0, [`OptionsError::NoWeight`] where those of a region, or of the rest, add up to
/// nothing, [`OptionsError::References`] where there is no reference.
pub(crate) fn shares(references: &[Reference]) -> Result<Vec<(&Reference, f64)>, OptionsError> {
    if references.is_empty() {
        return Err(OptionsError::References { count: 0 });
    }
    for Reference { weight, .. } in references {
        require(*weight >= 0.0 && weight.is_finite(), "reference_weight", weight, "a number, at least 0")?;
    }
    let share = |reference| {
        let Reference { region, weight, .. }: &Reference = reference;
        let of_region = references.iter().filter(|other| other.region == *region);
        let total: f64 = of_region.map(|other| other.weight).sum();
        if total > 0.0 && total.is_finite() {
            Ok((reference, weight / total))
        } else {
            Err(OptionsError::NoWeight { region: region.clone() })
        }
    };
    let shares = references.iter().map(share).collect::<Result<Vec<_>, _>>()?;
    Ok(shares.into_iter().filter(|(_, share)| *share > 0.0).collect())
}
