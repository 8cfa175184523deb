//! What a method is given: a pair of photos with their regions, at the size it works at.

use std::sync::Arc;

use crate::analysis::Scale;
use crate::features::{Features, Network};
use crate::loss::{PerceptualLoss, PerceptualSpec};
use crate::pairing::{Pairing, Side};
use crate::resample::{Filter, resize};
use crate::watch::{CancelToken, Stage, Watch};
use crate::{Planes, Result, Tap};

/// A pair of photos, made ready for a method.
#[derive(Debug)]
pub struct Given<'g> {
    pub(crate) pairing: &'g Pairing,
    pub(crate) network: Option<&'g Arc<Network>>,
}

/// Two photos and their soft region masks at one size.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The content photo, 3×H×W, sRGB-encoded.
    pub content: Arc<Planes>,
    /// The reference photo, 3×H'×W'.
    pub reference: Arc<Planes>,
    /// R×H×W: one plane a region, the share of each pixel of the content that belongs to it, times how much the pixel counts.
    pub content_masks: Planes,
    /// R×H'×W': the counterpart of each region on the reference, as far as it counts.
    pub reference_masks: Planes,
    /// 1×H'×W': how much each pixel of the reference counts.
    pub reference_weights: Planes,
    /// What becomes of each region.
    pub treatments: Vec<Treatment>,
    /// How far each region's counterpart is trusted, 0..1; not at all where the region takes no look from one.
    pub trusts: Vec<f32>,
    /// The size that it was made at, of which it may be a level.
    scale: Scale,
}

/// What becomes of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// It takes the look of its counterpart.
    Paired,
    /// It has no counterpart: it takes the reference's grade.
    Whole,
    /// It keeps its colours.
    Kept,
}

impl Treatment {
    /// A trust, where there is a counterpart to be trusted.
    pub(crate) fn trusted(self, trust: f32) -> f32 {
        if self == Self::Paired { trust } else { 0.0 }
    }
}

impl<'g> Given<'g> {
    /// Both photos and their regions with long sides of at most `long`.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn problem(&self, long: usize, watch: &mut Watch<'_>) -> Result<Problem> {
        watch.stage(Stage::Regions, |watch| {
            let (pairing, scale) = (self.pairing, Scale::of(long));
            let content = pairing.content().at(scale, watch.token())?;
            let reference = pairing.reference().at(scale, watch.token())?;
            let token = watch.token();
            let ours = pairing.shares(Side::Content, &content, token)?;
            let content_masks = counted(ours, pairing.content().weights(&content, token)?.as_deref());
            let theirs = pairing.shares(Side::Reference, &reference, token)?;
            let weights = pairing.reference().weights(&reference, token)?;
            let reference_masks = counted(theirs, weights.as_deref());
            let all = || Planes::filled(1, reference.height(), reference.width(), 1.0);
            let reference_weights = weights.map_or_else(all, |weights| Planes::clone(&weights));
            let (treatments, trusts) = (pairing.treatments(), pairing.trusts());
            Ok(Problem {
                content,
                reference,
                content_masks,
                reference_masks,
                reference_weights,
                treatments,
                trusts,
                scale,
            })
        })
    }

    /// The feature network that the method asked for.
    ///
    /// # Panics
    /// If it asked for none.
    pub(crate) fn network(&self) -> &'g Arc<Network> {
        self.network.expect("the engine loads what a method needs")
    }

    /// The same problem with every long side scaled by `factor`.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub(crate) fn level(&self, problem: &Problem, factor: f64, token: &CancelToken) -> Result<Problem> {
        let scaled = |planes: &Planes| {
            let (height, width) = Scale::side(planes.height(), planes.width(), factor);
            resize(planes, height, width, Filter::Area)
        };
        let scale = problem.scale.by(factor);
        Ok(Problem {
            content: self.pairing.content().at(scale, token)?,
            reference: self.pairing.reference().at(scale, token)?,
            content_masks: scaled(&problem.content_masks),
            reference_masks: scaled(&problem.reference_masks),
            reference_weights: scaled(&problem.reference_weights),
            treatments: problem.treatments.clone(),
            trusts: problem.trusts.clone(),
            scale,
        })
    }

    /// What the network sees in the reference, which is looked at once.
    pub(crate) fn reference_features(
        &self,
        problem: &Problem,
        taps: &[Tap],
        token: &CancelToken,
    ) -> Result<Arc<Features>> {
        self.pairing.reference().features(self.network(), taps, problem.scale, token)
    }

    /// The perceptual losses of pictures of the problem's size.
    pub(crate) fn perceptual_loss(
        &self,
        problem: &Problem,
        spec: &PerceptualSpec,
        token: &CancelToken,
    ) -> Result<PerceptualLoss> {
        let reference = self.reference_features(problem, &spec.style_taps(), token)?;
        PerceptualLoss::new(
            self.network(),
            spec,
            &problem.content,
            &problem.content_masks,
            &reference,
            &problem.reference_masks,
            token,
        )
    }
}

/// Planes of regions times how much each pixel counts, 1×H×W.
fn counted(mut planes: Planes, weights: Option<&Planes>) -> Planes {
    if let Some(weights) = weights {
        for region in 0..planes.channels() {
            let pixels = planes.plane_mut(region).iter_mut().zip(weights.data());
            pixels.for_each(|(share, weight)| *share *= weight);
        }
    }
    planes
}

impl Problem {
    /// How much each pixel of the content counts in statistics of it as a whole: nothing of what is kept.
    pub fn counted_content(&self) -> Vec<f32> {
        let mut sum = vec![0.0; self.content_masks.area()];
        for region in (0..self.treatments.len()).filter(|region| self.treatments[*region] != Treatment::Kept)
        {
            sum.iter_mut().zip(self.content_masks.plane(region)).for_each(|(sum, mask)| *sum += mask);
        }
        sum
    }

    /// A problem of its own, at the size of its photos.
    #[cfg(test)]
    pub(crate) fn of(
        content: Planes,
        content_masks: Planes,
        reference: Planes,
        reference_masks: Planes,
        treatments: Vec<Treatment>,
    ) -> Self {
        let scale = Scale::of(content.height().max(content.width()));
        let (content, reference) = (Arc::new(content), Arc::new(reference));
        let trusts = treatments.iter().map(|treatment| treatment.trusted(1.0)).collect();
        let reference_weights = Planes::filled(1, reference.height(), reference.width(), 1.0);
        Self {
            content,
            reference,
            content_masks,
            reference_masks,
            reference_weights,
            treatments,
            trusts,
            scale,
        }
    }

    /// The same problem, but that each region is compared as far as its counterpart is trusted: a tree that the reference lacks is not to get
    /// the colours of its sky. What keeps its colours is compared with nothing.
    pub(crate) fn compared_as_trusted(mut self) -> Self {
        for (region, trust) in self.trusts.iter().enumerate() {
            self.content_masks.plane_mut(region).iter_mut().for_each(|share| *share *= trust);
        }
        self
    }
}
