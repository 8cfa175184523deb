//! Tone curves of ICC profiles, tabulated so that they can be followed both ways.
//!
//! The evaluators of `moxcms` serve for filling the table alone: their powers are undefined at zero and below, where
//! colours out of gamut lead, and their inverses of tables are coarse near black.

use moxcms::ToneReprCurve;

/// Steps between device values of 0 and 1.
const STEPS: usize = 4096;

/// Furthest that a line may be from the diagonal to be light itself.
const SAME: f32 = 1e-6;

/// A curve of light, never falling.
pub(super) struct Curve {
    /// Light, in 0..1 for sane profiles, at evenly spaced device values.
    table: Vec<f32>,
    /// Whether it is the diagonal, which goes on beyond 0..1.
    is_line: bool,
}

impl Curve {
    /// `None` where the curve cannot be evaluated or is zero throughout.
    pub(super) fn new(curve: &ToneReprCurve) -> Option<Self> {
        let light: Box<dyn Fn(f32) -> f32> = match curve {
            // One entry is a power, with eight fractional bits (ICC.1:2022, 10.6).
            ToneReprCurve::Lut(entries) if entries.len() == 1 => {
                let power = f32::from(entries[0]) / 256.0;
                Box::new(move |device| device.powf(power))
            }
            other => {
                let evaluator = other.make_linear_evaluator().ok()?;
                Box::new(move |device| evaluator.evaluate_value(device))
            }
        };
        let mut reached = 0.0f32;
        let table = (0..=STEPS).map(|step| {
            // NaN leaves what is reached as it is.
            reached = reached.max(light(step as f32 / STEPS as f32));
            reached
        });
        let table: Vec<f32> = table.collect();
        (table[STEPS] > 0.0 && table[STEPS].is_finite()).then(|| Self::of(table))
    }

    fn of(table: Vec<f32>) -> Self {
        let is_diagonal = |(step, light): (usize, &f32)| (light - step as f32 / STEPS as f32).abs() < SAME;
        Self { is_line: table.iter().enumerate().all(is_diagonal), table }
    }

    /// Whether device values are light.
    pub(super) fn is_line(&self) -> bool {
        self.is_line
    }

    /// This curve, and then a function that never falls.
    pub(super) fn followed_by(self, then: fn(f32) -> f32) -> Self {
        Self::of(self.table.into_iter().map(then).collect())
    }

    /// The light that a device value, limited to 0..1 unless it is light itself, gives.
    pub(super) fn light(&self, device: f32) -> f32 {
        if self.is_line {
            return device;
        }
        let at = device.clamp(0.0, 1.0) * STEPS as f32;
        let below = (at as usize).min(STEPS - 1);
        let (low, high) = (self.table[below], self.table[below + 1]);
        low + (at - below as f32) * (high - low)
    }

    /// The device value, in 0..1 unless it is light itself, that gives this light, or comes nearest to it; of those that give the least light the largest and of those
    /// that give the most the smallest, from which other light leads on.
    pub(super) fn device(&self, light: f32) -> f32 {
        if self.is_line {
            return light;
        }
        let table = &self.table;
        if light <= table[0] {
            return (table.partition_point(|reached| *reached <= table[0]) - 1) as f32 / STEPS as f32;
        }
        let light = light.min(table[STEPS]);
        let above = table.partition_point(|reached| *reached < light).clamp(1, STEPS);
        let (low, high) = (table[above - 1], table[above]);
        let part = if high > low { ((light - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 };
        ((above - 1) as f32 + part) / STEPS as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn power(power: f32) -> Curve {
        Curve::new(&moxcms::curve_from_gamma(power)).expect("a curve")
    }

    #[test]
    fn follows_powers_both_ways() {
        for gamma in [1.0, 1.8, 2.203_125] {
            let curve = power(gamma);
            let gamma = (gamma * 256.0).round() / 256.0;
            for step in 0..=1000 {
                let device = step as f32 / 1000.0;
                assert!((curve.light(device) - device.powf(gamma)).abs() < 1e-6, "{gamma}, {device}");
                assert!((curve.device(curve.light(device)) - device).abs() < 2e-5, "{gamma}, {device}");
            }
        }
    }

    #[test]
    fn a_line_goes_on() {
        let curve = power(1.0);
        assert!(curve.is_line() && !power(1.01).is_line());
        for light in [-0.5, 1e-7, 0.3, 1.5, 4000.0] {
            assert_eq!((curve.light(light), curve.device(light)), (light, light));
        }
    }

    #[test]
    fn light_out_of_range_gives_the_nearer_end() {
        let curve = power(2.2);
        assert_eq!([-1e-7, -0.5, f32::NEG_INFINITY].map(|light| curve.device(light)), [0.0; 3]);
        assert_eq!([1.0, 1.5, f32::INFINITY].map(|light| curve.device(light)), [1.0; 3]);
    }

    #[test]
    fn a_little_more_light_than_none_is_a_little_more_of_the_device() {
        let flat: Vec<u16> = (0..2048u16).map(|entry| entry.saturating_sub(768) * 32).collect();
        let curve = Curve::new(&ToneReprCurve::Lut(flat)).expect("a curve");
        let [none, some] = [0.0, 1e-6].map(|light| curve.device(light));
        assert!(none > 0.37 && some >= none && some - none < 1e-3, "{none}, {some}");
    }

    #[test]
    fn most_light_and_a_little_less_are_near_each_other() {
        let flat: Vec<u16> = (0..2048u16).map(|entry| entry.min(1700).saturating_mul(38)).collect();
        let curve = Curve::new(&ToneReprCurve::Lut(flat)).expect("a curve");
        let most = curve.light(1.0);
        let [less, most, more] = [most - 1e-6, most, most + 1e-6].map(|light| curve.device(light));
        assert!(most < 0.85 && more == most && most - less < 1e-3, "{less}, {most}, {more}");
    }

    #[test]
    fn curves_of_nothing_are_refused() {
        assert!(Curve::new(&ToneReprCurve::Lut(vec![0; 16])).is_none());
    }
}
