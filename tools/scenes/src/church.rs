//! The church: a tower with a spire, and a nave.

use glam::Vec3;

use crate::mask::Region;
use crate::materials::Material;
use crate::mesh::{Builder, Frame};

/// Builds the church with the tower's front corner at the frame's origin.
pub(crate) fn build(b: &mut Builder, frame: Frame) {
    b.region = Region::Buildings;
    b.seed = 29;
    let v = Vec3::new;
    b.within(frame, |b| {
        let (w, high) = (7.4, 31.0);
        b.cuboid(v(0.0, -6.0, 0.0), v(w, high, w), Material::Ashlar);
        for y in [9.0, 18.0, 25.0, high - 0.4] {
            b.cuboid(v(-0.2, y, -0.2), v(w + 0.2, y + 0.4, w + 0.2), Material::Ashlar);
        }
        for (x, z) in [(-0.45, -0.45), (w - 0.6, -0.45), (-0.45, w - 0.6), (w - 0.6, w - 0.6)] {
            b.cuboid(v(x, -6.0, z), v(x + 1.05, 24.0, z + 1.05), Material::Ashlar);
            b.lathe(v(x + 0.5, high, z + 0.5), &[[0.7, 0.0], [0.6, 1.8], [0.0, 5.0]], 8, Material::Slate);
        }
        for quarter in 0..4 {
            let corner = [v(0.0, 0.0, 0.0), v(w, 0.0, 0.0), v(w, 0.0, w), v(0.0, 0.0, w)][quarter as usize];
            let face = b.frame.turned(corner, quarter);
            b.within(face, |b| {
                for x in [w * 0.34, w * 0.66] {
                    louvre(b, x, [25.9, 29.4], 0.55);
                }
                louvre(b, w * 0.5, [11.5, 15.5], 0.5);
                let clock: Vec<Vec3> = (0..24)
                    .map(|k| {
                        let (sin, cos) = (std::f32::consts::TAU * k as f32 / 24.0).sin_cos();
                        v(0.5 * w + 1.45 * cos, 21.7 + 1.45 * sin, -0.12)
                    })
                    .collect();
                for k in 0..24 {
                    b.triangle([v(0.5 * w, 21.7, -0.12), clock[k], clock[(k + 1) % 24]], Material::Frame);
                }
                let middle = v(0.5 * w, 21.7, -0.16);
                b.bar(middle, middle + v(0.75, 0.45, 0.0), [0.08, 0.05], 4, Material::Iron);
                b.bar(middle, middle + v(-0.25, 1.15, 0.0), [0.07, 0.04], 4, Material::Iron);
            });
        }
        let centre = v(0.5 * w, high, 0.5 * w);
        b.lathe(centre, &[[4.4, 0.0], [3.4, 1.8], [1.7, 11.0], [0.0, 23.0]], 8, Material::Slate);
        b.bar(centre + Vec3::Y * 22.5, centre + Vec3::Y * 26.0, [0.08, 0.05], 5, Material::Iron);
        b.cuboid(centre + v(-0.6, 24.6, -0.05), centre + v(0.6, 24.8, 0.05), Material::Iron);
        nave(b, w);
    });
}

fn louvre(b: &mut Builder, x: f32, y: [f32; 2], half: f32) {
    b.panel([x - half, x + half], y, -0.03, Material::Iron);
    b.cuboid(
        Vec3::new(x - half - 0.15, y[0] - 0.2, -0.15),
        Vec3::new(x + half + 0.15, y[0], 0.0),
        Material::Ashlar,
    );
    for s in [-1.0, 1.0] {
        let edge = x + s * (half + 0.08);
        b.cuboid(Vec3::new(edge - 0.09, y[0], -0.12), Vec3::new(edge + 0.09, y[1], 0.0), Material::Ashlar);
    }
    b.triangle(
        [Vec3::new(x - half, y[1], -0.03), Vec3::new(x + half, y[1], -0.03), Vec3::new(x, y[1] + 0.9, -0.03)],
        Material::Iron,
    );
}

fn nave(b: &mut Builder, tower: f32) {
    let v = Vec3::new;
    let (x0, x1, z0, z1, high, ridge) = (tower, tower + 27.0, -2.0, tower + 4.0, 13.0, 23.0);
    b.cuboid(v(x0, -6.0, z0), v(x1, high, z1), Material::Ashlar);
    let middle = 0.5 * (z0 + z1);
    for z in [z0 - 0.5, z1 + 0.5] {
        b.quad(
            [
                v(x0, high - 0.5, z),
                v(x1 + 0.3, high - 0.5, z),
                v(x1 + 0.3, ridge, middle),
                v(x0, ridge, middle),
            ],
            Material::Slate,
        );
    }
    b.triangle([v(x1, high, z0), v(x1, high, z1), v(x1, ridge, middle)], Material::Ashlar);
    for k in 0..6 {
        let x = x0 + 2.6 + 4.4 * k as f32;
        b.cuboid(v(x + 1.5, -6.0, z0 - 1.0), v(x + 2.3, high - 2.0, z0), Material::Ashlar);
        let face = Frame { origin: b.frame.at(v(0.0, 0.0, z0)), ..b.frame };
        b.within(face, |b| louvre(b, x, [4.5, 9.6], 0.7));
    }
}
