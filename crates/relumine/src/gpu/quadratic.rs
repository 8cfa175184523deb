//! Gram matrices on the GPU: sums over listed positions, one after another in a buffer.

use wgpu::Buffer;

use super::Gpu;
use super::map::{Map, padded, quads};
use crate::kernels::Symmetric;

/// A symmetric matrix of C × C among those of all terms, and the positions that it is a sum over.
#[derive(Debug)]
pub(super) struct Quadratic {
    pub(super) channels: usize,
    /// Numbers and weights of positions.
    pub(super) listed: Buffer,
    pub(super) count: usize,
    /// Where it starts among the matrices of all terms, in quads.
    pub(super) offset: usize,
}

impl Quadratic {
    /// A sum over the positions of `features` with a weight above zero, its matrix starting at quad `offset` among all.
    ///
    /// # Panics
    /// If there is not one weight a position.
    pub(super) fn new(gpu: &Gpu, features: &Map, weights: &[f32], offset: usize) -> Self {
        assert_eq!(weights.len(), features.area(), "one weight a position");
        let listed = weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0);
        let listed: Vec<[u32; 2]> = listed.map(|(p, weight)| [p as u32, weight.to_bits()]).collect();
        Self { channels: features.channels, listed: gpu.upload(&listed), count: listed.len(), offset }
    }

    /// Quads of its matrix.
    pub(super) fn size(&self) -> usize {
        4 * quads(self.channels) * quads(self.channels)
    }

    /// Positions a partial sum takes: enough parts to keep a GPU busy, few enough for their sums to be small.
    fn part(&self) -> usize {
        self.count.div_ceil(64).max(256).next_multiple_of(16)
    }

    /// Partial sums.
    pub(super) fn parts(&self) -> usize {
        self.count.div_ceil(self.part())
    }

    /// Its parameters, as the kernels read them.
    pub(super) fn uniforms(&self) -> [u32; 8] {
        [quads(self.channels), self.count, self.part(), self.parts(), self.offset, 0, 0, 0].map(|v| v as u32)
    }

    /// Its matrix among those of all terms.
    pub(super) fn of(&self, matrices: &[f32]) -> Symmetric {
        symmetric(&matrices[4 * self.offset..][..4 * self.size()], self.channels)
    }

    /// Writes a matrix to its place among those of all terms.
    pub(super) fn place(&self, matrix: &Symmetric, matrices: &mut [f32]) {
        let rows = matrices[4 * self.offset..].chunks_exact_mut(padded(self.channels));
        for (row, values) in rows.zip(matrix.values().chunks_exact(self.channels)) {
            row.iter_mut().zip(values).for_each(|(out, v)| *out = *v as f32);
        }
    }
}

/// The first `channels` rows and columns of a matrix that was filled up to quads, made symmetric to the last bit.
pub(super) fn symmetric(matrix: &[f32], channels: usize) -> Symmetric {
    let pitch = padded(channels);
    let at = |i: usize, j: usize| f64::from(matrix[i * pitch + j]);
    let mean = |k: usize| 0.5 * (at(k / channels, k % channels) + at(k % channels, k / channels));
    Symmetric::new(channels, (0..channels * channels).map(mean).collect())
}
