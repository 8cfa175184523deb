//! Solutions over pixels, of Deep Photo Style Transfer and of neural style transfer: L-BFGS, in the steps of a schedule.
//!
//! Differs from the paper: by default the solution starts from `transport` instead of noise, goes coarse to fine, has
//! the photorealism term from the first step, and stops when the objective stalls. `Schedule::Paper` is the paper's.

mod objective;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::descent::Descent;
use super::levels::budget;
use super::{Course, Given, Problem};
use crate::optim::{History, Preconditioner};
use crate::resample::{Filter, resize};
use crate::smoothing::upsample;
use crate::watch::{Stage, Watch};
use crate::{Planes, Result};

use objective::PixelObjective;
pub(super) use objective::PixelWeights;

/// Pairs that L-BFGS keeps: as many as help, fewer where the unknowns are so many that the pairs would fill the memory.
const MOST_PAIRS: usize = 40;
const FEWEST_PAIRS: usize = 8;
/// Values in all steps, and as many in all differences of gradients: 256 MiB each.
const HISTORY_VALUES: usize = 1 << 26;

/// In which steps a solution over pixels goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// From `transport`, coarse to fine, until the objective stalls.
    #[default]
    CoarseToFine,
    /// The paper's: from noise, 1000 steps at full size without the photorealism term, 1000 with it.
    Paper,
}

/// Iterations of each of the paper's two stages.
const PAPER_ITERATIONS: usize = 1000;
/// Iterations of the default schedule over all levels, at the most.
const ITERATIONS: usize = 300;
/// Share of them that each level but the finest takes.
const COARSE_SHARE: f64 = 0.12;
/// Most levels.
const LEVELS: usize = 8;
/// Long side of the coarsest level, at the least.
const COARSEST: usize = 64;
/// Standard deviation of the noise that the paper's schedule starts from, around mid-grey.
const NOISE: f32 = 1e-3;

/// How a solution over pixels is to go.
pub(super) struct Plan<'p> {
    pub(super) method: &'static str,
    pub(super) schedule: Schedule,
    pub(super) iterations: Option<usize>,
    pub(super) seed: u64,
    pub(super) weights: &'p PixelWeights,
}

impl Plan<'_> {
    /// Solves `problem`; `start` is the result of `transport` at its size.
    pub(super) fn solve(
        &self,
        given: &Given<'_>,
        problem: &Problem,
        start: Planes,
        watch: &mut Watch<'_>,
    ) -> Result<(Planes, Course)> {
        watch.stage(Stage::Solve, |watch| match self.schedule {
            Schedule::CoarseToFine => self.coarse_to_fine(given, problem, start, watch),
            Schedule::Paper => self.paper(given, problem, watch),
        })
    }

    fn coarse_to_fine(
        &self,
        given: &Given<'_>,
        problem: &Problem,
        start: Planes,
        watch: &mut Watch<'_>,
    ) -> Result<(Planes, Course)> {
        let limit = self.iterations.unwrap_or(ITERATIONS);
        let token = watch.token().clone();
        let mut descent = Descent::new(self.method, limit, watch);
        let levels = levels(problem.content.height().max(problem.content.width()));
        let mut lifted = start;
        for (k, (&factor, iterations)) in levels.iter().zip(budget(limit, shares(levels.len()))).enumerate() {
            if iterations == 0 {
                continue;
            }
            let level = given.level(problem, factor, &token)?;
            let mut picture = resize(&lifted, level.content.height(), level.content.width(), Filter::Area);
            let mut objective = PixelObjective::new(given, &level, self.weights, &token)?;
            descend(&mut descent, &mut picture, &mut objective, iterations)?;
            let last = k + 1 == levels.len();
            lifted =
                if last { picture } else { upsample(&level.content, &picture, &problem.content, &token) };
            if descent.is_finished() {
                break;
            }
        }
        Ok((lifted, descent.course()))
    }

    fn paper(&self, given: &Given<'_>, problem: &Problem, watch: &mut Watch<'_>) -> Result<(Planes, Course)> {
        let limit = self.iterations.unwrap_or(2 * PAPER_ITERATIONS);
        let token = watch.token().clone();
        let mut descent = Descent::of_fixed_length(self.method, limit, watch);
        let first = limit.div_ceil(2);
        let whole = PixelWeights { gamut: 0.0, ..self.weights.clone() };
        let style_alone = PixelWeights { photorealism: 0.0, ..whole.clone() };
        let mut picture = noise(&problem.content, self.seed);
        for (weights, iterations) in [(&style_alone, first), (&whole, limit - first)] {
            if iterations > 0 && !descent.is_finished() {
                let mut objective = PixelObjective::new(given, problem, weights, &token)?;
                descend(&mut descent, &mut picture, &mut objective, iterations)?;
            }
        }
        Ok((picture, descent.course()))
    }
}

/// Factors by which the levels of the default schedule shrink the problem, coarsest first, ending in 1.
fn levels(long_side: usize) -> Vec<f64> {
    let mut factors = vec![1.0];
    while factors.len() < LEVELS && long_side as f64 * factors[factors.len() - 1] / 2.0 >= COARSEST as f64 {
        factors.push(factors[factors.len() - 1] / 2.0);
    }
    factors.reverse();
    factors
}

/// The share of each of so many levels; none beyond.
fn shares(levels: usize) -> [f64; LEVELS] {
    let coarse = COARSE_SHARE * (levels - 1) as f64;
    std::array::from_fn(|k| match k + 1 {
        level if level < levels => COARSE_SHARE,
        level if level == levels => 1.0 - coarse,
        _ => 0.0,
    })
}

fn noise(like: &Planes, seed: u64) -> Planes {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut noise = Planes::zeros_like(like);
    // The sum of twelve uniform numbers is close enough to normal for a starting point.
    let mut normal = || (0..12).map(|_| random.random::<f32>()).sum::<f32>() - 6.0;
    noise.data_mut().fill_with(|| 0.5 + NOISE * normal());
    noise
}

/// Minimises over the pixels from `picture`, in at most `iterations` iterations.
fn descend(
    descent: &mut Descent<'_, '_>,
    picture: &mut Planes,
    objective: &mut PixelObjective,
    iterations: usize,
) -> Result<()> {
    let shape = (picture.channels(), picture.height(), picture.width());
    let planes = |x: &[f32]| Planes::from_vec(shape.0, shape.1, shape.2, x.to_vec());
    let (mut point, mut slope) = (picture.clone(), Planes::zeros_like(picture));
    let preconditioner = objective.preconditioner(descent.token());
    let pairs = (HISTORY_VALUES / picture.data().len().max(1)).clamp(FEWEST_PAIRS, MOST_PAIRS);
    descent.minimise(
        picture.data_mut(),
        iterations,
        preconditioner.as_ref().map(|p| p as &Preconditioner<'_, f32>),
        &mut History::new(pairs),
        &mut |x, gradient| {
            point.data_mut().copy_from_slice(x);
            let terms = objective.evaluate(&point, &mut slope);
            gradient.copy_from_slice(slope.data());
            terms
        },
        &planes,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_halve_down_to_the_coarsest_and_share_all_there_is() {
        assert_eq!(levels(512), [0.125, 0.25, 0.5, 1.0]);
        assert_eq!(levels(63), [1.0]);
        for count in 1..=LEVELS {
            let shares = shares(count);
            assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12 && shares[count - 1] > 0.0);
        }
        assert_eq!(budget(300, shares(4)), [36, 36, 36, 192, 0, 0, 0, 0]);
        assert_eq!(budget(2, shares(4)).iter().sum::<usize>(), 2);
    }
}
