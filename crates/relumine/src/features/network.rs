//! A feature network, loaded as far as it is needed.

use std::sync::Arc;

use super::Tap;
use super::architecture::{Architecture, ConvolutionSpec};
use super::convolutions::{Convolution, Convolutions, FeatureTerm, Passage};
use super::seen::Features;
use super::weights::TensorFile;
use crate::compute::Compute;
use crate::watch::CancelToken;
use crate::{MachineError, Planes, Result, Weights};

/// A plain sequential network of 3×3 convolutions (zero padding), each with a ReLU, and 2×2 max poolings.
#[derive(Debug)]
pub struct Network {
    name: &'static str,
    source: String,
    /// The convolutions that were loaded.
    layers: Vec<ConvolutionSpec>,
    pub(super) convolutions: Arc<dyn Convolutions>,
    taps: Vec<Arc<TapPoint>>,
}

/// A layer that can be looked at.
#[derive(Debug)]
pub(crate) struct TapPoint {
    tap: Tap,
    convolution: usize,
    metric: Option<Vec<f32>>,
}

impl TapPoint {
    /// Its name.
    pub(crate) fn tap(&self) -> Tap {
        self.tap
    }

    /// The number of the convolution whose output it is.
    pub(crate) fn convolution(&self) -> usize {
        self.convolution
    }

    /// The symmetric C×C map M, row-major, for which M·F stands for the features: distances between features and Gram
    /// matrices are to be taken of M·F. `None` where that is the identity.
    pub(crate) fn metric(&self) -> Option<&[f32]> {
        self.metric.as_deref()
    }
}

impl Network {
    /// Loads what `taps` need from a safetensors file or a PyTorch checkpoint, to be evaluated where `compute` is. Embedded
    /// is relumine's own network. The token is polled layer by layer.
    ///
    /// # Errors
    /// [`Error::Weights`](crate::Error::Weights) where the weights cannot be read, are of no known network, or lack what is
    /// needed; [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn load(weights: &Weights, taps: &[Tap], compute: &Compute, token: &CancelToken) -> Result<Self> {
        let mut file = TensorFile::open(weights, &relumine_weights::FEATURES, token)?;
        Self::read(&mut file, taps, compute)
    }

    /// As [`Network::load`], from an open file.
    pub(crate) fn read(file: &mut TensorFile, taps: &[Tap], compute: &Compute) -> Result<Self> {
        let architecture = Architecture::of(file).map_err(|problem| file.error(problem))?;
        let mut points = Vec::with_capacity(taps.len());
        let mut depth = 0;
        for &tap in taps {
            let source = architecture.source(tap).map_err(|problem| file.error(problem))?;
            let width = architecture.convolutions[source.convolution].width;
            let metric = match &source.metric {
                Some(key) => Some(symmetric(&file.read(key, &[width, width])?, width)),
                None => None,
            };
            points.push(Arc::new(TapPoint { tap, convolution: source.convolution, metric }));
            depth = depth.max(source.convolution + 1);
        }
        let mut layers = architecture.convolutions;
        layers.truncate(depth);
        let mut convolutions = compute.convolutions(architecture.normalisation);
        let mut inputs = 3;
        for ConvolutionSpec { pooled, key, width: outputs } in &layers {
            let weights = file.read(&format!("{key}.weight"), &[*outputs, inputs, 3, 3])?;
            let bias = scaled(file.read(&format!("{key}.bias"), &[*outputs])?, architecture.gain);
            convolutions.push(Convolution { pooled: *pooled, inputs, outputs: *outputs, weights, bias });
            inputs = *outputs;
        }
        Ok(Self {
            name: architecture.name,
            source: file.source(),
            layers,
            convolutions: convolutions.into(),
            taps: points,
        })
    }

    /// Which network it is, for people.
    pub fn name(&self) -> &str {
        self.name
    }

    /// Where its weights came from, for people: `embedded`, or the file.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Looks at a photo, 3×H×W in 0..1, at some of the taps that the network was loaded for.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    ///
    /// # Panics
    /// If the network was not loaded for one of the taps.
    pub fn look(&self, photo: &Planes, taps: &[Tap], token: &CancelToken) -> Result<Features> {
        let taps: Arc<[_]> = taps.iter().map(|tap| (*tap, self.tap(*tap).convolution())).collect();
        let wanted: Vec<usize> = taps.iter().map(|(_, convolution)| *convolution).collect();
        let seen = self.convolutions.look(photo, &wanted, token);
        token.check()?;
        let convolutions = Arc::clone(&self.convolutions);
        Ok(Features { convolutions, seen, taps, height: photo.height(), width: photo.width() })
    }

    /// A tap that was loaded.
    ///
    /// # Panics
    /// If it was not among those that the network was loaded for.
    pub(crate) fn tap(&self, tap: Tap) -> &Arc<TapPoint> {
        let point = self.taps.iter().find(|point| point.tap == tap);
        point.unwrap_or_else(|| panic!("{tap} is not among the layers that the network was loaded for"))
    }

    /// Channels of a tap that was loaded.
    ///
    /// # Panics
    /// As [`tap`](Self::tap).
    pub(crate) fn channels(&self, tap: Tap) -> usize {
        self.layers[self.tap(tap).convolution].width
    }

    /// 2×2 max poolings before a tap that was loaded.
    ///
    /// # Panics
    /// As [`tap`](Self::tap).
    pub(crate) fn poolings(&self, tap: Tap) -> u32 {
        self.poolings_before(self.tap(tap).convolution)
    }

    fn poolings_before(&self, convolution: usize) -> u32 {
        self.layers[..=convolution].iter().filter(|layer| layer.pooled).count() as u32
    }

    /// Whether a 2×2 max pooling comes before the convolution with this number.
    pub(crate) fn is_pooled(&self, convolution: usize) -> bool {
        self.layers[convolution].pooled
    }

    /// Height and width of the output of the convolution with this number, of a photo's.
    pub(crate) fn size_at(&self, convolution: usize, (height, width): (usize, usize)) -> (usize, usize) {
        let halvings = self.poolings_before(convolution);
        let side = |pixels: usize| pixels.checked_shr(halvings).unwrap_or(0);
        (side(height), side(width))
    }

    /// The way of pictures of the size of `photo`, with whose features differences are taken.
    pub(crate) fn passage(
        &self,
        photo: &Planes,
        terms: Vec<FeatureTerm>,
        token: &CancelToken,
    ) -> Box<dyn Passage> {
        Arc::clone(&self.convolutions).passage(photo, terms, token)
    }

    /// Name of the GPU that it was loaded for, if it was.
    pub(crate) fn gpu_name(&self) -> Option<&str> {
        self.convolutions.gpu_name()
    }

    /// Finds whether photos of `height × width` can be taken forward and back in `available` bytes of the machine's memory,
    /// which fits anything where it is unknown, or in the GPU's.
    ///
    /// # Errors
    /// [`MachineError::TooLittleMemory`], and [`MachineError::GpuTooSmall`] where the network is on a GPU.
    pub(crate) fn check_fits(
        &self,
        height: usize,
        width: usize,
        available: Option<u64>,
    ) -> Result<(), MachineError> {
        let tapped: Vec<usize> = self.taps.iter().map(|point| point.convolution).collect();
        self.convolutions.check_fits(height, width, &tapped, available)
    }

    /// Finds whether what was computed so far can be relied on.
    ///
    /// # Errors
    /// [`MachineError::GpuFailed`] where the network is on a GPU that broke down.
    pub(crate) fn check_sound(&self) -> Result<(), MachineError> {
        self.convolutions.check_sound()
    }
}

fn scaled(mut values: Vec<f32>, factor: f32) -> Vec<f32> {
    values.iter_mut().for_each(|value| *value *= factor);
    values
}

/// The mean of a matrix and its transpose: rounding leaves stored metrics a little short of symmetric.
fn symmetric(matrix: &[f32], side: usize) -> Vec<f32> {
    (0..side * side).map(|at| 0.5 * (matrix[at] + matrix[at % side * side + at / side])).collect()
}
