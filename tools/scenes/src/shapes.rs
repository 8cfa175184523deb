//! Curved and rounded shapes: nothing that hands or looms made has a perfectly sharp edge, and
//! the light along rounded ones is what tells a thing from a drawing of it.

use std::collections::HashMap;
use std::f32::consts::{FRAC_PI_4, TAU};

use glam::Vec3;

use crate::materials::Material;
use crate::mesh::Builder;

/// Segments of a quarter round, in each half of it.
const ROUND: usize = 3;

/// Draws faces over shared `points`, shaded as one smooth skin.
fn skin(b: &mut Builder, points: &[Vec3], faces: &[[usize; 3]], material: Material) {
    let mut normals = vec![Vec3::ZERO; points.len()];
    for face in faces {
        let [p, q, r] = face.map(|i| points[i]);
        let area = (q - p).cross(r - p);
        for &i in face {
            normals[i] += area;
        }
    }
    for &face in faces {
        let corners = face.map(|i| points[i]);
        let [p, q, r] = corners;
        if (q - p).cross(r - p).length_squared() > 0.0 {
            b.curved(corners, face.map(|i| normals[i].normalize_or(Vec3::Y)), material);
        }
    }
}

/// A sheet over `[0, 1]²`, `n` cells along each side.
pub(crate) fn sheet(b: &mut Builder, n: [usize; 2], material: Material, f: impl Fn(f32, f32) -> Vec3) {
    grid(b, n, false, material, f);
}

/// A sheet whose `u = 1` is joined to `u = 0`.
fn ring(b: &mut Builder, n: [usize; 2], material: Material, f: impl Fn(f32, f32) -> Vec3) {
    grid(b, n, true, material, f);
}

fn grid(
    b: &mut Builder,
    [nu, nv]: [usize; 2],
    closed: bool,
    material: Material,
    f: impl Fn(f32, f32) -> Vec3,
) {
    let columns = if closed { nu } else { nu + 1 };
    let points: Vec<Vec3> = (0..columns * (nv + 1))
        .map(|i| f((i % columns) as f32 / nu as f32, (i / columns) as f32 / nv as f32))
        .collect();
    let mut faces = Vec::with_capacity(2 * nu * nv);
    for j in 0..nv {
        for i in 0..nu {
            let at = |i: usize, j: usize| j * columns + i % columns;
            let (p, q, r, s) = (at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1));
            faces.extend([[p, q, r], [p, r, s]]);
        }
    }
    skin(b, &points, &faces, material);
}

/// A body of revolution about the vertical through `base` along a smooth curve through `profile`,
/// a list of (radius, height); a repeated point makes a crease. `n` cells around, and between
/// points.
pub(crate) fn turned(b: &mut Builder, base: Vec3, profile: &[[f32; 2]], n: [usize; 2], material: Material) {
    thrown(b, profile, n, material, |p| base + p);
}

/// A turned body about the origin, put where `bend` says.
pub(crate) fn thrown(
    b: &mut Builder,
    profile: &[[f32; 2]],
    n: [usize; 2],
    material: Material,
    bend: impl Fn(Vec3) -> Vec3,
) {
    ring(b, [n[0], n[1] * (profile.len() - 1)], material, |u, v| {
        let [r, y] = spline(profile, v);
        let (sin, cos) = (TAU * u).sin_cos();
        bend(Vec3::new(r.max(0.0) * cos, y, r.max(0.0) * sin))
    });
}

/// A tube along a smooth curve through `path`, of these radii along the path's plane's normal
/// `across` and within that plane.
pub(crate) fn tube(
    b: &mut Builder,
    path: &[Vec3],
    radii: impl Fn(f32) -> [f32; 2],
    across: Vec3,
    n: [usize; 2],
    material: Material,
) {
    let at = |v: f32| {
        let pick = |axis: usize| spline(&path.iter().map(|p| [p[axis], 0.0]).collect::<Vec<_>>(), v)[0];
        Vec3::new(pick(0), pick(1), pick(2))
    };
    ring(b, n, material, |u, v| {
        let tangent = (at((v + 0.01).min(1.0)) - at((v - 0.01).max(0.0))).normalize_or(Vec3::Y);
        let side = across.normalize();
        let (sin, cos) = (TAU * u).sin_cos();
        let [wide, thick] = radii(v);
        at(v) + side * wide * cos + side.cross(tangent) * thick * sin
    });
}

/// The point at `t` in `[0, 1]` of the Catmull-Rom spline through `points`.
fn spline(points: &[[f32; 2]], t: f32) -> [f32; 2] {
    let last = points.len() - 1;
    let along = t.clamp(0.0, 1.0) * last as f32;
    let k = (along as usize).min(last - 1);
    let s = along - k as f32;
    let p = |i: usize| points[(k + i).saturating_sub(1).min(last)];
    let (a, b, c, d) = (p(0), p(1), p(2), p(3));
    let mix = |i: usize| {
        let (a, b, c, d) = (a[i], b[i], c[i], d[i]);
        let (m, n) = (0.5 * (c - a), 0.5 * (d - b));
        let (s2, s3) = (s * s, s * s * s);
        b * (2.0 * s3 - 3.0 * s2 + 1.0) + m * (s3 - 2.0 * s2 + s) + c * (3.0 * s2 - 2.0 * s3) + n * (s3 - s2)
    };
    [mix(0), mix(1)]
}

/// A box with edges rounded to `radius`.
pub(crate) fn block(b: &mut Builder, min: Vec3, max: Vec3, radius: f32, material: Material) {
    let centre = 0.5 * (min + max);
    padded(b, 0.5 * (max - min), radius, 1, material, |p, _| centre + p);
}

/// A rounded box of these half extents about the origin, put where `warp` says for a point and its
/// place in units of the half extents; its faces have `cells` cells a side.
pub(crate) fn padded(
    b: &mut Builder,
    half: Vec3,
    radius: f32,
    cells: usize,
    material: Material,
    warp: impl Fn(Vec3, Vec3) -> Vec3,
) {
    let radius = radius.min(half.min_element());
    let inner = half - radius;
    let count = 2 * ROUND + cells;
    // Along one axis, on the box that has not been rounded yet.
    let mark = |i: usize, axis: usize| {
        let bent = |k: usize| inner[axis] + radius * (FRAC_PI_4 * k as f32 / ROUND as f32).tan();
        if i < ROUND {
            -bent(ROUND - i)
        } else if i > ROUND + cells {
            bent(i - ROUND - cells)
        } else {
            inner[axis] * (2.0 * (i - ROUND) as f32 / cells as f32 - 1.0)
        }
    };
    let (mut points, mut faces, mut known) = (Vec::new(), Vec::new(), HashMap::new());
    for axis in 0..3 {
        let (ua, va) = ((axis + 1) % 3, (axis + 2) % 3);
        for end in [0, count] {
            let mut at = |i: usize, j: usize| {
                let mut key = [0; 3];
                (key[axis], key[ua], key[va]) = (end, i, j);
                *known.entry(key).or_insert_with(|| {
                    let cube = Vec3::new(mark(key[0], 0), mark(key[1], 1), mark(key[2], 2));
                    let core = cube.clamp(-inner, inner);
                    let p = core + radius * (cube - core).normalize_or_zero();
                    points.push(warp(p, p / half));
                    points.len() - 1
                })
            };
            for i in 0..count {
                for j in 0..count {
                    let (p, q, r, s) = (at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1));
                    let two = if end == 0 { [[p, r, q], [p, s, r]] } else { [[p, q, r], [p, r, s]] };
                    faces.extend(two);
                }
            }
        }
    }
    skin(b, &points, &faces, material);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bvh::Ray;
    use crate::mask::Region;

    fn met(b: Builder, ray: &Ray) -> (Vec3, Vec3) {
        let mesh = b.finish();
        let (t, triangle) = mesh.nearest(ray, f32::INFINITY).unwrap();
        let point = ray.origin + ray.dir * t;
        (point, mesh.bent(triangle, point))
    }

    #[test]
    fn a_block_is_flat_on_its_faces_and_round_on_its_edges() {
        let build = || {
            let mut b = Builder::new(Region::Objects);
            block(&mut b, Vec3::ZERO, Vec3::new(2.0, 1.0, 1.0), 0.1, Material::Frame);
            b
        };
        let (point, normal) = met(build(), &Ray { origin: Vec3::new(1.0, 0.4, -3.0), dir: Vec3::Z });
        assert!(point.z.abs() < 1e-5 && normal.z < -0.99, "{point} {normal}");
        let dir = Vec3::new(0.0, -1.0, 1.0).normalize();
        let (point, normal) = met(build(), &Ray { origin: Vec3::new(1.0, 1.0, 0.0) - dir, dir });
        assert!((point - Vec3::new(1.0, 0.9707, 0.0293)).length() < 2e-3, "{point}");
        assert!(normal.dot(-dir) > 0.99, "{normal}");
    }

    #[test]
    fn a_turned_body_is_smooth_around() {
        let mut b = Builder::new(Region::Objects);
        turned(&mut b, Vec3::ZERO, &[[1.0, -1.0], [1.0, 0.0], [1.0, 1.0]], [24, 4], Material::Frame);
        let dir = Vec3::new(-0.6, 0.0, -0.8);
        let (_, normal) = met(b, &Ray { origin: 0.1 * Vec3::Y - 3.0 * dir, dir });
        assert!(normal.dot(dir).abs() > 0.999, "{normal}");
    }
}
