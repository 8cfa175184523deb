//! Feature maps on the GPU.

use wgpu::Buffer;

use super::Gpu;

/// `height × width` positions of `channels` values, row-major, channels last in quads.
#[derive(Clone, Debug)]
pub(super) struct Map {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
    pub(super) buffer: Buffer,
}

impl Map {
    /// A map of zeros.
    pub(super) fn zeros(gpu: &Gpu, height: usize, width: usize, channels: usize) -> Self {
        let values = height * width * padded(channels);
        Self { height, width, channels, buffer: gpu.allocate(values) }
    }

    /// Quads of channels a position.
    pub(super) fn quads(&self) -> usize {
        quads(self.channels)
    }

    /// Positions.
    pub(super) fn area(&self) -> usize {
        self.height * self.width
    }

    /// Numbers, those that fill up quads included.
    pub(super) fn values(&self) -> usize {
        self.area() * padded(self.channels)
    }
}

/// Quads that hold `channels`.
pub(super) fn quads(channels: usize) -> usize {
    channels.div_ceil(4)
}

/// `channels` filled up to whole quads.
pub(super) fn padded(channels: usize) -> usize {
    channels.next_multiple_of(4)
}
