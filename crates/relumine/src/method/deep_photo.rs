//! Deep Photo Style Transfer (Luan, Paris, Shechtman, Bala, CVPR 2017): L-BFGS over the pixels.
//!
//! Differs from the paper: by default the solution starts from `transport` instead of noise, goes coarse to fine, has
//! the photorealism term from the first step, and stops when the objective stalls. `Schedule::Paper` is the paper's.
//!
//! Neural style transfer is the same solution with neither photorealism term nor regions.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::features::Network;
use crate::method::pixels::{PixelObjective, Terms};
use crate::method::problem::Problem;
use crate::optim::{LbfgsOptions, StopReason, minimise};
use crate::options::{Objective, Schedule, TransferOptions};
use crate::report::Term;
use crate::smoothing::LocalModels;
use crate::{Error, Planes, Progress, Result, Stage, Step, Verdict};

/// Iterations of each of the paper's two stages.
const PAPER_ITERATIONS: usize = 1000;
/// Iterations of the default schedule over all levels, at the most.
const ITERATIONS: usize = 90;
/// Long side of the coarsest level, at the least.
const COARSEST: usize = 128;
/// Standard deviation of the noise that the paper's schedule starts from, around mid-grey.
const NOISE: f32 = 1e-3;

/// A picture and how it was found.
pub(crate) struct Solution {
    /// 3×H×W at the size of the problem.
    pub(crate) picture: Planes,
    /// The objective's terms at the start and end of the last stage.
    pub(crate) losses: Vec<Term>,
    pub(crate) iterations: usize,
    pub(crate) evaluations: usize,
    pub(crate) stopped: StopReason,
}

/// Solves `problem`; `start` is the result of `transport` at its size.
pub(crate) fn solve(
    problem: &Problem,
    start: &Planes,
    network: &Network,
    options: &TransferOptions,
    progress: &mut dyn Progress,
) -> Result<Solution> {
    match options.schedule {
        Schedule::CoarseToFine => coarse_to_fine(problem, start, network, options, progress),
        Schedule::Paper => paper(problem, network, options, progress),
    }
}

fn coarse_to_fine(
    problem: &Problem,
    start: &Planes,
    network: &Network,
    options: &TransferOptions,
    progress: &mut dyn Progress,
) -> Result<Solution> {
    let limit = options.iterations.unwrap_or(ITERATIONS);
    let mut run = Run::new(limit, progress);
    let mut picture: Option<(Planes, Planes)> = None;
    let levels = levels(problem.content.height().max(problem.content.width()));
    for (k, factor) in levels.iter().enumerate() {
        let level = problem.scaled(*factor);
        let from = match picture {
            None => start_at(start, &level),
            Some((content, solved)) => LocalModels::fit(&content, &solved).apply(&level.content),
        };
        let mut objective = PixelObjective::new(&level, network, &options.objective);
        let share = (limit - run.iterations).div_ceil(levels.len() - k);
        let solved = run.minimise(from, &mut objective, share)?;
        picture = Some((level.content, solved));
        if run.stopped == StopReason::Finished {
            break;
        }
    }
    let (content, solved) = picture.expect("there is at least one level");
    let solved = if (content.height(), content.width()) == (problem.content.height(), problem.content.width()) {
        solved
    } else {
        LocalModels::fit(&content, &solved).apply(&problem.content)
    };
    Ok(run.solution(solved))
}

fn paper(
    problem: &Problem,
    network: &Network,
    options: &TransferOptions,
    progress: &mut dyn Progress,
) -> Result<Solution> {
    let limit = options.iterations.unwrap_or(2 * PAPER_ITERATIONS);
    let mut run = Run::new(limit, progress);
    let style_alone = Objective { photorealism: 0.0, ..options.objective.clone() };
    let noise = noise(&problem.content, options.seed);
    let first = limit.div_ceil(2);
    let mut picture = run.minimise(noise, &mut PixelObjective::new(problem, network, &style_alone), first)?;
    if run.stopped != StopReason::Finished && limit > first {
        let mut objective = PixelObjective::new(problem, network, &options.objective);
        picture = run.minimise(picture, &mut objective, limit - first)?;
    }
    Ok(run.solution(picture))
}
