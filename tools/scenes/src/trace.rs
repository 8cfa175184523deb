//! Light along paths: sun, sky and lamps on diffuse faces, two bounces between them, panes and
//! water that mirror by Fresnel's law, and air that veils the distance.

use std::f32::consts::{PI, TAU};

use glam::Vec3;

use crate::bvh::Ray;
use crate::materials::{LANTERN, Look, Surface, surface};
use crate::noise::Rng;
use crate::scene::{Hit, Scene};
use crate::sky::Sky;
use crate::water::fresnel;

/// The air between things.
#[derive(Clone, Copy)]
pub(crate) struct Air {
    /// Distance in metres over which haze takes away all but 1/e of the light, for red, green, blue.
    pub reach: Vec3,
    /// The same for mist, at the water's level.
    pub mist_reach: f32,
    /// Height in metres over which the mist thins to 1/e.
    pub mist_height: f32,
}

/// All that a ray can meet.
pub(crate) struct World<'a> {
    pub scene: &'a Scene,
    pub lamps: &'a [Vec3],
    pub sky: &'a Sky,
    pub sun: Vec3,
    pub look: Look,
    pub air: Air,
    /// Radiance above which light that came by a diffuse bounce is cut, against lone bright pixels.
    pub brightest: f32,
}

/// Radius of the sun's disc, radians.
const DISC: f32 = 0.0047;
/// Most segments of a path, and most diffuse bounces among them.
const SEGMENTS: u32 = 9;
const BOUNCES: u32 = 2;

impl World<'_> {
    /// Radiance that arrives along `ray`, from one random path.
    pub(crate) fn radiance(&self, mut ray: Ray, rng: &mut Rng) -> Vec3 {
        let (mut weight, mut light, mut bounces) = (Vec3::ONE, Vec3::ZERO, 0);
        for _ in 0..SEGMENTS {
            let limit = if bounces == 0 { f32::INFINITY } else { self.brightest };
            let mut add = |radiance: Vec3| light += (radiance).min(Vec3::splat(limit));
            let Some(hit) = self.scene.nearest(&ray) else {
                add(weight * self.sky.radiance(ray.dir));
                break;
            };
            if bounces == 0 {
                let clear = self.clarity(ray.origin, hit.point);
                add(weight * (1.0 - clear) * self.airlight(ray.dir));
                weight *= clear;
            }
            let lift = 5e-4 + 2e-5 * hit.distance;
            let outside = hit.point + hit.normal * lift;
            match surface(&hit, &self.look) {
                Surface::Radiant(radiance) => {
                    add(weight * radiance);
                    break;
                }
                Surface::Pane { normal } => {
                    let cosine = -ray.dir.dot(normal);
                    // Two faces of the pane reflect.
                    let share = (1.8 * fresnel(cosine)).min(0.95);
                    if rng.chance(share) {
                        ray = Ray { origin: outside, dir: mirror(ray.dir, normal, hit.normal) };
                    } else {
                        weight *= 0.88;
                        ray = Ray { origin: hit.point - hit.normal * lift, dir: ray.dir };
                    }
                }
                Surface::Water { normal, depth } => {
                    let share = fresnel(-ray.dir.dot(normal));
                    if !rng.chance(share) {
                        let sun = self.sky.sunlight * self.sun.y.max(0.0);
                        add(weight * depth * (self.look.ambient + 0.5 * sun) / PI);
                        break;
                    }
                    ray = Ray { origin: outside, dir: mirror(ray.dir, normal, hit.normal) };
                }
                Surface::Matte { albedo, normal, through, gloss } => {
                    let gleam = gloss * fresnel(-ray.dir.dot(normal));
                    if gleam > 0.0 && rng.chance(gleam) {
                        let rough = (normal + 0.12 * rng.sphere()).normalize();
                        ray = Ray { origin: outside, dir: mirror(ray.dir, rough, hit.normal) };
                        bounces += 1;
                        continue;
                    }
                    weight *= albedo;
                    add(weight * self.direct(&hit, normal, through, lift, rng));
                    if bounces == BOUNCES {
                        // What further bounces would bring.
                        add(weight * 0.25 * self.look.ambient / PI);
                        break;
                    }
                    bounces += 1;
                    // Dark faces pass little on: few paths go on from them, with more weight.
                    let survival = (1.6 * albedo.max_element()).clamp(0.15, 1.0);
                    if !rng.chance(survival) {
                        break;
                    }
                    weight /= survival;
                    let far = rng.chance(through);
                    let side = if far { -1.0 } else { 1.0 };
                    let dir = (normal * side + rng.sphere() * 0.999).normalize();
                    // A tipped normal must not send paths through the face.
                    let slip = dir.dot(hit.normal) * side;
                    let dir = if slip < 0.0 { dir - 2.0 * slip * side * hit.normal } else { dir };
                    ray = Ray { origin: hit.point + hit.normal * side * lift, dir };
                }
            }
        }
        light
    }

    /// Irradiance over π from the sun and one of the lamps.
    fn direct(&self, hit: &Hit, normal: Vec3, through: f32, lift: f32, rng: &mut Rng) -> Vec3 {
        // Light on the far side counts by the share that comes through.
        let cosine = |dir: Vec3| {
            let (near, face) = (normal.dot(dir), hit.normal.dot(dir));
            if face > 0.0 { (1.0 - through) * near.max(0.0) } else { through * (-near).max(0.0) }
        };
        let leave = |dir: Vec3| hit.point + hit.normal * lift * hit.normal.dot(dir).signum();
        let mut light = Vec3::ZERO;
        if self.sky.sunlight.max_element() > 1e-3 {
            let dir = (self.sun + DISC * rng.sphere()).normalize();
            let facing = cosine(dir);
            if facing > 0.0 && !self.scene.blocks(&Ray { origin: leave(dir), dir }, f32::INFINITY) {
                light += self.sky.sunlight * facing / PI;
            }
        }
        if self.look.lit {
            light += self.lamplight(hit, &cosine, &leave, rng);
        }
        light
    }

    /// One lamp, drawn in proportion to what it would give unshadowed.
    fn lamplight(
        &self,
        hit: &Hit,
        cosine: &impl Fn(Vec3) -> f32,
        leave: &impl Fn(Vec3) -> Vec3,
        rng: &mut Rng,
    ) -> Vec3 {
        // As a point; its mantle outshines the glass around it.
        const INTENSITY: Vec3 = Vec3::new(LANTERN.x * 0.45, LANTERN.y * 0.45, LANTERN.z * 0.45);
        let (mut total, mut chosen) = (0.0, None);
        for &lamp in self.lamps {
            let offset = lamp - hit.point;
            let distance = offset.length();
            let gain = cosine(offset / distance) / (distance * distance).max(0.2);
            if gain > 0.0 {
                total += gain;
                if rng.chance(gain / total) {
                    chosen = Some((offset, distance));
                }
            }
        }
        let Some((offset, distance)) = chosen else {
            return Vec3::ZERO;
        };
        let dir = offset / distance;
        // The lantern itself must not shade its light.
        let free = (distance - 0.45).max(0.0);
        if self.scene.blocks(&Ray { origin: leave(dir), dir }, free) {
            return Vec3::ZERO;
        }
        INTENSITY * total / PI
    }

    /// Share of light that passes from `a` to `b`.
    fn clarity(&self, a: Vec3, b: Vec3) -> Vec3 {
        let distance = a.distance(b);
        let haze = distance / self.air.reach;
        let h = self.air.mist_height;
        let (low, high) = ((-a.y.max(0.0) / h).exp(), (-b.y.max(0.0) / h).exp());
        let rise = (b.y.max(0.0) - a.y.max(0.0)) / h;
        // Mean of an exponential along the way.
        let mean = if rise.abs() > 1e-3 { (low - high) / rise } else { low };
        (-haze - mean * distance / self.air.mist_reach).exp()
    }

    /// Radiance of a long way of air in this direction: that of the sky low above the horizon.
    fn airlight(&self, dir: Vec3) -> Vec3 {
        let low = Vec3::new(dir.x, 0.0, dir.z).normalize_or(Vec3::Z).with_y(0.06).normalize();
        self.sky.clear(low)
    }
}

/// `dir` mirrored at `normal`, kept on the outer side of the true face.
pub(crate) fn mirror(dir: Vec3, normal: Vec3, face: Vec3) -> Vec3 {
    let out = dir - 2.0 * dir.dot(normal) * normal;
    let slip = out.dot(face);
    if slip < 0.02 { (out + face * (0.02 - slip)).normalize() } else { out }
}

/// A uniform point of the unit disc.
pub(crate) fn disc(rng: &mut Rng) -> (f32, f32) {
    let (r, angle) = (rng.unit().sqrt(), rng.range(0.0, TAU));
    (r * angle.cos(), r * angle.sin())
}
