//! Blue noise to round by, so that skies of more bits than the output has do not band (void and cluster: R. Ulichney, 1993).

use std::sync::LazyLock;

/// Side of the mask in pixels; it repeats.
const SIDE: usize = 64;

const AREA: usize = SIDE * SIDE;

/// Width of the Gaussian by which ones crowd each other, in pixels, and how far it is followed.
const SIGMA: f32 = 1.5;
const REACH: isize = 6;

/// One in so many pixels is in the first pattern.
const FIRST: usize = 10;

static MASK: LazyLock<Box<[f32]>> = LazyLock::new(mask);

/// What to add to a level before it is rounded down: 0..1, without low frequencies over the picture, others for each channel.
pub(super) fn threshold(row: usize, column: usize, channel: usize) -> f32 {
    // Channels apart by steps that no mask repeats.
    let (row, column) = (row + 23 * channel, column + 37 * channel);
    MASK[row % SIDE * SIDE + column % SIDE]
}

/// A pattern of ones on a torus, and how crowded each place is by them.
#[derive(Clone)]
struct Pattern {
    ones: Vec<bool>,
    crowd: Vec<f32>,
}

impl Pattern {
    fn empty() -> Self {
        Self { ones: vec![false; AREA], crowd: vec![0.0; AREA] }
    }

    fn set(&mut self, at: usize, one: bool) {
        self.ones[at] = one;
        let sign = if one { 1.0 } else { -1.0 };
        let (row, column) = ((at / SIDE) as isize, (at % SIDE) as isize);
        for dy in -REACH..=REACH {
            for dx in -REACH..=REACH {
                let wrap = |place: isize| place.rem_euclid(SIDE as isize) as usize;
                let near = (-((dx * dx + dy * dy) as f32) / (2.0 * SIGMA * SIGMA)).exp();
                self.crowd[wrap(row + dy) * SIDE + wrap(column + dx)] += sign * near;
            }
        }
    }

    /// The one that is crowded most.
    fn cluster(&self) -> usize {
        (0..AREA)
            .filter(|at| self.ones[*at])
            .max_by(|a, b| self.crowd[*a].total_cmp(&self.crowd[*b]))
            .expect("ones")
    }

    /// The place without a one that is crowded least.
    fn void(&self) -> usize {
        (0..AREA)
            .filter(|at| !self.ones[*at])
            .min_by(|a, b| self.crowd[*a].total_cmp(&self.crowd[*b]))
            .expect("voids")
    }
}

fn mask() -> Box<[f32]> {
    let mut pattern = Pattern::empty();
    // Scattered by the plastic ratio, then evened out until nothing moves.
    for n in 0..AREA / FIRST {
        let along = |step: f64| ((n as f64 * step).fract() * SIDE as f64) as usize;
        let at = along(0.754_877_666_246_692_7) * SIDE + along(0.569_840_290_998_053_2);
        if !pattern.ones[at] {
            pattern.set(at, true);
        }
    }
    loop {
        let cluster = pattern.cluster();
        pattern.set(cluster, false);
        let void = pattern.void();
        pattern.set(void, true);
        if void == cluster {
            break;
        }
    }
    let mut rank = vec![0; AREA];
    let ones = pattern.ones.iter().filter(|one| **one).count();
    let mut falling = pattern.clone();
    for order in (0..ones).rev() {
        let at = falling.cluster();
        falling.set(at, false);
        rank[at] = order;
    }
    for order in ones..AREA {
        let at = pattern.void();
        pattern.set(at, true);
        rank[at] = order;
    }
    rank.into_iter().map(|rank| (rank as f32 + 0.5) / AREA as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_threshold_stands_once_a_tile() {
        let mut ranks: Vec<_> =
            (0..AREA).map(|at| (threshold(at / SIDE, at % SIDE, 0) * AREA as f32) as usize).collect();
        ranks.sort_unstable();
        assert!(ranks.into_iter().eq(0..AREA));
    }

    #[test]
    fn it_is_blue() {
        // Means of 4×4 pixels vary far less than those of white noise would, whose standard deviation is 0.072.
        let mean = |at: usize| {
            let (row, column) = (at / 16 * 4, at % 16 * 4);
            (0..16).map(|n| threshold(row + n / 4, column + n % 4, 1)).sum::<f32>() / 16.0
        };
        let deviation = ((0..256).map(|at| (mean(at) - 0.5).powi(2)).sum::<f32>() / 256.0).sqrt();
        assert!(deviation < 0.036, "{deviation}");
    }
}
