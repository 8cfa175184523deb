//! Deep Photo Style Transfer (Luan, Paris, Shechtman, Bala, CVPR 2017): the pixels under a matting-Laplacian penalty (its
//! equation 4, `pixels/objective.rs`), and the locally-affine smoothing that ends the authors' code.
//!
//! Differs from the paper: colours keep to what can be shown, by a term that it lacks; and the default schedule is ours
//! (`pixels.rs`).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::pixels::{PixelWeights, Plan};
use super::{Given, Method, Needs, NetworkNeed, Problem, Schedule, Solved, fields_of, transport};
use crate::ranges::{solution, weight};
use crate::resample::Filter;
use crate::smoothing::{self, Upsampling};
use crate::watch::{Stage, Watch};
use crate::{OptionsError, Planes, Result, Tap, Weights};

/// Settings of the locally-affine smoothing in the paper's published results.
const SMOOTHING_RADIUS: usize = 15;
const SMOOTHING_EDGE: f32 = 0.01;

/// Deep Photo Style Transfer. Defaults are those of its section 4, with the total variation of the authors' code and a penalty on
/// colours that cannot be shown, which would only be cut off in the end, at the cost of style and local affinity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeepPhotoOptions {
    /// Long side, in pixels, at which it is solved; never more than the photo has.
    pub size: usize,
    /// Most iterations over all stages; `None` for the schedule's own number.
    pub iterations: Option<usize>,
    /// In which steps it is solved.
    pub schedule: Schedule,
    /// Seed of the noise that [`Schedule::Paper`] starts from.
    pub seed: u64,
    /// Weights of VGG-19, in Caffe's or torchvision's layout. The losses are stated in the magnitudes of its features, so there is no
    /// embedded network for them.
    pub network: Option<Weights>,
    /// Weight α of the content loss at each content layer.
    pub content_weight: f64,
    /// Weight Γ of the style loss; each style layer gets its share.
    pub style_weight: f64,
    /// Weight λ of the matting-Laplacian photorealism term.
    pub photorealism_weight: f64,
    /// Weight τ of the total variation.
    pub tv_weight: f64,
    /// Weight ω of what leaves the displayable range, a mean over the samples (not in [`Schedule::Paper`]).
    pub gamut_weight: f64,
    /// Layers of the content loss.
    pub content_layers: Vec<Tap>,
    /// Layers of the style loss.
    pub style_layers: Vec<Tap>,
}

impl Default for DeepPhotoOptions {
    fn default() -> Self {
        Self {
            size: 512,
            iterations: None,
            schedule: Schedule::default(),
            seed: 0,
            network: None,
            content_weight: 1.0,
            style_weight: 100.0,
            photorealism_weight: 1e4,
            tv_weight: 1e-3,
            gamut_weight: 1e8,
            content_layers: vec![Tap::CONTENT],
            style_layers: Tap::STYLE.into(),
        }
    }
}

impl DeepPhotoOptions {
    pub(super) fn weights(&self) -> PixelWeights {
        PixelWeights {
            content: self.content_weight,
            style: self.style_weight,
            photorealism: self.photorealism_weight,
            total_variation: self.tv_weight,
            gamut: self.gamut_weight,
            content_layers: self.content_layers.clone(),
            style_layers: self.style_layers.clone(),
        }
    }
}

impl Method for DeepPhotoOptions {
    fn name(&self) -> &'static str {
        "deep-photo"
    }

    fn fields(&self) -> Map<String, Value> {
        fields_of(self)
    }

    fn check(&self) -> Result<(), OptionsError> {
        solution(self.size, self.iterations)?;
        weight("content_weight", self.content_weight)?;
        weight("style_weight", self.style_weight)?;
        weight("photorealism_weight", self.photorealism_weight)?;
        weight("tv_weight", self.tv_weight)?;
        weight("gamut_weight", self.gamut_weight)?;
        Tap::require_some("content_layers", &self.content_layers)?;
        Tap::require_some("style_layers", &self.style_layers)?;
        require_vgg(self.name(), self.network.as_ref())
    }

    fn needs(&self) -> Needs {
        let network = vgg_need(self.network.as_ref(), &self.content_layers, &self.style_layers);
        Needs { size: self.size, regions: true, network: Some(network) }
    }

    fn solve(&self, given: &Given<'_>, watch: &mut Watch<'_>) -> Result<Solved> {
        let start = transport::grid(given, watch)?;
        let problem = given.problem(self.size, watch)?;
        let start = start.slice(&problem.content);
        let weights = self.weights();
        let Self { schedule, iterations, seed, .. } = *self;
        let plan = Plan { method: self.name(), schedule, iterations, seed, weights: &weights };
        let (output, course) = plan.solve(given, &problem, start, watch)?;
        let content = Planes::clone(&problem.content);
        let smoothed = watch.stage(Stage::Smooth, |watch| {
            smoothing::smooth(&content, &output, SMOOTHING_RADIUS, SMOOTHING_EDGE, watch)
        })?;
        let affine = Upsampling::new(&content, &smoothed, watch.token());
        let seen = watch.stage(Stage::Apply, |watch| seen_small(given, &affine, &problem, watch))?;
        Ok(Solved::guided(content, affine, smoothed, &seen, course))
    }
}

/// What the content at its own size becomes by the affine models, brought back to the problem's size band by band.
fn seen_small(
    given: &Given<'_>,
    affine: &Upsampling,
    problem: &Problem,
    watch: &mut Watch<'_>,
) -> Result<Planes> {
    let content = given.pairing.content();
    let (photo, frame) = (content.photo(), content.frame());
    let small = (problem.content.height(), problem.content.width());
    photo.shrunk(frame, small, Filter::Area, |band, first| {
        watch.step(first, frame.height)?;
        Ok(affine.band(&band, first, frame.height))
    })
}

/// # Errors
/// [`OptionsError::NoNetwork`] where there are no weights of VGG-19.
pub(super) fn require_vgg(method: &'static str, network: Option<&Weights>) -> Result<(), OptionsError> {
    match network {
        None | Some(Weights::Embedded) => Err(OptionsError::NoNetwork { method }),
        Some(Weights::File(_) | Weights::Bytes(_)) => Ok(()),
    }
}

pub(super) fn vgg_need(network: Option<&Weights>, content: &[Tap], style: &[Tap]) -> NetworkNeed {
    NetworkNeed { weights: network.cloned().unwrap_or_default(), taps: [content, style].concat() }
}
