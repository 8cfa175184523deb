//! What a method is given, at the size it works at.

use crate::Planes;
use crate::resample::{Filter, resize};

/// Two photos and their soft region masks, resampled to the size at which something is solved.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    /// The content photo, 3×H×W.
    pub(crate) content: Planes,
    /// The reference photo, 3×H'×W'.
    pub(crate) reference: Planes,
    /// One 1×H×W mask a region of the content, in 0..1.
    pub(crate) content_masks: Vec<Planes>,
    /// The counterpart of each on the reference, 1×H'×W'.
    pub(crate) reference_masks: Vec<Planes>,
}

impl Problem {
    /// The same problem with every long side scaled by `factor`.
    pub(crate) fn scaled(&self, factor: f64) -> Self {
        let scaled = |planes: &Planes, filter| {
            let side = |pixels: usize| ((pixels as f64 * factor).round() as usize).max(1);
            resize(planes, side(planes.height()), side(planes.width()), filter)
        };
        let masks = |masks: &[Planes]| masks.iter().map(|m| scaled(m, Filter::Area)).collect();
        Self {
            content: scaled(&self.content, Filter::Area),
            reference: scaled(&self.reference, Filter::Area),
            content_masks: masks(&self.content_masks),
            reference_masks: masks(&self.reference_masks),
        }
    }
}
