//! A still life in a photographer's studio: a glazed jug and a cup on white paper between soft boxes.

use glam::Vec3;

use crate::furnishings::{SOFTBOX, Stuff, softbox_share};
use crate::furniture::bow;
use crate::lights::Light;
use crate::mask::Region;
use crate::materials::Material;
use crate::mesh::Builder;
use crate::room::Set;
use crate::scene::{Instance, Scene};
use crate::shapes::{sheet, thrown, turned};

const GLAZE: Material = Material::Indoor(Stuff::Glaze);
/// Cells around a vessel, and between its profile's points.
const FINE: [usize; 2] = [300, 12];

/// The still life.
pub(crate) fn build() -> Set {
    let mut b = Builder::new(Region::Ground);
    sweep(&mut b);
    // The studio's walls, seen in the glaze alone.
    b.cuboid(Vec3::new(-2.5, -0.1, -2.6), Vec3::new(2.5, 3.2, 2.0), Material::Indoor(Stuff::Wall));
    b.region = Region::Objects;
    b.seed = 1;
    jug(&mut b, Vec3::new(-0.055, 0.0, 0.02));
    b.seed = 0;
    cup(&mut b, Vec3::new(0.125, 0.0, -0.05));
    let lights = vec![
        softbox(&mut b, 0, Vec3::new(-0.9, 0.55, -0.25), Vec3::new(0.0, 0.12, 0.0), [0.6, 0.9]),
        softbox(&mut b, 0, Vec3::new(1.15, 0.5, 0.05), Vec3::new(0.0, 0.12, 0.0), [0.3, 0.9]),
        softbox(&mut b, 1, Vec3::new(0.0, 1.45, 0.5), Vec3::new(0.0, 0.0, 0.35), [1.8, 1.3]),
        softbox(&mut b, 2, Vec3::new(0.0, 0.9, -2.4), Vec3::new(0.0, 0.9, 0.0), [3.6, 1.8]),
    ];
    let instance = Instance { mesh: 0, origin: Vec3::ZERO, yaw: 0.0, scale: 1.0, seed: 0 };
    Set { scene: Scene::new(vec![b.finish()], &[instance]), lights }
}

/// Paper that rises behind the things without an edge.
fn sweep(b: &mut Builder) {
    let (near, far, bend) = (-2.6, 0.75, 0.7);
    sheet(b, [8, 60], Material::Indoor(Stuff::Sweep), |u, v| {
        let s = v * (far - near + 1.57 * bend + 1.2);
        let over = s - (far - near);
        let (y, z) = if over < 0.0 {
            (0.0, near + s)
        } else if over < 1.57 * bend {
            let (sin, cos) = (over / bend).sin_cos();
            (bend * (1.0 - cos), far + bend * sin)
        } else {
            (bend + over - 1.57 * bend, far + bend)
        };
        Vec3::new(5.0 * (u - 0.5), y, z)
    });
}

/// A lamp of this `size` at `at` that faces `toward`.
fn softbox(b: &mut Builder, seed: u32, at: Vec3, toward: Vec3, [wide, high]: [f32; 2]) -> Light {
    b.seed = seed;
    let ahead = (toward - at).normalize();
    let u = Vec3::Y.cross(ahead).normalize_or(Vec3::X);
    let v = ahead.cross(u);
    let (u, v) = (u * wide, v * high);
    let corner = at - 0.5 * (u + v);
    b.quad([corner, corner + u, corner + u + v, corner + v], Material::Indoor(Stuff::Softbox));
    Light::Rect { corner, edges: [u, v], radiance: Some(SOFTBOX * softbox_share(seed)) }
}

fn jug(b: &mut Builder, foot: Vec3) {
    let profile = [
        [0.0, 0.006],
        [0.040, 0.004],
        [0.046, 0.0],
        [0.051, 0.003],
        [0.066, 0.030],
        [0.080, 0.070],
        [0.083, 0.105],
        [0.074, 0.145],
        [0.056, 0.180],
        [0.046, 0.205],
        [0.045, 0.225],
        [0.052, 0.248],
        [0.0555, 0.2535],
        [0.0535, 0.2565],
        [0.0485, 0.2525],
        [0.0405, 0.225],
        [0.0415, 0.205],
        [0.052, 0.175],
        [0.075, 0.12],
        [0.06, 0.03],
        [0.0, 0.012],
    ];
    // The lip is drawn out to a spout on the left.
    let spout = |p: Vec3| {
        let rise = ((p.y - 0.19) / 0.065).clamp(0.0, 1.0);
        let side = (-(p.x) / p.with_y(0.0).length().max(1e-4)).max(0.0).powi(6);
        p + Vec3::new(-0.030, 0.012, 0.0) * rise * rise * side
    };
    thrown(b, &profile, FINE, GLAZE, |p| foot + spout(p));
    let path = [
        Vec3::new(0.0415, 0.226, 0.0),
        Vec3::new(0.054, 0.228, 0.0),
        Vec3::new(0.076, 0.235, 0.0),
        Vec3::new(0.106, 0.222, 0.0),
        Vec3::new(0.121, 0.175, 0.0),
        Vec3::new(0.112, 0.125, 0.0),
        Vec3::new(0.092, 0.090, 0.0),
        Vec3::new(0.074, 0.076, 0.0),
    ]
    .map(|p| foot + p);
    bow(b, &path, |v| [0.0125 - 0.003 * (1.0 - (2.0 * v - 1.0).powi(2)), 0.0075], Vec3::Z);
}

fn cup(b: &mut Builder, foot: Vec3) {
    let profile = [
        [0.0, 0.004],
        [0.022, 0.003],
        [0.025, 0.0],
        [0.028, 0.003],
        [0.036, 0.014],
        [0.0405, 0.035],
        [0.0415, 0.060],
        [0.0425, 0.0745],
        [0.0415, 0.0765],
        [0.0398, 0.0745],
        [0.0385, 0.055],
        [0.036, 0.025],
        [0.02, 0.010],
        [0.0, 0.009],
    ];
    turned(b, foot, &profile, FINE, GLAZE);
    let path = [
        Vec3::new(0.039, 0.060, -0.006),
        Vec3::new(0.056, 0.064, -0.009),
        Vec3::new(0.068, 0.050, -0.011),
        Vec3::new(0.063, 0.030, -0.010),
        Vec3::new(0.049, 0.024, -0.008),
        Vec3::new(0.0345, 0.023, -0.006),
    ]
    .map(|p| foot + p);
    bow(b, &path, |_| [0.0062, 0.0042], Vec3::new(0.16, 0.0, 1.0));
}
