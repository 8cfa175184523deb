//! Grades of kinds that a learned grade is never taught: each a smooth map of colours that rises along greys.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::f64::consts::TAU;

use super::{hsv, luma};
use crate::colour::srgb::{decode, encode};

/// A tone curve a channel, y = x + s sin(2πx) / 2π + t x (1 − x): monotone, as |s| + |t| < 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Curve {
    /// Negative s steepens the middle, positive s flattens it.
    s: f64,
    t: [f64; 3],
}

impl Curve {
    pub(super) fn draw(random: &mut ChaCha8Rng) -> Self {
        let sign = if random.random_bool(0.5) { 1.0 } else { -1.0 };
        Self {
            s: sign * random.random_range(0.2..0.5),
            t: std::array::from_fn(|_| random.random_range(-0.45..0.45)),
        }
    }

    pub(super) fn of(&self, colour: [f64; 3]) -> [f64; 3] {
        let toned = |c: usize| {
            let x = colour[c];
            x + self.s * (TAU * x).sin() / TAU + self.t[c] * x * (1.0 - x)
        };
        [0, 1, 2].map(toned)
    }
}

/// Split toning: colour without luma is added to shadows by (1 − Y)², to lights by Y², of opposite hues.
#[derive(Clone, Copy, Debug)]
pub(super) struct SplitTone {
    shadows: [f64; 3],
    lights: [f64; 3],
}

impl SplitTone {
    pub(super) fn draw(random: &mut ChaCha8Rng) -> Self {
        let hue = random.random_range(0.0..1.0);
        let mut tint = |hue: f64| {
            let (colour, strength) = (hsv::to_rgb([hue, 1.0, 1.0]), random.random_range(0.10..0.25));
            colour.map(|v| (v - luma(colour)) * strength)
        };
        Self { shadows: tint(hue), lights: tint((hue + 0.5) % 1.0) }
    }

    pub(super) fn of(&self, colour: [f64; 3]) -> [f64; 3] {
        let y = luma(colour);
        [0, 1, 2].map(|c| colour[c] + (1.0 - y).powi(2) * self.shadows[c] + y * y * self.lights[c])
    }
}

/// White balance: gains of linear light, up to e^±0.5, that leave the luma of white as it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct LinearBalance([f64; 3]);

impl LinearBalance {
    pub(super) fn draw(random: &mut ChaCha8Rng) -> Self {
        let gains: [f64; 3] = std::array::from_fn(|_| random.random_range(-0.5_f64..0.5).exp());
        Self(gains.map(|gain| gain / luma(gains)))
    }

    pub(super) fn of(&self, colour: [f64; 3]) -> [f64; 3] {
        [0, 1, 2].map(|c| encode(self.0[c] * decode(colour[c])))
    }
}

/// A film stock: in linear light x a part of each channel leaks into the others, each has a response of its own with toe and shoulder,
/// (1 + k) xⁿ / (xⁿ + k), and the print fades to between a lightest and a darkest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Film {
    leak: [f64; 3],
    k: [f64; 3],
    n: f64,
    darkest: [f64; 3],
    lightest: [f64; 3],
}

impl Film {
    pub(super) fn draw(random: &mut ChaCha8Rng) -> Self {
        let mut each = |least: f64, most: f64| std::array::from_fn(|_| random.random_range(least..most));
        let (leak, k) = (each(0.0, 0.2), each(0.5, 1.2));
        let (darkest, lightest) = (each(0.02, 0.10), each(0.88, 1.0));
        Self { leak, k, n: random.random_range(1.0..1.3), darkest, lightest }
    }

    pub(super) fn of(&self, colour: [f64; 3]) -> [f64; 3] {
        let light = colour.map(decode);
        let grey = luma(light);
        [0, 1, 2].map(|c| {
            let mixed = light[c] + self.leak[c] * (grey - light[c]);
            let exposed = mixed.powf(self.n);
            let response = (1.0 + self.k[c]) * exposed / (exposed + self.k[c]);
            self.darkest[c] + (self.lightest[c] - self.darkest[c]) * encode(response)
        })
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn greys_stay_in_order_and_colours_finite() {
        for seed in 0..50 {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let curve = Curve::draw(&mut random);
            let split = SplitTone::draw(&mut random);
            let linear = LinearBalance::draw(&mut random);
            let film = Film::draw(&mut random);
            let grades: [&dyn Fn([f64; 3]) -> [f64; 3]; 4] =
                [&|c| curve.of(c), &|c| split.of(c), &|c| linear.of(c), &|c| film.of(c)];
            for (number, grade) in grades.into_iter().enumerate() {
                let lumas: Vec<_> = (0..=50).map(|v| luma(grade([f64::from(v) / 50.0; 3]))).collect();
                assert!(lumas.windows(2).all(|pair| pair[0] < pair[1]), "{number} of {seed}: {lumas:?}");
                assert!(grade([0.9, 0.0, 0.3]).iter().all(|v| v.is_finite()));
            }
        }
    }

    #[test]
    fn each_does_what_it_is_called() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let (curve, split) = (Curve::draw(&mut random), SplitTone::draw(&mut random));
        let (linear, film) = (LinearBalance::draw(&mut random), Film::draw(&mut random));
        assert!(
            (0..3)
                .all(|c| curve.of([0.0; 3])[c].abs() < 1e-12 && (curve.of([1.0; 3])[c] - 1.0).abs() < 1e-12)
        );
        assert!(
            (luma(split.of([0.3, 0.6, 0.2])) - luma([0.3, 0.6, 0.2])).abs() < 1e-12,
            "tints have no luma"
        );
        assert!((0..3).all(|c| split.shadows[c] * split.lights[c] <= 0.0), "opposite hues: {split:?}");
        let [dim, bright] = [0.1, 0.4].map(|v: f64| linear.of([v; 3]).map(decode));
        let factor = decode(0.4_f64) / decode(0.1_f64);
        assert!((0..3).all(|c| (bright[c] / dim[c] - factor).abs() < 1e-9), "gains are of light");
        assert!((0..3).all(|c| (film.of([0.0; 3])[c] - film.darkest[c]).abs() < 1e-12));
        assert!((0..3).all(|c| (film.of([1.0; 3])[c] - film.lightest[c]).abs() < 1e-9));
    }
}
