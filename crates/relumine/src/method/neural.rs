//! Neural style transfer (Gatys, Ecker, Bethge, *Image Style Transfer Using Convolutional Neural Networks*, CVPR 2016): the baseline
//! that Deep Photo Style Transfer repairs, with neither photorealism term nor regions. Painterly.
//!
//! Differs from the paper: total variation, as in the code that Deep Photo Style Transfer was built on, and a schedule of ours
//! (`pixels.rs`).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::deep_photo::{require_vgg, vgg_need};
use super::pixels::{PixelWeights, Plan};
use super::{Given, Method, Needs, Schedule, Solved, fields_of, transport};
use crate::ranges::{solution, weight};
use crate::watch::Watch;
use crate::{OptionsError, Planes, Result, Tap, Weights};

/// Neural style transfer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NeuralOptions {
    /// Long side, in pixels, at which it is solved; never more than the photo has.
    pub size: usize,
    /// Most iterations over all stages; `None` for the schedule's own number.
    pub iterations: Option<usize>,
    /// In which steps it is solved.
    pub schedule: Schedule,
    /// Seed of the noise that [`Schedule::Paper`] starts from.
    pub seed: u64,
    /// Weights of VGG-19, in Caffe's or torchvision's layout.
    pub network: Option<Weights>,
    /// Weight α of the content loss at each content layer.
    pub content_weight: f64,
    /// Weight of the style loss; each style layer gets its share.
    pub style_weight: f64,
    /// Weight τ of the total variation.
    pub tv_weight: f64,
    /// Weight ω of what leaves the displayable range, a mean over the samples; 0 leaves it out.
    pub gamut_weight: f64,
    /// Layers of the content loss.
    pub content_layers: Vec<Tap>,
    /// Layers of the style loss.
    pub style_layers: Vec<Tap>,
}

impl Default for NeuralOptions {
    fn default() -> Self {
        Self {
            size: 512,
            iterations: None,
            schedule: Schedule::default(),
            seed: 0,
            network: None,
            content_weight: 1.0,
            style_weight: 100.0,
            tv_weight: 1e-3,
            gamut_weight: 0.0,
            content_layers: vec![Tap::CONTENT],
            style_layers: Tap::STYLE.into(),
        }
    }
}

impl Method for NeuralOptions {
    fn name(&self) -> &'static str {
        "neural"
    }

    fn fields(&self) -> Map<String, Value> {
        fields_of(self)
    }

    fn check(&self) -> Result<(), OptionsError> {
        solution(self.size, self.iterations)?;
        weight("content_weight", self.content_weight)?;
        weight("style_weight", self.style_weight)?;
        weight("tv_weight", self.tv_weight)?;
        weight("gamut_weight", self.gamut_weight)?;
        Tap::require_some("content_layers", &self.content_layers)?;
        Tap::require_some("style_layers", &self.style_layers)?;
        require_vgg(self.name(), self.network.as_ref())
    }

    fn needs(&self) -> Needs {
        let network = vgg_need(self.network.as_ref(), &self.content_layers, &self.style_layers);
        Needs { size: self.size, regions: false, network: Some(network) }
    }

    fn solve(&self, given: &Given<'_>, watch: &mut Watch<'_>) -> Result<Solved> {
        let start = transport::grid(given, watch)?;
        let problem = given.problem(self.size, watch)?;
        let start = start.slice(&problem.content);
        let weights = PixelWeights {
            content: self.content_weight,
            style: self.style_weight,
            photorealism: 0.0,
            total_variation: self.tv_weight,
            gamut: self.gamut_weight,
            content_layers: self.content_layers.clone(),
            style_layers: self.style_layers.clone(),
        };
        let Self { schedule, iterations, seed, .. } = *self;
        let plan = Plan { method: self.name(), schedule, iterations, seed, weights: &weights };
        let (output, course) = plan.solve(given, &problem, start, watch)?;
        Ok(Solved::change(Planes::clone(&problem.content), output, course))
    }
}
