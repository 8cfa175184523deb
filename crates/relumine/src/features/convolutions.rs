//! What is done with a network's convolutions, wherever that is: on the CPU ([`OnCpu`](super::OnCpu)) or on a GPU (`gpu`).
//!
//! Photos are looked at once ([`Convolutions::look`]), or pictures of one size again and again with the gradient of a function
//! of their features ([`Passage`]). What the function makes of Gram matrices is the caller's, in f64 on the CPU.

use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::Arc;

use crate::kernels::{FeatureMap, Symmetric};
use crate::watch::CancelToken;
use crate::{MachineError, Planes};

/// A 3×3 convolution (zero padding) with bias and ReLU.
#[derive(Clone, Debug)]
pub(crate) struct Convolution {
    /// Whether a 2×2 max pooling comes before it.
    pub(crate) pooled: bool,
    /// Channels of its input.
    pub(crate) inputs: usize,
    /// Channels of its output.
    pub(crate) outputs: usize,
    /// `outputs × inputs × 3 × 3` (OIHW).
    pub(crate) weights: Vec<f32>,
    /// One an output.
    pub(crate) bias: Vec<f32>,
}

/// A chain of convolutions, numbered from zero, made ready where they are done.
pub(crate) trait Convolutions: Debug + Send + Sync {
    /// Adds one, which takes the output of the last before it, or the photo.
    fn push(&mut self, convolution: Convolution);

    /// Takes a photo, 3×H×W in 0..1, forward and keeps the outputs of the `wanted` convolutions alone. Once the token is
    /// cancelled they are anything.
    fn look(&self, photo: &Planes, wanted: &[usize], token: &CancelToken) -> Arc<dyn Seen>;

    /// Makes ready for pictures of the size of `photo`, 3×H×W in 0..1, with whose features differences are taken.
    fn passage(
        self: Arc<Self>,
        photo: &Planes,
        terms: Vec<FeatureTerm>,
        token: &CancelToken,
    ) -> Box<dyn Passage>;

    /// Finds whether a passage for photos of `height × width` fits, with taps at the convolutions `tapped`, into `available`
    /// bytes of the machine's memory or into that of the GPU.
    ///
    /// # Errors
    /// [`MachineError::TooLittleMemory`] and [`MachineError::GpuTooSmall`].
    fn check_fits(
        &self,
        height: usize,
        width: usize,
        tapped: &[usize],
        available: Option<u64>,
    ) -> Result<(), MachineError>;

    /// Finds whether what was computed so far can be relied on.
    ///
    /// # Errors
    /// [`MachineError::GpuFailed`] where a GPU broke down.
    fn check_sound(&self) -> Result<(), MachineError>;

    /// Name of the GPU that they are on, if they are.
    fn gpu_name(&self) -> Option<&str>;
}

/// Outputs of some convolutions for one photo.
pub(crate) trait Seen: Debug + Send + Sync {
    /// Σ_p w_p f_p f_pᵀ over the output f of a convolution, a weight a position.
    ///
    /// # Panics
    /// If the output was not wanted, or has another number of positions.
    fn gram(&self, convolution: usize, weights: &[f32], token: &CancelToken) -> Symmetric;

    /// The output of a convolution, after its ReLU.
    ///
    /// # Panics
    /// If it was not wanted.
    fn map(&self, convolution: usize) -> Cow<'_, FeatureMap>;
}

/// What a function of a picture's features is a sum of.
#[derive(Clone, Debug)]
pub(crate) enum FeatureTerm {
    /// A function of the Gram matrix Σ_p w_p f_p f_pᵀ.
    Gram {
        /// The convolution whose output is f.
        convolution: usize,
        /// One a position.
        weights: Vec<f32>,
    },
    /// c/2 Σ_p d_pᵀ M² d_p, with d the output less that for the photo of the passage.
    Difference {
        /// The convolution whose outputs are compared.
        convolution: usize,
        /// c.
        factor: f64,
        /// M², C×C row-major and symmetric; `None` is the identity.
        squared_metric: Option<Vec<f32>>,
    },
}

impl FeatureTerm {
    /// The convolution whose output it depends on.
    pub(crate) fn convolution(&self) -> usize {
        match self {
            Self::Gram { convolution, .. } | Self::Difference { convolution, .. } => *convolution,
        }
    }

    /// How many convolutions `terms` take.
    pub(crate) fn depth(terms: &[Self]) -> usize {
        terms.iter().map(|term| term.convolution() + 1).max().unwrap_or(0)
    }
}

/// The way of pictures of one size forward to the taps, and back with a gradient. Its maps are allocated once.
pub(crate) trait Passage: Debug + Send {
    /// Takes a picture, 3×H×W in 0..1, forward; asks `compare`, for each Gram term by its number, for twice the derivative by its
    /// Gram matrix; adds the gradient of all terms by the picture to `gradient`. Gives the sum of the differences.
    ///
    /// Terms that are sorted by falling convolution are asked for in their order. Once the token is cancelled, everything
    /// is anything.
    fn evaluate(
        &mut self,
        picture: &Planes,
        compare: &mut dyn FnMut(usize, Symmetric) -> Symmetric,
        gradient: &mut Planes,
    ) -> f64;
}
