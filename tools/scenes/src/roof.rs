//! Roofs: gables along or across the street, dormers, chimneys and what else stands up there.

use glam::Vec3;

use crate::house::{Opening, Plan, Style};
use crate::materials::Material;
use crate::mesh::Builder;
use crate::noise::{Rng, pair};

/// Puts the roof on walls that end at height `top`.
pub(crate) fn build(b: &mut Builder, plan: &Plan, style: &Style, top: f32, rng: &mut Rng) {
    let (w, d) = (plan.width, plan.depth);
    let (eave, verge) = (0.45, 0.12);
    if style.gable_front {
        let rise = 0.5 * w * style.steep * 1.15;
        let ridge = top + rise;
        let slope = rise / (0.5 * w);
        let p = Vec3::new;
        for z in [0.0, d] {
            b.triangle([p(0.0, top, z), p(w, top, z), p(0.5 * w, ridge, z)], style.wall);
        }
        let low = top - slope * 0.3 + 0.06;
        for x in [-0.3, w + 0.3] {
            let (front, rear) = (-0.25, d + verge);
            let (a, c) = (p(x, low, front), p(0.5 * w, ridge + 0.06, front));
            let (e, f) = (c.with_z(rear), a.with_z(rear));
            b.quad([a, c, e, f], style.roof);
            // The roof has a thickness where one sees its edge.
            let down = Vec3::Y * 0.16;
            b.quad([a, c, c - down, a - down], Material::Frame);
            b.quad([a, f, f - down, a - down], Material::Iron);
        }
        gable_windows(b, w, top, rise, style, rng);
        let z = d * rng.range(0.35, 0.7);
        chimney(b, p(w * 0.32, ridge - slope * 0.18 * w - 0.4, z), 1.9, rng);
        return;
    }
    let rise = 0.5 * d * style.steep * 0.85;
    let slope = rise / (0.5 * d);
    let ridge = top + rise;
    let p = Vec3::new;
    for x in [0.0, w] {
        b.triangle([p(x, top, 0.0), p(x, top, d), p(x, ridge, 0.5 * d)], style.wall);
    }
    for (z, inner) in [(-eave, 0.5 * d), (d + eave, 0.5 * d)] {
        let low = top - slope * eave + 0.08;
        let (a, c) = (p(-verge, low, z), p(-verge, ridge + 0.08, inner));
        let (e, f) = (c.with_x(w + verge), a.with_x(w + verge));
        b.quad([a, c, e, f], style.roof);
        let down = Vec3::Y * 0.15;
        b.quad([a, f, f - down, a - down], Material::Frame);
        b.quad([a, c, c - down, a - down], Material::Frame);
        b.quad([f, e, e - down, f - down], Material::Frame);
    }
    let gutter = p(-verge, top - slope * eave + 0.02, -eave - 0.06);
    b.bar(gutter, gutter.with_x(w + verge), [0.07, 0.07], 6, Material::Iron);
    b.bar(p(-verge, ridge + 0.1, 0.5 * d), p(w + verge, ridge + 0.1, 0.5 * d), [0.13, 0.13], 6, style.roof);
    if rise > 3.0 && rng.chance(0.75) {
        let n = 1 + rng.bits() % (w / 3.2).max(1.0) as u32;
        for k in 0..n {
            let x = w * (k as f32 + 0.5) / n as f32;
            dormer(b, x, top + 0.25, slope, style, rng);
        }
    } else {
        skylight(b, p(w * rng.range(0.3, 0.7), top, 0.0), slope);
    }
    let n = 1 + rng.bits() % 2;
    for _ in 0..n {
        let z = 0.5 * d + rng.range(-0.15, 0.2) * d;
        let x = if rng.chance(0.5) { rng.range(0.5, 1.2) } else { w - rng.range(0.5, 1.2) };
        chimney(b, p(x, ridge - 1.3, z), rng.range(2.2, 3.0), rng);
    }
    if rng.chance(0.3) {
        antenna(b, p(w * 0.5, ridge, 0.5 * d));
    }
}

fn gable_windows(b: &mut Builder, w: f32, top: f32, rise: f32, style: &Style, rng: &mut Rng) {
    let rows = if rise > 4.6 { 2 } else { 1 };
    for row in 0..rows {
        let y = top + 0.5 + 2.3 * row as f32;
        let free = 0.5 * w * (1.0 - (y + 1.5 - top) / rise) - 0.35;
        let centres: &[f32] = if free > 1.5 { &[-0.75, 0.75] } else { &[0.0] };
        for c in centres {
            let half = 0.45;
            let o = Opening { x: [0.5 * w + c - half, 0.5 * w + c + half], y: [y, y + 1.25] };
            applied_window(b, &o, 0.0, style, rng);
        }
    }
}

/// A window set upon a wall, where the wall behind has no opening.
fn applied_window(b: &mut Builder, o: &Opening, z: f32, style: &Style, rng: &mut Rng) {
    let house = b.seed;
    let t = 0.08;
    for (x, y) in [
        ([o.x[0] - t, o.x[0]], [o.y[0] - t, o.y[1] + t]),
        ([o.x[1], o.x[1] + t], [o.y[0] - t, o.y[1] + t]),
        (o.x, [o.y[0] - t, o.y[0]]),
        (o.x, [o.y[1], o.y[1] + t]),
        ([0.5 * (o.x[0] + o.x[1]) - 0.03, 0.5 * (o.x[0] + o.x[1]) + 0.03], o.y),
    ] {
        b.cuboid(Vec3::new(x[0], y[0], z - 0.10), Vec3::new(x[1], y[1], z), Material::Frame);
    }
    b.seed = pair(house, rng.bits());
    b.panel(o.x, o.y, z - 0.04, Material::Glass);
    b.panel(o.x, o.y, z - 0.02, if style.flowers { Material::Curtain } else { Material::Room });
    b.seed = house;
}

/// A dormer whose front stands a little up the roof from the eaves at height `top`.
fn dormer(b: &mut Builder, x: f32, top: f32, slope: f32, style: &Style, rng: &mut Rng) {
    let (half, height) = (0.72, 1.45);
    let z = 0.55;
    let base = top + slope * z - 0.2;
    let head = base + height;
    // Where the dormer's ridge and its eaves run into the roof.
    let peak = head + 0.55;
    let (z_head, z_peak) = ((head - top) / slope + 0.3, (peak - top) / slope + 0.3);
    let p = Vec3::new;
    b.quad(
        [p(x - half, base, z), p(x + half, base, z), p(x + half, head, z), p(x - half, head, z)],
        style.wall,
    );
    b.triangle([p(x - half, head, z), p(x + half, head, z), p(x, peak, z)], style.wall);
    for s in [-1.0, 1.0] {
        let side = x + s * half;
        b.triangle([p(side, base, z), p(side, head, z), p(side, head, z_head)], style.roof);
        let over = x + s * (half + 0.15);
        b.quad(
            [
                p(over, head - 0.08, z - 0.2),
                p(x, peak + 0.05, z - 0.2),
                p(x, peak + 0.05, z_peak),
                p(over, head - 0.08, z_head),
            ],
            style.roof,
        );
    }
    let o = Opening { x: [x - 0.45, x + 0.45], y: [base + 0.25, head - 0.1] };
    applied_window(b, &o, z, style, rng);
}

fn skylight(b: &mut Builder, at: Vec3, slope: f32) {
    let house = b.seed;
    let p = |x: f32, z: f32| at + Vec3::new(x, slope * z + 0.16, z);
    b.seed = pair(house, 99);
    b.quad([p(-0.4, 1.6), p(0.4, 1.6), p(0.4, 2.5), p(-0.4, 2.5)], Material::Glass);
    b.seed = house;
}

fn chimney(b: &mut Builder, base: Vec3, height: f32, rng: &mut Rng) {
    let (w, d) = (rng.range(0.35, 0.6), 0.28);
    let brick = if rng.chance(0.6) { Material::Brick } else { Material::Plaster };
    b.cuboid(base - Vec3::new(w, 0.8, d), base + Vec3::new(w, height, d), brick);
    let cap = base + Vec3::Y * height;
    b.cuboid(
        cap - Vec3::new(w + 0.07, 0.0, d + 0.07),
        cap + Vec3::new(w + 0.07, 0.10, d + 0.07),
        Material::Ashlar,
    );
    for k in 0..2 {
        let pot = cap + Vec3::new((k as f32 - 0.5) * w, 0.1, 0.0);
        b.lathe(pot, &[[0.13, 0.0], [0.11, 0.4], [0.14, 0.45]], 7, Material::Tile);
    }
}

fn antenna(b: &mut Builder, base: Vec3) {
    let mast = base + Vec3::Y * 2.4;
    b.bar(base, mast, [0.025, 0.02], 4, Material::Iron);
    b.bar(mast - Vec3::Z * 0.7, mast + Vec3::Z * 0.7, [0.012, 0.012], 3, Material::Iron);
    for k in 0..6 {
        let at = mast + Vec3::Z * (0.22 * k as f32 - 0.55);
        b.bar(at - Vec3::X * 0.35, at + Vec3::X * 0.35, [0.008, 0.008], 3, Material::Iron);
    }
}
