//! How light leaves the surfaces indoors: spread by the ground, mirrored by its coat, or through panes.

use std::f32::consts::PI;

use glam::Vec3;

use crate::bvh::Ray;
use crate::furnishings::Finish;
use crate::noise::Rng;
use crate::scene::Hit;
use crate::trace::mirror;
use crate::water::fresnel;

/// Where a path goes on.
pub(crate) struct Next {
    pub ray: Ray,
    /// Density over solid angle with which it was chosen; infinite for mirrors.
    pub density: f32,
}

pub(crate) fn lift(hit: &Hit) -> f32 {
    2e-4 + 2e-5 * hit.distance
}

/// A ray from the hit, off the side of the face to which `dir` points.
pub(crate) fn leave(hit: &Hit, dir: Vec3) -> Ray {
    Ray { origin: hit.point + hit.normal * lift(hit) * hit.normal.dot(dir).signum(), dir }
}

/// Cosine towards a light; one on the far side counts by the share that comes through.
pub(crate) fn facing(hit: &Hit, finish: &Finish, dir: Vec3) -> f32 {
    let near = finish.normal.dot(dir);
    if hit.normal.dot(dir) > 0.0 {
        (1.0 - finish.through) * near.max(0.0)
    } else {
        finish.through * (-near).max(0.0)
    }
}

/// Density with which [`bounce`] takes `dir`.
pub(crate) fn cosine_density(hit: &Hit, finish: &Finish, dir: Vec3) -> f32 {
    facing(hit, finish, dir) / PI
}

pub(crate) fn bounce(hit: &Hit, finish: &Finish, rng: &mut Rng) -> Next {
    let side = if rng.chance(finish.through) { -1.0 } else { 1.0 };
    let dir = (finish.normal * side + rng.sphere() * 0.999).normalize();
    // A tipped normal must not send paths through the face.
    let slip = dir.dot(hit.normal) * side;
    let dir = if slip < 0.0 { dir - 2.0 * slip * side * hit.normal } else { dir };
    Next { ray: leave(hit, dir), density: cosine_density(hit, finish, dir).max(1e-4) }
}

/// Share of light that the surface mirrors.
pub(crate) fn reflectance(ray: &Ray, finish: &Finish) -> Vec3 {
    if finish.metal {
        return finish.albedo;
    }
    // Rough coats mirror less at grazing angles than smooth ones.
    let cosine = (-ray.dir.dot(finish.normal)).max(0.6 * finish.blur);
    Vec3::splat((finish.coat * fresnel(cosine)).min(1.0))
}

pub(crate) fn gleam(ray: &Ray, hit: &Hit, finish: &Finish, rng: &mut Rng) -> Next {
    let normal = (finish.normal + finish.blur * rng.sphere() * rng.unit().sqrt()).normalize();
    let dir = mirror(ray.dir, normal, hit.normal);
    Next { ray: leave(hit, dir), density: f32::INFINITY }
}

/// The ways through a pane and back from it, and the share of light that goes back.
pub(crate) fn pane(ray: &Ray, hit: &Hit) -> (Ray, Ray, f32) {
    let share = (1.8 * fresnel(-ray.dir.dot(hit.normal))).min(0.95);
    let on = Ray { origin: hit.point - hit.normal * lift(hit), dir: ray.dir };
    (on, leave(hit, mirror(ray.dir, hit.normal, hit.normal)), share)
}
