//! The default method: an optimised bilateral grid of affine colour matrices.
//!
//! The unknown is the grid γ (12 coefficients a vertex); O = slice(γ, I) is the content in its new look. Minimised is
//!
//! ```text
//!     Σ_l β Σ_c a_c |G_{l,c}[O] − G_{l,c}[S]|² / |G_{l,c}[S]|²     augmented style, relative; a_c the area of region c
//! + κ Σ_c a_c ( |m_c[O] − m_c[S]|² + 0.1 |C_c[O] − C_c[S]|² / |C_c[S]|² )   mean and covariance of the region's colours
//! + ρ Σ_d mean (∂_d γ)²                                        smoothness of the grid
//! + μ / N Σ_ch V_ch[O]ᵀ M_I V_ch[O]                              the matting-Laplacian energy of the sliced picture
//! + 0.15 μ Σ_f 1 / N_f Σ_ch V_ch[O_f]ᵀ M_{I_f} V_ch[O_f]         and of it seen from afar: means of f×f pixels
//! + ν (1 − SSIM of the edges of O and I)                         the content's own contrasts
//! + ω mean (O − clamp(O, 0, 1))²                                 what leaves the displayable range
//! ```
//!
//! with β = 1 / number of layers, by preconditioned L-BFGS from `transport`, coarse to fine in picture and grid. The optimiser's unknown is a
//! grid whose blur across the photo is γ: on flat skies nothing else keeps vertices from alternating. The unknown itself goes from
//! level to level.
//!
//! Differs from Luan et al. 2017: what is optimised are the affine transformations themselves, not pixels, so that the
//! result is locally affine by construction, is solved small, and applies at any size. Sources: the augmented style
//! loss is theirs (equation 3), taken relative to the reference, and so is the photorealism term (equation 2), taken as a mean; the grid is that
//! of Gharbi et al. 2017.

mod objective;
mod options;

pub use options::LookOptions;

use super::descent::Descent;
use super::levels::budget;
use super::{Given, Solved, transport};
use crate::Result;
use crate::grid::{BilateralGrid, GridShape, InverseCurvature};
use crate::watch::{Stage, Watch};
use objective::LookObjective;

/// Iterations over all levels, at the most.
const ITERATIONS: usize = 42;

/// Share of the picture's long side, and grid of each level, coarse to fine.
const LEVELS: [(f64, GridShape); 3] = [
    (0.25, GridShape { depth: 8, height: 16, width: 16 }),
    (0.5, GridShape { depth: 12, height: 32, width: 32 }),
    (1.0, GridShape { depth: 12, height: 32, width: 32 }),
];
/// Share of the iterations of each.
const SHARES: [f64; 3] = [0.35, 0.5, 0.15];

/// What was recognised is less sure than what was painted, and where it is wrong the content's contrasts are the first to go: so much
/// more weight they get.
const RECOGNISED_STRUCTURE: f64 = 4.0 / 3.0;

fn solve(options: &LookOptions, given: &Given<'_>, watch: &mut Watch<'_>) -> Result<Solved> {
    let mut weights = options.clone();
    if given.pairing.is_recognised() {
        weights.structure_weight *= RECOGNISED_STRUCTURE;
    }
    let start = transport::grid(given, watch)?;
    let problem = given.problem(options.size, watch)?;
    watch.stage(Stage::Solve, |watch| {
        let limit = options.iterations.unwrap_or(ITERATIONS);
        let token = watch.token().clone();
        let mut descent = Descent::new("look", limit, watch);
        let mut unknown = start;
        for ((factor, shape), iterations) in LEVELS.into_iter().zip(budget(limit, SHARES)) {
            unknown = unknown.resampled(shape);
            if iterations > 0 {
                let level = given.level(&problem, factor, &token)?.with_the_rest_left_alone();
                let mut objective = LookObjective::new(given, &level, &weights, &token)?;
                descend(&mut descent, &mut unknown, &level.content, &mut objective, iterations)?;
            }
            if descent.is_finished() {
                break;
            }
        }
        unknown.blur_across();
        Ok(Solved::grid(unknown, descent.course()))
    })
}

/// Minimises over the grids whose blur is looked up, from `unknown`.
fn descend(
    descent: &mut Descent<'_, '_>,
    unknown: &mut BilateralGrid,
    content: &crate::Planes,
    objective: &mut LookObjective,
    iterations: usize,
) -> Result<()> {
    let (mut point, mut slope) = (unknown.clone(), unknown.clone());
    let template = unknown.clone();
    let curvature = InverseCurvature::new(unknown.shape(), content);
    descent.minimise(
        unknown.coefficients_mut(),
        iterations,
        Some(&|gradient| curvature.precondition(gradient)),
        &mut |x, gradient| {
            point.coefficients_mut().copy_from_slice(x);
            point.blur_across();
            let terms = objective.evaluate(&point, &mut slope);
            slope.blur_across();
            gradient.copy_from_slice(slope.coefficients());
            terms
        },
        &|x| {
            let mut grid = template.clone();
            grid.coefficients_mut().copy_from_slice(x);
            grid.blur_across();
            grid.slice(content)
        },
    )
}
