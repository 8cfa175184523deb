//! The objective over pixels of Deep Photo Style Transfer (Luan et al. 2017, eq. 4) and, without the photorealism
//! term, of neural style transfer (Gatys et al. 2016):
//!
//! L = Σ_l α L_c^l + Γ Σ_l β_l L_s+^l + λ L_m + τ L_tv + ω L_g, with β_l = 1 / number of style layers.
//!
//! The unknown is the picture O, 3×H×W in 0..1; L_m and L_tv are taken on that scale, the feature losses on the
//! network's own. L_g, ours, is the mean of (O − clamp(O, 0, 1))².

use std::rc::Rc;

use crate::features::Network;
use crate::loss::{GramKind, PerceptualLoss, PerceptualSpec, gamut, total_variation::total_variation};
use crate::matting::Laplacian;
use crate::method::problem::Problem;
use crate::options::Objective;
use crate::report::Term;
use crate::{Planes, Result};

/// ε of the matting Laplacian in the authors' code.
const EPSILON: f64 = 1e-7;

/// δ of the preconditioner, and the products with the Laplacian that approximate it: about as little as a solution of
/// as many iterations as there are tells from an exact one, and a small part of the cost of an evaluation.
const SHIFT: f32 = 0.02;
const STEPS: usize = 40;

/// Each weighted term of the objective.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terms {
    pub(crate) content: f64,
    pub(crate) style: f64,
    pub(crate) photorealism: f64,
    pub(crate) total_variation: f64,
    pub(crate) gamut: f64,
}

impl Terms {
    /// The objective's value.
    pub(crate) fn total(&self) -> f64 {
        self.content + self.style + self.photorealism + self.total_variation + self.gamut
    }

    /// The terms by name, from where a solution started to where it ended.
    pub(crate) fn between(start: &Self, end: &Self) -> Vec<Term> {
        [
            ("content", start.content, end.content),
            ("style", start.style, end.style),
            ("photorealism", start.photorealism, end.photorealism),
            ("total-variation", start.total_variation, end.total_variation),
            ("gamut", start.gamut, end.gamut),
        ]
        .map(|(term, start, end)| Term { term, start, end })
        .into()
    }
}

/// The objective for one problem.
pub(crate) struct PixelObjective {
    perceptual: PerceptualLoss,
    laplacian: Option<(Rc<Laplacian<f32>>, f64)>,
    total_variation: f64,
    gamut: f64,
}

impl PixelObjective {
    /// Computes the targets. A photorealism weight of 0 leaves the matting Laplacian out.
    pub(crate) fn new(problem: &Problem, network: &Network, weights: &Objective) -> Result<Self> {
        let content = weights.content_layers.iter().map(|&tap| (tap, weights.content)).collect();
        let share = weights.style / weights.style_layers.len() as f64;
        let style = weights.style_layers.iter().map(|&tap| (tap, share)).collect();
        let spec = PerceptualSpec { content, style, kind: GramKind::Paper };
        let laplacian = (weights.photorealism > 0.0)
            .then(|| (Rc::new(Laplacian::new(&problem.content, EPSILON, 1)), weights.photorealism));
        Ok(Self {
            perceptual: problem.perceptual_loss(network, &spec)?,
            laplacian,
            total_variation: weights.total_variation,
            gamut: weights.gamut,
        })
    }

    /// What makes pixels an unknown that L-BFGS copes with: the photorealism term is up to 10⁵ times steeper across
    /// edges than along the locally affine changes of colour that it allows, which (L + δ)⁻¹ evens out. `None` without it.
    pub(crate) fn preconditioner(&self) -> Option<impl Fn(&mut [f32]) + use<>> {
        let laplacian = Rc::clone(&self.laplacian.as_ref()?.0);
        Some(move |v: &mut [f32]| {
            let (height, width) = laplacian.shape();
            let mut planes = Planes::from_vec(3, height, width, v.to_vec());
            laplacian.approximate_inverse(SHIFT, STEPS, &mut planes);
            v.copy_from_slice(planes.data());
        })
    }

    /// The terms at `picture` and, in `gradient`, d L / d `picture`.
    pub(crate) fn evaluate(&mut self, picture: &Planes, gradient: &mut Planes) -> Terms {
        gradient.data_mut().fill(0.0);
        let perceptual = self.perceptual.evaluate(picture, gradient);
        let photorealism = match &self.laplacian {
            Some((laplacian, weight)) => laplacian.energy_and_gradient(picture, *weight, gradient),
            None => 0.0,
        };
        let total_variation = total_variation(picture, self.total_variation, gradient);
        let gamut = gamut::evaluate(picture, self.gamut, gradient);
        Terms { content: perceptual.content, style: perceptual.style, photorealism, total_variation, gamut }
    }
}
