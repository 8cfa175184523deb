//! The dense image that every stage works on.

use crate::colour::luma;

/// `channels` planes of `height × width` samples, row-major, one plane after another.
///
/// Colours are sRGB-encoded and nominally in 0..1 (wide-gamut photos may leave that range); masks are in 0..1.
#[derive(Clone, Debug, PartialEq)]
pub struct Planes {
    channels: usize,
    height: usize,
    width: usize,
    data: Vec<f32>,
}

impl Planes {
    /// Planes filled with one value.
    pub fn filled(channels: usize, height: usize, width: usize, value: f32) -> Self {
        Self { channels, height, width, data: vec![value; channels * height * width] }
    }

    /// Planes filled with zero.
    pub fn zeros(channels: usize, height: usize, width: usize) -> Self {
        Self::filled(channels, height, width, 0.0)
    }

    /// Planes of the same shape, filled with zero.
    pub fn zeros_like(other: &Self) -> Self {
        Self::zeros(other.channels, other.height, other.width)
    }

    /// Takes `channels × height × width` samples, plane after plane.
    ///
    /// # Panics
    /// If the number of samples is another.
    pub fn from_vec(channels: usize, height: usize, width: usize, data: Vec<f32>) -> Self {
        assert_eq!(data.len(), channels * height * width, "planes of {channels}×{height}×{width}");
        Self { channels, height, width, data }
    }

    /// Number of planes.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Rows of each plane.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Columns of each plane.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Samples of one plane.
    pub fn area(&self) -> usize {
        self.height * self.width
    }

    /// All samples, plane after plane.
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// All samples, to write.
    pub fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// Gives the samples away.
    pub fn into_vec(self) -> Vec<f32> {
        self.data
    }

    /// The samples of plane `channel`, row-major.
    pub fn plane(&self, channel: usize) -> &[f32] {
        let area = self.area();
        &self.data[channel * area..][..area]
    }

    /// The samples of plane `channel`, to write.
    pub fn plane_mut(&mut self, channel: usize) -> &mut [f32] {
        let area = self.area();
        &mut self.data[channel * area..][..area]
    }

    /// The three colour planes at once.
    ///
    /// # Panics
    /// If there are not exactly three planes.
    pub fn rgb(&self) -> [&[f32]; 3] {
        assert_eq!(self.channels, 3, "a colour image has three planes");
        [self.plane(0), self.plane(1), self.plane(2)]
    }

    /// The rows `first..end` of all planes.
    ///
    /// # Panics
    /// If there are not so many.
    pub(crate) fn rows(&self, first: usize, end: usize) -> Self {
        let part = first * self.width..end * self.width;
        let data = (0..self.channels).flat_map(|c| self.plane(c)[part.clone()].iter().copied()).collect();
        Self::from_vec(self.channels, end - first, self.width, data)
    }

    /// Puts whole rows back, from row `first` on.
    ///
    /// # Panics
    /// If they have another width or reach beyond the last.
    pub(crate) fn set_rows(&mut self, first: usize, rows: &Self) {
        assert_eq!((self.channels, self.width), (rows.channels, rows.width), "rows of these planes");
        for channel in 0..self.channels {
            let place = first * self.width;
            self.plane_mut(channel)[place..place + rows.area()].copy_from_slice(rows.plane(channel));
        }
    }

    /// Luma of Rec. 601, 0.299 R + 0.587 G + 0.114 B, of three colour planes, as one plane.
    pub fn luma(&self) -> Self {
        let [r, g, b] = self.rgb();
        let luma = r.iter().zip(g).zip(b).map(|((r, g), b)| luma([*r, *g, *b])).collect();
        Self::from_vec(1, self.height, self.width, luma)
    }
}

/// The mean of a plane, in f64; 0 of none.
pub(crate) fn mean(plane: &[f32]) -> f64 {
    plane.iter().map(|v| f64::from(*v)).sum::<f64>() / plane.len().max(1) as f64
}

/// The sum of the products of two planes.
pub(crate) fn product(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}
