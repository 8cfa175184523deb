//! Refinement of the soft class probabilities of a photo: labels follow its edges and agree with what looks alike.
//!
//! Shapes: probabilities are C×H×W, one plane a class; the photo is 3×H×W, sRGB-encoded, 0 to 1.

mod dense;
mod max_flow;
mod mcmc;
mod model;
mod permutohedral;
mod robust_pn;
mod superpixels;
mod vertex_index;

use std::str::FromStr;

pub use dense::MeanField;
pub use mcmc::Sampling;
pub use model::FullyConnected;
pub use robust_pn::RobustPn;
pub use superpixels::Superpixels;

use crate::ranges::require;
use crate::{OptionsError, Planes, Result};

/// The most classes that can be refined.
pub const MOST_CLASSES: usize = dense::MOST_LABELS;

/// How class probabilities are refined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refinement {
    /// The fully connected CRF by mean field: marginals.
    #[default]
    Dense,
    /// Not at all: the probabilities, normalised.
    None,
    /// The Robust Pⁿ model over superpixels by α-expansion: 1 for one class of each pixel, 0 for the others.
    RobustPn,
    /// The fully connected CRF by Gibbs sampling: marginals, slowly.
    Mcmc,
}

impl Refinement {
    /// All refinements, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Dense, Self::None, Self::RobustPn, Self::Mcmc];

    /// The name by which users choose it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dense => "dense",
            Self::None => "none",
            Self::RobustPn => "robust-pn",
            Self::Mcmc => "mcmc",
        }
    }
}

impl FromStr for Refinement {
    type Err = OptionsError;

    fn from_str(name: &str) -> Result<Self, OptionsError> {
        Self::ALL.into_iter().find(|refinement| refinement.name() == name).ok_or_else(|| {
            OptionsError::Unknown {
                field: "refine",
                value: name.to_owned(),
                expected: Self::ALL.map(Self::name).join(", "),
            }
        })
    }
}

/// Parameters of all refinements.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RefineOptions {
    /// The model of [`Refinement::Dense`] and [`Refinement::Mcmc`].
    pub fully_connected: FullyConnected,
    /// How [`Refinement::Dense`] is inferred.
    pub mean_field: MeanField,
    /// The model of [`Refinement::RobustPn`].
    pub robust_pn: RobustPn,
    /// How long [`Refinement::Mcmc`] samples.
    pub sampling: Sampling,
}

impl RefineOptions {
    /// Tells whether every parameter is in its range.
    ///
    /// # Errors
    /// [`OptionsError::OutOfRange`] names the first that is not.
    pub fn check(&self) -> Result<(), OptionsError> {
        const WEIGHT: &str = "between 0 and 1000";
        const PIXELS: &str = "between 0.1 and 100000 pixels";
        const COLOUR: &str = "between 0.001 and 1000";
        let within = |field, value: f32, least: f32, most: f32, range| {
            require((least..=most).contains(&value), field, value, range)
        };
        let model = &self.fully_connected;
        within("appearance_weight", model.appearance_weight, 0.0, 1e3, WEIGHT)?;
        within("smoothness_weight", model.smoothness_weight, 0.0, 1e3, WEIGHT)?;
        within("appearance_position", model.appearance_position, 0.1, 1e5, PIXELS)?;
        within("smoothness_position", model.smoothness_position, 0.1, 1e5, PIXELS)?;
        within("appearance_colour", model.appearance_colour, 1e-3, 1e3, COLOUR)?;
        let model = &self.robust_pn;
        within("contrast_weight", model.contrast_weight, 0.0, 1e3, WEIGHT)?;
        within("length_weight", model.length_weight, 0.0, 1e3, WEIGHT)?;
        within("consistency_weight", model.consistency_weight, 0.0, 1e3, WEIGHT)?;
        within("contrast_colour", model.contrast_colour, 1e-3, 1e3, COLOUR)?;
        within("consistency_colour", model.consistency_colour, 1e-3, 1e3, COLOUR)?;
        within("truncation", model.truncation, 0.01, 0.5, "between 0.01 and 0.5")?;
        within("superpixel_side", model.superpixels.side as f32, 1.0, 1e4, "between 1 and 10000 pixels")?;
        within("compactness", model.superpixels.compactness, 0.0, 1e3, WEIGHT)?;
        within("lattice_passes", self.mean_field.passes as f32, 1.0, 4.0, "between 1 and 4")?;
        within("sweeps", self.sampling.sweeps as f32, 1.0, 1e9, "at least 1")
    }
}

/// Refines `probabilities` (C×H×W; each pixel's need not add up to 1) by what is seen in `photo` (3×H×W).
///
/// The result has the shape of `probabilities`, and each pixel's add up to 1. Classes below a probability of 10⁻⁶
/// count as that. It depends neither on the number of threads nor on the machine's vector width.
///
/// # Errors
/// [`OptionsError::OutOfRange`] for a parameter outside its range.
///
/// # Panics
/// If the sizes differ, if there is no pixel, or if there are no classes or more than [`MOST_CLASSES`].
pub fn refine(
    probabilities: &Planes,
    photo: &Planes,
    refinement: Refinement,
    options: &RefineOptions,
) -> Result<Planes> {
    options.check()?;
    let size = |planes: &Planes| (planes.height(), planes.width());
    assert_eq!(size(probabilities), size(photo), "probabilities and photo of one size");
    assert_eq!(photo.channels(), 3, "a colour photo");
    assert!(photo.area() > 0, "a photo with pixels");
    assert!((1..=MOST_CLASSES).contains(&probabilities.channels()), "1 to {MOST_CLASSES} classes");
    let model = &options.fully_connected;
    Ok(match refinement {
        Refinement::Dense => dense::mean_field(probabilities, photo, model, &options.mean_field),
        Refinement::None => normalised(probabilities),
        Refinement::RobustPn => robust_pn::refine(probabilities, photo, &options.robust_pn),
        Refinement::Mcmc => mcmc::sample(probabilities, photo, model, &options.sampling),
    })
}

/// The probabilities of each pixel, floored like those of the models and divided by their sum.
fn normalised(probabilities: &Planes) -> Planes {
    let mut planes = probabilities.clone();
    for pixel in 0..planes.area() {
        let floored =
            (0..planes.channels()).map(|c| probabilities.plane(c)[pixel].max(model::LEAST_PROBABILITY));
        let sum: f32 = floored.clone().sum();
        for (channel, value) in floored.enumerate() {
            planes.plane_mut(channel)[pixel] = value / sum;
        }
    }
    planes
}

#[cfg(test)]
mod tests;
