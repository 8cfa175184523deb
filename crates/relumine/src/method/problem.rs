//! What a method is given, at the size it works at.

use crate::Planes;
use crate::features::Network;
use crate::loss::{PerceptualLoss, PerceptualSpec};
use crate::resample::{Filter, resize};

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
    pub(crate) fn perceptual_loss<'n>(
        &self,
        network: &'n Network,
        spec: &PerceptualSpec,
    ) -> PerceptualLoss<'n> {
        let regions = |masks: &Planes| {
            let plane = |k| Planes::from_vec(1, masks.height(), masks.width(), masks.plane(k).to_vec());
            (0..masks.channels()).map(plane).collect::<Vec<_>>()
        };
        let (ours, theirs) = (regions(&self.content_masks), regions(&self.reference_masks));
        PerceptualLoss::new(network, spec, &self.content, &self.reference, &ours, &theirs)
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
