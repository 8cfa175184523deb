//! The two photos that a loss compares, region by region.

use crate::Planes;

/// A content and a reference, with the regions that correspond.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PairedPhotos<'a> {
    /// 3×H×W, sRGB-encoded.
    pub(super) content: &'a Planes,
    /// R×H×W: where in the content, and in the output, each region lies.
    pub(super) content_masks: &'a Planes,
    /// 3×H'×W', sRGB-encoded.
    pub(super) reference: &'a Planes,
    /// R×H'×W'.
    pub(super) reference_masks: &'a Planes,
}

impl<'a> PairedPhotos<'a> {
    /// Each photo with its masks.
    ///
    /// # Panics
    /// Where one has other regions than the other.
    pub(crate) fn new(
        (content, content_masks): (&'a Planes, &'a Planes),
        (reference, reference_masks): (&'a Planes, &'a Planes),
    ) -> Self {
        assert_eq!(content_masks.channels(), reference_masks.channels(), "regions come in pairs");
        Self { content, content_masks, reference, reference_masks }
    }

    /// How many regions there are.
    pub(super) fn regions(&self) -> usize {
        self.content_masks.channels()
    }

    /// The masks of a region, on the content and on the reference.
    pub(super) fn masks(&self, region: usize) -> (&'a [f32], &'a [f32]) {
        (self.content_masks.plane(region), self.reference_masks.plane(region))
    }
}
