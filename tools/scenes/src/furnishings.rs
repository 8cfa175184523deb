//! What rooms are furnished with, and how its surfaces look. Albedos are linear sRGB.

use glam::{FloatExt, Vec2, Vec3};

use crate::noise::{fbm, hash, pair, pick, smoothstep, unit, value};
use crate::patterns::rough;
use crate::scene::Hit;

/// Materials indoors. Where several colours are to be had, the part's seed modulo [`TONES`] is
/// the number of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stuff {
    Wall,
    Ceiling,
    Parquet,
    /// Painted wood.
    Lacquer,
    /// Furniture's wood; the seed modulo 3 is the axis along which it grew.
    Oak,
    Weave,
    Linen,
    Rug,
    Glaze,
    Brass,
    Shade,
    Paper,
    Pages,
    Canvas,
    Foliage,
    Soil,
    Pane,
    /// Lamps of a photographer's studio, and the white paper that things stand on there.
    Softbox,
    Sweep,
}

/// How many colours a part's seed chooses from.
pub(crate) const TONES: u32 = 16;

/// A surface: a diffuse ground under a clear coat.
pub(crate) struct Finish {
    pub albedo: Vec3,
    pub normal: Vec3,
    /// Share of the diffuse light that leaves on the far side.
    pub through: f32,
    /// Factor on the coat's reflectance, and how much its reflections are blurred.
    pub coat: f32,
    pub blur: f32,
    /// A metal mirrors in its colour and has no ground.
    pub metal: bool,
    /// Radiance of a light.
    pub glow: Option<Vec3>,
}

/// Radiance of lamp shades in the evening, and of the studio's lamps.
pub(crate) const SHADE: Vec3 = Vec3::new(1.05, 0.58, 0.23);
pub(crate) const SOFTBOX: Vec3 = Vec3::new(6.0, 6.0, 6.0);

/// Share of its full radiance that the softbox with this seed gives.
pub(crate) fn softbox_share(seed: u32) -> f32 {
    [1.0, 0.55, 0.11][seed as usize % 3]
}

const WEAVE: [Vec3; 6] = [
    Vec3::new(0.115, 0.165, 0.185),
    Vec3::new(0.46, 0.25, 0.075),
    Vec3::new(0.62, 0.56, 0.46),
    Vec3::new(0.31, 0.11, 0.065),
    Vec3::new(0.20, 0.21, 0.15),
    Vec3::new(0.46, 0.40, 0.33),
];

const GLAZE: [Vec3; 6] = [
    Vec3::new(0.74, 0.72, 0.67),
    Vec3::new(0.018, 0.078, 0.105),
    Vec3::new(0.30, 0.35, 0.27),
    Vec3::new(0.56, 0.27, 0.14),
    Vec3::new(0.045, 0.045, 0.05),
    Vec3::new(0.62, 0.50, 0.36),
];

const PAPER: [Vec3; 10] = [
    Vec3::new(0.60, 0.56, 0.47),
    Vec3::new(0.30, 0.055, 0.045),
    Vec3::new(0.05, 0.095, 0.15),
    Vec3::new(0.07, 0.13, 0.085),
    Vec3::new(0.52, 0.33, 0.085),
    Vec3::new(0.045, 0.045, 0.05),
    Vec3::new(0.68, 0.66, 0.62),
    Vec3::new(0.38, 0.19, 0.09),
    Vec3::new(0.20, 0.27, 0.30),
    Vec3::new(0.45, 0.36, 0.27),
];

fn tone<const N: usize>(from: &[Vec3; N], seed: u32) -> Vec3 {
    from[(seed % TONES) as usize % N]
}

/// The surface at a hit; `lit` when the lamps burn.
pub(crate) fn finish(stuff: Stuff, hit: &Hit, lit: bool) -> Finish {
    let (p, n, seed) = (hit.point, hit.bent, hit.part);
    let mut finish = Finish {
        albedo: Vec3::splat(0.5),
        normal: n,
        through: 0.0,
        coat: 0.0,
        blur: 0.12,
        metal: false,
        glow: None,
    };
    match stuff {
        Stuff::Wall | Stuff::Ceiling => {
            let wash = 0.96 + 0.05 * fbm(p * 1.3, 3) + 0.03 * (fbm(p * 40.0, 2) - 0.5);
            let paint = if stuff == Stuff::Wall { Vec3::new(0.69, 0.68, 0.645) } else { Vec3::splat(0.78) };
            finish.albedo = paint * wash;
            // The roller's marks.
            finish.normal = rough(rough(n, p, 110.0, 0.05), p, 9.0, 0.015);
        }
        Stuff::Parquet => parquet(&mut finish, p),
        Stuff::Lacquer => {
            finish.albedo = Vec3::new(0.74, 0.725, 0.69) * (0.97 + 0.05 * fbm(p * 6.0, 2));
            finish.normal = rough(n, p * Vec3::new(1.0, 0.2, 1.0), 60.0, 0.04);
            finish.coat = 0.9;
            finish.blur = 0.18;
        }
        Stuff::Oak => {
            let q = turned(p, seed % 3);
            let (albedo, open) = wood(q, seed);
            finish.albedo = albedo;
            finish.normal = rough(n, p, 30.0, 0.03);
            finish.coat = 0.8 * (1.0 - 0.6 * open);
            finish.blur = 0.22;
        }
        Stuff::Weave => {
            // Coarse threads of two shades, and the nap that the hand has brushed.
            let thread = value(p * 260.0);
            let fleck = smoothstep(0.55, 0.9, value(p * 140.0 + 5.0));
            let nap = 0.9 + 0.2 * fbm(p * 7.0, 3);
            finish.albedo = tone(&WEAVE, seed) * (0.72 + 0.42 * thread + 0.35 * fleck) * nap;
            finish.normal = rough(rough(n, p, 190.0, 0.45), p, 45.0, 0.12);
        }
        Stuff::Linen => {
            let thread = value(p * Vec3::new(420.0, 18.0, 420.0)) + value(p * Vec3::new(24.0, 420.0, 24.0));
            finish.albedo = Vec3::new(0.74, 0.70, 0.62) * (0.86 + 0.12 * thread);
            finish.through = 0.42;
        }
        Stuff::Rug => rug(&mut finish, p),
        Stuff::Glaze => {
            let base = tone(&GLAZE, seed);
            let pool = fbm(p * 9.0 + unit(hash(seed)) * 30.0, 3);
            let run = fbm(p * Vec3::new(48.0, 7.0, 48.0) + unit(hash(seed)) * 30.0, 3);
            let speck = smoothstep(0.83, 0.90, value(p * 420.0));
            finish.albedo = base * (0.70 + 0.24 * pool + 0.36 * run) * (1.0 - 0.45 * speck);
            finish.normal = rough(n, p, 22.0, 0.010);
            // Nothing is glazed where it stood in the kiln.
            let glazed = smoothstep(0.0055, 0.0075, p.y + 0.002 * pool);
            finish.albedo = Vec3::new(0.50, 0.40, 0.30).lerp(finish.albedo, glazed);
            finish.coat = 2.0 * glazed;
            finish.blur = 0.02;
        }
        Stuff::Brass => {
            finish.albedo = Vec3::new(0.72, 0.50, 0.23);
            finish.metal = true;
            finish.blur = 0.14;
        }
        Stuff::Shade => {
            let slub = 0.9 + 0.2 * value(p * Vec3::new(25.0, 300.0, 25.0));
            finish.albedo = Vec3::new(0.74, 0.69, 0.60) * slub;
            finish.through = 0.4;
            if lit {
                finish.glow = Some(SHADE * slub);
            }
        }
        Stuff::Paper => {
            let worn = fbm(p * 18.0, 3);
            finish.albedo = tone(&PAPER, seed) * (0.8 + 0.3 * worn) * (0.85 + 0.3 * pick(seed, 3));
            finish.coat = 0.7;
            finish.blur = 0.25;
        }
        Stuff::Pages => {
            let leaf = value(Vec3::new(p.x * 900.0, p.y * 900.0, 0.0));
            finish.albedo = Vec3::new(0.66, 0.60, 0.48) * (0.8 + 0.25 * leaf);
        }
        Stuff::Canvas => finish.albedo = painting(p),
        Stuff::Foliage => {
            let vein = 0.85 + 0.3 * fbm(p * 30.0, 2);
            let young = Vec3::new(0.085, 0.155, 0.035);
            finish.albedo = Vec3::new(0.028, 0.075, 0.022).lerp(young, 0.7 * pick(seed, 5)) * vein;
            finish.normal = rough(n, p, 35.0, 0.10);
            finish.through = 0.22;
            finish.coat = 1.3;
            finish.blur = 0.16;
        }
        Stuff::Soil => finish.albedo = Vec3::new(0.05, 0.036, 0.026) * (0.5 + fbm(p * 60.0, 3)),
        Stuff::Pane => {}
        Stuff::Softbox => finish.glow = Some(SOFTBOX * softbox_share(seed)),
        Stuff::Sweep => finish.albedo = Vec3::splat(0.86) * (0.985 + 0.03 * fbm(p * 8.0, 3)),
    }
    finish
}

/// `p` with its `axis` turned to `x`.
fn turned(p: Vec3, axis: u32) -> Vec3 {
    match axis {
        0 => p,
        1 => Vec3::new(p.y, p.z, p.x),
        _ => Vec3::new(p.z, p.x, p.y),
    }
}

/// Wood that grew along `x`, and how far its pores lie open there.
fn wood(q: Vec3, seed: u32) -> (Vec3, f32) {
    let board = Vec3::new(9.0 * pick(seed, 60), pick(seed, 61), pick(seed, 62)) * 7.0;
    let q = q + board;
    // Boards are sawn along the trunk at some distance from its heart, which is not quite straight.
    let sway = 0.05 * (Vec2::new(value(q * 0.8), value(q * 0.8 + 9.0)) - 0.5);
    let heart = Vec2::new(q.y.rem_euclid(0.31) - 0.16, q.z.rem_euclid(0.31) + 0.03) + sway;
    let year = heart.length() * 95.0 + 1.2 * fbm(q * Vec3::new(1.5, 9.0, 9.0), 3);
    let late = (year - year.floor()).powi(3);
    let streak = fbm(q * Vec3::new(2.5, 75.0, 75.0), 3);
    let pore = smoothstep(0.66, 0.86, value(q * Vec3::new(22.0, 520.0, 520.0)));
    let light = Vec3::new(0.43, 0.27, 0.135);
    let dark = Vec3::new(0.25, 0.135, 0.058);
    let wood = light.lerp(dark, (0.5 * late + 0.9 * (streak - 0.3)).clamp(0.0, 1.0));
    (wood * (1.0 - 0.4 * pore), pore)
}

/// Planks along `x`, each from another board.
fn parquet(finish: &mut Finish, p: Vec3) {
    const WIDTH: f32 = 0.145;
    let row = (p.z / WIDTH).floor();
    let r = row as i32 as u32;
    let length = 1.5 + 0.7 * pick(r, 70);
    let along = p.x / length + pick(r, 71);
    let id = pair(r, along.floor() as i32 as u32);
    let (albedo, pore) = wood(p, id);
    let lively = 0.72 + 0.48 * pick(id, 72);
    let hue = Vec3::new(1.0, 0.96, 0.88).lerp(Vec3::new(1.0, 1.02, 1.10), pick(id, 73));
    // Distance to the nearest joint, in metres.
    let across = (p.z / WIDTH - row).min(row + 1.0 - p.z / WIDTH) * WIDTH;
    let butt = (along - along.floor()).min(along.ceil() - along) * length;
    let joint = smoothstep(0.0004, 0.0022, across.min(butt));
    finish.albedo = albedo * hue * lively * 0.25.lerp(1.0, joint);
    // Planks lie a little askew and cup.
    let tilt = Vec3::new(pick(id, 74) - 0.5, 0.0, pick(id, 75) - 0.5) * 0.010;
    let cup = Vec3::Z * (0.012 * ((p.z / WIDTH - row) - 0.5));
    finish.normal = rough((finish.normal + tilt + cup).normalize(), p, 5.0, 0.012);
    finish.coat = 1.5 * joint * (1.0 - 0.5 * pore);
    finish.blur = 0.055 + 0.05 * fbm(p * 3.0, 3);
}

/// Wool with rows of lozenges, in the rug's middle frame of the floor.
fn rug(finish: &mut Finish, p: Vec3) {
    let wobble = 0.012 * Vec3::new(fbm(p * 7.0, 2) - 0.5, 0.0, fbm(p * 7.0 + 8.0, 2) - 0.5);
    let q = (p + wobble) / 0.30;
    let lozenge = (q.x.rem_euclid(2.0) - 1.0).abs() + (q.z.rem_euclid(2.0) - 1.0).abs();
    let line = smoothstep(0.10, 0.055, (lozenge - 1.0).abs());
    let eye = smoothstep(0.17, 0.12, lozenge);
    let pile = fbm(p * 90.0, 3);
    let cream = Vec3::new(0.58, 0.53, 0.44);
    let ink = Vec3::new(0.085, 0.082, 0.085);
    let dye = 0.9 + 0.2 * fbm(p * Vec3::new(1.5, 1.0, 12.0), 2);
    finish.albedo = cream.lerp(ink, 0.88 * line.max(eye)) * (0.45 + 0.95 * pile) * dye;
    finish.normal = rough(rough(finish.normal, p, 95.0, 0.8), p, 28.0, 0.35);
}

/// Hills behind one another under a low sun.
fn painting(p: Vec3) -> Vec3 {
    let brush = 0.05 * (fbm(p * Vec3::new(14.0, 60.0, 14.0), 3) - 0.5);
    let (x, y) = (p.x, p.y + brush);
    let sky = Vec3::new(0.62, 0.36, 0.20).lerp(Vec3::new(0.58, 0.56, 0.50), smoothstep(1.55, 1.9, y));
    let sun = smoothstep(0.085, 0.075, Vec2::new(x + 0.28, y - 1.72).length());
    let mut paint = sky.lerp(Vec3::new(0.66, 0.20, 0.06), sun);
    let hills = [
        (1.64, Vec3::new(0.34, 0.36, 0.36)),
        (1.57, Vec3::new(0.17, 0.25, 0.27)),
        (1.48, Vec3::new(0.065, 0.13, 0.15)),
        (1.40, Vec3::new(0.40, 0.24, 0.08)),
    ];
    for (k, (height, colour)) in hills.into_iter().enumerate() {
        let ridge = height + 0.22 * (fbm(Vec3::new(x * 1.9, k as f32 * 7.0, 0.5), 3) - 0.5);
        paint = paint.lerp(colour, smoothstep(0.004, -0.004, y - ridge));
    }
    paint * (0.85 + 0.3 * fbm(p * Vec3::new(30.0, 90.0, 30.0), 2))
}
