//! Pixels of which something is held to a most: what penalties take from the regions that a pixel belongs to.

/// A pixel that is held.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) index: usize,
    /// How far it counts, above 0.
    pub(super) counts: f32,
    /// The most that is allowed there.
    pub(super) most: f32,
}

/// Gathers, region by region, how far each pixel is held, and to what.
pub(super) struct Holding(Vec<(f32, f32)>);

impl Holding {
    /// Of so many pixels, none of which is held yet.
    pub(super) fn none(pixels: usize) -> Self {
        Self(vec![(0.0, 0.0); pixels])
    }

    /// Holds a pixel to `most` beside what it is held to already, as far as it counts.
    pub(super) fn hold(&mut self, index: usize, counts: f32, most: f32) {
        let (sum, weighted) = &mut self.0[index];
        *sum += counts;
        *weighted += counts * most;
    }

    /// The pixels that are held, each to the mean of what it was held to.
    pub(super) fn pixels(self) -> Vec<Held> {
        let all = self.0.into_iter().enumerate().filter(|(_, (counts, _))| *counts > 0.0);
        all.map(|(index, (counts, most))| Held { index, counts, most: most / counts }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pixel_of_two_regions_is_held_to_their_mean() {
        let mut holding = Holding::none(3);
        holding.hold(1, 0.25, 0.8);
        holding.hold(1, 0.75, 0.4);
        let held = holding.pixels();
        assert_eq!((held.len(), held[0].index, held[0].counts), (1, 1, 1.0));
        assert!((held[0].most - 0.5).abs() < 1e-6);
    }
}
