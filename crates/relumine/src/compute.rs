//! Where feature networks are evaluated.

#[cfg(feature = "wgpu")]
use std::sync::Arc;

#[cfg(not(feature = "wgpu"))]
use crate::OptionsError;
use crate::features::OnCpu;
use crate::features::convolutions::Convolutions;
use crate::features::normalisation::Normalisation;
#[cfg(feature = "wgpu")]
use crate::gpu::{Gpu, OnGpu};
use crate::{Device, Notice, Result};

/// The CPU, or a GPU that was opened. A clone is the same.
#[derive(Clone, Debug)]
pub struct Compute(Place);

#[derive(Clone, Debug)]
enum Place {
    Cpu,
    #[cfg(feature = "wgpu")]
    Gpu(Arc<Gpu>),
}

impl Compute {
    /// The CPU.
    pub fn cpu() -> Self {
        Self(Place::Cpu)
    }

    /// A GPU.
    #[cfg(feature = "wgpu")]
    pub(crate) fn gpu(gpu: Arc<Gpu>) -> Self {
        Self(Place::Gpu(gpu))
    }

    /// Opens what was chosen. [`Device::Auto`] is the CPU where there is no GPU but the CPU in disguise, which is no news, and
    /// where there is one that cannot be used, of which the notice tells.
    ///
    /// # Errors
    /// [`MachineError::NoGpu`](crate::MachineError::NoGpu) of [`Device::Gpu`], on a machine without.
    #[cfg(feature = "wgpu")]
    pub fn open(device: Device) -> Result<(Self, Option<Notice>)> {
        Ok(match device {
            Device::Cpu => (Self::cpu(), None),
            Device::Gpu => (Self::gpu(Arc::new(Gpu::open(true)?)), None),
            Device::Auto => match Gpu::open_hardware() {
                Ok(gpu) => (gpu.map_or(Self::cpu(), |gpu| Self::gpu(Arc::new(gpu))), None),
                Err(error) => (Self::cpu(), Some(Notice::GpuNotUsed { reason: error.to_string() })),
            },
        })
    }

    /// Opens what was chosen.
    ///
    /// # Errors
    /// [`OptionsError::NoGpuSupport`] of [`Device::Gpu`]: this build has none.
    #[cfg(not(feature = "wgpu"))]
    pub fn open(device: Device) -> Result<(Self, Option<Notice>)> {
        if device == Device::Gpu { Err(OptionsError::NoGpuSupport.into()) } else { Ok((Self::cpu(), None)) }
    }

    /// No convolutions yet, there.
    pub(crate) fn convolutions(&self, normalisation: Normalisation) -> Box<dyn Convolutions> {
        match &self.0 {
            Place::Cpu => Box::new(OnCpu::new(normalisation)),
            #[cfg(feature = "wgpu")]
            Place::Gpu(gpu) => Box::new(OnGpu::new(Arc::clone(gpu), normalisation)),
        }
    }
}
