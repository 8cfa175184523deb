//! The problem of `look` at one level: from unknowns to the grid, its objective, and back.

use std::sync::Arc;

use super::LookOptions;
use super::objective::LookObjective;
use super::unknown::Unknown;
use crate::grid::{
    BilateralGrid, ChromaGain, ContrastBounds, Grade, GridShape, InverseCurvature, Price, Shares, departure,
    stillness,
};
use crate::method::descent::{Descent, Terms};
use crate::method::{Given, Problem};
use crate::optim::History;
use crate::planes::mean;
use crate::watch::CancelToken;
use crate::{Planes, Result};

/// Powers of ten that the price of the residual falls by as there may be more of it.
const DECADES: f64 = 6.0;
/// Least and most of the contrast, in those of the grades that are started from.
const CONTRAST: (f32, f32) = (0.5, 2.5);

/// τ, what a grade whose counterpart is not trusted at all pays for leaving the one that it started from.
const DISTRUST: f64 = 4e3;

/// The problem at one level.
pub(super) struct Posed {
    content: Arc<Planes>,
    /// How far each region's counterpart is trusted, and the grade that it started from.
    trusts: Vec<f32>,
    started: Vec<Grade>,
    shares: Shares,
    bounds: ContrastBounds,
    chroma: ChromaGain,
    curvature: InverseCurvature,
    objective: LookObjective,
    /// What the residual is paid by; none where there is to be none.
    price: Option<Price>,
    /// Area share of each region.
    areas: Vec<f64>,
    weights: LookOptions,
}

impl Posed {
    /// Of a problem at the level's size, with a residual of `shape`; contrasts are bounded around those of the grades that were `started` from,
    /// and grades held to these as far as counterparts are not trusted.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub(super) fn new(
        given: &Given<'_>,
        level: Problem,
        shape: GridShape,
        started: &[Grade],
        weights: &LookOptions,
        token: &CancelToken,
    ) -> Result<Self> {
        let shares = Shares::new(shape, &level.content, &level.content_masks);
        let luma = departure(shape, &level.content, &[level.content.luma().data().to_vec()]);
        let bounds = ContrastBounds::around(&level.content, &shares.laid(started), &luma, &shares, CONTRAST);
        let chroma = ChromaGain::new(shape, &level.content, &luma, &shares);
        let areas = (0..level.content_masks.channels()).map(|r| mean(level.content_masks.plane(r))).collect();
        let (content, trusts) = (level.content.clone(), level.trusts.clone());
        let price = (weights.local > 0.0).then(|| {
            let weight = weights.smoothness_weight * 10_f64.powf(DECADES * (1.0 - weights.local));
            Price::new(weight, stillness(&luma))
        });
        let curvature = InverseCurvature::new(shape, &level.content, &shares, price.as_ref());
        let objective = LookObjective::new(given, &level.compared_as_trusted(), weights, token)?;
        Ok(Self {
            content,
            trusts,
            started: started.to_vec(),
            shares,
            bounds,
            chroma,
            curvature,
            objective,
            price,
            areas,
            weights: weights.clone(),
        })
    }

    /// The grid of the unknowns.
    pub(super) fn grid(&self, unknown: &Unknown) -> BilateralGrid {
        composed(&self.shares, unknown, &blurred(&unknown.residual))
    }

    /// How far the look is from the reference's: the terms of style and colour at `unknown`.
    pub(super) fn distance(&mut self, unknown: &Unknown) -> f64 {
        let mut gradient = vec![0.0; unknown.to_vector().len()];
        let terms = self.evaluate(unknown, &mut gradient).0;
        terms.iter().filter(|(term, _)| ["style", "colour"].contains(term)).map(|(_, value)| value).sum()
    }

    /// Minimises from `unknown`, with what `history` knows of levels over the same unknowns.
    ///
    /// # Errors
    /// Those of the descent.
    pub(super) fn descend(
        &mut self,
        descent: &mut Descent<'_, '_>,
        history: &mut History<f32>,
        unknown: &mut Unknown,
        iterations: usize,
    ) -> Result<()> {
        let mut x = unknown.to_vector();
        let (mut point, template) = (unknown.clone(), unknown.clone());
        let (content, shares) = (self.content.clone(), self.shares.clone());
        let curvature = self.curvature.clone();
        descent.minimise(
            &mut x,
            iterations,
            Some(&|gradient| curvature.precondition(gradient)),
            history,
            &mut |x, gradient| {
                point.take(x);
                self.evaluate(&point, gradient)
            },
            &|x| {
                let mut at = template.clone();
                at.take(x);
                composed(&shares, &at, &blurred(&at.residual)).slice(&content)
            },
        )?;
        unknown.take(&x);
        Ok(())
    }

    /// The terms at `unknown` and their gradient, in the order of its vector.
    pub(super) fn evaluate(&mut self, unknown: &Unknown, gradient: &mut [f32]) -> Terms {
        let residual = blurred(&unknown.residual);
        let grid = composed(&self.shares, unknown, &residual);
        let mut slope = BilateralGrid::constant(grid.shape(), &[0.0; 12]);
        let mut terms = self.objective.evaluate(&grid, &mut slope);
        let contrast = self.bounds.penalty(&grid, self.weights.contrast_weight, &mut slope)
            + self.chroma.penalty(&grid, self.weights.contrast_weight, &mut slope);
        let (of_grades, of_residual) = gradient.split_at_mut(unknown.of_the_grades());
        of_grades.copy_from_slice(&self.shares.gather(&slope));
        let local = self.price.as_ref().map_or(0.0, |price| price.of(&residual, &mut slope));
        slope.blur_across();
        of_residual.copy_from_slice(slope.coefficients());
        if self.price.is_none() {
            of_residual.fill(0.0);
        }
        let (mut smoothness, mut distrust) = (0.0, 0.0);
        let own = of_grades.chunks_exact_mut(of_grades.len() / unknown.grades.len());
        for (region, (grade, own)) in unknown.grades.iter().zip(own).enumerate() {
            let area = self.areas[region];
            let grid = grade.grid();
            let mut bend = BilateralGrid::constant(grid.shape(), &[0.0; 12]);
            smoothness += grid.smoothness(self.weights.smoothness_weight * area, &mut bend);
            own.iter_mut().zip(bend.coefficients()).for_each(|(sum, slope)| *sum += slope);
            let trust = self.trusts[region];
            distrust +=
                held(grade, &self.started[region], DISTRUST * area * f64::from(1.0 - trust).powi(2), own);
            if trust == 0.0 {
                own.fill(0.0);
            }
        }
        terms.0.extend([
            ("local", local),
            ("smoothness", smoothness),
            ("distrust", distrust),
            ("contrast", contrast),
        ]);
        terms
    }
}

/// `weight` times the mean squared departure of a grade's coefficients from those of another; adds its gradient to `slopes`.
fn held(grade: &Grade, from: &Grade, weight: f64, slopes: &mut [f32]) -> f64 {
    let scale = weight / slopes.len() as f64;
    let (here, there) = (grade.levels().as_flattened(), from.levels().as_flattened());
    let departs = here.iter().zip(there).zip(slopes).map(|((here, there), slope)| {
        let departs = here - there;
        *slope += 2.0 * scale as f32 * departs;
        f64::from(departs * departs)
    });
    scale * departs.sum::<f64>()
}

/// The grades laid over the photo, and what is added to them.
fn composed(shares: &Shares, unknown: &Unknown, residual: &BilateralGrid) -> BilateralGrid {
    let mut grid = shares.laid(&unknown.grades);
    let sums = grid.coefficients_mut().iter_mut().zip(residual.coefficients());
    sums.for_each(|(sum, residual)| *sum += residual);
    grid
}

fn blurred(residual: &BilateralGrid) -> BilateralGrid {
    let mut blurred = residual.clone();
    blurred.blur_across();
    blurred
}
