//! What a network sees in a photo.

use std::borrow::Cow;
use std::sync::Arc;

use super::convolutions::{Convolutions, Seen};
use super::{Network, Tap};
use crate::kernels::{FeatureMap, Symmetric};
use crate::watch::CancelToken;

/// A photo's features at some taps of a network, kept where the network is. A clone shares them.
#[derive(Clone, Debug)]
pub struct Features {
    pub(super) convolutions: Arc<dyn Convolutions>,
    pub(super) seen: Arc<dyn Seen>,
    pub(super) taps: Arc<[(Tap, usize)]>,
    pub(super) height: usize,
    pub(super) width: usize,
}

impl Features {
    /// The taps that were looked at.
    pub fn taps(&self) -> impl Iterator<Item = Tap> {
        self.taps.iter().map(|(tap, _)| *tap)
    }

    /// Height and width of the photo in pixels.
    pub fn size(&self) -> (usize, usize) {
        (self.height, self.width)
    }

    /// Whether they are the features of this network, not of another one or of the same loaded again.
    pub fn are_of(&self, network: &Network) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&self.convolutions), Arc::as_ptr(&network.convolutions))
    }

    /// Σ_p w_p f_p f_pᵀ over the features f at a tap, before the network's metric; a weight a position.
    ///
    /// # Panics
    /// If the tap was not looked at.
    pub(crate) fn gram(&self, tap: Tap, weights: &[f32], token: &CancelToken) -> Symmetric {
        self.seen.gram(self.convolution(tap), weights, token)
    }

    /// The features at a tap, before the network's metric.
    ///
    /// # Panics
    /// If the tap was not looked at.
    pub(crate) fn map(&self, tap: Tap) -> Cow<'_, FeatureMap> {
        self.seen.map(self.convolution(tap))
    }

    fn convolution(&self, tap: Tap) -> usize {
        let found = self.taps.iter().find(|(known, _)| *known == tap);
        found.unwrap_or_else(|| panic!("{tap} is not among the layers that were looked at")).1
    }
}
