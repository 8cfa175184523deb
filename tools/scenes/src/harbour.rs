//! Things along the water: street lamps, railings, benches, people, parasols, boats, the bridge.

use glam::{FloatExt, Vec3};

use crate::mask::Region;
use crate::materials::Material;
use crate::mesh::{Builder, Frame};
use crate::noise::{Rng, hash};
use crate::terrain::{QUAY, RIVER, beside_shore};

/// A street lamp at the frame's origin; answers where its light is.
pub(crate) fn lamp(b: &mut Builder, frame: Frame) -> Vec3 {
    b.region = Region::Objects;
    b.seed = 3;
    let high = 4.1;
    b.within(frame, |b| {
        let post = [[0.16, 0.0], [0.14, 0.5], [0.07, 0.7], [0.05, 2.0], [0.045, high - 0.1], [0.12, high]];
        b.lathe(Vec3::ZERO, &post, 8, Material::Iron);
        b.lathe(Vec3::Y * high, &[[0.10, 0.0], [0.17, 0.42]], 6, Material::Lantern);
        b.lathe(Vec3::Y * (high + 0.42), &[[0.22, 0.0], [0.06, 0.16], [0.0, 0.3]], 6, Material::Iron);
    });
    frame.at(Vec3::Y * (high + 0.2))
}

/// A railing along the shore from `x0` to `x1`.
pub(crate) fn railing(b: &mut Builder, x0: f32, x1: f32) {
    b.region = Region::Objects;
    b.seed = 4;
    let at = |x: f32, y: f32| beside_shore(x, 0.2).origin + Vec3::Y * (y + 0.16);
    let n = ((x1 - x0) / 2.0) as u32;
    for k in 0..n {
        let (a, c) = (x0.lerp(x1, k as f32 / n as f32), x0.lerp(x1, (k + 1) as f32 / n as f32));
        b.bar(at(a, 0.0), at(a, 1.02), [0.035, 0.03], 5, Material::Iron);
        for y in [0.35, 0.68, 1.0] {
            b.bar(at(a, y), at(c, y), [0.018, 0.018], 4, Material::Iron);
        }
    }
}

/// A bench that looks at the water.
pub(crate) fn bench(b: &mut Builder, frame: Frame) {
    b.region = Region::Objects;
    b.seed = 6;
    b.within(frame, |b| {
        let v = Vec3::new;
        for k in 0..4 {
            let z = 0.12 * k as f32;
            b.cuboid(v(-0.9, 0.43, z), v(0.9, 0.47, z + 0.09), Material::Planks);
        }
        for k in 0..3 {
            let y = 0.55 + 0.14 * k as f32;
            b.cuboid(v(-0.9, y, 0.5), v(0.9, y + 0.1, 0.54), Material::Planks);
        }
        for x in [-0.7, 0.7] {
            b.cuboid(v(x - 0.04, 0.0, 0.05), v(x + 0.04, 0.43, 0.12), Material::Iron);
            b.cuboid(v(x - 0.04, 0.0, 0.45), v(x + 0.04, 0.95, 0.52), Material::Iron);
        }
    });
}

/// Somebody standing or walking.
pub(crate) fn person(b: &mut Builder, frame: Frame, rng: &mut Rng) {
    b.region = Region::Objects;
    let tall = rng.range(0.92, 1.06);
    let (coat, legs, hair) = (rng.bits(), rng.bits(), rng.bits());
    let stride = rng.range(0.05, 0.26);
    b.within(frame, |b| {
        let v = |x: f32, y: f32, z: f32| Vec3::new(x, y * tall, z);
        b.seed = legs;
        for s in [-1.0, 1.0] {
            b.bar(
                v(s * stride, 0.0, s * 0.08),
                v(0.03 * s, 0.88, 0.07 * s),
                [0.06, 0.10],
                6,
                Material::Cloth,
            );
        }
        b.seed = coat;
        let trunk = [[0.17, 0.75], [0.19, 0.95], [0.17, 1.1], [0.22, 1.36], [0.19, 1.45], [0.06, 1.5]];
        b.lathe(Vec3::ZERO, &trunk.map(|[r, y]| [r, y * tall]), 8, Material::Cloth);
        for s in [-1.0, 1.0] {
            let swing = s * stride;
            b.bar(v(0.0, 1.40, 0.20 * s), v(-swing * 0.5, 1.12, 0.27 * s), [0.06, 0.05], 5, Material::Cloth);
            b.bar(
                v(-swing * 0.5, 1.12, 0.27 * s),
                v(-swing, 0.88, 0.24 * s),
                [0.05, 0.04],
                5,
                Material::Cloth,
            );
        }
        b.bar(v(0.0, 1.46, 0.0), v(0.0, 1.56, 0.0), [0.05, 0.05], 6, Material::Skin);
        let head = [[0.05, 1.52], [0.09, 1.58], [0.10, 1.66], [0.085, 1.70]];
        b.lathe(Vec3::ZERO, &head.map(|[r, y]| [r, y * tall]), 8, Material::Skin);
        b.seed = hair;
        b.lathe(
            Vec3::ZERO,
            &[[0.105, 1.66 * tall], [0.09, 1.74 * tall], [0.0, 1.78 * tall]],
            8,
            Material::Iron,
        );
    });
}

/// A café's parasol with its table.
pub(crate) fn parasol(b: &mut Builder, frame: Frame, seed: u32) {
    b.region = Region::Objects;
    b.seed = seed;
    b.within(frame, |b| {
        b.bar(Vec3::ZERO, Vec3::Y * 2.7, [0.03, 0.03], 5, Material::Planks);
        b.lathe(Vec3::ZERO, &[[1.6, 2.0], [1.6, 2.18], [0.8, 2.48], [0.0, 2.68]], 8, Material::Cloth);
        b.lathe(
            Vec3::new(0.5, 0.0, 0.4),
            &[[0.3, 0.0], [0.04, 0.05], [0.04, 0.7], [0.45, 0.72], [0.0, 0.74]],
            10,
            Material::Planks,
        );
        for (x, z) in [(1.1, 0.2), (-0.2, 0.7), (0.6, -0.4)] {
            b.cuboid(Vec3::new(x - 0.2, 0.42, z - 0.2), Vec3::new(x + 0.2, 0.46, z + 0.2), Material::Planks);
            b.cuboid(Vec3::new(x + 0.17, 0.0, z - 0.2), Vec3::new(x + 0.2, 0.9, z + 0.2), Material::Planks);
        }
    });
}

/// A hull lofted from stem (`x = length / 2`) to stern.
fn hull(b: &mut Builder, length: f32, beam: f32, side: f32) {
    const STATIONS: usize = 14;
    let section = |i: usize| {
        let s = i as f32 / STATIONS as f32;
        let fullness = (1.0 - s.powf(3.2)) * (0.72 + 0.28 * (s * 4.0).min(1.0));
        let half = 0.5 * beam * fullness.max(0.0);
        let sheer = side * (1.0 + 0.45 * s * s + 0.06 * (1.0 - s).powi(2));
        let x = length * (s - 0.5);
        let rake = 0.10 * length * s.powi(4);
        [
            Vec3::new(x - rake * 0.8, -0.35, 0.0),
            Vec3::new(x - rake * 0.5, -0.1, half * 0.70),
            Vec3::new(x - rake * 0.2, side * 0.45, half * 0.93),
            Vec3::new(x, sheer, half),
            Vec3::new(x, sheer + 0.05, half + 0.03),
            Vec3::new(x, sheer + 0.05, (half - 0.06).max(0.0)),
            Vec3::new(x, sheer - 0.14, (half - 0.07).max(0.0)),
        ]
    };
    for s in [-1.0, 1.0] {
        let mirror = |p: Vec3| p * Vec3::new(1.0, 1.0, s);
        for i in 0..STATIONS {
            let (a, c) = (section(i).map(mirror), section(i + 1).map(mirror));
            for k in 0..6 {
                let material = if k < 3 { Material::Hull } else { Material::Planks };
                b.quad([a[k], c[k], c[k + 1], a[k + 1]], material);
            }
        }
        let stern = section(0).map(mirror);
        for k in 0..3 {
            let centre = |p: Vec3| p.with_z(0.0);
            b.quad([stern[k], stern[k + 1], centre(stern[k + 1]), centre(stern[k])], Material::Hull);
        }
    }
    // Deck or floor boards.
    for i in 0..STATIONS {
        let (a, c) = (section(i)[6], section(i + 1)[6]);
        let flip = Vec3::new(1.0, 1.0, -1.0);
        let down = Vec3::Y * if length < 5.5 { 0.25 * side } else { 0.0 };
        b.quad([a - down, c - down, c * flip - down, a * flip - down], Material::Planks);
    }
}

/// A rowing boat.
pub(crate) fn dinghy(b: &mut Builder, frame: Frame, seed: u32) {
    b.region = Region::Objects;
    b.seed = seed;
    b.within(frame, |b| {
        hull(b, 4.2, 1.5, 0.5);
        for x in [-1.3, -0.1, 1.0] {
            let half = 0.62 - 0.12 * (x + 0.2f32).abs();
            b.cuboid(Vec3::new(x, 0.36, -half), Vec3::new(x + 0.26, 0.40, half), Material::Planks);
        }
        b.bar(Vec3::new(-1.4, 0.5, 0.3), Vec3::new(1.2, 0.46, 0.45), [0.025, 0.04], 5, Material::Planks);
    });
}

/// A sailing yacht with bare mast.
pub(crate) fn yacht(b: &mut Builder, frame: Frame, seed: u32) {
    b.region = Region::Objects;
    b.seed = seed;
    let length = 7.5 + 2.5 * (hash(seed) % 100) as f32 / 100.0;
    b.within(frame, |b| {
        hull(b, length, length * 0.33, 0.95);
        let v = Vec3::new;
        b.cuboid(v(-length * 0.12, 0.8, -0.75), v(length * 0.2, 1.32, 0.75), Material::Frame);
        b.cuboid(v(-length * 0.09, 1.0, -0.76), v(length * 0.16, 1.17, 0.76), Material::Iron);
        let foot = v(length * 0.08, 1.0, 0.0);
        let top = foot + Vec3::Y * length * 1.25;
        let spar = if seed.is_multiple_of(3) { Material::Frame } else { Material::Planks };
        b.bar(foot, top, [0.08, 0.05], 6, spar);
        let boom = v(-length * 0.36, 2.0, 0.0);
        b.bar(foot.with_y(1.9), boom, [0.05, 0.05], 6, Material::Frame);
        // The sail lies furled under its cover.
        b.seed = hash(seed ^ 8);
        b.bar(foot.with_y(2.08), boom + Vec3::Y * 0.12, [0.17, 0.09], 7, Material::Cloth);
        b.seed = seed;
        let stay = |b: &mut Builder, from: Vec3, to: Vec3| b.bar(from, to, [0.012, 0.012], 3, Material::Iron);
        stay(b, top, v(length * 0.5, 1.3, 0.0));
        stay(b, top, v(-length * 0.5, 1.0, 0.0));
        for s in [-1.0, 1.0] {
            stay(b, foot.lerp(top, 0.75), v(length * 0.06, 1.0, s * length * 0.15));
            for k in 0..7 {
                let x = length * (k as f32 / 6.0 - 0.48);
                let z = s * length * 0.155 * (1.0 - (k as f32 / 6.4).powi(3));
                b.bar(v(x, 0.9, z), v(x, 1.55, z), [0.015, 0.015], 3, Material::Iron);
            }
        }
        for x in [foot.x - 0.4, foot.x + 0.4] {
            b.cuboid(
                v(x - 0.01, foot.lerp(top, 0.5).y, -0.5),
                v(x + 0.01, foot.lerp(top, 0.5).y + 0.03, 0.5),
                Material::Frame,
            );
        }
    });
}

/// A stone bridge of flat arches across the river at `x`.
pub(crate) fn bridge(b: &mut Builder, x: f32) {
    b.region = Region::Buildings;
    b.seed = 12;
    let shore = beside_shore(x, 0.0);
    // Local x runs across the river, z along it.
    let mut frame = Frame::new(shore.origin.with_y(0.0) + shore.into * 4.0, -shore.into);
    frame.origin -= frame.into * 4.0;
    let span = RIVER + 14.0;
    const ARCHES: f32 = 5.0;
    let (pitch, pier) = (span / ARCHES, 2.2);
    let deck = |u: f32| QUAY + 0.3 + 2.6 * (1.0 - (2.0 * u / span - 1.0).powi(2));
    let vault = |u: f32| {
        let within = u.rem_euclid(pitch) - 0.5 * pitch;
        let half = 0.5 * (pitch - pier);
        let crown = deck(u) - 0.9;
        if within.abs() > half { -2.0 } else { -0.2 + (crown + 0.2) * (1.0 - (within / half).powi(2)).sqrt() }
    };
    b.within(frame, |b| {
        const STEPS: u32 = 260;
        let width = 8.0;
        for i in 0..STEPS {
            let (a, c) = (span * i as f32 / STEPS as f32, span * (i + 1) as f32 / STEPS as f32);
            let v = Vec3::new;
            for (z, out) in [(0.0, -1.0), (width, 1.0)] {
                b.quad(
                    [v(a, vault(a), z), v(c, vault(c), z), v(c, deck(c), z), v(a, deck(a), z)],
                    Material::Ashlar,
                );
                let (inner, proud) = (z - out * 0.4, z + out * 0.08);
                let rail = 0.95;
                b.quad(
                    [
                        v(a, deck(a) - 0.1, proud),
                        v(c, deck(c) - 0.1, proud),
                        v(c, deck(c) + rail, proud),
                        v(a, deck(a) + rail, proud),
                    ],
                    Material::Ashlar,
                );
                b.quad(
                    [
                        v(a, deck(a) + rail, proud),
                        v(c, deck(c) + rail, proud),
                        v(c, deck(c) + rail, inner),
                        v(a, deck(a) + rail, inner),
                    ],
                    Material::Ashlar,
                );
                b.quad(
                    [
                        v(a, deck(a), inner),
                        v(c, deck(c), inner),
                        v(c, deck(c) + rail, inner),
                        v(a, deck(a) + rail, inner),
                    ],
                    Material::Ashlar,
                );
            }
            b.quad(
                [v(a, vault(a), 0.0), v(c, vault(c), 0.0), v(c, vault(c), width), v(a, vault(a), width)],
                Material::Ashlar,
            );
            b.quad(
                [v(a, deck(a), 0.0), v(c, deck(c), 0.0), v(c, deck(c), width), v(a, deck(a), width)],
                Material::Cobble,
            );
        }
        for k in 0..=ARCHES as u32 {
            // Cutwaters.
            let u = pitch * k as f32;
            b.lathe(Vec3::new(u, -2.0, 0.0), &[[1.5, 0.0], [1.4, 3.2], [0.0, 4.0]], 8, Material::Ashlar);
            b.lathe(Vec3::new(u, -2.0, width), &[[1.5, 0.0], [1.4, 3.2], [0.0, 4.0]], 8, Material::Ashlar);
        }
    });
}
