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
//! grid whose blur across the photo is γ: on flat skies nothing else keeps vertices from alternating.
//!
//! Differs from Luan et al. 2017: what is optimised are the affine transformations themselves, not pixels, so that the
//! result is locally affine by construction, is solved small, and applies at any size. Sources: the augmented style
//! loss is theirs (eq. 3), taken relative to the reference; the grid is that of Gharbi et al. 2017.

use crate::features::Network;
use crate::grid::{BilateralGrid, GridShape, InverseCurvature};
use crate::loss::colour_statistics::ColourStatistics;
use crate::loss::edges::EdgeSimilarity;
use crate::loss::{GramKind, PerceptualLoss, PerceptualSpec, gamut};
use crate::matting::{CoarseLaplacian, Laplacian};
use crate::method::descent::{Descent, Solution};
use crate::method::problem::Problem;
use crate::options::{Objective, TransferOptions};
use crate::report::Term;
use crate::{Planes, Progress, Result};

/// ε of the matting Laplacian: colour deviations of 0.003, about one level of 8 bits, count as structure.
const EPSILON: f64 = 1e-5;
/// Pixels a side of the blocks by whose means the picture is seen from afar, the ε there, and the weight as a share of μ:
/// what keeps a smooth change of colour from coming and going within a sky or a lake.
const AFAR: [usize; 2] = [4, 8];
const EPSILON_AFAR: f64 = 1e-4;
const AFAR_SHARE: f64 = 0.15;

/// Iterations over all levels, at the most.
const ITERATIONS: usize = 42;

/// Share of the picture's long side, grid, and share of the iterations of each level, coarse to fine.
const LEVELS: [(f64, GridShape, f64); 3] = [
    (0.25, GridShape { depth: 8, height: 16, width: 16 }, 0.35),
    (0.5, GridShape { depth: 12, height: 32, width: 32 }, 0.5),
    (1.0, GridShape { depth: 12, height: 32, width: 32 }, 0.15),
];

/// Solves `problem` from the grid that `transport` gave.
pub(crate) fn solve(
    problem: &Problem,
    start: &BilateralGrid,
    network: &Network,
    options: &TransferOptions,
    progress: &mut dyn Progress,
) -> Result<Solution<BilateralGrid>> {
    let limit = options.iterations.unwrap_or(ITERATIONS);
    let mut descent = Descent::new(limit, progress);
    let (mut grid, mut losses) = (start.clone(), Vec::new());
    for (factor, shape, share) in LEVELS {
        let level = problem.scaled(factor).with_the_rest_left_alone();
        let iterations = (share * limit as f64).round() as usize;
        grid = grid.resampled(shape);
        let mut objective = LookObjective::new(&level, network, &options.objective)?;
        losses = descend(&mut descent, &mut grid, &mut objective, iterations)?;
        if descent.is_finished() {
            break;
        }
    }
    Ok(descent.solution(grid, losses))
}

fn descend(
    descent: &mut Descent<'_>,
    grid: &mut BilateralGrid,
    objective: &mut LookObjective,
    iterations: usize,
) -> Result<Vec<Term>> {
    let content = objective.content.clone();
    let (mut point, mut slope) = (grid.clone(), grid.clone());
    let template = grid.clone();
    let curvature = InverseCurvature::new(grid.shape(), &content);
    let mut seen = Vec::new();
    let value = descent.minimise(
        grid.coefficients_mut(),
        iterations,
        Some(&|gradient| curvature.precondition(gradient)),
        &mut |x, gradient| {
            point.coefficients_mut().copy_from_slice(x);
            point.blur_across();
            let terms = objective.evaluate(&point, &mut slope);
            slope.blur_across();
            gradient.copy_from_slice(slope.coefficients());
            seen.push(terms);
            terms.total()
        },
        &|x| {
            let mut grid = template.clone();
            grid.coefficients_mut().copy_from_slice(x);
            grid.blur_across();
            grid.slice(&content)
        },
    )?;
    grid.blur_across();
    let last = seen.iter().find(|terms| terms.total() == value).unwrap_or(&seen[0]);
    Ok(seen[0].to(last))
}

/// Each weighted term of the objective.
#[derive(Clone, Copy, Debug, Default)]
struct Terms {
    style: f64,
    colour: f64,
    smoothness: f64,
    photorealism: f64,
    structure: f64,
    gamut: f64,
}

impl Terms {
    fn total(&self) -> f64 {
        self.style + self.colour + self.smoothness + self.photorealism + self.structure + self.gamut
    }

    fn to(self, end: &Self) -> Vec<Term> {
        [
            ("style", self.style, end.style),
            ("colour", self.colour, end.colour),
            ("smoothness", self.smoothness, end.smoothness),
            ("photorealism", self.photorealism, end.photorealism),
            ("structure", self.structure, end.structure),
            ("gamut", self.gamut, end.gamut),
        ]
        .map(|(term, start, end)| Term { term, start, end })
        .into()
    }
}

/// The objective over grids, for one problem.
struct LookObjective {
    content: Planes,
    perceptual: PerceptualLoss,
    colours: ColourStatistics,
    laplacian: Laplacian<f32>,
    coarse: Vec<CoarseLaplacian>,
    edges: Option<EdgeSimilarity>,
    weights: Objective,
    /// d L / d O
    slope: Planes,
}

impl LookObjective {
    fn new(problem: &Problem, network: &Network, weights: &Objective) -> Result<Self> {
        let share = weights.style / weights.style_layers.len() as f64;
        let style = weights.style_layers.iter().map(|&tap| (tap, share)).collect();
        let spec = PerceptualSpec { content: Vec::new(), style, kind: GramKind::Relative };
        Ok(Self {
            content: problem.content.clone(),
            perceptual: problem.perceptual_loss(network, &spec)?,
            colours: ColourStatistics::new(
                &problem.content_masks,
                &problem.reference,
                &problem.reference_masks,
            ),
            laplacian: Laplacian::new(&problem.content, EPSILON, 1),
            coarse: AFAR
                .into_iter()
                .filter_map(|factor| CoarseLaplacian::new(&problem.content, EPSILON_AFAR, factor))
                .collect(),
            edges: EdgeSimilarity::new(&problem.content),
            weights: weights.clone(),
            slope: Planes::zeros_like(&problem.content),
        })
    }

    /// The terms at `grid` and, in `gradient`, d L / d γ.
    fn evaluate(&mut self, grid: &BilateralGrid, gradient: &mut BilateralGrid) -> Terms {
        let output = grid.slice(&self.content);
        let slope = &mut self.slope;
        slope.data_mut().fill(0.0);
        let style = self.perceptual.evaluate(&output, slope).style;
        let colour = self.colours.evaluate(&output, self.weights.colour, slope);
        let weight = self.weights.photorealism / output.area() as f64;
        let photorealism = self.laplacian.energy_and_gradient(&output, weight, slope);
        let afar = AFAR_SHARE * self.weights.photorealism;
        let coarse = self.coarse.iter().map(|coarse| coarse.energy_and_gradient(&output, afar, slope));
        let photorealism = photorealism + coarse.sum::<f64>();
        let weight = self.weights.structure;
        let structure = self.edges.as_ref().map_or(0.0, |edges| edges.dissimilarity(&output, weight, slope));
        let gamut = gamut::evaluate(&output, self.weights.gamut, slope);
        *gradient = BilateralGrid::adjoint(grid.shape(), &self.content, slope);
        let smoothness = grid.smoothness(self.weights.smoothness, gradient);
        Terms { style, colour, smoothness, photorealism, structure, gamut }
    }
}
