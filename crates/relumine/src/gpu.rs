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

pub(crate) use device::Gpu;
pub(crate) use on_gpu::OnGpu;

#[cfg(test)]
mod tests;
