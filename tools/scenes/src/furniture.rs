//! Furniture: a sofa, tables, lamps, shelves of books.

use glam::{EulerRot, Quat, Vec3};

use crate::furnishings::{SHADE, Stuff, TONES};
use crate::lights::Light;
use crate::materials::Material;
use crate::mesh::Builder;
use crate::noise::{Rng, fbm};
use crate::shapes::{block, padded, sheet, tube, turned};

const WEAVE: Material = Material::Indoor(Stuff::Weave);
const OAK: Material = Material::Indoor(Stuff::Oak);
const GLAZE: Material = Material::Indoor(Stuff::Glaze);
const BRASS: Material = Material::Indoor(Stuff::Brass);
const PAPER: Material = Material::Indoor(Stuff::Paper);

/// Places a local point.
pub(crate) type Put<'a> = &'a dyn Fn(Vec3) -> Vec3;

/// A board of oak, grown along its longest side.
pub(crate) fn board(b: &mut Builder, min: Vec3, max: Vec3, piece: u32) {
    let size = max - min;
    let axis = (0..3).max_by(|&i, &j| size[i].total_cmp(&size[j])).expect("three axes");
    b.seed = 3 * piece + axis as u32;
    block(b, min, max, 0.003, OAK);
}

/// A filled cushion of these half extents, thickest in the middle of its faces across `thin`.
fn cushion(b: &mut Builder, half: Vec3, thin: usize, puff: f32, seed: f32, put: Put<'_>) {
    padded(b, half, 0.055, 22, WEAVE, |p, unit| {
        let (s, t) = (unit[(thin + 1) % 3], unit[(thin + 2) % 3]);
        let mut q = p;
        q[thin] += unit[thin] * puff * (1.0 - s * s) * (1.0 - t * t);
        // Sides swell a little too, and the cloth lies in folds.
        q += 0.014 * unit * (1.0 - unit[thin] * unit[thin]);
        let fold = fbm(p * 5.5 + seed, 3) + 0.35 * fbm(p * 19.0 + seed, 2) - 0.65;
        put(q + unit.normalize_or_zero() * 0.020 * fold)
    });
}

/// A square pillow of `size`, leaning back on its lower edge at `foot`.
pub(crate) fn pillow(b: &mut Builder, foot: Vec3, size: f32, [yaw, lean, roll]: [f32; 3], tone: u32) {
    b.seed = tone;
    let turn = Quat::from_euler(EulerRot::YXZ, yaw, lean, roll);
    let h = 0.5 * size;
    for side in [-1.0, 1.0] {
        sheet(b, [44, 44], WEAVE, |u, v| {
            let (x, y) = (2.0 * u - 1.0, 2.0 * v - 1.0);
            // The seams draw in between the corners.
            let (px, py) = (h * x * (1.0 - 0.10 * (1.0 - y * y)), h * y * (1.0 - 0.10 * (1.0 - x * x)));
            let full = ((1.0 - x.powi(4)) * (1.0 - y.powi(4))).max(0.0).powf(0.62);
            let q = Vec3::new(px, py, 0.0) * 8.0 + tone as f32;
            let fold = 1.0 + 0.24 * (fbm(q, 3) - 0.5);
            foot + turn * Vec3::new(px, py + h, side * 0.19 * size * full * fold)
        });
    }
}

/// A sofa for two whose back stands at `z`, between these `x`, facing `-z`.
pub(crate) fn sofa(b: &mut Builder, [x0, x1]: [f32; 2], z: f32) {
    let v = Vec3::new;
    for (x, dz) in [(x0 + 0.12, 0.12), (x1 - 0.12, 0.12), (x0 + 0.12, 0.82), (x1 - 0.12, 0.82)] {
        b.seed = 1;
        b.bar(v(x, 0.0, z - dz), v(x, 0.16, z - dz), [0.016, 0.026], 16, OAK);
    }
    b.seed = 0;
    block(b, v(x0 + 0.05, 0.14, z - 0.88), v(x1 - 0.05, 0.31, z - 0.02), 0.03, WEAVE);
    block(b, v(x0 + 0.08, 0.25, z - 0.24), v(x1 - 0.08, 0.80, z), 0.08, WEAVE);
    for x in [x0 + 0.11, x1 - 0.11] {
        let centre = v(x, 0.37, z - 0.46);
        let half = v(0.11, 0.225, 0.45);
        padded(b, half, 0.09, 22, WEAVE, |p, unit| {
            let fold = fbm(p * 6.0 + x, 3) - 0.5;
            centre + p + v(unit.x, unit.y.max(0.0), unit.z) * (0.012 + 0.012 * fold)
        });
    }
    let wide = 0.5 * (x1 - x0 - 0.44);
    for k in 0..2 {
        let x = x0 + 0.22 + wide * (k as f32 + 0.5);
        let (half, at) = (v(0.5 * wide - 0.008, 0.085, 0.37), v(x, 0.385, z - 0.56));
        cushion(b, half, 1, 0.035, 3.0 + k as f32 * 9.0, &|p| at + p);
        let tilt = Quat::from_rotation_x(0.22);
        let (half, at) = (v(0.5 * wide - 0.012, 0.215, 0.085), v(x, 0.665, z - 0.30));
        cushion(b, half, 2, 0.06, 31.0 + k as f32 * 7.0, &|p| at + tilt * p);
    }
}

/// A round table with three splayed legs.
pub(crate) fn table(b: &mut Builder, foot: Vec3, radius: f32, height: f32, piece: u32) {
    b.seed = 3 * piece;
    let (r, t) = (radius, 0.026);
    let rim = [
        [0.0, height - t],
        [r - 0.02, height - t],
        [r - 0.006, height - 0.7 * t],
        [r, height - 0.35 * t],
        [r - 0.002, height - 0.002],
        [r - 0.006, height],
        [r - 0.03, height],
        [0.0, height],
    ];
    turned(b, foot, &rim, [96, 3], OAK);
    b.seed = 3 * piece + 1;
    for k in 0..3 {
        let (sin, cos) = (0.5 + std::f32::consts::TAU * k as f32 / 3.0).sin_cos();
        let out = Vec3::new(cos, 0.0, sin);
        let (top, low) = (foot + out * 0.55 * r + Vec3::Y * (height - t), foot + out * 0.86 * r);
        b.bar(low, top, [0.011, 0.019], 20, OAK);
    }
}

/// A lamp with a ceramic foot and a shade of cloth, and the lights it gives.
pub(crate) fn lamp(b: &mut Builder, foot: Vec3, tone: u32) -> [Light; 2] {
    b.seed = tone;
    let body = [
        [0.0, 0.0],
        [0.055, 0.0],
        [0.062, 0.006],
        [0.062, 0.018],
        [0.085, 0.06],
        [0.105, 0.12],
        [0.098, 0.19],
        [0.062, 0.25],
        [0.030, 0.285],
        [0.024, 0.30],
        [0.0, 0.302],
    ];
    turned(b, foot, &body, [96, 6], GLAZE);
    turned(
        b,
        foot + Vec3::Y * 0.30,
        &[[0.013, 0.0], [0.013, 0.05], [0.016, 0.055], [0.016, 0.10], [0.0, 0.10]],
        [32, 2],
        BRASS,
    );
    shade(b, foot + Vec3::Y * 0.345, [0.175, 0.125], 0.225)
}

/// A shade, and the lights of its cloth and of the bulb in it.
pub(crate) fn shade(b: &mut Builder, base: Vec3, [low, high]: [f32; 2], height: f32) -> [Light; 2] {
    let cloth = Material::Indoor(Stuff::Shade);
    turned(b, base, &[[low, 0.0], [0.5 * (low + high), 0.5 * height], [high, height]], [96, 4], cloth);
    for (r, y) in [(low, 0.003), (high, height - 0.003)] {
        turned(
            b,
            base,
            &[[r + 0.001, y - 0.005], [r + 0.0025, y], [r + 0.001, y + 0.005]],
            [96, 2],
            Material::Indoor(Stuff::Linen),
        );
    }
    let bulb = Light::Ball { centre: base + Vec3::Y * 0.5 * height, radius: 0.035, radiance: SHADE * 200.0 };
    [Light::Shade { base, radii: [low + 0.001, high + 0.001], height, radiance: SHADE }, bulb]
}

/// A standing lamp on a thin stem.
pub(crate) fn standard_lamp(b: &mut Builder, foot: Vec3) -> [Light; 2] {
    turned(
        b,
        foot,
        &[[0.0, 0.0], [0.14, 0.0], [0.145, 0.008], [0.13, 0.018], [0.015, 0.024]],
        [64, 2],
        BRASS,
    );
    b.bar(foot, foot + Vec3::Y * 1.34, [0.009, 0.009], 16, BRASS);
    shade(b, foot + Vec3::Y * 1.26, [0.23, 0.17], 0.30)
}

/// A lying stack of books; answers the height of its top.
pub(crate) fn stack(b: &mut Builder, foot: Vec3, count: u32, rng: &mut Rng) -> f32 {
    let mut y = foot.y;
    for _ in 0..count {
        let (thick, turn) = (rng.range(0.018, 0.034), Quat::from_rotation_y(rng.range(-0.35, 0.35)));
        let half = Vec3::new(rng.range(0.10, 0.135), 0.5 * thick, rng.range(0.075, 0.095));
        let at = foot.with_y(y + 0.5 * thick);
        b.seed = book_tone(rng);
        let edge = Vec3::new(half.x, 0.0016, half.z);
        for side in [-1.0, 1.0] {
            padded(b, edge, 0.0015, 1, PAPER, |p, _| at + turn * (p + Vec3::Y * side * (half.y - 0.0016)));
        }
        let spine = Vec3::new(half.x, half.y, 0.004);
        padded(b, spine, 0.003, 1, PAPER, |p, _| at + turn * (p - Vec3::Z * half.z));
        let pages = half - Vec3::new(0.004, 0.003, 0.004);
        padded(b, pages, 0.001, 1, Material::Indoor(Stuff::Pages), |p, _| at + turn * p);
        y += thick;
    }
    y
}

fn book_tone(rng: &mut Rng) -> u32 {
    rng.bits() % 10 + TONES * (rng.bits() % 1000)
}

/// Shelves between `min` and `max` with books and a few vessels, open towards `-z`.
pub(crate) fn shelves(b: &mut Builder, min: Vec3, max: Vec3, rng: &mut Rng) {
    const T: f32 = 0.024;
    for (k, x) in [min.x, max.x - T].into_iter().enumerate() {
        board(b, Vec3::new(x, min.y, min.z), Vec3::new(x + T, max.y, max.z), 40 + k as u32);
    }
    let rows = 6;
    let pitch = (max.y - min.y - 0.06 - T) / (rows - 1) as f32;
    board(b, min.with_z(max.z - 0.008) + Vec3::X * T, max - Vec3::X * T, 50);
    for row in 0..rows {
        let y = min.y + 0.06 + pitch * row as f32;
        board(b, Vec3::new(min.x + T, y, min.z + 0.003), Vec3::new(max.x - T, y + T, max.z), 60 + row);
        if row + 1 < rows {
            let (from, to) = (min.x + T + 0.01, max.x - T - 0.01);
            books(b, [from, to], Vec3::new(0.0, y + T, min.z + 0.03), pitch - T, rng);
        }
    }
}

/// Books and gaps along a shelf at `at`, with `room` above it.
fn books(b: &mut Builder, [mut x, end]: [f32; 2], at: Vec3, room: f32, rng: &mut Rng) {
    while x < end - 0.05 {
        let kind = rng.unit();
        if kind < 0.07 && end - x > 0.3 {
            let top = stack(b, Vec3::new(x + 0.15, at.y, at.z + 0.12), 2 + rng.bits() % 3, rng);
            b.seed = rng.bits() % TONES;
            let bowl = [
                [0.0, 0.0],
                [0.03, 0.0],
                [0.035, 0.01],
                [0.06, 0.05],
                [0.066, 0.07],
                [0.062, 0.07],
                [0.03, 0.02],
                [0.0, 0.015],
            ];
            turned(b, Vec3::new(x + 0.15, top, at.z + 0.11), &bowl, [48, 3], GLAZE);
            x += 0.31;
        } else if kind < 0.12 && end - x > 0.2 {
            b.seed = rng.bits() % TONES;
            let jar = [
                [0.0, 0.0],
                [0.05, 0.0],
                [0.062, 0.03],
                [0.07, 0.09],
                [0.05, 0.15],
                [0.03, 0.175],
                [0.036, 0.20],
                [0.03, 0.20],
            ];
            turned(b, Vec3::new(x + 0.085, at.y, at.z + 0.1), &jar, [48, 4], GLAZE);
            x += 0.17;
        } else {
            let (thick, tall) = (rng.range(0.014, 0.042), rng.range(0.19, 0.29).min(room - 0.02));
            let deep = 0.7 * tall;
            let set = at.z + rng.range(0.0, 0.03);
            let lean = if rng.chance(0.06) { 0.16 } else { rng.range(-0.006, 0.006) };
            let turn = Quat::from_rotation_z(lean);
            b.seed = book_tone(rng);
            let half = 0.5 * Vec3::new(thick, tall, deep);
            let low = Vec3::new(x + half.x + 2.0 * half.y * lean.max(0.0), at.y, set + half.z);
            let put = |p: Vec3| low + turn * (p + Vec3::Y * half.y);
            padded(b, half, 0.003, 1, PAPER, |p, _| put(p));
            if rng.chance(0.5) {
                // A label on the spine.
                b.seed = book_tone(rng);
                let label = Vec3::new(half.x - 0.002, rng.range(0.012, 0.035), 0.0008);
                let up = rng.range(0.2, 0.6) * half.y;
                padded(b, label, 0.0005, 1, PAPER, |p, _| put(p + Vec3::new(0.0, up, -half.z - 0.0004)));
            }
            x += thick + 0.0012 + 2.0 * half.y * lean.max(0.0);
        }
        if rng.chance(0.06) {
            x += rng.range(0.03, 0.10);
        }
    }
}

/// A handle or a spout: a bent tube in the plane across `across`.
pub(crate) fn bow(b: &mut Builder, path: &[Vec3], radii: impl Fn(f32) -> [f32; 2], across: Vec3) {
    tube(b, path, radii, across, [40, 80], GLAZE);
}
