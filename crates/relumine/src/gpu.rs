//! Feature networks on the GPU: through `wgpu`, whatever its maker and the system's graphics interface.
//!
//! What is hot runs there: convolutions, poolings, Gram products, and the way back to the picture. Maps stay there; up goes
//! the picture, down come Gram matrices, up go the losses' derivatives by them, down comes the gradient.
//! The losses between are the CPU's own code, in f64.
//!
//! On the GPU, maps are channels last without a border, their channels filled up with zeros to *quads* of four. A cancelled token is
//! seen between the ways forth and back, which no GPU worth using takes long for.

mod commands;
mod device;
mod map;
mod on_gpu;
mod pass;
mod passage;
mod quadratic;

use std::sync::Arc;

use crate::Result;
use crate::compute::Place;
use crate::features::convolutions::Convolutions;
use crate::features::normalisation::Normalisation;
use device::Gpu;
use on_gpu::OnGpu;

impl Place for Gpu {
    fn convolutions(self: Arc<Self>, normalisation: Normalisation) -> Box<dyn Convolutions> {
        Box::new(OnGpu::new(self, normalisation))
    }
}

/// Opens the machine's best GPU, or an adapter that is the CPU in disguise where there is no other.
///
/// # Errors
/// [`MachineError::NoGpu`](crate::MachineError::NoGpu) where there is none, or it lacks what the kernels need.
pub(crate) fn open_any() -> Result<Arc<dyn Place>> {
    Ok(Arc::new(Gpu::open()?))
}

/// As [`open_any`], but of adapters that are no CPU in disguise; `None` where there is none.
///
/// # Errors
/// [`MachineError::NoGpu`](crate::MachineError::NoGpu) where there is one that lacks what the kernels need.
pub(crate) fn open_hardware() -> Result<Option<Arc<dyn Place>>> {
    Ok(Gpu::open_hardware()?.map(|gpu| Arc::new(gpu) as Arc<dyn Place>))
}

#[cfg(test)]
mod tests;
