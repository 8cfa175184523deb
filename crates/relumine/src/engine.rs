//! The engine: threads and device, and the stages of a transfer.
//!
//! [`Engine::plan`] finds everything that can be wrong; [`Engine::run`] then does the work. [`Engine::transfer`] is both.

mod matte;

use std::sync::OnceLock;
use std::time::Instant;

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::compute::Compute;
use crate::features::Network;
use crate::grid::BilateralGrid;
use crate::io::Photo;
use crate::mask::Mask;
use crate::method::descent::Solution;
use crate::method::problem::Problem;
use crate::method::{deep_photo, look};
use crate::regions::{Regions, follow_edges};
use crate::report::{NetworkReport, Report, Sizes, StageSeconds, Term};
use crate::resample::{Filter, fit, resize};
use crate::segment::{self, Segmenter, segment};
use crate::smoothing::{self, upsample};
use crate::transport::{TransportOptions, transport};
pub use matte::Matte;

use crate::{
    Device, Edges, Error, MachineError, Masks, Method, PhotoError, Planes, Progress, Result, Stage, Step,
    StopReason, TransferOptions, UnpairedLook, Verdict,
};

/// Long side of what `transport` takes its statistics from.
const STATISTICS_SIZE: usize = 384;
/// Width of the transition at borders of regions, as a share of the long side, in the iterative methods.
const SOFTNESS: f32 = 0.01;
/// Settings of the locally-affine smoothing in the paper's published results.
const SMOOTHING_RADIUS: usize = 15;
const SMOOTHING_EDGE: f32 = 0.01;

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
    segmenter: Option<Box<dyn Segmenter>>,
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
            let opened = Compute::open(device)?;
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
        let network = self.network(options, sizes, &mut notices)?;
        let recognises = masks.is_none() && options.masks == Masks::Auto && options.method != Method::Neural;
        let segmenter = if recognises { Some(segment::load(options.segmenter.as_deref())?) } else { None };
        Ok(Plan { content, reference, regions, segmenter, options: options.clone(), network, notices })
    }

    /// Does what was planned.
    ///
    /// # Errors
    /// [`Error::Cancelled`] where `progress` asks for it, [`MachineError::GpuFailed`] where the GPU breaks down.
    pub fn run(&self, plan: Plan<'_>, progress: &mut dyn Progress) -> Result<Transfer> {
        self.pool.install(|| {
            let device = self.device(&plan);
            let regions = plan.regions.clone();
            Run { plan: &plan, regions, progress, seconds: Vec::new(), finish: false }.transfer(device)
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
        let compute = self.compute.get_or_init(|| Compute::open(self.device).unwrap_or(Compute::Cpu));
        let loaded = network(options, compute)?;
        match sizes.into_iter().try_for_each(|(height, width)| loaded.0.check_fits(height, width)) {
            Err(error) if self.device == Device::Auto => {
                notices.push(format!("the CPU was used: {error}"));
                network(options, &Compute::Cpu).map(Some)
            }
            fits => Ok(fits.map(|()| Some(loaded))?),
        }
    }
}

/// The network that was chosen, with where it came from.
fn network(options: &TransferOptions, compute: &Compute) -> Result<(Network, String)> {
    let taps = options.taps();
    let Some(path) = &options.network else {
        let network = Network::from_bytes_for(compute, relumine_weights::FEATURES.bytes, &taps)
            .map_err(|problem| Error::Weights { path: "embedded features".into(), problem })?;
        return Ok((network, "embedded".into()));
    };
    Ok((Network::load_for(compute, path, &taps)?, path.display().to_string()))
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

/// What was solved, to be applied at the photo's own size.
enum Look {
    /// Affine colour matrices.
    Grid(BilateralGrid),
    /// A locally-affine change of the content at the size it was solved at.
    Guided { content: Planes, output: Planes },
    /// Any change of the content at the size it was solved at.
    Change { content: Planes, output: Planes },
}

/// How an iterative method went.
struct Course {
    losses: Vec<Term>,
    iterations: usize,
    evaluations: usize,
    stopped: StopReason,
}

impl Course {
    fn of<T>(solution: Solution<T>) -> (T, Self) {
        let Solution { found, losses, iterations, evaluations, stopped } = solution;
        (found, Self { losses, iterations, evaluations, stopped })
    }
}

/// One run of a plan.
struct Run<'r> {
    plan: &'r Plan<'r>,
    regions: Regions,
    progress: &'r mut dyn Progress,
    seconds: Vec<StageSeconds>,
    finish: bool,
}

impl Run<'_> {
    fn transfer(mut self, device: String) -> Result<Transfer> {
        let Plan { content, reference, options, .. } = self.plan;
        // Strength 0 is the content bit for bit, which no arithmetic on it would be.
        let (colours, course) = if options.strength == 0.0 {
            (content.colours().clone(), None)
        } else {
            self.recognise()?;
            let (look, course) = self.look()?;
            let styled = self.stage(Stage::Apply, |run| run.apply(look))?;
            (self.keep_unpaired(styled), course)
        };
        let whole = |photo: &Photo| [photo.width(), photo.height()];
        let solved = size(content, if course.is_some() { options.size } else { STATISTICS_SIZE });
        let report = Report {
            version: env!("CARGO_PKG_VERSION"),
            method: options.method,
            device,
            network: self.plan.network.as_ref().map(|(network, source)| NetworkReport {
                name: network.name().to_owned(),
                source: source.clone(),
            }),
            sizes: Sizes {
                content: whole(content),
                reference: whole(reference),
                solved: [solved.1, solved.0],
            },
            regions: self.regions.summary(),
            seconds: self.seconds,
            iterations: course.as_ref().map_or(0, |c| c.iterations),
            evaluations: course.as_ref().map_or(0, |c| c.evaluations),
            stopped: course.as_ref().map(|c| c.stopped),
            losses: course.map_or_else(Vec::new, |c| c.losses),
            notices: self.plan.notices.clone(),
            peak_memory_bytes: None,
        };
        Ok(Transfer { photo: content.with_colours(colours), report })
    }

    /// Recognises the regions of both photos where no masks were given. What cannot be paired is one region.
    fn recognise(&mut self) -> Result<()> {
        let Some(segmenter) = self.plan.segmenter.as_deref() else { return Ok(()) };
        self.regions = self.stage(Stage::Regions, |run| {
            let Plan { content, reference, options, .. } = run.plan;
            let of = |photo: &Photo| segment(photo.colours(), segmenter, &options.segment);
            Ok(Regions::recognise(&of(content)?, &of(reference)?).unwrap_or_else(Regions::whole))
        })?;
        Ok(())
    }

    /// Gives what has no counterpart its own colours back, where that is asked for.
    fn keep_unpaired(&self, mut styled: Planes) -> Planes {
        if self.plan.options.unpaired == UnpairedLook::Global {
            return styled;
        }
        let content = self.plan.content.colours();
        let (height, width) = (content.height(), content.width());
        let softness = SOFTNESS * height.max(width) as f32;
        let Some(rest) = self.regions.rest(height, width, softness) else { return styled };
        for channel in 0..styled.channels() {
            let before = content.plane(channel).iter().zip(rest.plane(0));
            let pixels = styled.plane_mut(channel).iter_mut().zip(before);
            pixels.for_each(|(out, (before, rest))| *out += rest * (before - *out));
        }
        styled
    }

    /// Finds the look at the sizes it is solved at.
    fn look(&mut self) -> Result<(Look, Option<Course>)> {
        let statistics = self.problem(STATISTICS_SIZE)?;
        let grid = self.stage(Stage::Transport, |_| {
            let p = &statistics;
            let settings = TransportOptions::default();
            Ok(transport(&p.content, &p.content_masks, &p.reference, &p.reference_masks, &settings))
        })?;
        let options = &self.plan.options;
        let Some((network, _)) = self.plan.network.as_ref().filter(|_| !self.finish) else {
            return Ok((Look::Grid(grid), None));
        };
        let problem = self.problem(options.size)?;
        if options.method == Method::Look {
            let solve = |run: &mut Self| look::solve(&problem, &grid, network, options, run.progress);
            let (grid, course) = Course::of(self.stage(Stage::Solve, solve)?);
            network.check_sound()?;
            return Ok((Look::Grid(grid), Some(course)));
        }
        let start = grid.slice(&problem.content);
        let solve = |run: &mut Self| deep_photo::solve(&problem, &start, network, options, run.progress);
        let (output, course) = Course::of(self.stage(Stage::Solve, solve)?);
        network.check_sound()?;
        let content = problem.content;
        if options.method == Method::Neural {
            return Ok((Look::Change { content, output }, Some(course)));
        }
        let output = self.stage(Stage::Smooth, |run| run.smooth(&content, &output))?;
        Ok((Look::Guided { content, output }, Some(course)))
    }

    fn smooth(&mut self, content: &Planes, output: &Planes) -> Result<Planes> {
        let progress = &mut *self.progress;
        let mut cancelled = false;
        let smoothed =
            smoothing::smooth(content, output, SMOOTHING_RADIUS, SMOOTHING_EDGE, &mut |done, total| {
                let step = Step { stage: Stage::Smooth, done, total, loss: None, picture: None };
                let verdict = progress.step(&step);
                cancelled = verdict == Verdict::Cancel;
                verdict
            });
        if cancelled { Err(Error::Cancelled) } else { Ok(smoothed.unwrap_or_else(|| output.clone())) }
    }

    /// Both photos and their regions with long sides of at most `long`.
    fn problem(&mut self, long: usize) -> Result<Problem> {
        self.stage(Stage::Regions, |run| {
            let (Plan { content, reference, options, .. }, regions) = (run.plan, &run.regions);
            let (height, width) = size(content, long);
            let (reference_height, reference_width) = size(reference, long);
            let softness = SOFTNESS * height.max(width) as f32;
            let mut problem = Problem {
                content: resize(content.colours(), height, width, Filter::Area),
                reference: resize(reference.colours(), reference_height, reference_width, Filter::Area),
                content_masks: regions.content_masks(height, width, softness),
                reference_masks: regions.reference_masks(reference_height, reference_width, softness),
            };
            if options.edges == Edges::Matte {
                follow_edges(&problem.content, &mut problem.content_masks);
                follow_edges(&problem.reference, &mut problem.reference_masks);
            }
            Ok(problem)
        })
    }

    /// The look at the content's own size, blended with the content.
    fn apply(&mut self, look: Look) -> Result<Planes> {
        let content = self.plan.content.colours();
        let strength = self.plan.options.strength;
        let mut styled = match look {
            Look::Grid(mut grid) => {
                grid.blend_with_identity(strength);
                let mut out = content.clone();
                grid.apply(&mut out, self.progress)?;
                return Ok(out);
            }
            Look::Guided { content: small, output } => {
                // The models keep the content's detail; what they miss of the solution is added (back-projection, Irani
                // & Peleg 1991), so that the result seen at the solved size is what was solved.
                let styled = upsample(&small, &output, content);
                let seen = resize(&styled, small.height(), small.width(), Filter::Area);
                enlarge(&seen, output, &styled)
            }
            Look::Change { content: small, output } => enlarge(&small, output, content),
        };
        for (out, before) in styled.data_mut().iter_mut().zip(content.data()) {
            *out = before + strength * (*out - before);
        }
        Ok(styled)
    }

    /// Times a stage and tells the caller of it.
    fn stage<T>(&mut self, stage: Stage, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        match self.progress.step(&Step { stage, done: 0, total: 1, loss: None, picture: None }) {
            Verdict::Continue => {}
            Verdict::Finish => self.finish = true,
            Verdict::Cancel => return Err(Error::Cancelled),
        }
        let start = Instant::now();
        let result = work(self)?;
        let seconds = start.elapsed().as_secs_f64();
        match self.seconds.iter_mut().find(|s| s.stage == stage) {
            Some(known) => known.seconds += seconds,
            None => self.seconds.push(StageSeconds { stage, seconds }),
        }
        Ok(result)
    }
}

/// What changed from `before` to `after`, enlarged and added to the content, which keeps its detail.
fn enlarge(before: &Planes, mut after: Planes, content: &Planes) -> Planes {
    for (a, b) in after.data_mut().iter_mut().zip(before.data()) {
        *a -= b;
    }
    let mut out = resize(&after, content.height(), content.width(), Filter::Lanczos3);
    for (o, c) in out.data_mut().iter_mut().zip(content.data()) {
        *o += c;
    }
    out
}
