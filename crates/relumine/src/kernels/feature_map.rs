//! Feature maps, channels last, with a border of zeros.

use rayon::prelude::*;

/// `height × width` positions of `channels` values each, one position after another, row-major, framed by one position
/// of zeros on every side: the zero padding of a 3×3 convolution is then part of the map.
#[derive(Clone, Debug)]
pub(crate) struct FeatureMap {
    height: usize,
    width: usize,
    channels: usize,
    data: Vec<f32>,
}

impl FeatureMap {
    /// A map of zeros.
    pub(crate) fn zeros(height: usize, width: usize, channels: usize) -> Self {
        Self { height, width, channels, data: vec![0.0; (height + 2) * (width + 2) * channels] }
    }

    /// Rows, without the border.
    pub(crate) fn height(&self) -> usize {
        self.height
    }

    /// Columns, without the border.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Values a position.
    pub(crate) fn channels(&self) -> usize {
        self.channels
    }

    /// Positions, without the border.
    pub(crate) fn area(&self) -> usize {
        self.height * self.width
    }

    /// Values from one row to the next, the border's included.
    pub(crate) fn pitch(&self) -> usize {
        (self.width + 2) * self.channels
    }

    /// Everything, the border included.
    pub(crate) fn padded(&self) -> &[f32] {
        &self.data
    }

    /// The rows without the border's first and last, but each with its two border positions.
    pub(crate) fn framed_rows_mut(&mut self) -> &mut [f32] {
        let pitch = self.pitch();
        &mut self.data[pitch..(self.height + 1) * pitch]
    }

    /// The positions of row `y`, without the border's.
    pub(crate) fn row(&self, y: usize) -> &[f32] {
        &self.data[(y + 1) * self.pitch() + self.channels..][..self.width * self.channels]
    }

    /// The positions of row `y`, without the border's, to write.
    #[cfg(test)]
    pub(crate) fn row_mut(&mut self, y: usize) -> &mut [f32] {
        let start = (y + 1) * self.pitch() + self.channels;
        &mut self.data[start..][..self.width * self.channels]
    }

    /// Sets every value to zero.
    pub(crate) fn clear(&mut self) {
        self.data.par_chunks_mut(1 << 16).for_each(|values| values.fill(0.0));
    }

    /// Whether both maps have the same shape.
    pub(crate) fn same_shape(&self, other: &Self) -> bool {
        (self.height, self.width, self.channels) == (other.height, other.width, other.channels)
    }
}
