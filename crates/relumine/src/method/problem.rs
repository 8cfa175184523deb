//! What a method is given, at the size it works at.

use crate::features::Network;
use crate::loss::{PerceptualLoss, PerceptualSpec};
use crate::resample::{Filter, resize};
use crate::watch::CancelToken;
use crate::{Planes, Result};

/// Two photos and their soft region masks, resampled to the size at which something is solved.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    /// The content photo, 3×H×W.
    pub(crate) content: Planes,
    /// The reference photo, 3×H'×W'.
    pub(crate) reference: Planes,
    /// R×H×W: one plane a region, the share of each pixel of the content that belongs to it, summing to 1.
    pub(crate) content_masks: Planes,
    /// R×H'×W': the counterpart of each region on the reference.
    pub(crate) reference_masks: Planes,
    /// The region that has no counterpart of its own, if there is one; its counterpart is all of the reference.
    pub(crate) rest: Option<usize>,
}

impl Problem {
    /// The perceptual losses of pictures of the content's size.
    pub(crate) fn perceptual_loss(&self, network: &Network, spec: &PerceptualSpec) -> Result<PerceptualLoss> {
        let (token, masks) = (CancelToken::new(), (&self.content_masks, &self.reference_masks));
        let reference = network.look(&self.reference, &spec.style_taps(), &token)?;
        PerceptualLoss::new(network, spec, &self.content, masks.0, &reference, masks.1, &token)
    }

    /// The same problem with every long side scaled by `factor`.
    pub(crate) fn scaled(&self, factor: f64) -> Self {
        let scaled = |planes: &Planes| {
            let side = |pixels: usize| ((pixels as f64 * factor).round() as usize).max(1);
            resize(planes, side(planes.height()), side(planes.width()), Filter::Area)
        };
        Self {
            content: scaled(&self.content),
            reference: scaled(&self.reference),
            content_masks: scaled(&self.content_masks),
            reference_masks: scaled(&self.reference_masks),
            rest: self.rest,
        }
    }

    /// The same problem, but that the rest is compared with nothing: a tree that the reference lacks is not to get the
    /// colours of its sky. It keeps what the method starts from, the map of the whole to the whole.
    pub(crate) fn with_the_rest_left_alone(mut self) -> Self {
        if let Some(rest) = self.rest {
            self.content_masks.plane_mut(rest).fill(0.0);
        }
        self
    }
}
