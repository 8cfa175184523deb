//! One run of a plan: recognise, find the look small, apply it at the photo's own size.

use std::time::Instant;

use super::{Plan, Transfer, size};
use crate::grid::BilateralGrid;
use crate::io::Photo;
use crate::method::descent::Solution;
use crate::method::problem::Problem;
use crate::method::{deep_photo, look};
use crate::regions::{Regions, follow_edges};
use crate::report::{NetworkReport, Report, Sizes, StageSeconds, Term};
use crate::resample::{Filter, resize};
use crate::segment::Sight;
use crate::smoothing::{self, upsample};
use crate::transport::{TransportOptions, transport};
use crate::watch::CancelToken;
use crate::{Edges, Error, Method, Planes, Progress, Result, Stage, Step, StopReason, UnpairedLook, Verdict};

/// Long side of what `transport` takes its statistics from.
const STATISTICS_SIZE: usize = 384;
/// Width of the transition at borders of regions, as a share of the long side, in the iterative methods.
const SOFTNESS: f32 = 0.01;
/// What was recognised is less sure than what was painted, and where it is wrong the content's contrasts are the first to go: so much
/// more weight they get.
const RECOGNISED_STRUCTURE: f64 = 4.0 / 3.0;
/// Settings of the locally-affine smoothing in the paper's published results.
const SMOOTHING_RADIUS: usize = 15;
const SMOOTHING_EDGE: f32 = 0.01;

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
pub(super) struct Run<'r> {
    plan: &'r Plan<'r>,
    regions: Regions,
    progress: &'r mut dyn Progress,
    seconds: Vec<StageSeconds>,
    finish: bool,
}

impl<'r> Run<'r> {
    pub(super) fn new(plan: &'r Plan<'r>, progress: &'r mut dyn Progress) -> Self {
        Self { plan, regions: plan.regions.clone(), progress, seconds: Vec::new(), finish: false }
    }

    pub(super) fn transfer(mut self, device: String) -> Result<Transfer> {
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
        Ok(Transfer { photo: content.with_colours(colours), report, regions: self.regions })
    }

    /// Recognises the regions of both photos where no masks were given. What cannot be paired is one region.
    fn recognise(&mut self) -> Result<()> {
        let Some(segmenter) = self.plan.segmenter.as_deref() else { return Ok(()) };
        self.regions = self.stage(Stage::Regions, |run| {
            let Plan { content, reference, options, .. } = run.plan;
            let of = |photo: &Photo| {
                let probabilities = segmenter.probabilities(photo.colours(), &CancelToken::new());
                Sight::new(segmenter.classes(), &probabilities, photo.colours(), &options.segment)
            };
            let (ours, theirs) = rayon::join(|| of(content), || of(reference));
            let found = Regions::recognise(&ours, &theirs, &options.segment)?;
            Ok(if found.tell_enough(options.unpaired) { found } else { Regions::whole() })
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
            Ok(transport(&p.content, &p.content_masks, &p.reference, &p.reference_masks, p.rest, &settings))
        })?;
        let options = &self.plan.options;
        let Some((network, _)) = self.plan.network.as_ref().filter(|_| !self.finish) else {
            return Ok((Look::Grid(grid), None));
        };
        let problem = self.problem(options.size)?;
        if options.method == Method::Look {
            let mut options = (*options).clone();
            if self.regions.are_recognised() {
                options.objective.structure *= RECOGNISED_STRUCTURE;
            }
            let solve = |run: &mut Self| look::solve(&problem, &grid, network, &options, run.progress);
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
                rest: regions.rest_index(),
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
