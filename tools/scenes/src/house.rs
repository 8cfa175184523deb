//! A house: walls with true openings, windows with frames, panes and rooms, a roof and its trimmings.

use glam::Vec3;

use crate::mask::Region;
use crate::materials::Material;
use crate::mesh::{Builder, Frame};
use crate::noise::{Rng, pair};
use crate::roof;

/// The plan of a house; everything else follows from its seed.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub width: f32,
    pub depth: f32,
    pub floors: u32,
    pub seed: u32,
    /// Shops or workshops on the ground floor.
    pub shop: bool,
}

/// A rectangle of wall left open.
#[derive(Clone, Copy)]
pub(crate) struct Opening {
    pub x: [f32; 2],
    pub y: [f32; 2],
}

/// Choices that all windows of a house share.
pub(crate) struct Style {
    pub wall: Material,
    pub width: f32,
    pub height: f32,
    pub shutters: bool,
    pub surround: bool,
    /// Panes across and up.
    pub panes: [u32; 2],
    pub flowers: bool,
    pub steep: f32,
    pub gable_front: bool,
    pub roof: Material,
    pub floor: f32,
}

impl Style {
    fn new(rng: &mut Rng) -> Self {
        let narrow = rng.range(0.85, 1.25);
        Self {
            wall: if rng.chance(0.14) { Material::Brick } else { Material::Plaster },
            width: narrow,
            height: rng.range(1.45, 1.85),
            shutters: rng.chance(0.38),
            surround: rng.chance(0.6),
            panes: [2, 2 + u32::from(rng.chance(0.5))],
            flowers: rng.chance(0.35),
            steep: rng.range(0.75, 1.25),
            gable_front: rng.chance(0.33),
            roof: if rng.chance(0.2) { Material::Slate } else { Material::Tile },
            floor: rng.range(2.75, 3.25),
        }
    }
}

/// Builds a house whose front stands on the frame's `x` axis from 0 to `width`. Answers the places
/// of its flower boxes, in the world.
pub(crate) fn build(b: &mut Builder, frame: Frame, plan: &Plan) -> Vec<Vec3> {
    let mut rng = Rng::new(plan.seed);
    let style = Style::new(&mut rng);
    let mut flowers = Vec::new();
    b.seed = plan.seed;
    b.region = Region::Buildings;
    let ground = if plan.shop { style.floor + 0.5 } else { style.floor };
    let top = ground + style.floor * (plan.floors - 1) as f32 + 0.35;
    b.within(frame, |b| {
        front(b, plan, &style, ground, top, &mut rng, &mut flowers);
        for quarter in [1, 3] {
            let corner = if quarter == 1 { Vec3::X * plan.width } else { Vec3::Z * plan.depth };
            let side = b.frame.turned(corner, quarter);
            b.within(side, |b| flank(b, plan, &style, ground, top, &mut rng));
        }
        b.panel([0.0, plan.width], [-6.0, top], plan.depth, style.wall);
        trimmings(b, plan, top, &mut rng);
        roof::build(b, plan, &style, top, &mut rng);
    });
    flowers
}

fn front(
    b: &mut Builder,
    plan: &Plan,
    style: &Style,
    ground: f32,
    top: f32,
    rng: &mut Rng,
    flowers: &mut Vec<Vec3>,
) {
    let w = plan.width;
    b.panel([0.0, w], [-6.0, 0.0], 0.0, Material::Ashlar);
    let columns = ((w - 0.7) / (style.width + rng.range(0.65, 1.05))).floor().max(2.0) as u32;
    let pitch = (w - 0.5) / columns as f32;
    let centre = |c: u32| 0.25 + pitch * (c as f32 + 0.5);
    // Ground floor: a door, and windows or a shop front.
    let door = rng.bits() % columns;
    let mut openings: Vec<Opening> = (0..columns)
        .map(|c| {
            let half = if c == door {
                0.55
            } else if plan.shop {
                pitch * 0.40
            } else {
                0.5 * style.width
            };
            let y = match (c == door, plan.shop) {
                (true, _) => [0.0, 2.35],
                (_, true) => [0.55, 2.75],
                _ => [0.95, 0.95 + style.height.min(ground - 1.3)],
            };
            Opening { x: [centre(c) - half, centre(c) + half], y }
        })
        .collect();
    wall(b, w, [0.0, ground], &openings, style.wall);
    for (c, o) in openings.iter().enumerate() {
        let seed = rng.bits();
        if c as u32 == door {
            doorway(b, o);
        } else {
            window(b, o, style, w, seed, plan.shop);
        }
    }
    if plan.shop {
        shop_trim(b, w, ground, rng);
    }
    for floor in 1..plan.floors {
        let y = ground + style.floor * (floor - 1) as f32;
        let last = floor + 1 == plan.floors;
        let height = if last { style.height * 0.85 } else { style.height };
        let ceiling = if last { top } else { y + style.floor };
        openings = (0..columns)
            .filter(|_| !rng.chance(0.03))
            .map(|c| {
                let half = 0.5 * style.width;
                Opening { x: [centre(c) - half, centre(c) + half], y: [y + 0.75, y + 0.75 + height] }
            })
            .collect();
        wall(b, w, [y, ceiling], &openings, style.wall);
        let balcony = (!last && rng.chance(0.12)).then(|| rng.bits() as usize % columns as usize);
        for (c, o) in openings.iter().enumerate() {
            window(b, o, style, w, rng.bits(), false);
            if style.shutters {
                shutters(b, o, rng);
            }
            if balcony == Some(c) {
                railing_box(b, [o.x[0] - 0.5, o.x[1] + 0.5], y + 0.05);
            } else if style.flowers && rng.chance(0.6) {
                let box_min = Vec3::new(o.x[0], o.y[0] - 0.02, -0.28);
                b.cuboid(box_min, Vec3::new(o.x[1], o.y[0] + 0.14, -0.08), Material::Paint);
                for k in 0..3 {
                    let x = o.x[0] + (o.x[1] - o.x[0]) * (k as f32 + 0.5) / 3.0;
                    flowers.push(b.frame.at(Vec3::new(x, o.y[0] + 0.15, -0.2)));
                }
            }
        }
        if rng.chance(0.5) {
            let depth = rng.range(0.05, 0.12);
            b.cuboid(Vec3::new(0.0, y - 0.09, -depth), Vec3::new(w, y + 0.07, 0.0), Material::Frame);
        }
    }
}

/// A strip of wall around openings that stand in order along it.
fn wall(b: &mut Builder, width: f32, y: [f32; 2], openings: &[Opening], material: Material) {
    let mut x = 0.0;
    for o in openings {
        b.panel([x, o.x[0]], y, 0.0, material);
        b.panel(o.x, [y[0], o.y[0]], 0.0, material);
        b.panel(o.x, [o.y[1], y[1]], 0.0, material);
        x = o.x[1];
    }
    b.panel([x, width], y, 0.0, material);
}

const REVEAL: f32 = 0.17;

fn reveals(b: &mut Builder, o: &Opening, depth: f32) {
    let p = |i: usize, j: usize, z: f32| Vec3::new(o.x[i], o.y[j], z);
    for (a, c) in [((0, 0), (1, 0)), ((0, 1), (1, 1)), ((0, 0), (0, 1)), ((1, 0), (1, 1))] {
        let corners = [p(a.0, a.1, 0.0), p(c.0, c.1, 0.0), p(c.0, c.1, depth), p(a.0, a.1, depth)];
        b.quad(corners, Material::Plaster);
    }
}

fn window(b: &mut Builder, o: &Opening, style: &Style, width: f32, seed: u32, shop: bool) {
    let Opening { x, y } = *o;
    let house = b.seed;
    reveals(b, o, REVEAL);
    let bar = |b: &mut Builder, x: [f32; 2], y: [f32; 2]| {
        let (min, max) = (Vec3::new(x[0], y[0], REVEAL - 0.05), Vec3::new(x[1], y[1], REVEAL + 0.02));
        b.cuboid(min, max, Material::Frame);
    };
    let t = 0.065;
    bar(b, [x[0], x[0] + t], y);
    bar(b, [x[1] - t, x[1]], y);
    bar(b, x, [y[0], y[0] + t]);
    bar(b, x, [y[1] - t, y[1]]);
    let [across, up] = if shop { [2, 1] } else { style.panes };
    for k in 1..across {
        let at = x[0] + (x[1] - x[0]) * k as f32 / across as f32;
        bar(b, [at - 0.035, at + 0.035], y);
    }
    for k in 1..up {
        // The upper lights are the lower ones.
        let share = if up == 2 { 0.66 } else { k as f32 / up as f32 };
        let at = y[0] + (y[1] - y[0]) * share;
        bar(b, x, [at - 0.025, at + 0.025]);
    }
    if !shop {
        b.cuboid(
            Vec3::new(x[0] - 0.1, y[0] - 0.08, -0.10),
            Vec3::new(x[1] + 0.1, y[0], 0.02),
            Material::Ashlar,
        );
    }
    if style.surround && !shop {
        let s = 0.13;
        for (sx, sy) in [
            ([x[0] - s, x[0]], [y[0], y[1] + s]),
            ([x[1], x[1] + s], [y[0], y[1] + s]),
            ([x[0] - s - 0.04, x[1] + s + 0.04], [y[1], y[1] + s + 0.06]),
        ] {
            b.cuboid(Vec3::new(sx[0], sy[0], -0.045), Vec3::new(sx[1], sy[1], 0.0), Material::Frame);
        }
    }
    let mut rng = Rng::new(seed);
    b.seed = pair(house, seed);
    b.panel(x, y, REVEAL, Material::Glass);
    if !shop {
        curtains(b, o, &mut rng);
    }
    // The room behind, never wider than the house.
    let (rx, ry, back) =
        ([(x[0] - 0.9).max(0.1), (x[1] + 0.9).min(width - 0.1)], [y[0] - 0.8, y[1] + 0.3], 3.0);
    b.panel(rx, ry, back, Material::Room);
    let p = |i: usize, j: usize, z: f32| Vec3::new(rx[i], ry[j], z);
    for (a, c) in [((0, 0), (1, 0)), ((0, 1), (1, 1)), ((0, 0), (0, 1)), ((1, 0), (1, 1))] {
        let near = REVEAL + 0.03;
        let corners = [p(a.0, a.1, near), p(c.0, c.1, near), p(c.0, c.1, back), p(a.0, a.1, back)];
        b.quad(corners, Material::Room);
    }
    b.seed = house;
}

fn curtains(b: &mut Builder, o: &Opening, rng: &mut Rng) {
    let Opening { x, y } = *o;
    let z = REVEAL + 0.10;
    let w = x[1] - x[0];
    match rng.bits() % 10 {
        0..4 => {
            let part = w * rng.range(0.12, 0.32);
            b.panel([x[0], x[0] + part], y, z, Material::Curtain);
            b.panel([x[1] - part, x[1]], y, z, Material::Curtain);
        }
        4..6 => {
            let drop = (y[1] - y[0]) * rng.range(0.2, 0.9);
            b.panel(x, [y[1] - drop, y[1]], z, Material::Curtain);
        }
        6 => b.panel(x, [y[0], y[0] + 0.45 * (y[1] - y[0])], z, Material::Curtain),
        _ => {}
    }
}

fn shutters(b: &mut Builder, o: &Opening, rng: &mut Rng) {
    let half = 0.5 * (o.x[1] - o.x[0]);
    let closed = rng.chance(0.07);
    let ajar = rng.range(0.02, 0.10);
    for (x0, x1) in [(o.x[0] - half, o.x[0]), (o.x[1], o.x[1] + half)] {
        let (x0, x1, z) = if closed {
            let inward = if x0 < o.x[0] { half } else { -half };
            (x0 + inward, x1 + inward, 0.02)
        } else {
            (x0, x1, -ajar)
        };
        let (min, max) = (Vec3::new(x0 + 0.01, o.y[0], z - 0.04), Vec3::new(x1 - 0.01, o.y[1], z));
        b.cuboid(min, max, Material::Paint);
    }
}

fn doorway(b: &mut Builder, o: &Opening) {
    reveals(b, o, 0.25);
    b.panel(o.x, [o.y[0], o.y[1] - 0.4], 0.25, Material::Paint);
    b.panel(o.x, [o.y[1] - 0.4, o.y[1]], 0.25, Material::Room);
    let s = 0.16;
    for (x, y) in [
        ([o.x[0] - s, o.x[0]], [0.0, o.y[1]]),
        ([o.x[1], o.x[1] + s], [0.0, o.y[1]]),
        ([o.x[0] - s - 0.1, o.x[1] + s + 0.1], [o.y[1], o.y[1] + 0.25]),
    ] {
        b.cuboid(Vec3::new(x[0], y[0], -0.07), Vec3::new(x[1], y[1], 0.0), Material::Ashlar);
    }
    b.cuboid(Vec3::new(o.x[0] - 0.2, -0.2, -0.5), Vec3::new(o.x[1] + 0.2, 0.14, 0.0), Material::Ashlar);
}

fn shop_trim(b: &mut Builder, width: f32, ground: f32, rng: &mut Rng) {
    let sign = [ground - 0.62, ground - 0.2];
    b.cuboid(Vec3::new(0.3, sign[0], -0.10), Vec3::new(width - 0.3, sign[1], 0.0), Material::Paint);
    if rng.chance(0.55) {
        let (y, out) = (sign[0], rng.range(1.1, 1.7));
        let (x0, x1) = (0.4, width - 0.4);
        let house = b.seed;
        b.seed = rng.bits();
        let p = |x: f32, y: f32, z: f32| Vec3::new(x, y, z);
        let low = y - 0.65;
        b.quad([p(x0, y, -0.05), p(x1, y, -0.05), p(x1, low, -out), p(x0, low, -out)], Material::Cloth);
        b.quad(
            [p(x0, low, -out), p(x1, low, -out), p(x1, low - 0.22, -out), p(x0, low - 0.22, -out)],
            Material::Cloth,
        );
        b.seed = house;
    }
}

fn railing_box(b: &mut Builder, x: [f32; 2], y: f32) {
    b.cuboid(Vec3::new(x[0], y - 0.12, -0.85), Vec3::new(x[1], y, 0.0), Material::Ashlar);
    let rail = |b: &mut Builder, a: Vec3, c: Vec3| b.bar(a, c, [0.025, 0.025], 4, Material::Iron);
    let n = ((x[1] - x[0]) / 0.13) as u32;
    for k in 0..=n {
        let at = x[0] + (x[1] - x[0]) * k as f32 / n as f32;
        b.bar(Vec3::new(at, y, -0.82), Vec3::new(at, y + 0.95, -0.82), [0.012, 0.012], 3, Material::Iron);
    }
    let high = y + 0.97;
    rail(b, Vec3::new(x[0], high, -0.82), Vec3::new(x[1], high, -0.82));
    for at in x {
        rail(b, Vec3::new(at, high, -0.82), Vec3::new(at, high, 0.0));
    }
}

/// A side wall with a few windows, for where no neighbour stands.
fn flank(b: &mut Builder, plan: &Plan, style: &Style, ground: f32, top: f32, rng: &mut Rng) {
    let w = plan.depth;
    b.panel([0.0, w], [-6.0, ground], 0.0, style.wall);
    for floor in 1..plan.floors {
        let y = ground + style.floor * (floor - 1) as f32;
        let ceiling = if floor + 1 == plan.floors { top } else { y + style.floor };
        let openings: Vec<Opening> = [0.28, 0.68]
            .iter()
            .filter(|_| rng.chance(0.6))
            .map(|s| {
                let half = 0.45 * style.width;
                Opening { x: [w * s - half, w * s + half], y: [y + 0.8, y + 0.75 + style.height * 0.85] }
            })
            .collect();
        wall(b, w, [y, ceiling], &openings, style.wall);
        for o in &openings {
            window(b, o, style, w, rng.bits(), false);
        }
    }
}

/// Plinth, eaves board, rain pipe.
fn trimmings(b: &mut Builder, plan: &Plan, top: f32, rng: &mut Rng) {
    let w = plan.width;
    b.cuboid(Vec3::new(0.0, top - 0.28, -0.16), Vec3::new(w, top - 0.05, 0.0), Material::Frame);
    b.cuboid(Vec3::new(0.0, top - 0.12, -0.30), Vec3::new(w, top + 0.03, 0.0), Material::Frame);
    let x = if rng.chance(0.5) { 0.12 } else { w - 0.12 };
    b.bar(Vec3::new(x, 0.0, -0.09), Vec3::new(x, top, -0.09), [0.05, 0.05], 5, Material::Iron);
}
