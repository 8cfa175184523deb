//! Next-event estimation: what lights, the sun, and the spots where the sun shines in give at a
//! surface.

use std::f32::consts::PI;

use glam::Vec3;

use crate::bvh::Ray;
use crate::furnishings::{Finish, finish as look_of};
use crate::indoors::Indoors;
use crate::lights::Light;
use crate::materials::Material;
use crate::noise::Rng;
use crate::scatter::{Next, cosine_density, facing, leave};
use crate::scene::Hit;

impl Indoors<'_> {
    /// Weight of light that a path met by chance, when it was also looked for.
    pub(crate) fn chance_share(&self, next: &Next, bounces: u32) -> f32 {
        if !next.density.is_finite() {
            return 1.0;
        }
        let from = next.ray.origin;
        let looked: f32 = if bounces > 1 {
            let total = self.strengths(from).sum::<f32>();
            let pairs = self.lights.iter().zip(self.strengths(from));
            pairs.map(|(light, strength)| light.density(&next.ray) * strength / total).sum()
        } else {
            self.lights.iter().map(|light| light.density(&next.ray)).sum()
        };
        next.density / (next.density + looked)
    }

    /// Irradiance over π from the sun.
    pub(crate) fn sun_on(&self, hit: &Hit, finish: &Finish, rng: &mut Rng) -> Vec3 {
        if self.sky.sunlight.max_element() < 1e-3 {
            return Vec3::ZERO;
        }
        let dir = (self.sun + 0.0047 * rng.sphere()).normalize();
        let facing = facing(hit, finish, dir);
        if facing <= 0.0 || self.scene.blocks(&leave(hit, dir), f32::INFINITY) {
            return Vec3::ZERO;
        }
        self.sky.sunlight * facing / PI
    }

    /// Irradiance over π from what the sun shines on through the windows: paths from the sun meet
    /// these spots where paths from here seldom would.
    pub(crate) fn sunspots(&self, hit: &Hit, finish: &Finish, rng: &mut Rng) -> Vec3 {
        let mut light = Vec3::ZERO;
        if self.sky.sunlight.max_element() < 1e-3 {
            return light;
        }
        for window in self.lights {
            let Light::Rect { radiance: None, .. } = window else {
                continue;
            };
            let draw = window.draw(hit.point, rng);
            // The beam's cross section.
            let section = -draw.normal.dot(self.sun) * draw.area;
            let beam = Ray { origin: draw.at, dir: -self.sun };
            if section >= 0.0 || self.scene.blocks(&Ray { origin: draw.at, dir: self.sun }, f32::INFINITY) {
                continue;
            }
            let Some(spot) = self.within(beam) else {
                continue;
            };
            let Material::Indoor(stuff) = spot.material else {
                continue;
            };
            let ground = look_of(stuff, &spot, self.look.lit);
            let offset = spot.point - hit.point;
            let distance = offset.length().max(0.05);
            let dir = offset / distance;
            let gain =
                facing(hit, finish, dir) * facing(&spot, &ground, -dir) / (PI * PI * distance * distance);
            if gain > 0.0 && !self.scene.blocks(&leave(hit, dir), distance - 2e-3) {
                let seen = self.sky.sunlight * ground.albedo * (-section * gain);
                light += seen.min(Vec3::splat(self.brightest));
            }
        }
        light
    }

    /// Irradiance over π from every light, or from one of them at random, the stronger ones more often.
    pub(crate) fn direct(&self, hit: &Hit, finish: &Finish, every: bool, rng: &mut Rng) -> Vec3 {
        if self.lights.is_empty() {
            return Vec3::ZERO;
        }
        if every {
            return self.lights.iter().map(|l| self.lit_by(l, hit, finish, 1.0, rng)).sum::<Vec3>();
        }
        let total = self.strengths(hit.point).sum::<f32>();
        let mut left = rng.unit() * total;
        let mut chosen = (0, 0.0);
        for (k, strength) in self.strengths(hit.point).enumerate() {
            chosen = (k, strength);
            left -= strength;
            if left < 0.0 {
                break;
            }
        }
        self.lit_by(&self.lights[chosen.0], hit, finish, total / chosen.1, rng)
    }

    /// What the lights would give at `from`, by which one of them is chosen.
    pub(crate) fn strengths(&self, from: Vec3) -> impl Iterator<Item = f32> {
        let outdoors = self.look.ambient.element_sum() / PI;
        self.lights.iter().map(move |light| light.strength(from, outdoors))
    }

    /// The light of one, chosen with a chance of one in `odds`.
    pub(crate) fn lit_by(&self, light: &Light, hit: &Hit, finish: &Finish, odds: f32, rng: &mut Rng) -> Vec3 {
        let draw = light.draw(hit.point, rng);
        let offset = draw.at - hit.point;
        let distance = offset.length();
        let dir = offset / distance;
        let (facing, leaving) = (facing(hit, finish, dir), -dir.dot(draw.normal));
        if facing <= 0.0 || leaving <= 0.0 {
            return Vec3::ZERO;
        }
        let ray = leave(hit, dir);
        if self.scene.blocks(&ray, distance - 2e-3) {
            return Vec3::ZERO;
        }
        let density = distance * distance / (leaving * draw.area * odds);
        match *light {
            Light::Rect { radiance, .. } => {
                let radiance = radiance.unwrap_or_else(|| self.afar(dir));
                let other = cosine_density(hit, finish, dir);
                radiance * facing / (PI * (density + other))
            }
            Light::Ball { radiance, .. } | Light::Shade { radiance, .. } => {
                (radiance * facing / (PI * density)).min(Vec3::splat(odds * self.brightest))
            }
        }
    }

    /// What a ray meets behind any panes.
    pub(crate) fn within(&self, mut ray: Ray) -> Option<Hit> {
        let mut hit = self.scene.nearest(&ray)?;
        while !hit.material.shades() {
            ray.origin = hit.point + 1e-3 * ray.dir;
            hit = self.scene.nearest(&ray)?;
        }
        Some(hit)
    }
}
