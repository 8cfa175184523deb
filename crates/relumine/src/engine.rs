//! The engine: threads and device, and the stages of a transfer.
//!
//! [`Engine::plan`] finds everything that can be wrong; [`Engine::run`] then does the work. [`Engine::transfer`] is both.

mod matte;
mod run;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rayon::{ThreadPool, ThreadPoolBuilder};

use self::run::Run;
use crate::compute::{Compute, available_memory};
use crate::features::Network;
use crate::io::Photo;
use crate::mask::Mask;
use crate::regions::Regions;
use crate::report::Report;
use crate::resample::fit;
use crate::segment::{self, Segmenter};
use crate::watch::CancelToken;
pub use matte::Matte;

use crate::{
    Device, Error, MachineError, Masks, Method, Notice, PhotoError, Planes, Progress, Result,
    TransferOptions, Weights,
};

/// Threads and device.
#[derive(Debug)]
pub struct Engine {
    pool: ThreadPool,
    device: Device,
    /// Opened where it is first needed: [`Device::Auto`] would keep `transport` waiting for a GPU that it has no use for.
    compute: OnceLock<Compute>,
}

/// A transfer of which everything that can be wrong has been looked at.
pub struct Plan<'a> {
    content: &'a Photo,
    reference: &'a Photo,
    regions: Regions,
    /// Recognises the regions, where they are not known yet.
    segmenter: Option<Arc<dyn Segmenter>>,
    options: TransferOptions,
    /// With where it came from.
    network: Option<(Network, String)>,
    notices: Vec<String>,
}

/// A finished transfer.
pub struct Transfer {
    /// The content photo in its new look.
    pub photo: Photo,
    /// What was done.
    pub report: Report,
    regions: Regions,
}

impl Transfer {
    /// A picture of which region was compared with what: the content at the left and the reference at the right, long sides at
    /// most 640 pixels, 3×H×W, sRGB-encoded, each region and its counterpart in one colour. What is the rest has none.
    pub fn overlay(&self, content: &Photo, reference: &Photo) -> Planes {
        self.regions.overlay(content.colours(), reference.colours())
    }
}

impl Engine {
    /// Starts the threads; as many as the machine has cores unless told otherwise.
    ///
    /// # Errors
    /// [`MachineError::Threads`] where the threads cannot be started; where a GPU is asked for,
    /// [`OptionsError::NoGpuSupport`](crate::OptionsError::NoGpuSupport) in a build that cannot use one and
    /// [`MachineError::NoGpu`] on a machine that has none.
    pub fn new(device: Device, threads: Option<usize>) -> Result<Self> {
        let compute = OnceLock::new();
        if device != Device::Auto {
            let (opened, _) = Compute::open(device)?;
            compute.get_or_init(|| opened);
        }
        let threads = threads.unwrap_or(0);
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .map_err(|source| MachineError::Threads { threads, source })?;
        Ok(Self { pool, device, compute })
    }

    /// Plans and runs a transfer.
    ///
    /// # Errors
    /// As [`plan`](Self::plan) and [`run`](Self::run).
    pub fn transfer(
        &self,
        content: &Photo,
        reference: &Photo,
        masks: Option<(&Mask, &Mask)>,
        options: &TransferOptions,
        progress: &mut dyn Progress,
    ) -> Result<Transfer> {
        self.run(self.plan(content, reference, masks, options)?, progress)
    }

    /// Checks the options, pairs the regions, and loads what the method needs.
    ///
    /// # Errors
    /// [`Error::Options`] for options that are out of range or lack something, [`Error::Photo`] for masks that share no
    /// region, [`Error::Weights`] for weights that cannot be used, [`MachineError::GpuTooSmall`] for a size that a GPU
    /// which was asked for cannot hold.
    pub fn plan<'a>(
        &self,
        content: &'a Photo,
        reference: &'a Photo,
        masks: Option<(&Mask, &Mask)>,
        options: &TransferOptions,
    ) -> Result<Plan<'a>> {
        options.check()?;
        let mut notices = Vec::new();
        for photo in [content, reference] {
            notices.extend(photo.notices().iter().map(|n| format!("{}: {n}", photo.path().display())));
        }
        let regions = match masks {
            None => Regions::whole(),
            Some(_) if options.method == Method::Neural => {
                notices.push("the method neural knows no regions; the masks are not used".into());
                Regions::whole()
            }
            Some((content_mask, reference_mask)) => {
                for (mask, photo) in [(content_mask, content), (reference_mask, reference)] {
                    notices.extend(mask_notices(mask, photo));
                }
                Regions::pair(&content_mask.into(), &reference_mask.into()).ok_or_else(|| Error::Photo {
                    path: content_mask.path().to_owned(),
                    problem: PhotoError::NoCommonColour { reference: reference_mask.path().to_owned() },
                })?
            }
        };
        let sizes = [content, reference].map(|photo| size(photo, options.size));
        let network = self.pool.install(|| self.network(options, sizes, &mut notices))?;
        let recognises = masks.is_none()
            && options.masks == Masks::Auto
            && options.method != Method::Neural
            && options.strength > 0.0;
        let load = || {
            self.pool
                .install(|| segment::load(&weights_of(options.segmenter.as_deref()), &CancelToken::new()))
        };
        let segmenter = recognises.then(load).transpose()?;
        Ok(Plan { content, reference, regions, segmenter, options: options.clone(), network, notices })
    }

    /// Does what was planned.
    ///
    /// # Errors
    /// [`Error::Cancelled`] where `progress` asks for it, [`MachineError::GpuFailed`] where the GPU breaks down.
    pub fn run(&self, plan: Plan<'_>, progress: &mut dyn Progress) -> Result<Transfer> {
        self.pool.install(|| {
            let device = self.device(&plan);
            Run::new(&plan, progress).transfer(device)
        })
    }

    /// Does any work of this crate on the engine's threads.
    pub fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.pool.install(work)
    }

    /// The CPU, for people.
    fn cpu(&self) -> String {
        let threads = self.pool.current_num_threads();
        format!("cpu, {threads} {}", if threads == 1 { "thread" } else { "threads" })
    }

    /// What was used, for people.
    fn device(&self, plan: &Plan<'_>) -> String {
        let cpu = self.cpu();
        let gpu = plan.network.as_ref().and_then(|(network, _)| network.gpu_name());
        gpu.map_or(cpu.clone(), |gpu| format!("gpu, {gpu}; {cpu}"))
    }

    /// The network that the method compares features of, with where it came from; none for a method that needs none.
    /// `sizes` are the heights and widths of the photos that it will see.
    fn network(
        &self,
        options: &TransferOptions,
        sizes: [(usize, usize); 2],
        notices: &mut Vec<String>,
    ) -> Result<Option<(Network, String)>> {
        if options.taps().is_empty() {
            return Ok(None);
        }
        let compute = self.compute.get_or_init(|| match Compute::open(self.device) {
            Ok((compute, notice)) => {
                notices.extend(notice.map(|notice| notice.to_string()));
                compute
            }
            Err(_) => Compute::cpu(),
        });
        let (loaded, available) = (network(options, compute)?, available_memory());
        let fits = |network: &Network| {
            sizes.into_iter().try_for_each(|(height, width)| network.check_fits(height, width, available))
        };
        match fits(&loaded.0) {
            Err(error) if self.device == Device::Auto && loaded.0.gpu_name().is_some() => {
                notices.push(Notice::GpuNotUsed { reason: error.to_string() }.to_string());
                let loaded = network(options, &Compute::cpu())?;
                fits(&loaded.0)?;
                Ok(Some(loaded))
            }
            fits => Ok(fits.map(|()| Some(loaded))?),
        }
    }
}

/// The network that was chosen, with where it came from.
fn network(options: &TransferOptions, compute: &Compute) -> Result<(Network, String)> {
    let weights = weights_of(options.network.as_deref());
    let network = Network::load(&weights, &options.taps(), compute, &CancelToken::new())?;
    let source = network.source().to_owned();
    Ok((network, source))
}

fn weights_of(path: Option<&Path>) -> Weights {
    path.map_or(Weights::Embedded, Weights::from)
}

/// Height and width of `photo` with its long side at most `long`.
fn size(photo: &Photo, long: usize) -> (usize, usize) {
    fit(photo.height(), photo.width(), long.min(photo.height().max(photo.width())))
}

fn mask_notices(mask: &Mask, photo: &Photo) -> Vec<String> {
    let mut notices = Vec::new();
    let name = mask.path().display();
    if (mask.width(), mask.height()) != (photo.width(), photo.height()) {
        notices.push(format!(
            "{name}: {}×{} pixels, resampled to the photo's {}×{}",
            mask.width(),
            mask.height(),
            photo.width(),
            photo.height()
        ));
    }
    if mask.moved() > 0 {
        notices.push(format!(
            "{name}: {} pixels were snapped to the nearest colour of its palette",
            mask.moved()
        ));
    }
    notices
}
