//! A living room: its shell, its windows and where everything stands in it.

use glam::Vec3;

use crate::decor;
use crate::furnishings::{Stuff, TONES};
use crate::furniture;
use crate::lights::Light;
use crate::mask::Region;
use crate::materials::Material;
use crate::mesh::{Builder, Mesh};
use crate::noise::Rng;
use crate::plants::{self, Species};
use crate::scene::{Instance, Scene};
use crate::shapes::{block, turned};

/// A set: what stands there, and what gives light besides sun and sky.
pub(crate) struct Set {
    pub scene: Scene,
    pub lights: Vec<Light>,
}

const X: [f32; 2] = [-2.5, 2.62];
const Z: [f32; 2] = [-2.1, 4.6];
const HIGH: f32 = 2.68;
/// Depth of the outer wall, in which the windows stand.
const THICK: f32 = 0.30;
const SILL: f32 = 0.50;
const LINTEL: f32 = 2.34;
/// The windows' extents along the outer wall; the first is in the picture.
const WINDOWS: [[f32; 2]; 2] = [[1.70, 3.72], [-1.55, 0.35]];

const WALL: Material = Material::Indoor(Stuff::Wall);
const LACQUER: Material = Material::Indoor(Stuff::Lacquer);

/// The room with its lamps lit or not.
pub(crate) fn build(lit: bool) -> Set {
    let mut rng = Rng::new(77);
    let mut b = Builder::new(Region::Buildings);
    let mut lights = Vec::new();
    shell(&mut b);
    for z in WINDOWS {
        window(&mut b, z);
        let corner = Vec3::new(X[0] - THICK, SILL, z[0]);
        let edges = [Vec3::Y * (LINTEL - SILL), Vec3::Z * (z[1] - z[0])];
        lights.push(Light::Rect { corner, edges, radiance: None });
    }
    let lamps = furnish(&mut b, &mut rng);
    if lit {
        lights.extend(lamps);
    }
    let (meshes, instances) = garden(b, &mut rng);
    Set { scene: Scene::new(meshes, &instances), lights }
}

fn shell(b: &mut Builder) {
    let v = Vec3::new;
    let p = |i: usize, y: f32, j: usize| v(X[i], y, Z[j]);
    b.region = Region::Ground;
    b.quad([p(0, 0.0, 0), p(1, 0.0, 0), p(1, 0.0, 1), p(0, 0.0, 1)], Material::Indoor(Stuff::Parquet));
    b.region = Region::Buildings;
    b.quad([p(0, HIGH, 0), p(1, HIGH, 0), p(1, HIGH, 1), p(0, HIGH, 1)], Material::Indoor(Stuff::Ceiling));
    for z in Z {
        b.panel(X, [0.0, HIGH], z, WALL);
    }
    b.quad([p(1, 0.0, 0), p(1, 0.0, 1), p(1, HIGH, 1), p(1, HIGH, 0)], WALL);
    // The outer wall around its windows.
    let mut strip = |z: [f32; 2], y: [f32; 2]| {
        let q = |y: f32, z: f32| v(X[0], y, z);
        b.quad([q(y[0], z[0]), q(y[0], z[1]), q(y[1], z[1]), q(y[1], z[0])], WALL);
    };
    strip([Z[0], WINDOWS[1][0]], [0.0, HIGH]);
    strip([WINDOWS[1][1], WINDOWS[0][0]], [0.0, HIGH]);
    strip([WINDOWS[0][1], Z[1]], [0.0, HIGH]);
    for z in WINDOWS {
        strip(z, [0.0, SILL]);
        strip(z, [LINTEL, HIGH]);
    }
    for (y, out, r) in [([-0.05, 0.115], 0.018, 0.008), ([HIGH - 0.055, HIGH + 0.05], 0.055, 0.028)] {
        block(b, v(X[0] - 0.1, y[0], Z[1] - out), v(X[1] + 0.1, y[1], Z[1] + 0.1), r, LACQUER);
        block(b, v(X[0] - 0.1, y[0], Z[0]), v(X[0] + out, y[1], Z[1] + 0.1), r, LACQUER);
        block(b, v(X[1] - out, y[0], Z[0]), v(X[1] + 0.1, y[1], Z[1] + 0.1), r, LACQUER);
    }
}

/// A window with two casements under a fanlight, its sill and the radiator below.
fn window(b: &mut Builder, [z0, z1]: [f32; 2]) {
    let v = Vec3::new;
    let outer = X[0] - THICK;
    let reveal = |b: &mut Builder, c: [Vec3; 4]| b.quad(c, WALL);
    for z in [z0, z1] {
        reveal(b, [v(X[0], SILL, z), v(X[0], LINTEL, z), v(outer, LINTEL, z), v(outer, SILL, z)]);
    }
    for y in [SILL, LINTEL] {
        reveal(b, [v(X[0], y, z0), v(X[0], y, z1), v(outer, y, z1), v(outer, y, z0)]);
    }
    let x = X[0] - 0.20;
    let mut bar = |y: [f32; 2], z: [f32; 2], half: f32| {
        block(b, v(x - half, y[0], z[0]), v(x + half, y[1], z[1]), 0.006, LACQUER);
    };
    let (t, fan) = (0.055, 1.86);
    bar([SILL, LINTEL], [z0, z0 + t], 0.035);
    bar([SILL, LINTEL], [z1 - t, z1], 0.035);
    bar([SILL, SILL + t], [z0, z1], 0.035);
    bar([LINTEL - t, LINTEL], [z0, z1], 0.035);
    bar([fan - 0.03, fan + 0.03], [z0, z1], 0.04);
    let middle = 0.5 * (z0 + z1);
    bar([SILL, LINTEL], [middle - 0.04, middle + 0.04], 0.038);
    for (from, to) in [(z0 + t, middle - 0.04), (middle + 0.04, z1 - t)] {
        // The casement's own frame, and one glazing bar.
        bar([SILL + t, SILL + t + 0.045], [from, to], 0.026);
        bar([fan - 0.075, fan - 0.03], [from, to], 0.026);
        bar([SILL + t, fan], [from, from + 0.045], 0.026);
        bar([SILL + t, fan], [to - 0.045, to], 0.026);
        bar([1.24, 1.265], [from, to], 0.014);
    }
    let glass = |y: f32, z: f32| v(x, y, z);
    b.quad(
        [glass(SILL, z0), glass(SILL, z1), glass(LINTEL, z1), glass(LINTEL, z0)],
        Material::Indoor(Stuff::Pane),
    );
    turned(
        b,
        v(x + 0.04, 1.1, middle),
        &[[0.0, 0.0], [0.008, 0.0], [0.009, 0.06], [0.006, 0.12], [0.0, 0.125]],
        [20, 2],
        Material::Indoor(Stuff::Brass),
    );
    block(b, v(x, SILL - 0.015, z0 - 0.05), v(X[0] + 0.07, SILL + 0.025, z1 + 0.05), 0.008, LACQUER);
    let ribs = ((z1 - z0 - 0.4) / 0.06) as u32;
    for k in 0..ribs {
        let z = z0 + 0.2 + 0.06 * k as f32;
        block(b, v(X[0] + 0.03, 0.12, z), v(X[0] + 0.11, 0.42, z + 0.045), 0.018, LACQUER);
    }
}

/// Sets the room up; answers the lights of its lamps.
fn furnish(b: &mut Builder, rng: &mut Rng) -> Vec<Light> {
    let v = Vec3::new;
    b.region = Region::Objects;
    for (z, seed) in [([3.52, 4.12], 3.0), ([1.22, 1.86], 8.0), ([0.2, 0.62], 12.0)] {
        decor::curtain(b, X[0] + 0.135, z, 2.47, seed);
    }
    decor::rod(b, X[0] + 0.135, [1.12, 4.22], 2.485);
    decor::rug(b, v(-1.65, 0.0, 1.55), v(0.75, 0.014, 3.35), rng);
    furniture::sofa(b, [-1.68, 0.62], 4.52);
    furniture::pillow(b, v(-1.12, 0.47, 3.96), 0.46, [0.12, 0.36, 0.06], 2);
    furniture::pillow(b, v(-0.78, 0.465, 3.86), 0.40, [-0.22, 0.42, -0.10], 1);
    furniture::pillow(b, v(0.14, 0.47, 3.97), 0.46, [-0.25, 0.38, -0.05], 3);
    let low = v(-0.42, 0.014, 2.52);
    furniture::table(b, low, 0.43, 0.39, 7);
    let top = furniture::stack(b, low + v(-0.14, 0.39, 0.08), 2, rng);
    b.seed = 2;
    let bowl = [
        [0.0, 0.0],
        [0.035, 0.0],
        [0.04, 0.008],
        [0.075, 0.04],
        [0.09, 0.07],
        [0.087, 0.072],
        [0.07, 0.045],
        [0.035, 0.016],
        [0.0, 0.012],
    ];
    turned(b, v(low.x - 0.14, top, low.z + 0.08), &bowl, [64, 4], Material::Indoor(Stuff::Glaze));
    b.seed = 0;
    let mug = [
        [0.0, 0.0],
        [0.034, 0.0],
        [0.039, 0.005],
        [0.041, 0.04],
        [0.041, 0.092],
        [0.0395, 0.094],
        [0.038, 0.09],
        [0.037, 0.02],
        [0.0, 0.012],
    ];
    turned(b, low + v(0.17, 0.39, -0.10), &mug, [64, 4], Material::Indoor(Stuff::Glaze));
    let side = v(1.03, 0.0, 4.16);
    furniture::table(b, side, 0.25, 0.52, 9);
    let mut lights = furniture::lamp(b, side + Vec3::Y * 0.52, 1 + TONES).to_vec();
    lights.extend(furniture::standard_lamp(b, v(-1.55, 0.0, -1.55)));
    furniture::shelves(b, v(1.50, 0.0, 4.26), v(2.48, 2.02, 4.595), rng);
    decor::picture(b, [-1.08, 0.06], [1.20, 1.98], Z[1]);
    decor::plant(b, v(-2.02, 0.0, 4.12), 1.55, rng);
    lights
}

/// The room's mesh and what can be seen from it out of doors.
fn garden(mut b: Builder, rng: &mut Rng) -> (Vec<Mesh>, Vec<Instance>) {
    b.region = Region::Ground;
    let far = |x: f32, z: f32| Vec3::new(x, -0.7, z);
    let edge = X[0] - THICK - 0.05;
    b.quad([far(edge, -60.0), far(edge, 90.0), far(-120.0, 90.0), far(-120.0, -60.0)], Material::Meadow);
    let species = Species { trunk: 1.9, ratio: 0.72, forks: 5, spread: 0.55, leaves: 12, leaf: 0.085 };
    let meshes = vec![b.finish(), plants::tree(&species, 5, false), plants::bush(3, 2600, false, false)];
    let mut place = |mesh: usize, x: f32, z: f32, scale: f32| Instance {
        mesh,
        origin: Vec3::new(x, -0.7, z),
        yaw: rng.range(0.0, 6.0),
        scale,
        seed: rng.bits(),
    };
    let mut instances = vec![Instance { mesh: 0, origin: Vec3::ZERO, yaw: 0.0, scale: 1.0, seed: 0 }];
    for (x, z, scale) in
        [(-12.0, 17.0, 1.2), (-17.0, 13.0, 1.3), (-24.0, 17.0, 1.6), (-19.0, 33.0, 1.6), (-32.0, 8.0, 1.3)]
    {
        instances.push(place(1, x, z, scale));
    }
    // A wood shuts the meadow off.
    for k in 0..40 {
        let z = 8.0 + 1.9 * k as f32;
        instances.push(place(1, -66.0 + 0.45 * k as f32, z, 0.9));
        instances.push(place(2, -60.0 + 0.45 * k as f32, z + 1.0, 4.2));
    }
    for k in 0..16 {
        instances.push(place(2, -9.0 - 0.5 * k as f32, 9.0 + 1.1 * k as f32, 1.5));
    }
    (meshes, instances)
}
