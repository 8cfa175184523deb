//! What lies outside a room's windows, in the plain light of sun and sky.

use std::f32::consts::{PI, TAU};

use glam::Vec3;
use rayon::prelude::*;

use crate::bvh::Ray;
use crate::indoors::Indoors;
use crate::lights::Light;
use crate::materials::{Surface, surface};
use crate::noise::Rng;
use crate::scatter::leave;

/// Cells of the panorama, around and from top to bottom, and rays for each.
const PANORAMA: [usize; 2] = [256, 128];
const RAYS: u32 = 8;

impl Indoors<'_> {
    /// Makes the panorama: trees stand far enough away for all of a room to see the same ones.
    pub(crate) fn look_out(&mut self) {
        let opening = |light: &Light| match *light {
            Light::Rect { corner, edges: [u, v], radiance: None } => Some(corner + 0.5 * (u + v)),
            _ => None,
        };
        let Some(origin) = self.lights.iter().find_map(opening) else {
            return;
        };
        let [w, h] = PANORAMA;
        self.panorama = (0..w * h)
            .into_par_iter()
            .map(|i| {
                let mut rng = Rng::new(i as u32);
                let mut sum = Vec3::ZERO;
                for _ in 0..RAYS {
                    let around = TAU * ((i % w) as f32 + rng.unit()) / w as f32;
                    let down = PI * ((i / w) as f32 + rng.unit()) / h as f32;
                    let dir = Vec3::new(down.sin() * around.sin(), down.cos(), down.sin() * around.cos());
                    sum += self.outdoors(&Ray { origin, dir });
                }
                sum / RAYS as f32
            })
            .collect();
    }

    /// The panorama's radiance from direction `dir`.
    pub(crate) fn afar(&self, dir: Vec3) -> Vec3 {
        let [w, h] = PANORAMA;
        let x = (dir.x.atan2(dir.z).rem_euclid(TAU) / TAU * w as f32) as usize;
        let y = (dir.y.clamp(-1.0, 1.0).acos() / PI * h as f32) as usize;
        self.panorama.get(y.min(h - 1) * w + x.min(w - 1)).copied().unwrap_or_default()
    }

    /// Radiance of what lies out of doors: in the plain light of sun and sky.
    pub(crate) fn outdoors(&self, ray: &Ray) -> Vec3 {
        let Some(hit) = self.scene.nearest(ray) else {
            return self.sky.radiance(ray.dir);
        };
        let Surface::Matte { albedo, normal, through, .. } = surface(&hit, &self.look) else {
            return Vec3::ZERO;
        };
        let mut light = self.look.ambient * (0.45 + 0.35 * normal.y);
        let facing = normal.dot(self.sun);
        let facing = if facing > 0.0 { (1.0 - through) * facing } else { -through * facing };
        if facing > 0.0 && !self.scene.blocks(&leave(&hit, self.sun), f32::INFINITY) {
            light += self.sky.sunlight * facing;
        }
        albedo * light / PI
    }
}
