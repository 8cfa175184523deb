//! Two crops of a photo that share no pixel: each 0.10 to 0.36 of its area, of an aspect of 3:4 to 4:3, anywhere.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::Planes;

/// How often two crops are drawn before a photo is given up.
const TRIES: usize = 60;
/// Fewest pixels a side of a photo.
const SMALLEST: usize = 16;

/// A rectangle of pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crop {
    top: usize,
    left: usize,
    height: usize,
    width: usize,
}

/// Two crops of a photo of this size; `None` where none of the tries were apart.
pub(super) fn draw(random: &mut ChaCha8Rng, height: usize, width: usize) -> Option<[Crop; 2]> {
    if height.min(width) < SMALLEST {
        return None;
    }
    (0..TRIES)
        .map(|_| [Crop::draw(random, height, width), Crop::draw(random, height, width)])
        .find(|[a, b]| a.is_apart(*b))
}

impl Crop {
    fn draw(random: &mut ChaCha8Rng, height: usize, width: usize) -> Self {
        let area = random.random_range(0.10..0.36) * (height * width) as f64;
        let aspect = random.random_range((3.0_f64 / 4.0).ln()..(4.0_f64 / 3.0).ln()).exp();
        let (w, h) =
            (((area * aspect).sqrt() as usize).min(width), ((area / aspect).sqrt() as usize).min(height));
        let (left, top) = (random.random_range(0..=width - w), random.random_range(0..=height - h));
        Self { top, left, height: h, width: w }
    }

    fn is_apart(self, other: Self) -> bool {
        let beyond = |a: Self, b: Self| a.left + a.width <= b.left || a.top + a.height <= b.top;
        beyond(self, other) || beyond(other, self)
    }

    /// The part of the colours that it holds.
    pub(super) fn of(self, colours: &Planes) -> Planes {
        let rows = colours.rows(self.top, self.top + self.height);
        let line = |line: &[f32]| line[self.left..self.left + self.width].to_vec();
        let data = rows.data().chunks_exact(colours.width()).flat_map(line).collect();
        Planes::from_vec(colours.channels(), self.height, self.width, data)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn crops_are_apart_inside_and_of_the_sizes_asked_for() {
        for seed in 0..40 {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let [a, b] = draw(&mut random, 300, 400).unwrap();
            assert!(a.is_apart(b) && b.is_apart(a) && !a.is_apart(a));
            for crop in [a, b] {
                assert!(crop.top + crop.height <= 300 && crop.left + crop.width <= 400);
                let share = (crop.height * crop.width) as f64 / 120_000.0;
                let aspect = crop.width as f64 / crop.height as f64;
                assert!((0.09..0.36).contains(&share) && (0.73..1.36).contains(&aspect), "{crop:?}");
            }
        }
        assert!(draw(&mut ChaCha8Rng::seed_from_u64(1), 8, 400).is_none());
    }

    #[test]
    fn a_crop_is_a_part_of_each_plane() {
        let planes = Planes::from_vec(2, 3, 4, (0..24).map(|v| v as f32).collect());
        let crop = Crop { top: 1, left: 2, height: 2, width: 2 };
        assert_eq!(crop.of(&planes).data(), [6.0, 7.0, 10.0, 11.0, 18.0, 19.0, 22.0, 23.0]);
    }
}
