//! Where feature networks are evaluated.

#[cfg(feature = "wgpu")]
use std::sync::Arc;

#[cfg(not(feature = "wgpu"))]
use crate::OptionsError;
#[cfg(feature = "wgpu")]
use crate::gpu::Gpu;
use crate::{Device, Result};

/// The CPU, or a GPU.
#[derive(Clone, Debug)]
pub(crate) enum Compute {
    Cpu,
    #[cfg(feature = "wgpu")]
    Gpu(Arc<Gpu>),
}

impl Compute {
    /// Opens what was chosen. [`Device::Auto`] is the CPU where there is no GPU but the CPU in disguise.
    ///
    /// # Errors
    /// [`MachineError::NoGpu`](crate::MachineError::NoGpu) of [`Device::Gpu`], on a machine without.
    #[cfg(feature = "wgpu")]
    pub(crate) fn open(device: Device) -> Result<Self> {
        Ok(match device {
            Device::Cpu => Self::Cpu,
            Device::Auto => Gpu::open(false).map_or(Self::Cpu, |gpu| Self::Gpu(Arc::new(gpu))),
            Device::Gpu => Self::Gpu(Arc::new(Gpu::open(true)?)),
        })
    }

    /// Opens what was chosen.
    ///
    /// # Errors
    /// [`OptionsError::NoGpuSupport`] of [`Device::Gpu`]: this build has none.
    #[cfg(not(feature = "wgpu"))]
    pub(crate) fn open(device: Device) -> Result<Self> {
        if device == Device::Gpu { Err(OptionsError::NoGpuSupport.into()) } else { Ok(Self::Cpu) }
    }
}
