//! The objective of `look` over grids, for one problem.

use crate::grid::BilateralGrid;
use crate::loss::blacks::Blacks;
use crate::loss::colour_statistics::ColourStatistics;
use crate::loss::edges::EdgeSimilarity;
use crate::loss::neutrals::Neutrals;
use crate::loss::photos::PairedPhotos;
use crate::loss::stray::Stray;
use crate::loss::{GramKind, PerceptualLoss, PerceptualSpec, gamut};
use crate::matting::{CoarseLaplacian, Laplacian};
use crate::method::descent::Terms;
use crate::method::{Given, LookOptions, Problem};
use crate::watch::CancelToken;
use crate::{Planes, Result};

/// ε of the matting Laplacian: colour deviations of 0.003, about one level of 8 bits, count as structure.
const EPSILON: f64 = 1e-5;
/// Pixels a side of the blocks by whose means the picture is seen from afar, the ε there, and the weight as a share of μ:
/// what keeps a smooth change of colour from coming and going within a sky or a lake.
const AFAR: [usize; 2] = [4, 8];
const EPSILON_AFAR: f64 = 1e-4;
const AFAR_SHARE: f64 = 0.15;
/// Weight of chroma that the reference does not have, in ω: there is little of it, in few places, where one sees it at once.
const STRAY_SHARE: f64 = 8.0;
/// Weight of colour that the few whites and greys of a region take, in ω: they are few, too.
const NEUTRALS_SHARE: f64 = 12.0;
/// Weight of blacks that turn grey, in ω.
const BLACKS_SHARE: f64 = 4.0;

/// The objective over grids, for one problem.
pub(super) struct LookObjective {
    content: std::sync::Arc<Planes>,
    perceptual: PerceptualLoss,
    colours: ColourStatistics,
    stray: Stray,
    neutrals: Neutrals,
    blacks: Blacks,
    laplacian: Laplacian<f32>,
    coarse: Vec<CoarseLaplacian>,
    edges: Option<EdgeSimilarity>,
    weights: LookOptions,
    /// d L / d O of the style, and of all other terms.
    slopes: [Planes; 2],
}

impl LookObjective {
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub(super) fn new(
        given: &Given<'_>,
        problem: &Problem,
        weights: &LookOptions,
        token: &CancelToken,
    ) -> Result<Self> {
        let share = weights.style_weight / weights.style_layers.len() as f64;
        let style = weights.style_layers.iter().map(|&tap| (tap, share)).collect();
        let spec = PerceptualSpec { content: Vec::new(), style, kind: GramKind::Relative };
        let photos = PairedPhotos::new(
            (&problem.content, &problem.content_masks),
            (&problem.reference, &problem.reference_masks),
        );
        Ok(Self {
            content: problem.content.clone(),
            perceptual: given.perceptual_loss(problem, &spec, token)?,
            colours: ColourStatistics::new(photos),
            stray: Stray::new(photos),
            neutrals: Neutrals::new(photos),
            blacks: Blacks::new(photos),
            laplacian: Laplacian::new(&problem.content, EPSILON, 1),
            coarse: AFAR
                .into_iter()
                .filter_map(|factor| CoarseLaplacian::new(&problem.content, EPSILON_AFAR, factor))
                .collect(),
            edges: EdgeSimilarity::new(&problem.content),
            weights: weights.clone(),
            slopes: [(); 2].map(|()| Planes::zeros_like(&problem.content)),
        })
    }

    /// The terms at `grid` and, in `gradient`, d L / d γ.
    pub(super) fn evaluate(&mut self, grid: &BilateralGrid, gradient: &mut BilateralGrid) -> Terms {
        let output = grid.slice(&self.content);
        let weights = &self.weights;
        let [slope, others] = &mut self.slopes;
        slope.data_mut().fill(0.0);
        others.data_mut().fill(0.0);
        let perceptual = &mut self.perceptual;
        // The style takes most of the time, and not all of the threads all of the time.
        let (style, [colour, stray, neutrals, blacks, photorealism, structure, gamut]) = rayon::join(
            || perceptual.evaluate(&output, slope).style,
            || {
                let colour = self.colours.evaluate(&output, weights.colour_weight, others);
                let stray = self.stray.evaluate(&output, STRAY_SHARE * weights.gamut_weight, others);
                let neutrals = self.neutrals.evaluate(&output, NEUTRALS_SHARE * weights.gamut_weight, others);
                let blacks = self.blacks.evaluate(&output, BLACKS_SHARE * weights.gamut_weight, others);
                let near = weights.photorealism_weight / output.area() as f64;
                let near = self.laplacian.energy_and_gradient(&output, near, others);
                let afar = AFAR_SHARE * weights.photorealism_weight;
                let afar = self.coarse.iter().map(|coarse| coarse.energy_and_gradient(&output, afar, others));
                let photorealism = near + afar.sum::<f64>();
                let structure = weights.structure_weight;
                let structure =
                    self.edges.as_ref().map_or(0.0, |edges| edges.dissimilarity(&output, structure, others));
                let gamut = gamut::evaluate(&output, weights.gamut_weight, others);
                [colour, stray, neutrals, blacks, photorealism, structure, gamut]
            },
        );
        slope.data_mut().iter_mut().zip(others.data()).for_each(|(sum, other)| *sum += other);
        *gradient = BilateralGrid::adjoint(grid.shape(), &self.content, slope);
        Terms(vec![
            ("style", style),
            ("colour", colour),
            ("stray", stray),
            ("neutrals", neutrals),
            ("blacks", blacks),
            ("photorealism", photorealism),
            ("structure", structure),
            ("gamut", gamut),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::GridShape;
    use crate::method::testing::{assert_gradient, pair};
    use crate::watch::Watch;

    #[test]
    fn the_gradient_of_the_whole_is_that_of_finite_differences() {
        let (pairing, network) = pair(&LookOptions::default());
        let given = Given { pairing: &pairing, network: Some(&network) };
        let problem = given.problem(48, &mut Watch::silent()).unwrap().compared_as_trusted();
        let mut objective =
            LookObjective::new(&given, &problem, &LookOptions::default(), &CancelToken::new()).unwrap();
        let shape = GridShape { depth: 4, height: 3, width: 3 };
        // Away from the identity, where every term has a slope, beyond what can be shown, and far bluer than both photos.
        let mut grid = BilateralGrid::identity(shape);
        let count = grid.coefficients().len();
        for (i, coefficient) in grid.coefficients_mut().iter_mut().enumerate() {
            let blue = if i % 12 == 11 { 0.6 } else { 0.0 };
            *coefficient += blue + 0.12 * ((i * 7919 % count) as f32 / count as f32 - 0.3);
        }
        assert_gradient(grid.coefficients().to_vec(), 2e-3, &mut |x, gradient| {
            let mut point = grid.clone();
            point.coefficients_mut().copy_from_slice(x);
            let mut slope = grid.clone();
            let terms = objective.evaluate(&point, &mut slope);
            gradient.copy_from_slice(slope.coefficients());
            terms
        });
    }
}
