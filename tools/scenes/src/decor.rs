//! What makes a room lived in: curtains, a rug, a picture, plants.

use std::f32::consts::{PI, TAU};

use glam::{Quat, Vec3};

use crate::furnishings::Stuff;
use crate::furniture::board;
use crate::mask::Region;
use crate::materials::Material;
use crate::mesh::Builder;
use crate::noise::{Rng, fbm};
use crate::shapes::{block, padded, sheet, tube, turned};

/// A curtain that hangs from a rod along `z` at `x`, from `top` to just above the floor.
pub(crate) fn curtain(b: &mut Builder, x: f32, [z0, z1]: [f32; 2], top: f32, seed: f32) {
    let folds = ((z1 - z0) / 0.085).round();
    sheet(b, [(folds * 22.0) as usize, 40], Material::Indoor(Stuff::Linen), |u, v| {
        // Folds sway apart and together on their way down.
        let drift = 0.55 * (fbm(Vec3::new(u * 5.0, 1.4 * v, seed), 3) - 0.5) * (1.3 - v);
        let phase = TAU * (u * folds + 1.6 * drift);
        let depth = 0.034 + 0.022 * fbm(Vec3::new(u * 4.0, 0.8 * v, seed + 7.0), 2);
        let wave = phase.sin() + 0.22 * (2.0 * phase + 3.0 * drift).sin();
        let hem = 0.008 * (fbm(Vec3::new(u * 9.0, 0.0, seed), 2) - 0.5);
        let z = z0 + (z1 - z0) * u + 0.03 * drift + 0.010 * (2.0 * phase).cos();
        Vec3::new(x + depth * wave, 0.018 + hem + (top - 0.018) * v, z)
    });
}

/// A rod with its ends' knobs.
pub(crate) fn rod(b: &mut Builder, x: f32, [z0, z1]: [f32; 2], y: f32) {
    let brass = Material::Indoor(Stuff::Brass);
    b.bar(Vec3::new(x, y, z0), Vec3::new(x, y, z1), [0.013, 0.013], 24, brass);
    for z in [z0, z1] {
        let knob: Vec<[f32; 2]> =
            (0..=8).map(|k| (PI * k as f32 / 8.0).sin_cos()).map(|(s, c)| [0.026 * s, -0.026 * c]).collect();
        turned(b, Vec3::new(x, y, z), &knob, [32, 2], brass);
    }
}

/// A rug with fringes at its ends in `x`.
pub(crate) fn rug(b: &mut Builder, min: Vec3, max: Vec3, rng: &mut Rng) {
    let (centre, half) = (0.5 * (min + max), 0.5 * (max - min));
    padded(b, half, 0.006, 60, Material::Indoor(Stuff::Rug), |p, unit| {
        // It was cut by hand, and does not lie quite flat.
        let edge = 0.012 * Vec3::new(fbm(p * 1.6, 3) - 0.5, 0.0, fbm(p * 1.6 + 5.0, 3) - 0.5);
        let wave = 0.006 * fbm(p * 2.2, 2) * unit.y.max(0.0);
        centre + p + edge + Vec3::Y * wave
    });
    for (x, side) in [(min.x, -1.0), (max.x, 1.0)] {
        for k in 0..((max.z - min.z) / 0.014) as u32 {
            let z = min.z + 0.007 + 0.014 * k as f32 + rng.range(-0.003, 0.003);
            let from = Vec3::new(x - 0.012 * side, 0.009, z);
            let to = Vec3::new(x + side * rng.range(0.045, 0.07), 0.003, z + rng.range(-0.012, 0.012));
            b.bar(from, to, [0.0035, 0.002], 5, Material::Indoor(Stuff::Linen));
        }
    }
}

/// A framed picture on a wall that faces `-z` at `z`.
pub(crate) fn picture(b: &mut Builder, [x0, x1]: [f32; 2], [y0, y1]: [f32; 2], z: f32) {
    let (w, v) = (0.032, Vec3::new);
    board(b, v(x0, y0, z - 0.032), v(x1, y0 + w, z), 80);
    board(b, v(x0, y1 - w, z - 0.032), v(x1, y1, z), 81);
    board(b, v(x0, y0 + w, z - 0.0315), v(x0 + w, y1 - w, z), 82);
    board(b, v(x1 - w, y0 + w, z - 0.0315), v(x1, y1 - w, z), 83);
    block(b, v(x0 + w, y0 + w, z - 0.014), v(x1 - w, y1 - w, z), 0.001, Material::Indoor(Stuff::Lacquer));
    let m = 0.115;
    b.panel([x0 + m, x1 - m], [y0 + m, y1 - m], z - 0.0145, Material::Indoor(Stuff::Canvas));
}

/// A potted plant with large leaves, `height` tall.
pub(crate) fn plant(b: &mut Builder, foot: Vec3, height: f32, rng: &mut Rng) {
    b.seed = 0;
    #[expect(clippy::approx_constant, reason = "a height, not 1/π")]
    let pot = [
        [0.0, 0.0],
        [0.13, 0.0],
        [0.14, 0.008],
        [0.152, 0.10],
        [0.168, 0.22],
        [0.178, 0.31],
        [0.184, 0.318],
        [0.181, 0.325],
        [0.170, 0.322],
        [0.165, 0.28],
    ];
    b.region = Region::Objects;
    turned(b, foot, &pot, [80, 3], Material::Indoor(Stuff::Glaze));
    turned(b, foot, &[[0.166, 0.285], [0.09, 0.295], [0.0, 0.29]], [40, 3], Material::Indoor(Stuff::Soil));
    b.region = Region::Vegetation;
    for stem in 0..4 {
        let around = TAU * (stem as f32 + 0.3 * rng.unit()) / 4.0;
        let out = Vec3::new(around.cos(), 0.0, around.sin());
        let tall = height * [1.0, 0.82, 0.9, 0.66][stem];
        let lean = [0.10, 0.26, 0.20, 0.30][stem];
        let at = |s: f32| foot + Vec3::Y * (0.28 + (tall - 0.28) * s) + out * (0.03 + lean * s * s);
        let path: Vec<Vec3> = (0..5).map(|k| at(k as f32 / 4.0)).collect();
        tube(
            b,
            &path,
            |s| [0.011 - 0.006 * s; 2],
            out.cross(Vec3::Y),
            [12, 24],
            Material::Indoor(Stuff::Foliage),
        );
        let leaves = 11;
        for k in 0..leaves {
            let s = 0.22 + 0.78 * (k as f32 + 0.5 * rng.unit()) / leaves as f32;
            let angle = around + 2.4 * k as f32 + rng.range(-0.3, 0.3);
            let rise = 0.15 + 0.75 * s + rng.range(-0.2, 0.2);
            b.seed = rng.bits();
            leaf(b, at(s), angle, rise, rng.range(0.19, 0.27) * (1.15 - 0.35 * s), rng);
        }
    }
}

/// A leaf on its stalk, growing towards `angle` and up by `rise` radians.
fn leaf(b: &mut Builder, from: Vec3, angle: f32, rise: f32, length: f32, rng: &mut Rng) {
    let turn = Quat::from_rotation_y(-angle)
        * Quat::from_rotation_x(rng.range(-0.35, 0.35))
        * Quat::from_rotation_z(rise);
    let stalk = 0.25 * length;
    b.bar(from, from + turn * (Vec3::X * stalk), [0.004, 0.003], 6, Material::Indoor(Stuff::Foliage));
    let (droop, fold, twist) = (rng.range(0.5, 1.1), rng.range(0.12, 0.35), rng.range(-0.4, 0.4));
    let ripple = rng.range(0.0, 20.0);
    sheet(b, [14, 18], Material::Indoor(Stuff::Foliage), |u, v| {
        let side = 2.0 * u - 1.0;
        // Widest beyond the middle, with a drawn-out tip.
        let wide =
            0.31 * length * ((PI * v.powf(0.85)).sin().max(0.0).powf(0.75) + 0.02) * (1.0 - 0.25 * v * v);
        let bend = droop * v;
        let (sin, cos) = bend.sin_cos();
        let spine = Vec3::new(length * sin / droop, -length * (1.0 - cos) / droop, 0.0);
        let wave = 0.05 * (fbm(Vec3::new(3.0 * v, side, ripple), 2) - 0.5) * side * side;
        let across = Vec3::new(0.0, fold * side.abs() + wave, side).normalize() * side.abs() * wide;
        let across = Quat::from_rotation_x(twist * v) * across;
        let local = spine + Quat::from_rotation_z(-bend) * across;
        from + turn * (Vec3::X * stalk + local)
    });
}
