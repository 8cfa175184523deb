//! The default method: a grade a region and a small local residual, in one bilateral grid of affine colour matrices.
//!
//! The unknowns are the grades A_r(z) (an affine matrix for each level of luma of each region) and the residual δ (a grid over the
//! photo). Together they are the grid γ = Σ_r M_r A_r + δ of `grid/shares.rs`; O = slice(γ, I) is the content in its new look.
//! Minimised is
//!
//! ```text
//!     Σ_l β Σ_c a_c |G_{l,c}[O] − G_{l,c}[S]|² / |G_{l,c}[S]|²     augmented style, relative; a_c the area of region c
//! + κ Σ_c a_c ( |m_c[O] − m_c[S]|² + 0.1 |C_c[O] − C_c[S]|² / |C_c[S]|² )   mean and covariance of the region's colours
//! + ρ 10^(6 (1 − local)) (Σ_d mean (∂_d δ)²                      what the residual is paid by,
//!     + 200 mean |P δ|² + 80 veil(δ) + 600 unrest(δ))             its chroma: no stains (`grid/tint.rs`); no mist (`grid/veil.rs`), no clouds or patches (`grid/unrest.rs`)
//! + ρ Σ_r a_r mean (∂_z A_r)²                                    smoothness of the grades
//! + 4000 Σ_r a_r (1 − trust_r)² mean (A_r − A_r⁰)²                what is not trusted keeps to the learned grade
//! + χ Σ_v w_v (what the contrast at v leaves of its bounds)²     nothing inverts, nothing vanishes (`grid/contrast.rs`)
//! + χ Σ_v w_v (gain of chroma at v beyond its bounds)²            no grain out of noise (`grid/chroma_gain.rs`)
//! + μ / N Σ_ch V_ch[O]ᵀ M_I V_ch[O]                              the matting-Laplacian energy of the sliced picture
//! + 0.15 μ Σ_f 1 / N_f Σ_ch V_ch[O_f]ᵀ M_{I_f} V_ch[O_f]         and of it seen from afar: means of f×f pixels
//! + ν (1 − SSIM of the edges of O and I)                         the content's own contrasts
//! + ω mean (O − clamp(O, 0, 1))²                                 what leaves the displayable range
//! + 8 ω Σ_c a_c (chroma of O beyond that of S in region c)²      nothing strays (`loss/stray.rs`)
//! + 12 ω (chroma that the few neutrals of a region take)²        whites stay white (`loss/neutrals.rs`)
//! + 4 ω (light that the darkest of a region take beyond the reference's)²      blacks stay black (`loss/blacks.rs`)
//! ```
//!
//! with β = 1 / number of layers, A⁰ the grades that it starts from, by preconditioned L-BFGS from the grades of `transport`, coarse to fine in picture and grid.
//!
//! Differs from Luan et al. 2017: what is optimised are the affine transformations themselves, not pixels, so that the
//! result is locally affine by construction, is solved small, and applies at any size. Sources: the augmented style
//! loss is theirs (equation 3), taken relative to the reference, and so is the photorealism term (equation 2), taken as a mean; the grid is that
//! of Gharbi et al. 2017.

mod objective;
mod options;
mod posed;
mod unknown;

pub use options::LookOptions;

use super::descent::Descent;
use super::levels::budget;
use super::{Given, Solved, transport};
use crate::Result;
use crate::grid::GridShape;
use crate::optim::History;
use crate::watch::{Stage, Watch};
use posed::Posed;
use unknown::Unknown;

/// Iterations over all levels, at the most.
const ITERATIONS: usize = 37;
/// Pairs that L-BFGS keeps: more cost more time than they save steps.
const PAIRS: usize = 16;

/// Share of the picture's long side, and vertices across the photo, of each level, coarse to fine.
const LEVELS: [(f64, usize); 3] = [(0.25, 24), (0.5, 48), (1.0, 48)];
/// Share of the iterations of each.
const SHARES: [f64; 3] = [0.42, 0.4, 0.18];

/// What was recognised, or not looked for, is less sure than what was painted, and where it is wrong the content's contrasts are the first to go: so much
/// more weight they and local affinity get, and so much of the residual there may be, times how far counterparts are trusted: a residual that follows
/// what is no counterpart is a stain.
const UNSURE_STRUCTURE: f64 = 1.5;
const UNSURE_LOCAL: f64 = 0.7;

/// Style and colours that are as near as this are the reference's already, but for rounding: what could still fall is the affinity term, which is not
/// quite nothing for the content itself.
const MET: f64 = 1e-7;

fn solve(options: &LookOptions, given: &Given<'_>, watch: &mut Watch<'_>) -> Result<Solved> {
    let mut weights = options.clone();
    if !given.pairing.is_painted() {
        weights.structure_weight *= UNSURE_STRUCTURE;
        weights.photorealism_weight *= UNSURE_STRUCTURE;
        weights.local *= UNSURE_LOCAL * given.pairing.mean_trust();
    }
    let grades = transport::start(given, watch)?;
    let problem = given.problem(options.size, watch)?;
    watch.stage(Stage::Solve, |watch| {
        let limit = options.iterations.unwrap_or(ITERATIONS);
        let token = watch.token().clone();
        let mut descent = Descent::new("look", limit, watch);
        let mut unknown = Unknown::of_grades(grades.clone(), shape(LEVELS[0].1));
        let mut history = History::new(PAIRS);
        let mut solution = None;
        let mut met = None;
        for ((factor, across), iterations) in LEVELS.into_iter().zip(budget(limit, SHARES)) {
            if shape(across) != unknown.residual.shape() {
                unknown = unknown.resampled(shape(across));
                history = History::new(PAIRS);
            }
            let level = given.level(&problem, factor, &token)?;
            let mut posed = Posed::new(given, level, shape(across), &grades, &weights, &token)?;
            let met = *met.get_or_insert_with(|| posed.distance(&unknown) < MET);
            if iterations > 0 && !met && !descent.is_finished() {
                posed.descend(&mut descent, &mut history, &mut unknown, iterations)?;
            }
            solution = Some(posed.grid(&unknown));
        }
        let grid = solution.expect("there are levels");
        Ok(Solved::graded(unknown.grades, grid, descent.course()))
    })
}

/// The grid of a level.
fn shape(across: usize) -> GridShape {
    GridShape { depth: crate::grid::Grade::LEVELS, height: across, width: across }
}
