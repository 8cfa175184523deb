//! The objective over pixels of Deep Photo Style Transfer (Luan et al. 2017, equation 4) and, without the photorealism
//! term, of neural style transfer (Gatys et al. 2016):
//!
//! L = Σ_l α L_c^l + Γ Σ_l β_l L_s+^l + λ L_m + τ L_tv + ω L_g, with β_l = 1 / number of style layers.
//!
//! L_s+ is the augmented style loss (equation 3), L_m the photorealism term (equation 2). The unknown is the picture O, 3×H×W
//! in 0..1; L_m and L_tv are taken on that scale, the feature losses on the network's own. L_g, ours, is the mean of
//! (O − clamp(O, 0, 1))².

use std::rc::Rc;

use crate::loss::{GramKind, PerceptualLoss, PerceptualSpec, gamut, total_variation::total_variation};
use crate::matting::Laplacian;
use crate::method::descent::Terms;
use crate::method::{Given, Problem};
use crate::watch::CancelToken;
use crate::{Planes, Result, Tap};

/// ε of the matting Laplacian in the authors' code.
const EPSILON: f64 = 1e-7;

/// δ of the preconditioner, and the products with the Laplacian that approximate it: about as little as a solution of
/// as many iterations as there are tells from an exact one, and a small part of the cost of an evaluation.
const SHIFT: f32 = 0.02;
const STEPS: usize = 40;

/// Weights of the terms, and the layers of the feature losses.
#[derive(Clone, Debug)]
pub(in crate::method) struct PixelWeights {
    /// α.
    pub(in crate::method) content: f64,
    /// Γ.
    pub(in crate::method) style: f64,
    /// λ.
    pub(in crate::method) photorealism: f64,
    /// τ.
    pub(in crate::method) total_variation: f64,
    /// ω.
    pub(in crate::method) gamut: f64,
    pub(in crate::method) content_layers: Vec<Tap>,
    pub(in crate::method) style_layers: Vec<Tap>,
}

/// The objective for one problem.
pub(super) struct PixelObjective {
    perceptual: PerceptualLoss,
    laplacian: Option<Rc<Laplacian<f32>>>,
    weights: PixelWeights,
}

impl PixelObjective {
    /// Computes the targets. A photorealism weight of 0 leaves the matting Laplacian out.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub(super) fn new(
        given: &Given<'_>,
        problem: &Problem,
        weights: &PixelWeights,
        token: &CancelToken,
    ) -> Result<Self> {
        let content = weights.content_layers.iter().map(|&tap| (tap, weights.content)).collect();
        let share = weights.style / weights.style_layers.len() as f64;
        let style = weights.style_layers.iter().map(|&tap| (tap, share)).collect();
        let spec = PerceptualSpec { content, style, kind: GramKind::Paper };
        let perceptual = given.perceptual_loss(problem, &spec, token)?;
        let laplacian =
            (weights.photorealism > 0.0).then(|| Rc::new(Laplacian::new(&problem.content, EPSILON, 1)));
        Ok(Self { perceptual, laplacian, weights: weights.clone() })
    }

    /// What makes pixels an unknown that L-BFGS copes with: the photorealism term is up to 10⁵ times steeper across
    /// edges than along the locally affine changes of colour that it allows, which (L + δ)⁻¹ evens out. `None` without it.
    pub(super) fn preconditioner(&self, token: &CancelToken) -> Option<impl Fn(&mut [f32]) + use<>> {
        let (laplacian, token) = (Rc::clone(self.laplacian.as_ref()?), token.clone());
        Some(move |v: &mut [f32]| {
            let (height, width) = laplacian.shape();
            let mut planes = Planes::from_vec(3, height, width, v.to_vec());
            laplacian.approximate_inverse(SHIFT, STEPS, &mut planes, &token);
            v.copy_from_slice(planes.data());
        })
    }

    /// The terms at `picture` and, in `gradient`, d L / d `picture`.
    pub(super) fn evaluate(&mut self, picture: &Planes, gradient: &mut Planes) -> Terms {
        gradient.data_mut().fill(0.0);
        let weights = &self.weights;
        let perceptual = self.perceptual.evaluate(picture, gradient);
        let mut terms = vec![("content", perceptual.content), ("style", perceptual.style)];
        if let Some(laplacian) = &self.laplacian {
            let energy = laplacian.energy_and_gradient(picture, weights.photorealism, gradient);
            terms.push(("photorealism", energy));
        }
        terms.push(("total-variation", total_variation(picture, weights.total_variation, gradient)));
        if weights.gamut > 0.0 {
            terms.push(("gamut", gamut::evaluate(picture, weights.gamut, gradient)));
        }
        Terms(terms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::method::testing::{assert_gradient, astray, pair};
    use crate::method::{DeepPhotoOptions, Method};
    use crate::watch::Watch;

    #[test]
    fn the_gradient_of_the_whole_is_that_of_finite_differences() {
        let options = DeepPhotoOptions { network: Some(crate::Weights::Embedded), ..Default::default() };
        let (pairing, network) = pair(&options);
        let given = Given { pairing: &pairing, network: Some(&network) };
        assert!(options.needs().regions);
        let problem = given.problem(48, &mut Watch::silent()).unwrap();
        let weights = PixelWeights { gamut: 1e4, photorealism: 10.0, ..options.weights() };
        let mut objective = PixelObjective::new(&given, &problem, &weights, &CancelToken::new()).unwrap();
        let (height, width) = (problem.content.height(), problem.content.width());
        assert_gradient(astray(&problem.content).into_vec(), 1e-2, &mut |x, gradient| {
            let mut slope = Planes::zeros(3, height, width);
            let terms = objective.evaluate(&Planes::from_vec(3, height, width, x.to_vec()), &mut slope);
            gradient.copy_from_slice(slope.data());
            terms
        });
    }
}
