//! Feature vectors of one stage, a token a position.

use crate::Planes;

/// Tokens that one task works on; fixed, so that results do not depend on the number of threads.
pub(crate) const BAND: usize = 128;

/// `height × width` tokens of `channels` values, row-major, one token after another.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tokens {
    height: usize,
    width: usize,
    channels: usize,
    data: Vec<f32>,
}

impl Tokens {
    pub(crate) fn zeros(height: usize, width: usize, channels: usize) -> Self {
        Self { height, width, channels, data: vec![0.0; height * width * channels] }
    }

    pub(crate) fn height(&self) -> usize {
        self.height
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn channels(&self) -> usize {
        self.channels
    }

    /// Number of tokens.
    pub(crate) fn count(&self) -> usize {
        self.height * self.width
    }

    pub(crate) fn data(&self) -> &[f32] {
        &self.data
    }

    pub(crate) fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// The tokens of a row.
    pub(crate) fn row(&self, y: usize) -> &[f32] {
        let pitch = self.width * self.channels;
        &self.data[y * pitch..][..pitch]
    }

    /// The first `height` rows and `width` columns as planes.
    pub(crate) fn to_planes(&self, height: usize, width: usize) -> Planes {
        let mut planes = Planes::zeros(self.channels, height, width);
        for channel in 0..self.channels {
            for (y, row) in planes.plane_mut(channel).chunks_exact_mut(width).enumerate() {
                for (value, token) in row.iter_mut().zip(self.row(y).chunks_exact(self.channels)) {
                    *value = token[channel];
                }
            }
        }
        planes
    }
}
