//! Plants: trees grown by repeated forking, spruces in whorls, bushes and grass.

use std::f32::consts::TAU;

use glam::Vec3;

use crate::mask::Region;
use crate::materials::Material;
use crate::mesh::{Builder, Mesh};
use crate::noise::Rng;

/// How a broad-leaved tree grows.
#[derive(Clone, Copy)]
pub(crate) struct Species {
    /// Length of the trunk and how much shorter each generation of branches is.
    pub trunk: f32,
    pub ratio: f32,
    pub forks: u32,
    /// Angle between a branch and its parent, radians.
    pub spread: f32,
    pub leaves: u32,
    pub leaf: f32,
}

/// A broad-leaved tree with its foot at the origin; `bare` in winter.
pub(crate) fn tree(species: &Species, seed: u32, bare: bool) -> Mesh {
    let mut b = Builder::new(Region::Vegetation);
    let mut rng = Rng::new(seed);
    let lean = Vec3::new(rng.range(-0.08, 0.08), 1.0, rng.range(-0.08, 0.08)).normalize();
    let radius = species.trunk * 0.075;
    fork(&mut b, &mut rng, species, bare, -0.3 * Vec3::Y, lean, (species.trunk, radius), species.forks);
    b.finish()
}

#[expect(clippy::too_many_arguments, reason = "the state of a recursion")]
fn fork(
    b: &mut Builder,
    rng: &mut Rng,
    species: &Species,
    bare: bool,
    base: Vec3,
    dir: Vec3,
    (length, radius): (f32, f32),
    left: u32,
) {
    let end = base + dir * length;
    let sides = if left > 3 { 7 } else { 3 };
    b.bar(base, end, [radius, radius * 0.7], sides, Material::Bark);
    if left <= 1 && !bare {
        for _ in 0..species.leaves {
            let at = base.lerp(end, rng.range(0.1, 1.1)) + rng.sphere() * species.leaf * rng.range(0.5, 3.2);
            let size = species.leaf * rng.range(0.7, 1.3);
            leaf(b, rng, at, size, Material::Leaf);
        }
    }
    if left == 0 {
        return;
    }
    let children = 3 + rng.bits() % 2;
    let (u, v) = dir.any_orthonormal_pair();
    let start = rng.range(0.0, TAU);
    for k in 0..children {
        let around = start + TAU * (k as f32 + rng.range(-0.25, 0.25)) / children as f32;
        let tilt = if k == 0 { 0.35 } else { 1.0 } * species.spread * rng.range(0.7, 1.3);
        let mut out = dir * tilt.cos() + (u * around.cos() + v * around.sin()) * tilt.sin();
        // Branches turn to the light.
        out.y += 0.12;
        let share = rng.range(0.75, 1.2) * species.ratio;
        let from = base.lerp(end, rng.range(0.75, 1.0));
        fork(b, rng, species, bare, from, out.normalize(), (length * share, radius * 0.6), left - 1);
    }
}

fn leaf(b: &mut Builder, rng: &mut Rng, at: Vec3, size: f32, material: Material) {
    b.seed = rng.bits();
    // Leaves tend to lie flat.
    let normal = (rng.sphere() + 0.7 * Vec3::Y).normalize_or(Vec3::Y);
    let (u, v) = normal.any_orthonormal_pair();
    let (sin, cos) = rng.range(0.0, TAU).sin_cos();
    let (u, v) = (u * cos + v * sin, v * cos - u * sin);
    b.quad([at - u * size, at - v * size * 0.45, at + u * size, at + v * size * 0.45], material);
}

/// A spruce, `height` tall.
pub(crate) fn spruce(height: f32, seed: u32) -> Mesh {
    let mut b = Builder::new(Region::Vegetation);
    let mut rng = Rng::new(seed);
    b.bar(-0.5 * Vec3::Y, Vec3::Y * height, [height * 0.014, 0.02], 6, Material::Bark);
    let whorls = (height * 3.2) as u32;
    for w in 0..whorls {
        let y = height * (0.08 + 0.91 * w as f32 / whorls as f32);
        let reach = (height - y) * 0.24 + 0.25;
        let branches = 5 + rng.bits() % 3;
        for _ in 0..branches {
            let (sin, cos) = rng.range(0.0, TAU).sin_cos();
            let length = reach * rng.range(0.65, 1.15);
            let droop = rng.range(0.15, 0.45);
            for k in 0..7 {
                let s = (k as f32 + rng.unit()) / 7.0;
                let at = Vec3::new(cos * length * s, y - droop * length * s * s, sin * length * s);
                b.seed = rng.bits();
                let side = Vec3::new(-sin, 0.0, cos) * (0.18 + 0.30 * length * (1.0 - s) * 0.35);
                let out = Vec3::new(cos, -0.35, sin) * 0.34 * rng.range(0.7, 1.4);
                let hang = -Vec3::Y * rng.range(0.02, 0.2);
                b.triangle([at - side + hang, at + side + hang, at + out], Material::Needle);
            }
        }
    }
    b.finish()
}

/// A bush about a metre across; with `flowers`, a pot plant.
pub(crate) fn bush(seed: u32, leaves: u32, flowers: bool, bare: bool) -> Mesh {
    let mut b = Builder::new(Region::Vegetation);
    let mut rng = Rng::new(seed);
    for _ in 0..24 {
        let tip = (rng.sphere() * 0.45).with_y(rng.range(0.2, 0.85));
        b.bar(Vec3::ZERO, tip, [0.012, 0.005], 3, Material::Bark);
    }
    for _ in 0..if bare { 0 } else { leaves } {
        let lobe = rng.sphere() * rng.range(0.3, 1.0).powf(0.4);
        let at = Vec3::new(0.55 * lobe.x, 0.45 + 0.45 * lobe.y, 0.55 * lobe.z);
        let petal = flowers && rng.chance(0.35);
        leaf(&mut b, &mut rng, at, 0.055, if petal { Material::Flower } else { Material::Leaf });
    }
    b.finish()
}

/// A tuft of grass blades, `height` tall.
pub(crate) fn tuft(seed: u32, height: f32, blades: u32) -> Mesh {
    let mut b = Builder::new(Region::Vegetation);
    let mut rng = Rng::new(seed);
    for _ in 0..blades {
        let foot = (rng.sphere() * 0.28).with_y(-0.05);
        let (sin, cos) = rng.range(0.0, TAU).sin_cos();
        let tall = height * rng.range(0.5, 1.2);
        let bend = Vec3::new(cos, 0.0, sin) * tall * rng.range(0.1, 0.55);
        let side = Vec3::new(-sin, 0.0, cos) * 0.007;
        let middle = foot + Vec3::Y * tall * 0.6 + bend * 0.35;
        let tip = foot + Vec3::Y * tall * 0.95 + bend;
        b.seed = rng.bits();
        b.quad([foot - side, foot + side, middle + side * 0.8, middle - side * 0.8], Material::Blade);
        b.triangle([middle - side * 0.8, middle + side * 0.8, tip], Material::Blade);
    }
    b.finish()
}
