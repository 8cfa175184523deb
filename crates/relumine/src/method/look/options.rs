//! The options of `look`, with their defaults.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::method::{Given, Method, Needs, NetworkNeed, Solved, fields_of};
use crate::ranges::{require, solution, weight};
use crate::watch::Watch;
use crate::{OptionsError, Result, Tap, Weights};

/// The default method: an optimised bilateral grid of affine colour matrices, solved small and applied at any size. Its network is
/// embedded. The weights are those of the terms in `method/look.rs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LookOptions {
    /// Long side, in pixels, at which it is solved; never more than the photo has.
    pub size: usize,
    /// Most iterations over all levels; `None` for the method's own number.
    pub iterations: Option<usize>,
    /// The feature network that photos are compared by.
    pub network: Weights,
    /// Weight of the style loss; each style layer gets its share.
    pub style_weight: f64,
    /// Weight κ of the regions' colour statistics.
    pub colour_weight: f64,
    /// Weight μ of the mean matting-Laplacian energy; half as much again where regions were recognised, which are less sure than masks.
    pub photorealism_weight: f64,
    /// Weight ν of what the edges lose in similarity to the content's; half as much again where regions were recognised.
    pub structure_weight: f64,
    /// How much of the look may differ from place to place within a region, 0..1: 0 is grades alone, 1 a residual that costs next to
    /// nothing. Where regions were recognised, less of it, and the less the less their counterparts are trusted.
    pub local: f64,
    /// Weight ρ of the smoothness of the grades and the residual.
    pub smoothness_weight: f64,
    /// Weight χ of contrasts that leave their bounds.
    pub contrast_weight: f64,
    /// Weight ω of what leaves the displayable range, a mean over the samples.
    pub gamut_weight: f64,
    /// Layers of the style loss.
    pub style_layers: Vec<Tap>,
}

impl Default for LookOptions {
    fn default() -> Self {
        Self {
            size: 448,
            iterations: None,
            network: Weights::Embedded,
            style_weight: 8.5,
            colour_weight: 0.5,
            photorealism_weight: 70.0,
            structure_weight: 0.072,
            local: 0.83,
            smoothness_weight: 1.0,
            contrast_weight: 3.0,
            gamut_weight: 75.0,
            style_layers: Tap::STYLE.into(),
        }
    }
}

impl Method for LookOptions {
    fn name(&self) -> &'static str {
        "look"
    }

    fn fields(&self) -> Map<String, Value> {
        fields_of(self)
    }

    fn check(&self) -> Result<(), OptionsError> {
        solution(self.size, self.iterations)?;
        weight("style_weight", self.style_weight)?;
        weight("colour_weight", self.colour_weight)?;
        weight("photorealism_weight", self.photorealism_weight)?;
        weight("structure_weight", self.structure_weight)?;
        require((0.0..=1.0).contains(&self.local), "local", self.local, "between 0 and 1")?;
        weight("smoothness_weight", self.smoothness_weight)?;
        weight("contrast_weight", self.contrast_weight)?;
        weight("gamut_weight", self.gamut_weight)?;
        Tap::require_some("style_layers", &self.style_layers)
    }

    fn has_grades(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        let network = NetworkNeed { weights: self.network.clone(), taps: self.style_layers.clone() };
        Needs { size: self.size, regions: true, network: Some(network) }
    }

    fn solve(&self, given: &Given<'_>, watch: &mut Watch<'_>) -> Result<Solved> {
        super::solve(self, given, watch)
    }
}
