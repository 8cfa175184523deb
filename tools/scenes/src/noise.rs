//! Integer hashing, value noise and the seeded random stream: the only sources of chance here,
//! so that a picture depends on nothing but its seeds.

use glam::{FloatExt, Vec3};

/// A well-mixed 32-bit hash ("lowbias32", C. Wellons).
pub(crate) fn hash(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

/// Hash of an ordered pair.
pub(crate) fn pair(a: u32, b: u32) -> u32 {
    hash(a ^ hash(b.wrapping_add(0x9e37_79b9)))
}

/// Maps a hash to `[0, 1)`.
pub(crate) fn unit(h: u32) -> f32 {
    (h >> 8) as f32 / (1u32 << 24) as f32
}

/// The `k`-th uniform number in `[0, 1)` that belongs to `seed`.
pub(crate) fn pick(seed: u32, k: u32) -> f32 {
    unit(pair(seed, k))
}

/// Smoothly interpolated value noise in `[0, 1]`, lattice spacing 1.
pub(crate) fn value(p: Vec3) -> f32 {
    let cell = p.floor();
    let f = p - cell;
    let w = f * f * (3.0 - 2.0 * f);
    let (x, y, z) = (cell.x as i32, cell.y as i32, cell.z as i32);
    let corner = |dx: i32, dy: i32, dz: i32| {
        let h = (x + dx) as u32;
        let h = h.wrapping_mul(0x8da6_b343)
            ^ ((y + dy) as u32).wrapping_mul(0xd816_3841)
            ^ ((z + dz) as u32).wrapping_mul(0xcb1a_b31f);
        unit(hash(h))
    };
    let row = |dy, dz| corner(0, dy, dz).lerp(corner(1, dy, dz), w.x);
    let near = row(0, 0).lerp(row(1, 0), w.y);
    let far = row(0, 1).lerp(row(1, 1), w.y);
    near.lerp(far, w.z)
}

/// Fractal sum of [`value`], each octave twice as fine and half as strong; in `[0, 1]`, mean 0.5.
pub(crate) fn fbm(mut p: Vec3, octaves: u32) -> f32 {
    let (mut sum, mut weight, mut total) = (0.0, 0.5, 0.0);
    for _ in 0..octaves {
        sum += weight * value(p);
        total += weight;
        weight *= 0.5;
        // The turn keeps the lattices of successive octaves from lining up.
        p = Vec3::new(1.6 * p.x - 1.2 * p.z, 2.0 * p.y, 1.2 * p.x + 1.6 * p.z) + 17.3;
    }
    sum / total
}

/// Hermite step from 0 at `a` to 1 at `b`.
pub(crate) fn smoothstep(a: f32, b: f32, x: f32) -> f32 {
    let t = ((x - a) / (b - a)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// A small counter-based random stream.
#[derive(Clone)]
pub(crate) struct Rng {
    state: u32,
    count: u32,
    /// Pixel and sample, where the first numbers are to be spread evenly.
    spread: Option<(u32, u32)>,
    drawn: u32,
}

/// Draws of a path that are spread evenly over a pixel's samples.
const SPREAD: u32 = 10;
/// The real root above 1 of `x^(SPREAD + 1) = x + 1`, whose inverse powers make the sequence.
const RATIO: f64 = 1.068297188921;

impl Rng {
    /// The stream that belongs to `seed`.
    pub(crate) fn new(seed: u32) -> Self {
        Self { state: hash(seed ^ 0x5bd1_e995), count: 0, spread: None, drawn: 0 }
    }

    /// The stream of one of a pixel's samples: its first numbers fill the unit cube evenly as
    /// `sample` counts on (M. Roberts, "The unreasonable effectiveness of quasirandom sequences").
    pub(crate) fn for_sample(pixel: u32, sample: u32) -> Self {
        Self { spread: Some((pixel, sample)), ..Self::new(pair(pixel, sample)) }
    }

    /// A fresh hash.
    pub(crate) fn bits(&mut self) -> u32 {
        self.count = self.count.wrapping_add(0x9e37_79b9);
        hash(self.state ^ hash(self.count))
    }

    /// Uniform in `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f32 {
        let k = self.drawn;
        self.drawn += 1;
        match self.spread {
            Some((pixel, sample)) if k < SPREAD => {
                let step = f64::from(sample) * RATIO.powi(-(k as i32) - 1);
                // Rounding to f32 may reach 1, which is not in the range.
                ((f64::from(pick(pixel, k)) + step).fract() as f32).min(1.0 - f32::EPSILON)
            }
            _ => unit(self.bits()),
        }
    }

    /// Uniform in `[a, b)`.
    pub(crate) fn range(&mut self, a: f32, b: f32) -> f32 {
        a + (b - a) * self.unit()
    }

    /// True with probability `p`.
    pub(crate) fn chance(&mut self, p: f32) -> bool {
        self.unit() < p
    }

    /// Uniform on the unit sphere.
    pub(crate) fn sphere(&mut self) -> Vec3 {
        let y = self.range(-1.0, 1.0);
        let angle = self.range(0.0, std::f32::consts::TAU);
        let r = (1.0 - y * y).max(0.0).sqrt();
        Vec3::new(r * angle.cos(), y, r * angle.sin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_stays_in_its_range_and_varies() {
        let mut rng = Rng::new(1);
        let (mut low, mut high) = (1.0f32, 0.0f32);
        for _ in 0..2000 {
            let v = fbm(rng.sphere() * 50.0, 4);
            assert!((0.0..=1.0).contains(&v));
            low = low.min(v);
            high = high.max(v);
        }
        assert!(low < 0.3 && high > 0.7, "{low} {high}");
    }

    #[test]
    fn streams_repeat_and_differ_by_seed() {
        let draw = |seed| Rng::new(seed).bits();
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }
}
