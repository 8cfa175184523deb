//! Lights of some size, drawn at random for next-event estimation.

use std::f32::consts::{PI, TAU};

use glam::Vec3;

use crate::bvh::Ray;
use crate::noise::Rng;

/// Something that gives light.
#[derive(Clone, Copy)]
pub(crate) enum Light {
    /// A rectangle that shines to the side of `edges[0] × edges[1]`; without a radiance of its
    /// own it is an opening through which the outdoors shine.
    Rect { corner: Vec3, edges: [Vec3; 2], radiance: Option<Vec3> },
    /// A small ball, not drawn itself.
    Ball { centre: Vec3, radius: f32, radiance: Vec3 },
    /// A lampshade: the mantle of a cone that stands on `base`, with the radii of foot and top.
    Shade { base: Vec3, radii: [f32; 2], height: f32, radiance: Vec3 },
}

/// A point of a light.
pub(crate) struct Draw {
    pub at: Vec3,
    pub normal: Vec3,
    /// Inverse of the density over the light's face.
    pub area: f32,
}

impl Light {
    /// A random point on the side of the light that faces `from`.
    pub(crate) fn draw(&self, from: Vec3, rng: &mut Rng) -> Draw {
        match *self {
            Self::Rect { corner, edges: [u, v], .. } => {
                let normal = u.cross(v);
                let (s, t) = (rng.unit(), rng.unit());
                Draw { at: corner + u * s + v * t, normal: normal.normalize(), area: normal.length() }
            }
            Self::Ball { centre, radius, .. } => {
                let mut normal = rng.sphere();
                if normal.dot(from - centre) < 0.0 {
                    normal = -normal;
                }
                Draw { at: centre + normal * radius, normal, area: 2.0 * PI * radius * radius }
            }
            Self::Shade { base, radii: [foot, top], height, .. } => {
                let (angle, t) = (rng.range(0.0, TAU), rng.unit());
                let lean = (foot - top) / height;
                let out = Vec3::new(angle.cos(), lean, angle.sin()).normalize();
                let radius = foot + (top - foot) * t;
                let point = |sign: f32| {
                    base + Vec3::new(sign * radius * angle.cos(), height * t, sign * radius * angle.sin())
                };
                let slant = (1.0 + lean * lean).sqrt() * height;
                // The near half of the mantle is enough: the far half hides behind it.
                let area = PI * radius * slant;
                if out.dot(from - point(1.0)) > 0.0 {
                    Draw { at: point(1.0), normal: out, area }
                } else {
                    let normal = Vec3::new(-out.x, out.y, -out.z);
                    Draw { at: point(-1.0), normal, area }
                }
            }
        }
    }

    /// About what the light gives at `from` when nothing is in its way, `outdoors` being the
    /// brightness of what shines through openings.
    pub(crate) fn strength(&self, from: Vec3, outdoors: f32) -> f32 {
        let (centre, area, brightness) = match *self {
            Self::Rect { corner, edges: [u, v], radiance } => {
                let brightness = radiance.map_or(outdoors, Vec3::element_sum);
                (corner + 0.5 * (u + v), u.cross(v).length(), brightness)
            }
            Self::Ball { centre, radius, radiance } => (centre, PI * radius * radius, radiance.element_sum()),
            Self::Shade { base, radii: [foot, top], height, radiance } => {
                (base + 0.5 * height * Vec3::Y, (foot + top) * height, radiance.element_sum())
            }
        };
        brightness * area / (centre.distance_squared(from) + 0.3 * area)
    }

    /// Density over solid angle with which [`draw`](Self::draw) gives the ray's direction from its
    /// origin; 0 for lights that rays do not meet.
    pub(crate) fn density(&self, ray: &Ray) -> f32 {
        let Self::Rect { corner, edges: [u, v], .. } = *self else {
            return 0.0;
        };
        let face = u.cross(v);
        let facing = -ray.dir.dot(face);
        let t = (ray.origin - corner).dot(face) / facing;
        if facing <= 0.0 || t <= 0.0 {
            return 0.0;
        }
        let s = ray.origin + ray.dir * t - corner;
        let within = |e: Vec3| (0.0..=1.0).contains(&(s.dot(e) / e.length_squared()));
        if within(u) && within(v) { t * t / facing } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rectangles_density_is_that_of_its_draws() {
        let light = Light::Rect {
            corner: Vec3::new(-1.0, 2.0, -0.5),
            edges: [Vec3::X * 2.0, Vec3::Z],
            radiance: None,
        };
        let mut rng = Rng::new(4);
        for _ in 0..50 {
            let from = Vec3::new(rng.range(-1.0, 1.0), rng.range(-1.0, 1.0), rng.range(-1.0, 1.0));
            let draw = light.draw(from, &mut rng);
            let offset = draw.at - from;
            let dir = offset.normalize();
            let density = offset.length_squared() / (draw.area * -dir.dot(draw.normal));
            let found = light.density(&Ray { origin: from, dir });
            assert!((found - density).abs() < 1e-3 * density, "{found} {density}");
        }
        assert_eq!(light.density(&Ray { origin: Vec3::ZERO, dir: Vec3::NEG_Y }), 0.0);
    }

    #[test]
    fn a_shade_shows_the_side_that_faces_you() {
        let light = Light::Shade { base: Vec3::ZERO, radii: [0.2, 0.12], height: 0.25, radiance: Vec3::ONE };
        let (from, mut rng) = (Vec3::new(3.0, 0.1, 1.0), Rng::new(5));
        for _ in 0..50 {
            let draw = light.draw(from, &mut rng);
            // The mantle bends away at its very edge alone.
            assert!(draw.normal.dot((from - draw.at).normalize()) > -0.3);
        }
    }
}
