//! Deep Photo Style Transfer (Luan, Paris, Shechtman, Bala, CVPR 2017): L-BFGS over the pixels.
//!
//! Differs from the paper: by default the solution starts from `transport` instead of noise, goes coarse to fine, has
//! the photorealism term from the first step, keeps to colours that can be shown, and stops when the objective stalls.
//! `Schedule::Paper` is the paper's.
//!
//! Neural style transfer is the same solution with neither photorealism term nor regions.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::features::Network;
use crate::method::descent::{Descent, Solution};
use crate::method::pixels::{PixelObjective, Terms};
use crate::method::problem::Problem;
use crate::optim::Preconditioner;
use crate::options::{Objective, Schedule, TransferOptions};
use crate::report::Term;
use crate::resample::{Filter, resize};
use crate::smoothing::upsample;
use crate::{Planes, Progress, Result};

/// Iterations of each of the paper's two stages.
const PAPER_ITERATIONS: usize = 1000;
/// Iterations of the default schedule over all levels, at the most.
const ITERATIONS: usize = 300;
/// Share of them that each level but the finest takes.
const COARSE_SHARE: f64 = 0.12;
/// Long side of the coarsest level, at the least.
const COARSEST: usize = 64;
/// Standard deviation of the noise that the paper's schedule starts from, around mid-grey.
const NOISE: f32 = 1e-3;

/// Solves `problem`; `start` is the result of `transport` at its size.
pub(crate) fn solve(
    problem: &Problem,
    start: &Planes,
    network: &Network,
    options: &TransferOptions,
    progress: &mut dyn Progress,
) -> Result<Solution<Planes>> {
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
) -> Result<Solution<Planes>> {
    let limit = options.iterations.unwrap_or(ITERATIONS);
    let mut descent = Descent::new(limit, progress);
    let levels = levels(problem.content.height().max(problem.content.width()));
    let (mut lifted, mut losses) = (start.clone(), Vec::new());
    for (k, &factor) in levels.iter().enumerate() {
        let level = problem.scaled(factor);
        let last = k + 1 == levels.len();
        let left = limit - descent.iterations();
        let share = if last { left } else { left.min((COARSE_SHARE * limit as f64).ceil() as usize) };
        let mut picture = resize(&lifted, level.content.height(), level.content.width(), Filter::Area);
        let mut objective = PixelObjective::new(&level, network, &options.objective)?;
        losses = descend(&mut descent, &mut picture, &mut objective, share)?;
        lifted = if last { picture } else { upsample(&level.content, &picture, &problem.content) };
        if descent.is_finished() {
            break;
        }
    }
    Ok(descent.solution(lifted, losses))
}

fn paper(
    problem: &Problem,
    network: &Network,
    options: &TransferOptions,
    progress: &mut dyn Progress,
) -> Result<Solution<Planes>> {
    let limit = options.iterations.unwrap_or(2 * PAPER_ITERATIONS);
    let mut descent = Descent::of_fixed_length(limit, progress);
    let first = limit.div_ceil(2);
    let whole = Objective { gamut: 0.0, ..options.objective.clone() };
    let style_alone = Objective { photorealism: 0.0, ..whole.clone() };
    let mut picture = noise(&problem.content, options.seed);
    let mut objective = PixelObjective::new(problem, network, &style_alone)?;
    let mut losses = descend(&mut descent, &mut picture, &mut objective, first)?;
    if !descent.is_finished() && limit > first {
        let mut objective = PixelObjective::new(problem, network, &whole)?;
        losses = descend(&mut descent, &mut picture, &mut objective, limit - first)?;
    }
    Ok(descent.solution(picture, losses))
}

/// Factors by which the levels of the default schedule shrink the problem, coarsest first, ending in 1.
fn levels(long_side: usize) -> Vec<f64> {
    let mut factors = vec![1.0];
    while long_side as f64 * factors[factors.len() - 1] / 2.0 >= COARSEST as f64 {
        factors.push(factors[factors.len() - 1] / 2.0);
    }
    factors.reverse();
    factors
}

fn noise(like: &Planes, seed: u64) -> Planes {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut noise = Planes::zeros_like(like);
    // The sum of twelve uniform numbers is close enough to normal for a starting point.
    let mut normal = || (0..12).map(|_| random.random::<f32>()).sum::<f32>() - 6.0;
    noise.data_mut().fill_with(|| 0.5 + NOISE * normal());
    noise
}

/// Minimises over the pixels from `picture`, in at most `iterations` iterations; the terms at the start and the end.
fn descend(
    descent: &mut Descent<'_>,
    picture: &mut Planes,
    objective: &mut PixelObjective,
    iterations: usize,
) -> Result<Vec<Term>> {
    let shape = (picture.channels(), picture.height(), picture.width());
    let planes = |x: &[f32]| Planes::from_vec(shape.0, shape.1, shape.2, x.to_vec());
    let (mut point, mut slope) = (picture.clone(), Planes::zeros_like(picture));
    let mut seen = Vec::new();
    let preconditioner = objective.preconditioner();
    let preconditioner = preconditioner.as_ref().map(|p| p as &Preconditioner<'_, f32>);
    let value = descent.minimise(
        picture.data_mut(),
        iterations,
        preconditioner,
        &mut |x, gradient| {
            point.data_mut().copy_from_slice(x);
            let terms = objective.evaluate(&point, &mut slope);
            gradient.copy_from_slice(slope.data());
            seen.push(terms);
            terms.total()
        },
        &planes,
    )?;
    let last = seen.iter().find(|terms| terms.total() == value).unwrap_or(&seen[0]);
    Ok(Terms::between(&seen[0], last))
}
