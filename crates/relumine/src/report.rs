//! What a transfer or a matte did, for people and programs: serialises to the JSON that `--report` writes.

use std::path::PathBuf;

use serde::Serialize;

use crate::look::{Look, ReferenceShare};
use crate::mask::Mask;
use crate::matting::MatteStopReason;
use crate::pairing::Pairing;
use crate::watch::{Stage, Watch};
use crate::{RegionsSummary, Remark, StopReason, TransferOptions};

/// What a transfer did. Its `inputs` and `options` are what is needed to repeat it.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Version of this crate.
    pub version: &'static str,
    /// The method's name.
    pub method: &'static str,
    /// Where the arithmetic was done, e.g. `cpu, 2 threads`.
    pub device: String,
    /// The feature network, where the method has one.
    pub network: Option<NetworkReport>,
    /// The files.
    pub inputs: Inputs,
    /// All options.
    pub options: TransferOptions,
    /// Sizes in pixels.
    pub sizes: Sizes,
    /// Regions paired and left unpaired; of several references, those of the first.
    pub regions: RegionsSummary,
    /// The same for each of `inputs.references`, where there are several or one is of a region.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regions_by_reference: Vec<RegionsSummary>,
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
    pub notices: Vec<Remark>,
    /// Peak resident memory of the process in bytes, where the caller measured it.
    pub peak_memory_bytes: Option<u64>,
}

/// The files of a transfer.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Inputs {
    /// The content photo.
    pub content: PathBuf,
    /// The reference photo.
    pub reference: PathBuf,
    /// The references with their shares, where there are several or one is of a region; then `reference` is the first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<ReferenceShare>,
    /// The masks of both, where they were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub masks: Option<[PathBuf; 2]>,
}

impl Report {
    /// Of a transfer whose look is none at strength 0.
    pub(crate) fn new(
        pairing: &Pairing,
        look: Option<&Look>,
        options: &TransferOptions,
        masks: Option<(&Mask, &Mask)>,
        cpu: String,
        watch: &Watch<'_>,
    ) -> Self {
        let [content, reference] = [pairing.content(), pairing.reference()].map(|photo| photo.photo());
        let size = |photo: &crate::io::Photo| [photo.width(), photo.height()];
        let parts = look.map_or(&[][..], Look::parts);
        let course = look.map(|look| look.course().clone()).unwrap_or_default();
        Self {
            version: env!("CARGO_PKG_VERSION"),
            method: options.method.name(),
            device: look.map_or(cpu, |look| look.inner().device.clone()),
            network: look.and_then(|look| look.inner().network.clone()),
            inputs: Inputs {
                content: content.path().into(),
                reference: reference.path().into(),
                references: parts.iter().map(|part| part.reference.clone()).collect(),
                masks: masks.map(|(ours, theirs)| [ours.path().into(), theirs.path().into()]),
            },
            options: options.clone(),
            sizes: Sizes {
                content: size(content),
                reference: size(reference),
                solved: look.map_or(size(content), |look| look.inner().solved),
            },
            regions: pairing.summary(),
            regions_by_reference: parts.iter().map(|part| part.regions.clone()).collect(),
            seconds: watch.seconds().to_vec(),
            losses: course.losses,
            iterations: course.iterations,
            evaluations: course.evaluations,
            stopped: course.stopped,
            notices: pairing.remarks().iter().chain(look.map_or(&[][..], Look::remarks)).cloned().collect(),
            peak_memory_bytes: None,
        }
    }
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
    pub notices: Vec<Remark>,
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
