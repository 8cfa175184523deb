//! A feature network, loaded as far as it is needed.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::Path;

use super::Tap;
use super::architecture::{Architecture, Normalisation};
use super::weights::TensorFile;
use crate::kernels::Kernel;
use crate::{Error, WeightsError};

/// A plain sequential network of 3×3 convolutions (zero padding), each with a ReLU, and 2×2 max poolings.
#[derive(Debug)]
pub struct Network {
    name: &'static str,
    pub(super) normalisation: Normalisation,
    pub(super) convolutions: Vec<Convolution>,
    taps: Vec<TapPoint>,
}

/// A convolution with bias and ReLU.
#[derive(Debug)]
pub(super) struct Convolution {
    /// Whether a 2×2 max pooling comes before it.
    pub(super) pooled: bool,
    pub(super) forward: Kernel,
    /// Takes a gradient by its output to one by its input.
    pub(super) backward: Kernel,
    pub(super) bias: Vec<f32>,
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
    /// Which network it is, for people.
    pub fn name(&self) -> &str {
        self.name
    }

    /// Loads what `taps` need from a safetensors file or a PyTorch checkpoint.
    ///
    /// # Errors
    /// [`Error::Weights`] where the file cannot be read, is of no known network, or lacks what is needed.
    pub fn load(path: &Path, taps: &[Tap]) -> Result<Self, Error> {
        let open = || Self::read(BufReader::new(File::open(path).map_err(WeightsError::Unreadable)?), taps);
        open().map_err(|problem| Error::Weights { path: path.to_owned(), problem })
    }

    /// As [`Network::load`], from memory.
    ///
    /// # Errors
    /// Where the bytes are of no known network, or lack what is needed.
    pub fn from_bytes(bytes: &[u8], taps: &[Tap]) -> Result<Self, WeightsError> {
        Self::read(Cursor::new(bytes), taps)
    }

    /// As [`Network::load`], from an open file.
    pub(crate) fn read<R: Read + Seek>(reader: R, taps: &[Tap]) -> Result<Self, WeightsError> {
        let mut file = TensorFile::open(reader)?;
        let architecture = Architecture::of(&file)?;
        let mut points = Vec::with_capacity(taps.len());
        let mut depth = 0;
        for &tap in taps {
            let source = architecture.source(tap)?;
            let width = architecture.steps[source.step].width;
            let metric =
                source.metric.as_deref().map(|key| Ok(symmetric(&file.read(key, &[width, width])?, width)));
            points.push(TapPoint { tap, convolution: source.step, metric: metric.transpose()? });
            depth = depth.max(source.step + 1);
        }
        let (mut convolutions, mut inputs) = (Vec::with_capacity(depth), 3);
        for step in &architecture.steps[..depth] {
            let weights = file.read(&format!("{}.weight", step.key), &[step.width, inputs, 3, 3])?;
            convolutions.push(Convolution {
                pooled: step.pooled,
                forward: Kernel::new(&weights, step.width, inputs),
                backward: Kernel::adjoint(&weights, step.width, inputs),
                bias: scaled(file.read(&format!("{}.bias", step.key), &[step.width])?, architecture.gain),
            });
            inputs = step.width;
        }
        Ok(Self {
            name: architecture.name,
            normalisation: architecture.normalisation,
            convolutions,
            taps: points,
        })
    }

    /// A tap that was loaded.
    ///
    /// # Panics
    /// If it was not among those that the network was loaded for.
    pub(crate) fn tap(&self, tap: Tap) -> &TapPoint {
        let point = self.taps.iter().find(|point| point.tap == tap);
        point.unwrap_or_else(|| panic!("{tap} is not among the layers that the network was loaded for"))
    }

    /// Channels of a tap that was loaded.
    ///
    /// # Panics
    /// As [`tap`](Self::tap).
    pub(crate) fn channels(&self, tap: Tap) -> usize {
        self.convolutions[self.tap(tap).convolution].bias.len()
    }

    /// Whether a 2×2 max pooling comes before the convolution with this number.
    pub(crate) fn is_pooled(&self, convolution: usize) -> bool {
        self.convolutions[convolution].pooled
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
