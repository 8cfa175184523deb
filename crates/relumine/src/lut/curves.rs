//! A 1D curve a channel, with linear interpolation.

use std::ops::RangeInclusive;

use super::lattice::Place;

/// What each channel becomes, on its own, at `size` levels evenly over a domain.
#[derive(Clone, Debug, PartialEq)]
pub struct Curves {
    size: usize,
    /// The first and the last level of each channel.
    domain: [[f32; 3]; 2],
    /// The three channels, level after level.
    values: Vec<[f32; 3]>,
}

impl Curves {
    /// Levels that curves may have.
    pub const SIZES: RangeInclusive<usize> = 2..=65536;

    /// Curves of sound numbers, over a domain whose least is below its most.
    ///
    /// # Panics
    /// If the number of levels is not among [`SIZES`](Self::SIZES).
    pub(super) fn from_values(domain: [[f32; 3]; 2], values: Vec<[f32; 3]>) -> Self {
        assert!(Self::SIZES.contains(&values.len()), "curves of {} levels", values.len());
        Self { size: values.len(), domain, values }
    }

    /// Levels of each channel.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The first and the last level of each channel.
    pub fn domain(&self) -> [[f32; 3]; 2] {
        self.domain
    }

    /// What the levels become.
    pub fn values(&self) -> &[[f32; 3]] {
        &self.values
    }

    /// What becomes of a colour; see [`Lut`](super::Lut) for colours beyond the domain.
    pub fn apply(&self, colour: [f32; 3]) -> [f32; 3] {
        [0, 1, 2].map(|c| {
            let place = Place::of(colour[c], self.domain, c, self.size);
            let [below, above] = [self.values[place.index][c], self.values[place.index + 1][c]];
            below + place.fraction * (above - below) + place.beyond
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_has_its_own() {
        let curves = Curves::from_values(
            [[0.0, 0.0, -1.0], [1.0, 2.0, 1.0]],
            vec![[0.0, 1.0, 0.5], [0.25, 0.5, 0.5], [1.0, 0.0, 0.5]],
        );
        assert_eq!(curves.apply([0.5, 1.0, 0.0]), [0.25, 0.5, 0.5]);
        assert_eq!(curves.apply([0.75, 0.5, 0.3]), [0.625, 0.75, 0.5]);
        assert_eq!(curves.apply([1.5, -1.0, f32::NAN]), [1.5, 0.0, 0.5]);
    }
}
