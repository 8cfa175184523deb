//! Re-grades by brightness, contrast and saturation, factors that differ from 1 by 0.1 to 0.4, and by hue, 0.01 to 0.05 of the circle.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{hsv, luma};

/// Width of the border between the lighter and the darker half, in luma.
const BORDER: f64 = 0.04;

#[derive(Clone, Copy, Debug)]
pub(super) struct Regrade {
    brightness: f64,
    contrast: f64,
    saturation: f64,
    hue: f64,
}

impl Regrade {
    pub(super) fn draw(random: &mut ChaCha8Rng) -> Self {
        let mut either = |least: f64, most: f64| {
            let sign = if random.random_bool(0.5) { 1.0 } else { -1.0 };
            sign * random.random_range(least..most)
        };
        let [brightness, contrast, saturation] = std::array::from_fn(|_| 1.0 + either(0.1, 0.4));
        Self { brightness, contrast, saturation, hue: either(0.01, 0.05) }
    }

    /// A picture in this grade. Contrast turns about the mean luma of the brightened picture.
    pub(super) fn of(&self, picture: &[[f64; 3]]) -> Vec<[f64; 3]> {
        let bright: Vec<_> =
            picture.iter().map(|c| c.map(|v| (v * self.brightness).clamp(0.0, 1.0))).collect();
        let mean = bright.iter().map(|c| luma(*c)).sum::<f64>() / picture.len() as f64;
        let graded = |c: &[f64; 3]| {
            let steep = c.map(|v| ((v - mean) * self.contrast + mean).clamp(0.0, 1.0));
            let grey = luma(steep);
            let vivid = steep.map(|v| ((v - grey) * self.saturation + grey).clamp(0.0, 1.0));
            hsv::with_hue_turned(vivid, self.hue)
        };
        bright.iter().map(graded).collect()
    }
}

/// The first grade for the lighter half of a picture, the second for the darker, blended by a logistic function of luma.
pub(super) fn by_lightness(picture: &[[f64; 3]], grades: &[Regrade; 2]) -> Vec<[f64; 3]> {
    let lumas: Vec<_> = picture.iter().map(|c| luma(*c)).collect();
    let median = median(&lumas);
    let [lighter, darker] = grades.each_ref().map(|grade| grade.of(picture));
    let blended = |p: usize| {
        let share = 1.0 / (1.0 + (-(lumas[p] - median) / BORDER).exp());
        [0, 1, 2].map(|c| share * lighter[p][c] + (1.0 - share) * darker[p][c])
    };
    (0..picture.len()).map(blended).collect()
}

/// The middle value, or the mean of the two middle ones.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    (sorted[(sorted.len() - 1) / 2] + sorted[middle]) / 2.0
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn drawn_grades_keep_their_bounds() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        for _ in 0..50 {
            let grade = Regrade::draw(&mut random);
            for factor in [grade.brightness, grade.contrast, grade.saturation] {
                assert!((0.1..0.4).contains(&(factor - 1.0).abs()), "{grade:?}");
            }
            assert!((0.01..0.05).contains(&grade.hue.abs()), "{grade:?}");
        }
    }

    /// Expected: `regrade` of the protocol's own script, by numpy and matplotlib.
    #[test]
    fn grades_are_those_of_the_protocol() {
        let grade = Regrade { brightness: 1.2, contrast: 0.7, saturation: 1.3, hue: 0.04 };
        let picture = [[0.2, 0.5, 0.4], [0.9, 0.3, 0.1], [0.6, 0.6, 0.65]];
        let expected = [
            [0.2908292, 0.6184292, 0.5878532],
            [0.972912, 0.582704, 0.172112],
            [0.6886196, 0.6755156, 0.7301156],
        ];
        for (found, expected) in grade.of(&picture).iter().zip(expected) {
            assert!((0..3).all(|c| (found[c] - expected[c]).abs() < 1e-9), "{found:?} for {expected:?}");
        }
    }

    #[test]
    fn halves_are_graded_each_by_its_own() {
        let plain = Regrade { brightness: 1.0, contrast: 1.0, saturation: 1.0, hue: 0.0 };
        let dim = Regrade { brightness: 0.5, ..plain };
        let found = by_lightness(&[[0.9; 3], [0.1; 3]], &[plain, dim]);
        assert!((found[0][0] - 0.9).abs() < 1e-4 && (found[1][0] - 0.05).abs() < 1e-4, "{found:?}");
        assert_eq!((median(&[3.0, 1.0, 2.0]), median(&[4.0, 1.0, 2.0, 3.0])), (2.0, 2.5));
    }
}
