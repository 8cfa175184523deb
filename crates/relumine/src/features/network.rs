//! A feature network, loaded as far as it is needed.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::Path;

use super::Tap;
use super::architecture::{Architecture, Normalisation};
use super::weights::TensorFile;
use crate::compute::Compute;
#[cfg(feature = "wgpu")]
use crate::gpu;
use crate::kernels::Kernel;
use crate::{Error, MachineError, WeightsError};

/// A plain sequential network of 3×3 convolutions (zero padding), each with a ReLU, and 2×2 max poolings.
#[derive(Debug)]
pub struct Network {
    name: &'static str,
    pub(super) normalisation: Normalisation,
    convolutions: Convolutions,
    taps: Vec<TapPoint>,
}

/// A network's convolutions, where they are done.
#[derive(Debug)]
pub(crate) enum Convolutions {
    /// On the CPU.
    Cpu(Vec<Convolution>),
    /// On the GPU.
    #[cfg(feature = "wgpu")]
    Gpu(gpu::Convolutions),
}

/// A convolution with bias and ReLU.
#[derive(Debug)]
pub(crate) struct Convolution {
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

    /// Loads what `taps` need from a safetensors file or a PyTorch checkpoint, for the CPU.
    ///
    /// # Errors
    /// [`Error::Weights`] where the file cannot be read, is of no known network, or lacks what is needed.
    pub fn load(path: &Path, taps: &[Tap]) -> Result<Self, Error> {
        Self::load_for(&Compute::Cpu, path, taps)
    }

    /// As [`Network::load`], for wherever `compute` is.
    pub(crate) fn load_for(compute: &Compute, path: &Path, taps: &[Tap]) -> Result<Self, Error> {
        let file = || Ok(BufReader::new(File::open(path).map_err(WeightsError::Unreadable)?));
        let open = || Self::read(compute, file()?, taps);
        open().map_err(|problem| Error::Weights { path: path.to_owned(), problem })
    }

    /// As [`Network::load`], from memory.
    ///
    /// # Errors
    /// Where the bytes are of no known network, or lack what is needed.
    pub fn from_bytes(bytes: &[u8], taps: &[Tap]) -> Result<Self, WeightsError> {
        Self::from_bytes_for(&Compute::Cpu, bytes, taps)
    }

    /// As [`Network::from_bytes`], for wherever `compute` is.
    pub(crate) fn from_bytes_for(
        compute: &Compute,
        bytes: &[u8],
        taps: &[Tap],
    ) -> Result<Self, WeightsError> {
        Self::read(compute, Cursor::new(bytes), taps)
    }

    /// As [`Network::load`], from an open file, for wherever `compute` is.
    pub(crate) fn read<R: Read + Seek>(
        compute: &Compute,
        reader: R,
        taps: &[Tap],
    ) -> Result<Self, WeightsError> {
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
        let (mut convolutions, mut inputs) = (Convolutions::new(compute), 3);
        for step in &architecture.steps[..depth] {
            let weights = file.read(&format!("{}.weight", step.key), &[step.width, inputs, 3, 3])?;
            let bias = scaled(file.read(&format!("{}.bias", step.key), &[step.width])?, architecture.gain);
            convolutions.push(step.pooled, &weights, step.width, inputs, bias);
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
        self.on_cpu()[self.tap(tap).convolution].bias.len()
    }

    /// Whether a 2×2 max pooling comes before the convolution with this number.
    pub(crate) fn is_pooled(&self, convolution: usize) -> bool {
        match &self.convolutions {
            Convolutions::Cpu(convolutions) => convolutions[convolution].pooled,
            #[cfg(feature = "wgpu")]
            Convolutions::Gpu(convolutions) => convolutions.is_pooled(convolution),
        }
    }

    /// 3×H×W colours in 0..1 as the network wants them, H×W×3.
    #[cfg(feature = "wgpu")]
    pub(crate) fn enter(&self, rgb: &crate::Planes) -> Vec<f32> {
        let n = &self.normalisation;
        let planes = n.source.map(|k| rgb.plane(k));
        let position = |p: usize| [0, 1, 2].map(|k| planes[k][p] * n.scale[k] + n.offset[k]);
        (0..rgb.area()).flat_map(position).collect()
    }

    /// The gradient by 3×H×W colours from that by what [`Network::enter`] makes of them.
    #[cfg(feature = "wgpu")]
    pub(crate) fn leave(&self, gradient: &[f32], rgb: &mut crate::Planes) {
        let n = &self.normalisation;
        for k in 0..3 {
            let values = gradient.iter().skip(k).step_by(3);
            rgb.plane_mut(n.source[k]).iter_mut().zip(values).for_each(|(out, v)| *out = v * n.scale[k]);
        }
    }

    /// Name of the GPU that it was loaded for, if it was.
    pub(crate) fn gpu_name(&self) -> Option<&str> {
        match &self.convolutions {
            Convolutions::Cpu(_) => None,
            #[cfg(feature = "wgpu")]
            Convolutions::Gpu(convolutions) => Some(convolutions.gpu().name()),
        }
    }

    /// Tries whether photos of `height × width` can be taken forward and back.
    ///
    /// # Errors
    /// [`MachineError::GpuTooSmall`] where the network is on a GPU that cannot hold its maps.
    #[cfg_attr(
        not(feature = "wgpu"),
        expect(unused_variables, reason = "it is the GPU that may lack memory")
    )]
    pub(crate) fn check_fits(&self, height: usize, width: usize) -> Result<(), MachineError> {
        match &self.convolutions {
            Convolutions::Cpu(_) => Ok(()),
            #[cfg(feature = "wgpu")]
            Convolutions::Gpu(convolutions) => {
                let tapped: Vec<usize> = self.taps.iter().map(TapPoint::convolution).collect();
                convolutions.check_fits(height, width, &tapped)
            }
        }
    }

    /// Finds whether what was computed so far can be relied on.
    ///
    /// # Errors
    /// [`MachineError::GpuFailed`] where the network is on a GPU that broke down.
    pub(crate) fn check_sound(&self) -> Result<(), MachineError> {
        match &self.convolutions {
            Convolutions::Cpu(_) => Ok(()),
            #[cfg(feature = "wgpu")]
            Convolutions::Gpu(convolutions) => {
                let gpu = convolutions.gpu();
                let failed = |reason| MachineError::GpuFailed { gpu: gpu.name().to_owned(), reason };
                gpu.failure().map_or(Ok(()), |reason| Err(failed(reason)))
            }
        }
    }

    /// The convolutions, where they are done.
    pub(crate) fn convolutions(&self) -> &Convolutions {
        &self.convolutions
    }

    /// The convolutions on the CPU.
    ///
    /// # Panics
    /// If the network was loaded for the GPU.
    pub(super) fn on_cpu(&self) -> &[Convolution] {
        match &self.convolutions {
            Convolutions::Cpu(convolutions) => convolutions,
            #[cfg(feature = "wgpu")]
            Convolutions::Gpu(_) => panic!("a network that was loaded for the GPU is evaluated there"),
        }
    }
}

impl Convolutions {
    fn new(compute: &Compute) -> Self {
        match compute {
            Compute::Cpu => Self::Cpu(Vec::new()),
            #[cfg(feature = "wgpu")]
            Compute::Gpu(gpu) => Self::Gpu(gpu::Convolutions::new(std::sync::Arc::clone(gpu))),
        }
    }

    fn push(&mut self, pooled: bool, weights: &[f32], outputs: usize, inputs: usize, bias: Vec<f32>) {
        match self {
            Self::Cpu(convolutions) => {
                let (forward, backward) = rayon::join(
                    || Kernel::new(weights, outputs, inputs),
                    || Kernel::adjoint(weights, outputs, inputs),
                );
                convolutions.push(Convolution { pooled, forward, backward, bias });
            }
            #[cfg(feature = "wgpu")]
            Self::Gpu(convolutions) => convolutions.push(pooled, weights, outputs, inputs, &bias),
        }
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
