//! Patterns that materials are made of: masonry bonds, roughness, the stains of weather.
//!
//! They need no texture coordinates: on any wall or roof the horizontal tangent and the direction
//! of steepest slope serve.

use glam::{Vec2, Vec3};

use crate::noise::{fbm, pair, smoothstep, value};

/// Coordinates on a wall or roof: along the horizontal, and up the slope.
pub(crate) fn chart(p: Vec3, n: Vec3) -> Vec2 {
    let along = Vec3::Y.cross(n).normalize_or(Vec3::X);
    Vec2::new(p.dot(along), p.dot(n.cross(along)))
}

/// Cell of a running bond with stones of `size`: its hash, and the place in it in `[0, 1)²`.
pub(crate) fn bond(uv: Vec2, size: Vec2, seed: u32) -> (u32, Vec2) {
    let row = (uv.y / size.y).floor();
    let shifted = Vec2::new(uv.x / size.x + 0.5 * row.rem_euclid(2.0), uv.y / size.y);
    let cell = shifted.floor();
    (pair(pair(cell.x as i32 as u32, cell.y as i32 as u32), seed), shifted - cell)
}

/// 0 in the joints of a bond, 1 on the stones; `joint` is a share of the stone's size.
pub(crate) fn face(place: Vec2, joint: Vec2) -> f32 {
    let edge = place.min(1.0 - place);
    smoothstep(0.0, joint.x, edge.x) * smoothstep(0.0, joint.y, edge.y)
}

/// `n` tipped by the slope of a noise field with this scale (cycles a metre).
pub(crate) fn rough(n: Vec3, p: Vec3, scale: f32, strength: f32) -> Vec3 {
    let q = p * scale;
    let h = value(q);
    let slope = Vec3::new(value(q + 0.3 * Vec3::X), value(q + 0.3 * Vec3::Y), value(q + 0.3 * Vec3::Z)) - h;
    (n - slope * strength).normalize()
}

/// Darkening by weather: runs down from above, soot and damp; 1 where clean.
pub(crate) fn stains(p: Vec3, n: Vec3, strength: f32) -> f32 {
    let uv = chart(p, n);
    let runs = fbm(Vec3::new(uv.x * 2.6, uv.y * 0.14, 0.0), 4);
    let blots = fbm(p * 0.45, 4);
    let damp = smoothstep(4.2, 2.2, p.y + 1.6 * (fbm(p * 0.8, 3) - 0.5));
    let dirt = 0.5 * smoothstep(0.48, 0.8, runs) + 0.5 * smoothstep(0.45, 0.8, blots) + 0.4 * damp;
    1.0 - strength * dirt.min(1.0)
}
