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

/// Bytes of memory that can still be had, within the limits of the process's control group where it has such; `None` where the
/// system does not tell.
pub(crate) fn available_memory() -> Option<u64> {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let machine = Some(system.available_memory()).filter(|bytes| *bytes > 0)?;
    // Less what is resident alone: the rest of what counts as used is cache, which gives way.
    let group = system.cgroup_limits().map(|limits| limits.total_memory.saturating_sub(limits.rss));
    Some(group.map_or(machine, |group| group.min(machine)))
}

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
            Device::Gpu => (Self::gpu(Arc::new(Gpu::open()?)), None),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_is_there_and_is_no_news() {
        let (compute, notice) = Compute::open(Device::Cpu).unwrap();
        assert!(matches!(compute.0, Place::Cpu));
        assert_eq!(notice, None);
    }

    #[test]
    fn this_very_machine_has_memory_to_run_a_test_in() {
        let available = available_memory();
        assert!(available.is_none_or(|bytes| bytes > 1 << 20), "{available:?} bytes");
    }
}
