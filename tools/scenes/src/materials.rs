//! What things look like: albedo and relief as functions of place, from noise and small patterns.
//! Albedos are linear sRGB.

use glam::{FloatExt, Vec2, Vec3};

use crate::furnishings::{self, Stuff};
use crate::noise::{fbm, hash, pair, pick, smoothstep, unit, value};
use crate::patterns::{bond, chart, face, rough, stains};
use crate::scene::Hit;
use crate::water;

/// What a triangle is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Material {
    /// Coloured house walls.
    Plaster,
    Brick,
    /// Cut stone of churches, bridges and window surrounds.
    Ashlar,
    /// The quay's wall, wet and green at its foot.
    QuayWall,
    /// Painted window frames.
    Frame,
    /// Painted wood: doors, shutters.
    Paint,
    Planks,
    Tile,
    Slate,
    Iron,
    Glass,
    /// Inner walls, seen through windows.
    Room,
    Curtain,
    Lantern,
    Leaf,
    Needle,
    Flower,
    Bark,
    Meadow,
    Blade,
    Cobble,
    Rock,
    Hull,
    Cloth,
    Skin,
    Water,
    /// What rooms are furnished with.
    Indoor(Stuff),
}

impl Material {
    /// Whether it keeps light away from what is behind it. Shop fronts and houses' panes do:
    /// their rooms' light is known without tracing.
    pub(crate) fn shades(self) -> bool {
        self != Self::Indoor(Stuff::Pane)
    }
}

/// The time of year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Season {
    Summer,
    Autumn,
    Winter,
}

/// What a view does to all materials.
#[derive(Clone, Copy)]
pub(crate) struct Look {
    pub season: Season,
    /// Whether windows and street lamps are lit.
    pub lit: bool,
    /// Irradiance of the sky on level ground.
    pub ambient: Vec3,
}

/// What the light meets.
pub(crate) enum Surface {
    /// A diffuse face; `through` of the light leaves on the far side, `gloss` scales a clear coat.
    Matte { albedo: Vec3, normal: Vec3, through: f32, gloss: f32 },
    /// A thin pane with this (slightly uneven) normal.
    Pane { normal: Vec3 },
    /// Water with its wave's normal and the albedo of its depth.
    Water { normal: Vec3, depth: Vec3 },
    /// A source of this radiance, or a place whose light is known without tracing.
    Radiant(Vec3),
}

/// Radiance of the lanterns' glass.
pub(crate) const LANTERN: Vec3 = Vec3::new(60.0, 34.0, 13.0);

const PLASTER: [Vec3; 12] = [
    Vec3::new(0.72, 0.66, 0.54),
    Vec3::new(0.66, 0.45, 0.18),
    Vec3::new(0.70, 0.56, 0.32),
    Vec3::new(0.62, 0.34, 0.24),
    Vec3::new(0.48, 0.13, 0.08),
    Vec3::new(0.74, 0.72, 0.67),
    Vec3::new(0.40, 0.48, 0.52),
    Vec3::new(0.48, 0.52, 0.38),
    Vec3::new(0.66, 0.52, 0.42),
    Vec3::new(0.30, 0.36, 0.38),
    Vec3::new(0.58, 0.55, 0.50),
    Vec3::new(0.70, 0.50, 0.28),
];

const PAINT: [Vec3; 7] = [
    Vec3::new(0.05, 0.10, 0.06),
    Vec3::new(0.20, 0.05, 0.04),
    Vec3::new(0.06, 0.10, 0.16),
    Vec3::new(0.25, 0.15, 0.08),
    Vec3::new(0.45, 0.43, 0.38),
    Vec3::new(0.10, 0.06, 0.04),
    Vec3::new(0.16, 0.22, 0.22),
];

const CLOTH: [Vec3; 8] = [
    Vec3::new(0.65, 0.62, 0.55),
    Vec3::new(0.45, 0.05, 0.05),
    Vec3::new(0.05, 0.07, 0.16),
    Vec3::new(0.03, 0.03, 0.04),
    Vec3::new(0.50, 0.38, 0.12),
    Vec3::new(0.10, 0.20, 0.12),
    Vec3::new(0.30, 0.32, 0.36),
    Vec3::new(0.60, 0.30, 0.20),
];

fn choose<const N: usize>(from: &[Vec3; N], h: u32) -> Vec3 {
    from[h as usize % N]
}

/// The surface at a hit.
pub(crate) fn surface(hit: &Hit, look: &Look) -> Surface {
    let (p, n, seed) = (hit.point, hit.normal, hit.part);
    let mut normal = n;
    let (mut through, mut gloss) = (0.0, 0.0);
    let albedo = match hit.material {
        Material::Plaster => {
            normal = rough(n, p, 6.0, 0.10);
            plaster(p, n, seed)
        }
        Material::Brick => {
            let (cell, place) = bond(chart(p, n), Vec2::new(0.24, 0.08), seed);
            let base = Vec3::new(0.30, 0.11, 0.07).lerp(Vec3::new(0.36, 0.20, 0.12), unit(hash(seed)));
            let stone = base * (0.6 + 0.8 * unit(cell));
            let mortar = Vec3::new(0.38, 0.35, 0.31);
            mortar.lerp(stone, face(place, Vec2::new(0.06, 0.16))) * stains(p, n, 0.6)
        }
        Material::Ashlar => {
            let (cell, place) = bond(chart(p, n), Vec2::new(0.85, 0.42), seed);
            let base = Vec3::new(0.46, 0.41, 0.34).lerp(Vec3::new(0.36, 0.35, 0.34), unit(hash(seed)));
            normal = rough(n, p, 3.0, 0.25);
            base * (0.78 + 0.4 * unit(cell))
                * 0.55.lerp(1.0, face(place, Vec2::new(0.03, 0.06)))
                * stains(p, n, 0.7)
        }
        Material::QuayWall => {
            let (cell, place) = bond(chart(p, n), Vec2::new(1.1, 0.45), 5);
            let base = Vec3::new(0.30, 0.28, 0.25) * (0.6 + 0.7 * unit(cell));
            let stone = base * 0.4.lerp(1.0, face(place, Vec2::new(0.03, 0.07))) * stains(p, n, 0.9);
            let tide = 0.55 + 0.5 * fbm(p * Vec3::new(0.9, 0.3, 0.9), 3);
            let wet = smoothstep(tide + 0.25, tide - 0.25, p.y);
            normal = rough(n, p, 4.0, 0.35);
            gloss = 0.5 * wet;
            stone.lerp(Vec3::new(0.045, 0.055, 0.03), 0.85 * wet)
        }
        Material::Frame => {
            let white = Vec3::new(0.70, 0.68, 0.63);
            let paint = if pick(seed, 40) < 0.7 { white } else { choose(&PAINT, pair(seed, 41)) };
            paint * (0.8 + 0.3 * fbm(p * 3.0, 2))
        }
        Material::Paint => {
            let louvre = 0.75 + 0.25 * smoothstep(0.0, 0.6, (p.y / 0.09).rem_euclid(1.0));
            choose(&PAINT, pair(seed, 42)) * louvre * (0.7 + 0.6 * fbm(p * 2.0, 3))
        }
        Material::Planks => {
            let uv = chart(p, n);
            let plank = unit(pair((uv.x / 0.16).floor() as i32 as u32, seed));
            let grain = fbm(p * Vec3::new(9.0, 1.2, 9.0), 3);
            Vec3::new(0.24, 0.19, 0.14) * (0.5 + 0.5 * plank + 0.6 * grain)
        }
        Material::Tile => {
            let uv = chart(p, n);
            let (cell, place) = bond(uv, Vec2::new(0.26, 0.34), seed);
            let base = Vec3::new(0.36, 0.125, 0.06).lerp(Vec3::new(0.23, 0.10, 0.065), pick(seed, 43));
            let along = Vec3::Y.cross(n).normalize_or(Vec3::X);
            normal = (n + along * 0.4 * (place.x - 0.5) - n.cross(along) * 0.15).normalize();
            let row = 0.45 + 0.55 * smoothstep(0.0, 0.3, place.y);
            let age = fbm(p * 0.5 + unit(seed) * 90.0, 4);
            let moss = smoothstep(0.55, 0.8, fbm(p * 0.9, 4)) * 0.6;
            let clay = base * (0.55 + 0.75 * unit(cell)) * (0.55 + 0.9 * age) * row;
            clay.lerp(Vec3::new(0.10, 0.10, 0.06), moss)
        }
        Material::Slate => {
            let (cell, place) = bond(chart(p, n), Vec2::new(0.3, 0.24), seed);
            gloss = 0.25;
            Vec3::new(0.085, 0.09, 0.10)
                * (0.6 + 0.8 * unit(cell))
                * (0.5 + 0.5 * smoothstep(0.0, 0.25, place.y))
                * (0.6 + 0.8 * fbm(p * 0.6, 4))
        }
        Material::Iron => {
            gloss = 0.4;
            Vec3::splat(0.03 + 0.06 * pick(seed, 44)) * (0.7 + 0.6 * fbm(p * 4.0, 2))
        }
        Material::Glass => {
            // Panes sit a little askew, and old glass is not flat.
            let tilt = Vec3::new(pick(seed, 1) - 0.5, pick(seed, 2) - 0.5, pick(seed, 3) - 0.5);
            return Surface::Pane { normal: rough((n + 0.03 * tilt).normalize(), p, 1.7, 0.03) };
        }
        Material::Room => return Surface::Radiant(room(p, n, seed, look)),
        Material::Curtain => {
            let fold = 0.65 + 0.35 * value(Vec3::new(chart(p, n).x * 11.0, p.y * 0.3, unit(seed) * 9.0));
            let cloth = Vec3::new(0.55, 0.52, 0.46) * fold;
            let lamp = if is_lit(seed, look) { glow(seed) * 0.8 } else { Vec3::ZERO };
            return Surface::Radiant(cloth * (look.ambient * 0.10 + lamp));
        }
        Material::Lantern => {
            return Surface::Radiant(if look.lit { LANTERN } else { look.ambient * 0.12 });
        }
        Material::Leaf | Material::Blade => {
            through = 0.45;
            gloss = 0.12;
            foliage(hit, look.season)
        }
        Material::Needle => {
            through = 0.15;
            Vec3::new(0.022, 0.045, 0.018) * (0.5 + 1.0 * unit(seed)) * (0.7 + 0.6 * unit(hash(hit.whole)))
        }
        Material::Flower => {
            through = 0.3;
            let red = [Vec3::new(0.6, 0.05, 0.06), Vec3::new(0.6, 0.16, 0.3), Vec3::new(0.65, 0.55, 0.5)];
            choose(&red, hash(hit.whole)) * (0.6 + 0.5 * unit(seed))
        }
        Material::Bark => {
            let ridge = fbm(p * Vec3::new(14.0, 3.0, 14.0), 3);
            normal = rough(n, p, 8.0, 0.6);
            Vec3::new(0.13, 0.10, 0.075) * (0.35 + 1.1 * ridge)
        }
        Material::Meadow => meadow(p, look.season),
        Material::Cobble => {
            let (cell, place) = bond(Vec2::new(p.x, p.z), Vec2::new(0.22, 0.16), 9);
            let worn = fbm(p * 0.25, 4);
            Vec3::new(0.25, 0.235, 0.215)
                * (0.65 + 0.4 * unit(cell))
                * 0.55.lerp(1.0, face(place, Vec2::splat(0.14)))
                * (0.6 + 0.8 * worn)
        }
        Material::Rock => {
            normal = rough(rough(n, p, 0.02, 0.6), p, 0.09, 1.3);
            let band = fbm(p * Vec3::new(0.004, 0.012, 0.004), 5);
            let bare = Vec3::new(0.26, 0.25, 0.24) * (0.4 + 1.1 * band);
            let wood = Vec3::new(0.035, 0.055, 0.025) * (0.25 + 1.5 * fbm(p * 0.045, 4));
            let line = 520.0 + 500.0 * (band - 0.5);
            wood.lerp(bare, smoothstep(line - 120.0, line + 160.0, p.y))
        }
        Material::Hull => {
            gloss = 0.35;
            let paint = [
                Vec3::new(0.68, 0.68, 0.66),
                Vec3::new(0.05, 0.09, 0.20),
                Vec3::new(0.35, 0.06, 0.05),
                Vec3::new(0.10, 0.24, 0.22),
                Vec3::new(0.30, 0.18, 0.09),
            ];
            let waterline = smoothstep(0.10, 0.16, p.y);
            let scum = 0.6 + 0.5 * fbm(p * Vec3::new(1.2, 0.5, 1.2), 3);
            Vec3::splat(0.03).lerp(choose(&paint, pair(seed, 45)) * scum, waterline)
        }
        Material::Cloth => {
            through = 0.2;
            choose(&CLOTH, pair(seed, 46)) * (0.75 + 0.4 * fbm(p * 2.5, 2))
        }
        Material::Skin => Vec3::new(0.42, 0.27, 0.20),
        Material::Indoor(stuff) => {
            let finish = furnishings::finish(stuff, hit, look.lit);
            return Surface::Matte {
                albedo: finish.albedo,
                normal: finish.normal,
                through: finish.through,
                gloss: finish.coat,
            };
        }
        Material::Water => {
            return Surface::Water { normal: water::normal(p), depth: water::DEPTH };
        }
    };
    let albedo = if look.season == Season::Winter { snow(albedo, hit) } else { albedo };
    Surface::Matte { albedo, normal, through, gloss }
}

fn plaster(p: Vec3, n: Vec3, seed: u32) -> Vec3 {
    let mut base = choose(&PLASTER, pair(seed, 47));
    // No two houses share a pot of paint.
    base *= 0.85
        + 0.25 * Vec3::new(pick(seed, 4), pick(seed, 5), pick(seed, 6)).lerp(Vec3::splat(pick(seed, 7)), 0.7);
    let age = 0.25 + 0.6 * pick(seed, 8);
    let mottle = 0.86 + 0.28 * fbm(p * 0.8 + unit(seed) * 70.0, 4);
    let grain = 0.93 + 0.14 * fbm(p * 14.0, 2);
    let faded = base.lerp(Vec3::splat(base.element_sum() / 3.0), 0.15 + 0.25 * fbm(p * 0.3, 3));
    let bare = smoothstep(0.70, 0.76, fbm(p * 1.1 + unit(hash(seed)) * 50.0, 4)) * age;
    faded.lerp(Vec3::new(0.34, 0.29, 0.24), bare) * mottle * grain * stains(p, n, age)
}

fn foliage(hit: &Hit, season: Season) -> Vec3 {
    let (leaf, tree) = (unit(hash(hit.part)), hit.whole);
    let summer =
        Vec3::new(0.055, 0.115, 0.022).lerp(Vec3::new(0.13, 0.17, 0.035), 0.6 * pick(tree, 1) + 0.4 * leaf);
    if hit.material == Material::Blade {
        let dry = if season == Season::Summer { 0.25 } else { 0.6 };
        return summer.lerp(Vec3::new(0.30, 0.24, 0.11), dry * (0.4 + leaf)) * (0.6 + 0.6 * leaf);
    }
    if season == Season::Summer {
        return summer * (0.7 + 0.6 * pick(hit.part, 2));
    }
    let warm = [
        Vec3::new(0.55, 0.34, 0.05),
        Vec3::new(0.52, 0.20, 0.03),
        Vec3::new(0.36, 0.08, 0.03),
        Vec3::new(0.42, 0.26, 0.06),
        Vec3::new(0.28, 0.22, 0.05),
    ];
    let turned = choose(&warm, pair(tree, 3)).lerp(choose(&warm, pair(hit.part, 4)), 0.3);
    // Crowns turn in patches, and some trees late.
    let patch = value(hit.point * 0.35 + pick(tree, 5) * 40.0);
    let late = smoothstep(0.5, 0.9, 0.6 * pick(tree, 6) + 0.5 * patch);
    turned.lerp(summer * 1.2, late) * (0.6 + 0.6 * pick(hit.part, 7))
}

fn meadow(p: Vec3, season: Season) -> Vec3 {
    let patch = fbm(p * Vec3::new(0.05, 0.0, 0.05), 4);
    let fine = fbm(p * 2.2, 4);
    let green = Vec3::new(0.075, 0.115, 0.03).lerp(Vec3::new(0.15, 0.155, 0.05), patch);
    let green = if season == Season::Summer { green } else { green.lerp(Vec3::new(0.22, 0.16, 0.07), 0.5) };
    let earth = Vec3::new(0.16, 0.12, 0.08);
    green.lerp(earth, smoothstep(0.6, 0.75, fbm(p * 0.3, 4))) * (0.5 + fine)
}

fn snow(albedo: Vec3, hit: &Hit) -> Vec3 {
    let cover = hit.normal.y + 0.5 * (fbm(hit.point * 0.9, 4) - 0.5);
    let lies = smoothstep(0.30, 0.55, cover);
    albedo.lerp(Vec3::new(0.83, 0.85, 0.88), lies)
}

/// Whether the lamp behind this window burns.
fn is_lit(seed: u32, look: &Look) -> bool {
    look.lit && pick(seed, 50) < 0.42
}

/// Radiosity of a lit room.
fn glow(seed: u32) -> Vec3 {
    let warm = Vec3::new(1.0, 0.52, 0.20).lerp(Vec3::new(1.0, 0.72, 0.42), pick(seed, 51));
    warm * (0.5 + 2.6 * pick(seed, 52).powi(2))
}

/// Radiance of a room's inside: known walls, no paths are traced in there.
fn room(p: Vec3, n: Vec3, seed: u32, look: &Look) -> Vec3 {
    let wall = Vec3::new(0.45, 0.40, 0.33) * (0.5 + 0.7 * pick(seed, 53));
    // Furniture and pictures, as far as anyone can tell from outside.
    let (_, place) = bond(chart(p, n), Vec2::new(1.4, 1.1), seed);
    let clutter = if place.x > 0.4 && place.y < 0.6 { 0.45 } else { 1.0 };
    let lamp = if is_lit(seed, look) { glow(seed) } else { Vec3::ZERO };
    wall * clutter * (look.ambient * 0.035 + lamp)
}
