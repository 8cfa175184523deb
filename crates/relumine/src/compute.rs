//! Where feature networks are evaluated, and how much memory there is for it.

use std::fmt::Debug;
use std::sync::Arc;

use crate::features::OnCpu;
use crate::features::convolutions::Convolutions;
use crate::features::normalisation::Normalisation;
#[cfg(feature = "wgpu")]
use crate::gpu::{open_any, open_hardware};
use crate::{Device, Notice, Result};
#[cfg(not(feature = "wgpu"))]
use without_gpu::{open_any, open_hardware};

/// What convolutions can be done on.
pub(crate) trait Place: Debug + Send + Sync {
    /// No convolutions yet, there.
    fn convolutions(self: Arc<Self>, normalisation: Normalisation) -> Box<dyn Convolutions>;
}

/// The CPU, or a GPU that was opened. A clone is the same.
#[derive(Clone, Debug)]
pub struct Compute(Arc<dyn Place>);

impl Compute {
    /// The CPU.
    pub fn cpu() -> Self {
        Self::on(Arc::new(Cpu))
    }

    /// Wherever this is.
    pub(crate) fn on(place: Arc<dyn Place>) -> Self {
        Self(place)
    }

    /// Opens what was chosen. [`Device::Auto`] is the CPU where there is no GPU but the CPU in disguise, which is no news, and
    /// where there is one that cannot be used, of which the notice tells.
    ///
    /// # Errors
    /// Of [`Device::Gpu`]: [`OptionsError::NoGpuSupport`](crate::OptionsError::NoGpuSupport) in a build that cannot use one,
    /// [`MachineError::NoGpu`](crate::MachineError::NoGpu) on a machine that has none.
    pub fn open(device: Device) -> Result<(Self, Option<Notice>)> {
        Ok(match device {
            Device::Cpu => (Self::cpu(), None),
            Device::Gpu => (Self::on(open_any()?), None),
            Device::Auto => Self::auto(),
        })
    }

    /// As [`open`](Self::open) of [`Device::Auto`].
    pub(crate) fn auto() -> (Self, Option<Notice>) {
        match open_hardware() {
            Ok(gpu) => (gpu.map_or_else(Self::cpu, Self::on), None),
            Err(error) => (Self::cpu(), Some(Notice::GpuNotUsed { reason: error.to_string() })),
        }
    }

    /// No convolutions yet, there.
    pub(crate) fn convolutions(&self, normalisation: Normalisation) -> Box<dyn Convolutions> {
        Arc::clone(&self.0).convolutions(normalisation)
    }
}

#[derive(Debug)]
struct Cpu;

impl Place for Cpu {
    fn convolutions(self: Arc<Self>, normalisation: Normalisation) -> Box<dyn Convolutions> {
        Box::new(OnCpu::new(normalisation))
    }
}

/// What there is to open in builds that cannot use a GPU.
#[cfg(not(feature = "wgpu"))]
mod without_gpu {
    use std::sync::Arc;

    use super::Place;
    use crate::{OptionsError, Result};

    pub(super) fn open_any() -> Result<Arc<dyn Place>> {
        Err(OptionsError::NoGpuSupport.into())
    }

    pub(super) fn open_hardware() -> Result<Option<Arc<dyn Place>>> {
        Ok(None)
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_is_there_and_is_no_news() {
        let (compute, notice) = Compute::open(Device::Cpu).unwrap();
        assert!(format!("{compute:?}").contains("Cpu"));
        assert_eq!(notice, None);
    }

    #[test]
    fn this_very_machine_has_memory_to_run_a_test_in() {
        let available = available_memory();
        assert!(available.is_none_or(|bytes| bytes > 1 << 20), "{available:?} bytes");
    }
}
