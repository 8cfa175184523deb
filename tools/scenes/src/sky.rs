//! The sky: single scattering in a spherical atmosphere of air, haze and ozone (after T. Nishita
//! et al., "Display of the Earth taking into account atmospheric scattering", 1993) with clouds
//! marched through it, baked once into a table over azimuth and elevation.
//!
//! Differs from the paper: an isotropic share stands for multiple scattering.

use std::f32::consts::{FRAC_PI_2, PI, TAU};

use glam::Vec3;
use rayon::prelude::*;

use crate::noise::{fbm, pair, smoothstep, unit, value};

/// What the weather is like.
#[derive(Clone, Copy)]
pub(crate) struct Weather {
    /// Unit direction towards the sun.
    pub sun: Vec3,
    /// Haze, as a multiple of that of clear air.
    pub haze: f32,
    /// Share of the sky under cumulus, about `0..1`.
    pub cumulus: f32,
    /// Strength of the high streaks, `0..1`.
    pub cirrus: f32,
    /// Chooses the clouds.
    pub seed: f32,
}

/// Radiance of the sky for every direction, and the sun's irradiance at the ground.
pub(crate) struct Sky {
    table: Vec<Vec3>,
    clear: Vec<Vec3>,
    /// Irradiance of the sun on a surface that faces it.
    pub sunlight: Vec3,
    /// Irradiance of the sky on level ground.
    pub ambient: Vec3,
}

const WIDTH: usize = 3072;
const HEIGHT: usize = 640;
const CLEAR_WIDTH: usize = 192;
const CLEAR_HEIGHT: usize = 96;

const GROUND: f32 = 6.36e6;
const TOP: f32 = 6.42e6;
const RAYLEIGH: Vec3 = Vec3::new(5.8e-6, 13.5e-6, 33.1e-6);
const OZONE: Vec3 = Vec3::new(1.75e-6, 2.15e-6, 0.12e-6);
const MIE: f32 = 3.0e-6;
/// Irradiance of the sun above the air; sets the scale of all radiances.
const SOLAR: Vec3 = Vec3::new(20.0, 19.6, 19.0);

impl Sky {
    /// Bakes the sky.
    pub(crate) fn new(weather: &Weather) -> Self {
        let clear: Vec<Vec3> = (0..CLEAR_WIDTH * CLEAR_HEIGHT)
            .into_par_iter()
            .map(|i| scatter(direction(i, CLEAR_WIDTH, CLEAR_HEIGHT), weather))
            .collect();
        let mut sky = Self { table: Vec::new(), clear, sunlight: Vec3::ZERO, ambient: Vec3::ZERO };
        sky.sunlight = SOLAR * transmittance(Vec3::Y * (GROUND + 10.0), weather.sun, weather.haze);
        sky.ambient = irradiance(|d| sky.clear(d));
        let clouds = Clouds::new(weather, sky.ambient);
        sky.table = (0..WIDTH * HEIGHT)
            .into_par_iter()
            .map(|i| {
                let d = direction(i, WIDTH, HEIGHT);
                clouds.over(d, sky.clear(d), unit(pair(i as u32, 77)))
            })
            .collect();
        sky.ambient = irradiance(|d| sky.radiance(d));
        sky
    }

    /// The sky some time after its sun has set, left with this share of its light: the blue hour
    /// lives on light that ozone has filtered along ways which single scattering does not know.
    pub(crate) fn set(mut self, share: Vec3) -> Self {
        for radiance in self.table.iter_mut().chain(&mut self.clear) {
            *radiance *= share;
        }
        self.ambient *= share;
        self.sunlight = Vec3::ZERO;
        self
    }

    /// Radiance from direction `d` (unit); below the horizon that of the horizon.
    pub(crate) fn radiance(&self, d: Vec3) -> Vec3 {
        lookup(&self.table, WIDTH, HEIGHT, d)
    }

    /// Radiance without clouds.
    pub(crate) fn clear(&self, d: Vec3) -> Vec3 {
        lookup(&self.clear, CLEAR_WIDTH, CLEAR_HEIGHT, d)
    }
}

/// Centre of table entry `i`. Rows go with the root of the elevation: the horizon needs most.
fn direction(i: usize, width: usize, height: usize) -> Vec3 {
    let azimuth = TAU * ((i % width) as f32 + 0.5) / width as f32;
    let v = ((i / width) as f32 + 0.5) / height as f32;
    let (sin, cos) = (FRAC_PI_2 * v * v).sin_cos();
    Vec3::new(cos * azimuth.sin(), sin, cos * azimuth.cos())
}

fn lookup(table: &[Vec3], width: usize, height: usize, d: Vec3) -> Vec3 {
    let x = d.x.atan2(d.z).rem_euclid(TAU) / TAU * width as f32 - 0.5;
    let elevation = d.y.clamp(0.0, 1.0).asin();
    let y = ((elevation / FRAC_PI_2).sqrt() * height as f32 - 0.5).clamp(0.0, height as f32 - 1.001);
    let (x0, y0) = (x.floor(), y.floor());
    let column = |k: i32| (x0 as i32 + k).rem_euclid(width as i32) as usize;
    let row = |r: usize| {
        let at = |k: i32| table[r * width + column(k)];
        at(0).lerp(at(1), x - x0)
    };
    row(y0 as usize).lerp(row(y0 as usize + 1), y - y0)
}

/// Cosine-weighted integral over the upper hemisphere.
fn irradiance(radiance: impl Fn(Vec3) -> Vec3) -> Vec3 {
    const N: usize = 24;
    let mut sum = Vec3::ZERO;
    for i in 0..N * N {
        let (r2, angle) = (((i / N) as f32 + 0.5) / N as f32, TAU * (i % N) as f32 / N as f32);
        let (r, y) = (r2.sqrt(), (1.0 - r2).sqrt());
        sum += radiance(Vec3::new(r * angle.cos(), y, r * angle.sin()));
    }
    sum * PI / (N * N) as f32
}

/// Distance from `p` (planet's centre at the origin) along `d` to the sphere of `radius`.
fn leave(p: Vec3, d: Vec3, radius: f32) -> f32 {
    let b = p.dot(d);
    let c = p.length_squared() - radius * radius;
    -b + (b * b - c).max(0.0).sqrt()
}

/// Extinction per metre, and its scattering by air and by haze, at a height above ground.
fn medium(height: f32, haze: f32) -> (Vec3, Vec3, f32) {
    let air = RAYLEIGH * (-height / 8000.0).exp();
    let dust = MIE * haze * (-height / 1200.0).exp();
    let ozone = OZONE * (1.0 - (height - 25_000.0).abs() / 15_000.0).max(0.0);
    (air + dust * 1.1 + ozone, air, dust)
}

/// Share of light that reaches `p` from outside along `d`.
fn transmittance(p: Vec3, d: Vec3, haze: f32) -> Vec3 {
    let b = p.dot(d);
    if b < 0.0 && p.length_squared() - b * b < GROUND * GROUND {
        return Vec3::ZERO;
    }
    const STEPS: usize = 16;
    let step = leave(p, d, TOP) / STEPS as f32;
    let depth: Vec3 =
        (0..STEPS).map(|i| medium((p + d * step * (i as f32 + 0.5)).length() - GROUND, haze).0 * step).sum();
    (-depth).exp()
}

/// Radiance of the cloudless sky.
fn scatter(d: Vec3, weather: &Weather) -> Vec3 {
    let eye = Vec3::Y * (GROUND + 10.0);
    let cosine = d.dot(weather.sun);
    let rayleigh = 3.0 / (16.0 * PI) * (1.0 + cosine * cosine);
    const G: f32 = 0.76;
    let mie = (1.0 - G * G) / (4.0 * PI * (1.0 + G * G - 2.0 * G * cosine).powf(1.5));
    let end = leave(eye, d, TOP);
    const STEPS: usize = 48;
    let (mut depth, mut sum, mut before) = (Vec3::ZERO, Vec3::ZERO, 0.0);
    for i in 1..=STEPS {
        // Steps grow with distance: the dense air is near.
        let t = end * (i as f32 / STEPS as f32).powi(2);
        let step = t - before;
        let p = eye + d * (before + 0.5 * step);
        before = t;
        let (extinction, air, dust) = medium(p.length() - GROUND, weather.haze);
        depth += 0.5 * extinction * step;
        let sun = transmittance(p, weather.sun, weather.haze);
        let multiple = 0.45 / (4.0 * PI);
        let source = air * (rayleigh + multiple) + Vec3::splat(dust * (mie + multiple));
        sum += (-depth).exp() * sun * source * step;
        depth += 0.5 * extinction * step;
    }
    sum * SOLAR
}

/// The clouds and the light upon them.
struct Clouds<'a> {
    weather: &'a Weather,
    sun: Vec3,
    high_sun: Vec3,
    ambient: Vec3,
}

const BASE: f32 = 1300.0;
const CEILING: f32 = 2500.0;

impl<'a> Clouds<'a> {
    fn new(weather: &'a Weather, ambient: Vec3) -> Self {
        let at = |height: f32| SOLAR * transmittance(Vec3::Y * (GROUND + height), weather.sun, weather.haze);
        Self { weather, sun: at(BASE), high_sun: at(8000.0), ambient: ambient / PI }
    }

    fn density(&self, p: Vec3, octaves: u32) -> f32 {
        let h = (p.y - BASE) / (CEILING - BASE);
        if !(0.0..1.0).contains(&h) {
            return 0.0;
        }
        let q = p / 1500.0 + Vec3::splat(self.weather.seed);
        let patch = value(q.with_y(self.weather.seed) * 0.45);
        let shape = fbm(q * Vec3::new(1.0, 1.5, 1.0), octaves);
        // Flat bases, round tops.
        let profile = smoothstep(0.0, 0.08, h) * (1.0 - 0.75 * h);
        let cover = self.weather.cumulus;
        ((shape * 0.75 + patch * 0.45 - 1.0 + cover * 0.62) * 6.0 - 1.6 * (1.0 - profile)).clamp(0.0, 1.0)
    }

    /// The sky `behind` seen through the clouds.
    fn over(&self, d: Vec3, behind: Vec3, jitter: f32) -> Vec3 {
        if d.y < 0.02 {
            return behind;
        }
        let mut sky = behind;
        if self.weather.cirrus > 0.0 {
            let p = d * (8000.0 / (d.y + 0.02)) / 5200.0;
            let warp = fbm(p * 0.7 + self.weather.seed, 3) - 0.5;
            let q = Vec3::new(p.x * 0.55 + 0.5 * p.z + 2.0 * warp, 0.0, p.z * 1.9 - 0.6 * p.x + warp);
            let streak = fbm(q + 3.1 * self.weather.seed, 6);
            let field = fbm(p * 0.35 + 11.0 + self.weather.seed, 3);
            let amount = smoothstep(0.42, 0.85, 0.6 * streak + 0.55 * field) * self.weather.cirrus;
            let near = smoothstep(0.02, 0.14, d.y);
            let toward = d.dot(self.weather.sun);
            let phase = 0.08 + 0.10 * toward.max(0.0).powi(4);
            let lit = self.high_sun * phase + self.ambient * 0.8;
            sky = sky.lerp(lit.max(sky * 0.7), amount * near);
        }
        if self.weather.cumulus <= 0.0 {
            return sky;
        }
        const STEPS: usize = 40;
        let (near, far) = (BASE / d.y, (CEILING / d.y).min(BASE / d.y + 9000.0));
        let step = (far - near) / STEPS as f32;
        let cosine = d.dot(self.weather.sun);
        let forward = 0.08 + 0.35 * cosine.max(0.0).powi(12) + 0.06 * (1.0 + cosine * cosine);
        let (mut through, mut glow, mut reach, mut weight) = (1.0, Vec3::ZERO, 0.0, 0.0);
        for i in 0..STEPS {
            let t = near + step * (i as f32 + jitter);
            let p = d * t;
            let density = self.density(p, 5);
            if density <= 0.0 {
                continue;
            }
            let toward_sun: f32 =
                [60.0, 180.0, 420.0].iter().map(|&s| self.density(p + self.weather.sun * s, 3)).sum();
            // Two decays: the second stands for light that many scatterings have spread.
            let shade = toward_sun * 1.1;
            let direct = (-2.0 * shade).exp() + 0.45 * (-0.35 * shade).exp();
            let height = (p.y - BASE) / (CEILING - BASE);
            let light = self.sun * forward * direct * 2.2 + self.ambient * (0.45 + 0.55 * height);
            let opacity = 1.0 - (-density * step * 0.012).exp();
            glow += through * opacity * light;
            reach += through * opacity * t;
            weight += through * opacity;
            through *= 1.0 - opacity;
            if through < 0.01 {
                break;
            }
        }
        if weight <= 0.0 {
            return sky;
        }
        let veil = (-(reach / weight) / 16_000.0).exp();
        let cloud = glow + sky * through;
        sky.lerp(cloud, veil * smoothstep(0.02, 0.07, d.y))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clear(elevation: f32) -> Weather {
        let (sin, cos) = elevation.to_radians().sin_cos();
        Weather { sun: Vec3::new(0.0, sin, cos), haze: 1.0, cumulus: 0.0, cirrus: 0.0, seed: 0.0 }
    }

    #[test]
    fn the_noon_zenith_is_blue_and_the_low_sun_is_red() {
        let zenith = scatter(Vec3::Y, &clear(50.0));
        assert!(zenith.z > 1.5 * zenith.x);
        let low = transmittance(Vec3::Y * (GROUND + 10.0), clear(3.0).sun, 1.0);
        assert!(low.x > 2.0 * low.z);
    }

    #[test]
    fn after_sunset_the_glow_stays_where_the_sun_went() {
        let weather = clear(-3.0);
        let west = scatter(Vec3::new(0.0, 0.1, 1.0).normalize(), &weather);
        let east = scatter(Vec3::new(0.0, 0.1, -1.0).normalize(), &weather);
        assert!(west.x > 3.0 * east.x);
    }

    #[test]
    fn table_rows_invert_directions() {
        let table: Vec<Vec3> = (0..64 * 32).map(|i| direction(i, 64, 32)).collect();
        for i in [64 * 3 + 5, 64 * 20 + 40, 64 * 30 + 63] {
            let d = direction(i, 64, 32);
            assert!((lookup(&table, 64, 32, d) - d).length() < 1e-3);
        }
    }
}
