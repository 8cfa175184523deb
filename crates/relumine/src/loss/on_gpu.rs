//! The perceptual losses evaluated on the GPU, but for what becomes of the Gram matrices: that is the CPU's code.

use super::style::StyleLayer;
use super::{Targets, Terms, content};
use crate::Planes;
use crate::features::{Network, Tap};
use crate::gpu::{Convolutions, Pass, Term, WayBack};
use crate::kernels::Symmetric;

/// The losses with their targets and the maps of one picture size.
#[derive(Debug)]
pub(super) struct OnGpu<'n> {
    network: &'n Network,
    /// The terms are the regions of the style layers, then the content layers.
    way: WayBack<'n>,
    style: Vec<StyleLayer<'n>>,
    content: Vec<Symmetric>,
}

impl<'n> OnGpu<'n> {
    /// Computes the targets.
    pub(super) fn new(network: &'n Network, convolutions: &'n Convolutions, targets: &Targets<'_>) -> Self {
        let Targets { spec, content, reference, .. } = *targets;
        let (content_depth, style_depth) = targets.depths(network);
        let style = if style_depth > 0 {
            let looked = Pass::new(convolutions, reference.height(), reference.width(), style_depth);
            looked.forward(&network.enter(reference));
            targets.style_layers(network, |convolution, weights| looked.gram(convolution, weights))
        } else {
            Vec::new()
        };

        let depth = content_depth.max(style_depth);
        let pass = Pass::new(convolutions, content.height(), content.width(), depth);
        if content_depth > 0 {
            pass.forward(&network.enter(content));
        }
        let of_style = |layer: &StyleLayer<'_>| {
            let convolution = layer.convolution();
            let term = |weights: &[f32]| Term { convolution, target: None, weights: weights.to_vec() };
            layer.regions().iter().map(|region| term(&region.weights)).collect::<Vec<_>>()
        };
        let mut terms: Vec<Term> = style.iter().flat_map(of_style).collect();
        let mut content = Vec::new();
        for &(tap, weight) in &spec.content {
            let convolution = network.tap(tap).convolution();
            let (height, width) = pass.size(convolution);
            content.push(content_derivative(network, tap, weight, &pass));
            let weights = vec![1.0; height * width];
            terms.push(Term { convolution, target: Some(pass.keep(convolution)), weights });
        }
        Self { network, way: WayBack::new(pass, terms), style, content }
    }

    /// As [`super::PerceptualLoss::evaluate`].
    pub(super) fn evaluate(&mut self, rgb: &Planes, gradient: &mut Planes) -> Terms {
        let Self { network, way, style, content } = self;
        let mut terms = Terms::default();
        let mut grams = way.forward(&network.enter(rgb)).into_iter();
        let mut derivatives = Vec::with_capacity(grams.len());
        let regions =
            style.iter().flat_map(|layer| layer.regions().iter().map(move |region| (layer, region)));
        for ((layer, region), gram) in regions.zip(&mut grams) {
            let (loss, derivative) = layer.compare(region, gram);
            terms.style += loss;
            derivatives.push(derivative);
        }
        for (derivative, gram) in content.iter().zip(grams) {
            let product = derivative.values().iter().zip(gram.values()).map(|(d, g)| d * g);
            terms.content += 0.5 * product.sum::<f64>();
            derivatives.push(derivative.clone());
        }
        network.leave(&way.backward(&derivatives), gradient);
        terms
    }
}

/// Twice the derivative of a content loss by Σ_p d_p d_pᵀ, d the differences of features: α/(N D) M².
fn content_derivative(network: &Network, tap: Tap, weight: f64, pass: &Pass<'_>) -> Symmetric {
    let point = network.tap(tap);
    let (height, width) = pass.size(point.convolution());
    let factor = content::factor(point, weight, height * width);
    let channels = pass.channels(point.convolution());
    let square = content::squared_metric(point).unwrap_or_else(|| {
        let one = |at: usize| if at / channels == at % channels { 1.0 } else { 0.0 };
        (0..channels * channels).map(one).collect()
    });
    Symmetric::new(channels, square.into_iter().map(f64::from).collect()).scaled(factor)
}
