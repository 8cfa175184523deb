//! What a transfer or a matte did, for people and programs: serialises to the JSON that `--report` writes.

use serde::Serialize;

use crate::matting::MatteStopReason;
use crate::{Method, RegionsSummary, Stage, StopReason};

/// What a transfer did.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Version of this crate.
    pub version: &'static str,
    /// The method.
    pub method: Method,
    /// Where the arithmetic was done, e.g. `cpu, 2 threads`.
    pub device: String,
    /// The feature network, where the method has one.
    pub network: Option<NetworkReport>,
    /// Sizes in pixels.
    pub sizes: Sizes,
    /// Regions paired and left unpaired.
    pub regions: RegionsSummary,
    /// Wall-clock seconds a stage, in order.
    pub seconds: Vec<StageSeconds>,
    /// Each weighted term of the objective at its start and end; empty for `transport`.
    pub losses: Vec<Term>,
    /// Iterations of the optimiser over all stages.
    pub iterations: usize,
    /// Evaluations of objective and gradient over all stages, at whatever size.
    pub evaluations: usize,
    /// Why the last stage stopped; `None` where nothing iterates.
    pub stopped: Option<StopReason>,
    /// What the user should know: profiles ignored, masks resampled, pixels snapped.
    pub notices: Vec<String>,
    /// Peak resident memory of the process in bytes, where the caller measured it.
    pub peak_memory_bytes: Option<u64>,
}

/// What the solution of a matte did.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct MatteReport {
    /// Version of this crate.
    pub version: &'static str,
    /// Where the arithmetic was done, e.g. `cpu, 2 threads`.
    pub device: String,
    /// Width and height of the photo in pixels.
    pub size: [usize; 2],
    /// Pixels whose α the trimap left open.
    pub unknown: usize,
    /// Wall-clock seconds a stage, in order.
    pub seconds: Vec<StageSeconds>,
    /// Iterations of conjugate gradients.
    pub iterations: usize,
    /// The residual at the end, as a share of that at the start.
    pub residual: f64,
    /// Why the solution stopped.
    pub stopped: MatteStopReason,
    /// What the user should know: profiles ignored, a trimap or background resampled.
    pub notices: Vec<String>,
    /// Peak resident memory of the process in bytes, where the caller measured it.
    pub peak_memory_bytes: Option<u64>,
}

/// The feature network that was used.
#[derive(Clone, Debug, Serialize)]
pub struct NetworkReport {
    /// Which one, e.g. `VGG-19 (Caffe)`.
    pub name: String,
    /// Where its weights came from.
    pub source: String,
}

/// Sizes in pixels, each as width and height.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Sizes {
    /// The content photo.
    pub content: [usize; 2],
    /// The reference photo.
    pub reference: [usize; 2],
    /// What was solved; where nothing iterates, what statistics were taken from.
    pub solved: [usize; 2],
}

/// Wall-clock time of one stage.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct StageSeconds {
    /// The stage.
    pub stage: Stage,
    /// Its seconds.
    pub seconds: f64,
}

/// One weighted term of the objective.
#[derive(Clone, Debug, Serialize)]
pub struct Term {
    /// Its name: `content`, `style`, `photorealism`, `total-variation`.
    pub term: &'static str,
    /// Its weighted value where the last stage of the solution began.
    pub start: f64,
    /// Its weighted value at the end.
    pub end: f64,
}
