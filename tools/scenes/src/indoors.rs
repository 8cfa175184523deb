//! Light in a room: paths with many bounces, and at each of them a look at every window and lamp
//! (next-event estimation; windows are also met by chance, and the two are weighed by the balance
//! heuristic of E. Veach and L. Guibas, "Optimally combining sampling techniques for Monte Carlo
//! rendering", 1995).

use glam::Vec3;

use crate::bvh::Ray;
use crate::furnishings::{Stuff, finish as look_of};
use crate::lights::Light;
use crate::materials::{Look, Material};
use crate::noise::Rng;
use crate::scatter::{Next, bounce, gleam, pane, reflectance};
use crate::scene::Scene;
use crate::sky::Sky;

/// All that light meets in and around a room.
pub(crate) struct Indoors<'a> {
    pub scene: &'a Scene,
    pub lights: &'a [Light],
    pub sky: &'a Sky,
    pub sun: Vec3,
    pub look: Look,
    /// Radiance above which light that came by a diffuse bounce is cut, against lone bright pixels.
    pub brightest: f32,
    /// The view out of the first window, as light that comes in takes it; see
    /// [`look_out`](Self::look_out).
    pub panorama: Vec<Vec3>,
}

/// What one path brings, apart: what lies under a first surface's coat and what the coat mirrors
/// are cleared of noise each by itself.
pub(crate) struct Sample {
    /// Light on the first ground, before its albedo.
    pub ground: Vec3,
    pub albedo: Vec3,
    /// Light by mirrors, or from a light that is seen directly.
    pub coat: Vec3,
    pub normal: Vec3,
    pub depth: f32,
}

const BOUNCES: u32 = 6;
/// Most surfaces along a path between two diffuse bounces.
const MIRRORS: u32 = 6;

impl Indoors<'_> {
    /// One random path along the camera's `ray`.
    pub(crate) fn sample(&self, mut ray: Ray, rng: &mut Rng) -> Sample {
        let (mut weight, mut depth, mut mirrors) = (Vec3::ONE, 0.0, Vec3::ZERO);
        let mut bare =
            Sample { ground: Vec3::ZERO, albedo: Vec3::ZERO, coat: Vec3::ZERO, normal: -ray.dir, depth: 1e4 };
        for _ in 0..MIRRORS {
            let Some(hit) = self.scene.nearest(&ray) else {
                bare.coat = mirrors + weight * self.sky.radiance(ray.dir);
                return bare;
            };
            depth += hit.distance;
            let Material::Indoor(stuff) = hit.material else {
                bare.coat = mirrors + weight * self.outdoors(&ray);
                bare.depth = depth;
                return bare;
            };
            if stuff == Stuff::Pane {
                let (on, back, share) = pane(&ray, &hit);
                let mirrored = self.radiance(Next { ray: back, density: f32::INFINITY }, 1, rng);
                mirrors += weight * share * mirrored;
                weight *= 1.0 - share;
                ray = on;
                continue;
            }
            let finish = look_of(stuff, &hit, self.look.lit);
            bare.depth = depth;
            bare.normal = hit.bent;
            bare.coat = mirrors;
            if let Some(glow) = finish.glow {
                bare.coat += weight * glow;
                return bare;
            }
            let share = reflectance(&ray, &finish);
            if share.max_element() > 0.0 {
                let next = gleam(&ray, &hit, &finish, rng);
                bare.coat += weight * share * self.radiance(next, 1, rng);
            }
            if !finish.metal {
                bare.albedo = finish.albedo * (weight * (1.0 - share));
                let next = bounce(&hit, &finish, rng);
                bare.ground = self.sun_on(&hit, &finish, rng)
                    + self.sunspots(&hit, &finish, rng)
                    + self.direct(&hit, &finish, true, rng)
                    + self.radiance(next, 1, rng);
            }
            return bare;
        }
        bare
    }

    /// Radiance that arrives along a path's next piece after `bounces` surfaces.
    fn radiance(&self, mut next: Next, mut bounces: u32, rng: &mut Rng) -> Vec3 {
        let (mut weight, mut light) = (Vec3::ONE, Vec3::ZERO);
        let mut limit = if next.density.is_finite() { self.brightest } else { 2.0 * self.brightest };
        for _ in 0..MIRRORS + BOUNCES {
            let hit = self.scene.nearest(&next.ray);
            let stuff = hit.as_ref().map(|hit| hit.material);
            let (Some(hit), Some(Material::Indoor(stuff))) = (hit, stuff) else {
                let sharp = !next.density.is_finite();
                let outside = if sharp { self.outdoors(&next.ray) } else { self.afar(next.ray.dir) };
                let seen = weight * outside * self.chance_share(&next, bounces);
                light += seen.min(Vec3::splat(limit));
                break;
            };
            if stuff == Stuff::Pane {
                let (on, back, share) = pane(&next.ray, &hit);
                next.ray = if rng.chance(share) { back } else { on };
                continue;
            }
            let finish = look_of(stuff, &hit, self.look.lit);
            if let Some(glow) = finish.glow {
                let share = match stuff {
                    Stuff::Softbox => self.chance_share(&next, bounces),
                    // Shades are always looked for.
                    _ if next.density.is_finite() => 0.0,
                    _ => 1.0,
                };
                light += (weight * glow * share).min(Vec3::splat(limit));
                break;
            }
            let share = reflectance(&next.ray, &finish);
            // After a diffuse bounce mirrors would only bring bright specks.
            if !next.density.is_finite() && rng.chance(share.max_element()) {
                weight *= share / share.max_element();
                next = gleam(&next.ray, &hit, &finish, rng);
                continue;
            }
            weight *= finish.albedo;
            // The first ground has looked for the spots that the sun makes.
            let spotted = bounces == 1 && next.density.is_finite();
            let sun = if spotted { Vec3::ZERO } else { self.sun_on(&hit, &finish, rng) };
            light += (weight * (sun + self.direct(&hit, &finish, false, rng))).min(Vec3::splat(limit));
            limit = self.brightest;
            bounces += 1;
            if bounces > BOUNCES {
                break;
            }
            let survival = (1.4 * weight.max_element()).clamp(0.1, 1.0);
            if !rng.chance(survival) {
                break;
            }
            weight /= survival;
            next = bounce(&hit, &finish, rng);
        }
        light
    }
}
