//! The town as a whole: which pieces stand where.

use std::f32::consts::TAU;

use glam::Vec3;

use crate::church;
use crate::harbour;
use crate::house::{self, Plan};
use crate::mask::Region;
use crate::materials::Season;
use crate::mesh::{Builder, Frame, Mesh};
use crate::noise::{Rng, fbm};
use crate::plants::{self, Species};
use crate::scene::{Instance, Scene};
use crate::terrain::{self, PROMENADE, QUAY, RIVER, beside_shore, height, shore};

/// The scene, and where its street lamps burn.
pub(crate) struct Town {
    pub scene: Scene,
    pub lamps: Vec<Vec3>,
}

/// `x` of the bridge.
pub(crate) const BRIDGE: f32 = 165.0;

/// Meshes that stand in many places.
struct Stock {
    meshes: Vec<Mesh>,
    instances: Vec<Instance>,
}

impl Stock {
    fn add(&mut self, mesh: Mesh) -> usize {
        self.meshes.push(mesh);
        self.meshes.len() - 1
    }

    fn place(&mut self, mesh: usize, origin: Vec3, scale: f32, rng: &mut Rng) {
        let (yaw, seed) = (rng.range(0.0, TAU), rng.bits());
        self.instances.push(Instance { mesh, origin, yaw, scale, seed });
    }
}

/// Builds the town as it stands in a season.
pub(crate) fn build(season: Season) -> Town {
    let mut rng = Rng::new(20);
    let bare = season == Season::Winter;
    let mut stock = Stock { meshes: Vec::new(), instances: Vec::new() };
    let mut b = Builder::new(Region::Ground);
    terrain::build(&mut b);
    harbour::bridge(&mut b, BRIDGE);
    let mut flowers = Vec::new();
    let mut lots = Vec::new();
    for (row, s) in [PROMENADE, 41.0, 68.0, 96.0].into_iter().enumerate() {
        terrace(&mut b, row, s, &mut rng, &mut flowers, &mut lots);
    }
    cottages(&mut b, &mut rng, &mut lots);
    church::build(&mut b, beside_shore(CHURCH, 76.0));
    let lamps = waterside(&mut b, &mut rng);
    boats(&mut b, &mut rng);
    let town = stock.add(b.finish());
    stock.instances.push(Instance { mesh: town, origin: Vec3::ZERO, yaw: 0.0, scale: 1.0, seed: 0 });
    gardens(&mut stock, bare, &flowers, &lots, &mut rng);
    forest(&mut stock, bare, &lots, &mut rng);
    near_bank(&mut stock, bare, &mut rng);
    Town { scene: Scene::new(stock.meshes, &stock.instances), lamps }
}

const CHURCH: f32 = 18.0;

/// A row of houses wall to wall, with an alley now and then. Notes gaps and yards in `lots`.
fn terrace(
    b: &mut Builder,
    row: usize,
    s: f32,
    rng: &mut Rng,
    flowers: &mut Vec<Vec3>,
    lots: &mut Vec<Vec3>,
) {
    let mut x = -330.0 + 3.0 * row as f32;
    while x < 330.0 {
        let width = rng.range(6.2, 10.8);
        if (x + width - CHURCH).abs() < 26.0 && row >= 2 {
            x += width;
            continue;
        }
        let setback = if row == 0 { rng.range(-0.25, 0.5) } else { rng.range(-2.0, 3.0) };
        let frame = beside_shore(x, s + setback);
        let plan = Plan {
            width,
            depth: rng.range(9.0, 12.0),
            floors: 3 + rng.bits() % 2 + u32::from(row == 0 && rng.chance(0.25)),
            seed: rng.bits(),
            shop: row == 0 && rng.chance(0.6),
        };
        // The ground falls and rises along the front: houses stand on its highest corner.
        let far = frame.at(Vec3::X * width);
        let floor = frame.origin.y.max(height(far.x, far.z)) + if row == 0 { 0.0 } else { 0.2 };
        let frame = Frame { origin: frame.origin.with_y(floor), ..frame };
        if row < 3 || rng.chance(0.6) {
            flowers.extend(house::build(b, frame, &plan).into_iter().filter(|_| row < 2));
            x += width * frame.along.x + 0.05;
        } else {
            lots.push(frame.at(Vec3::new(0.5 * width, 0.0, 5.0)));
            x += width;
        }
        if rng.chance([0.14, 0.25, 0.3, 0.5][row]) {
            let gap = rng.range(2.2, 5.0) + 3.0 * row as f32;
            lots.push(beside_shore(x + 0.5 * gap, s + 6.0).origin);
            x += gap;
        }
        if rng.chance(0.5) {
            lots.push(frame.at(Vec3::new(rng.range(0.0, width), 0.0, plan.depth + 5.0)));
        }
    }
}

/// Scattered houses on the slope.
fn cottages(b: &mut Builder, rng: &mut Rng, lots: &mut Vec<Vec3>) {
    for _ in 0..70 {
        let (x, s) = (rng.range(-330.0, 330.0), rng.range(122.0, 250.0));
        let width = rng.range(8.0, 12.0);
        let mut frame = beside_shore(x, s);
        if lots.iter().any(|l| l.distance(frame.origin) < 16.0) || (s > 180.0 && rng.chance(0.5)) {
            continue;
        }
        let turn = rng.range(-0.4, 0.4);
        frame = Frame::new(frame.origin + 0.8 * Vec3::Y, frame.along + turn * frame.into);
        let plan = Plan { width, depth: 9.0, floors: 2 + rng.bits() % 2, seed: rng.bits(), shop: false };
        house::build(b, frame, &plan);
        lots.push(frame.at(Vec3::new(-3.0, -1.0, 4.0)));
        lots.push(frame.at(Vec3::new(width + 3.0, -1.0, 3.0)));
    }
}

/// Lamps, railings, benches, parasols and people of the promenade. Answers the lamps.
fn waterside(b: &mut Builder, rng: &mut Rng) -> Vec<Vec3> {
    let mut lamps = Vec::new();
    for k in -13..16 {
        let x = 19.0 * k as f32;
        lamps.push(harbour::lamp(b, beside_shore(x, 1.3)));
        if k % 3 != 0 {
            harbour::railing(b, x + 1.0, x + 16.0);
        }
        if rng.chance(0.7) {
            harbour::bench(b, beside_shore(x + 6.0, 2.2));
        }
        if rng.chance(0.5) {
            for j in 0..3 {
                let frame = beside_shore(x + 4.0 + 4.0 * j as f32, 8.6);
                harbour::parasol(b, frame, k as u32);
            }
        }
        for _ in 0..5 {
            let mut frame = beside_shore(x + rng.range(0.0, 19.0), rng.range(1.5, 11.0));
            let (sin, cos) = rng.range(0.0, TAU).sin_cos();
            frame = Frame::new(frame.origin, Vec3::new(cos, 0.0, sin));
            harbour::person(b, frame, rng);
        }
    }
    for u in [0.1f32, 0.37, 0.63, 0.9] {
        let foot = beside_shore(BRIDGE, -RIVER * u);
        let deck = QUAY + 1.2 + 2.6 * (1.0 - (2.0 * u - 1.0).powi(2));
        lamps.push(harbour::lamp(b, Frame { origin: foot.origin.with_y(deck), ..foot }));
    }
    lamps
}

fn boats(b: &mut Builder, rng: &mut Rng) {
    let moor = |x: f32, s: f32, turn: f32| {
        let frame = beside_shore(x, s);
        let frame = Frame::new(frame.origin.with_y(0.0), frame.along + turn * frame.into);
        Frame { origin: frame.origin, ..frame }
    };
    let mut x = -240.0;
    while x < 150.0 {
        if rng.chance(0.6) {
            harbour::yacht(b, moor(x, -2.6, rng.range(-0.06, 0.06)), rng.bits());
            x += rng.range(11.0, 22.0);
        } else {
            harbour::dinghy(b, moor(x, -1.6, rng.range(-0.2, 0.2)), rng.bits());
            x += rng.range(5.0, 9.0);
        }
    }
    for (x, s, turn) in [(-8.0, -38.0, 0.5), (62.0, -46.0, -0.9), (-70.0, -30.0, 2.0)] {
        harbour::yacht(b, moor(x, s, turn), rng.bits());
    }
    for (x, s, turn) in [(-46.0, -75.5, 0.5), (-41.0, -77.0, 0.2), (24.0, -76.0, -0.3)] {
        harbour::dinghy(b, moor(x, s, turn), rng.bits());
    }
}

const LIME: Species = Species { trunk: 2.6, ratio: 0.80, forks: 5, spread: 0.62, leaves: 30, leaf: 0.105 };
const OAK: Species = Species { trunk: 3.0, ratio: 0.82, forks: 5, spread: 0.80, leaves: 44, leaf: 0.095 };
const WOOD: Species = Species { trunk: 3.2, ratio: 0.80, forks: 4, spread: 0.70, leaves: 16, leaf: 0.26 };

/// Flower boxes, trees on the promenade and in the yards.
fn gardens(stock: &mut Stock, bare: bool, flowers: &[Vec3], lots: &[Vec3], rng: &mut Rng) {
    let pot = stock.add(plants::bush(5, 260, true, bare));
    for &at in flowers {
        stock.place(pot, at, rng.range(0.35, 0.55), rng);
    }
    let street: Vec<usize> = (0..3).map(|i| stock.add(plants::tree(&LIME, 60 + i, bare))).collect();
    for k in -14i32..15 {
        let x = 19.0 * k as f32 + 9.5;
        if rng.chance(0.6) {
            let at = beside_shore(x, 4.2).origin;
            stock.place(street[k.rem_euclid(3) as usize], at, rng.range(0.62, 0.85), rng);
        }
    }
    for (i, &at) in lots.iter().enumerate() {
        let at = at.with_y(height(at.x, at.z));
        stock.place(street[i % 3], at, rng.range(0.55, 1.1), rng);
    }
}

/// The woods on the hill.
fn forest(stock: &mut Stock, bare: bool, lots: &[Vec3], rng: &mut Rng) {
    let broad: Vec<usize> = (0..4).map(|i| stock.add(plants::tree(&WOOD, 80 + i, bare))).collect();
    let spruces: Vec<usize> = (0..2).map(|i| stock.add(plants::spruce(19.0, 90 + i))).collect();
    for _ in 0..15_000 {
        let (x, s) = (rng.range(-780.0, 780.0), 118.0 + 620.0 * rng.unit().powf(1.15));
        let z = shore(x) + s;
        let wood = fbm(Vec3::new(x / 80.0, 7.0, z / 80.0), 3) + 0.0022 * (s - 130.0);
        let at = Vec3::new(x, height(x, z), z);
        if wood < 0.5 || (s < 260.0 && lots.iter().any(|l| (*l - at).with_y(0.0).length() < 9.0)) {
            continue;
        }
        let conifer = fbm(Vec3::new(x / 120.0, 9.0, z / 120.0), 3) > 0.56 || rng.chance(0.12);
        let mesh = if conifer { spruces[rng.bits() as usize % 2] } else { broad[rng.bits() as usize % 4] };
        stock.place(mesh, at, rng.range(0.7, 1.25), rng);
    }
}

/// Grass, reeds, bushes and trees on the bank from which one looks.
fn near_bank(stock: &mut Stock, bare: bool, rng: &mut Rng) {
    let tufts: Vec<usize> = (0..3).map(|i| stock.add(plants::tuft(30 + i, 0.32, 90))).collect();
    let reed = stock.add(plants::tuft(40, 1.35, 60));
    let at = |x: f32, bank: f32| {
        let z = shore(x) - RIVER - bank;
        Vec3::new(x, height(x, z), z)
    };
    for i in 0..26_000 {
        let (x, bank) = (rng.range(-150.0, 90.0), 1.2 + 13.0 * rng.unit());
        let place = at(x, bank);
        stock.place(tufts[i % 3], place, rng.range(0.5, 1.3), rng);
    }
    for _ in 0..1500 {
        let x = rng.range(-150.0, 110.0);
        if fbm(Vec3::new(x / 9.0, 4.0, 0.0), 2) > 0.52 {
            stock.place(reed, at(x, rng.range(-0.3, 1.6)), rng.range(0.6, 1.25), rng);
        }
    }
    let bushes: Vec<usize> = (0..2).map(|i| stock.add(plants::bush(50 + i, 2600, false, bare))).collect();
    for i in 0..60 {
        let x = rng.range(-150.0, 110.0);
        let scale = rng.range(0.8, 1.8);
        stock.place(bushes[i % 2], at(x, rng.range(2.0, 6.0)), scale, rng);
    }
    let oaks: Vec<usize> = (0..2).map(|i| stock.add(plants::tree(&OAK, 70 + i, bare))).collect();
    for (i, (x, bank)) in BANK_TREES.into_iter().enumerate() {
        stock.place(oaks[i % 2], at(x, bank), rng.range(0.9, 1.1), rng);
    }
}

/// Trees of the near bank: `x`, metres behind the waterline.
const BANK_TREES: [(f32, f32); 7] =
    [(-68.5, 2.3), (-22.0, 7.0), (33.0, 3.0), (53.0, 1.6), (-130.0, 5.0), (100.0, 6.0), (-110.0, 9.0)];
