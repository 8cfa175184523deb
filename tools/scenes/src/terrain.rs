//! The lie of the land: the bend of the river, the quay, the hill behind the town, the mountains.

use glam::{FloatExt, Vec3};

use crate::mask::Region;
use crate::materials::Material;
use crate::mesh::{Builder, Frame};
use crate::noise::{fbm, smoothstep};

/// Height of the quay above the water.
pub(crate) const QUAY: f32 = 2.2;
/// Width of the promenade on the quay, from its edge to the house fronts.
pub(crate) const PROMENADE: f32 = 13.0;
/// Width of the river.
pub(crate) const RIVER: f32 = 80.0;

/// `z` of the quay's edge at `x`.
pub(crate) fn shore(x: f32) -> f32 {
    14.0 * (x / 85.0).sin() + 0.0007 * x * x
}

/// Frame at `x` and `s` metres behind the quay's edge: `x` along the shore, `z` away from it.
pub(crate) fn beside_shore(x: f32, s: f32) -> Frame {
    let along = Vec3::new(2.0, 0.0, shore(x + 1.0) - shore(x - 1.0));
    let mut frame = Frame::new(Vec3::new(x, 0.0, shore(x)), along);
    frame.origin += frame.into * s;
    frame.origin.y = height(frame.origin.x, frame.origin.z);
    frame
}

/// Height of the land.
pub(crate) fn height(x: f32, z: f32) -> f32 {
    let s = z - shore(x);
    if s >= 0.0 {
        let town = 0.05 * (s - PROMENADE - 20.0).clamp(0.0, 90.0);
        let ridge = 95.0 + 85.0 * fbm(Vec3::new(x / 260.0 + 4.0, 1.0, 0.5), 4);
        let saddle = 0.35 + 0.65 * smoothstep(-420.0, 60.0, x + 0.2 * s);
        let hill = smoothstep(95.0, 620.0, s) * ridge * saddle;
        let bumps = smoothstep(110.0, 200.0, s) * 9.0 * (fbm(Vec3::new(x / 45.0, 2.0, z / 45.0), 4) - 0.5);
        return QUAY + town + hill + bumps;
    }
    let bank = -s - RIVER;
    if bank < 0.0 {
        return -1.5;
    }
    let rise = 2.4 * smoothstep(0.0, 9.0, bank) + 0.02 * bank.min(200.0);
    rise - 0.25 + 0.5 * (fbm(Vec3::new(x / 6.0, 3.0, z / 6.0), 3) - 0.5) * smoothstep(0.0, 4.0, bank)
}

/// Land, water and mountains.
pub(crate) fn build(b: &mut Builder) {
    b.frame = Frame::world();
    b.region = Region::Water;
    let far = 6000.0;
    b.quad(
        [[-far, -900.0], [far, -900.0], [far, 2500.0], [-far, 2500.0]].map(|[x, z]| Vec3::new(x, 0.0, z)),
        Material::Water,
    );
    quay(b);
    let bank: Vec<f32> =
        (0..18).map(|i| -RIVER - 0.5 * i as f32).chain((0..12).map(|i| -90.0 - 20.0 * i as f32)).collect();
    sheet(b, &bank, -420, 420, 2.0);
    let hill: Vec<f32> = (0..90).map(|i| PROMENADE + 8.0 * i as f32).collect();
    sheet(b, &hill, -140, 140, 6.0);
    mountains(b);
}

/// Meadow over rows at `s` behind the shore, `from..to` columns `step` apart.
fn sheet(b: &mut Builder, rows: &[f32], from: i32, to: i32, step: f32) {
    b.region = Region::Vegetation;
    let p = |i: i32, s: f32| {
        let x = i as f32 * step;
        let z = shore(x) + s;
        Vec3::new(x, height(x, z), z)
    };
    for pair in rows.windows(2) {
        let town = (0.0..85.0).contains(&pair[0]);
        b.region = if town { Region::Ground } else { Region::Vegetation };
        let material = if town { Material::Cobble } else { Material::Meadow };
        for i in from..to {
            b.quad([p(i, pair[0]), p(i + 1, pair[0]), p(i + 1, pair[1]), p(i, pair[1])], material);
        }
    }
}

/// The quay's wall with its coping, and the promenade.
fn quay(b: &mut Builder) {
    b.region = Region::Ground;
    for i in -210..210 {
        let (x0, x1) = (i as f32 * 4.0, (i + 1) as f32 * 4.0);
        let p = |x: f32, y: f32, s: f32| Vec3::new(x, y, shore(x) + s);
        b.quad([p(x0, -2.0, 0.0), p(x1, -2.0, 0.0), p(x1, QUAY, 0.0), p(x0, QUAY, 0.0)], Material::QuayWall);
        b.quad(
            [p(x0, QUAY, 0.0), p(x1, QUAY, 0.0), p(x1, QUAY, PROMENADE), p(x0, QUAY, PROMENADE)],
            Material::Cobble,
        );
        let (out, top) = (-0.12, QUAY + 0.16);
        let rim = [(out, QUAY - 0.12), (out, top), (0.5, top), (0.5, QUAY)];
        for e in rim.windows(2) {
            let ((s0, y0), (s1, y1)) = (e[0], e[1]);
            b.quad([p(x0, y0, s0), p(x1, y0, s0), p(x1, y1, s1), p(x0, y1, s1)], Material::Ashlar);
        }
    }
}

/// Ranges on the horizon, higher to the north.
fn mountains(b: &mut Builder) {
    b.region = Region::Vegetation;
    const AROUND: usize = 420;
    for (near, depth, high) in [(1400.0f32, 1500.0f32, 420.0f32), (4200.0, 2800.0, 950.0)] {
        const ROWS: usize = 26;
        let p = |i: usize, j: usize| {
            let angle = std::f32::consts::TAU * (i % AROUND) as f32 / AROUND as f32;
            let r = near + depth * j as f32 / ROWS as f32;
            let (x, z) = (r * angle.sin(), r * angle.cos());
            let north = 0.10.lerp(1.0, smoothstep(-0.35, 0.55, angle.cos() + 0.35 * angle.sin()));
            let q = Vec3::new(x, 900.0 * high, z) / (0.7 * near.min(2400.0));
            let ridge = 1.0 - (2.0 * fbm(q, 5) - 1.0).abs() * 1.6;
            let rise = smoothstep(0.0, 0.75, j as f32 / ROWS as f32);
            Vec3::new(x, -3.0 + high * north * rise * (0.25 + 0.85 * ridge * ridge), z)
        };
        for i in 0..AROUND {
            for j in 0..ROWS {
                b.quad([p(i, j), p(i + 1, j), p(i + 1, j + 1), p(i, j + 1)], Material::Rock);
            }
        }
    }
}
