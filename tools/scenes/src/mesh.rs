//! Triangles, and the builder with which the town's pieces are put together.
//!
//! Builders work in a local frame: `x` along the front of a thing, `y` up, `z` into it. Metres.

use glam::Vec3;

use crate::bvh::{Aabb, Bvh, Ray};
use crate::mask::Region;
use crate::materials::Material;

/// A triangle and what it is made of.
#[derive(Clone, Copy)]
pub(crate) struct Triangle {
    pub corner: Vec3,
    pub edges: [Vec3; 2],
    /// Seeds the variation of the material: equal for all parts of one thing.
    pub seed: u32,
    /// Place of its corners' normals in the mesh, or [`FLAT`].
    bend: u32,
    pub material: Material,
    pub region: Region,
}

/// The bend of a plane triangle.
const FLAT: u32 = u32::MAX;

impl Triangle {
    /// Distance along the ray, if it meets the triangle in `(0, t_max)` (Möller and Trumbore,
    /// "Fast, minimum storage ray/triangle intersection", 1997).
    pub(crate) fn hit(&self, ray: &Ray, t_max: f32) -> Option<f32> {
        let [e1, e2] = self.edges;
        let p = ray.dir.cross(e2);
        let inverse = e1.dot(p).recip();
        let s = ray.origin - self.corner;
        let u = s.dot(p) * inverse;
        let q = s.cross(e1);
        let v = ray.dir.dot(q) * inverse;
        let t = e2.dot(q) * inverse;
        (u >= 0.0 && v >= 0.0 && u + v <= 1.0 && t > 0.0 && t < t_max).then_some(t)
    }

    /// The unit normal, of either sign.
    pub(crate) fn normal(&self) -> Vec3 {
        self.edges[0].cross(self.edges[1]).normalize_or(Vec3::Y)
    }

    fn bounds(&self) -> Aabb {
        let mut bounds = Aabb::EMPTY;
        for offset in [Vec3::ZERO, self.edges[0], self.edges[1]] {
            bounds.include(self.corner + offset);
        }
        bounds
    }
}

/// Triangles with their hierarchy.
pub(crate) struct Mesh {
    triangles: Vec<Triangle>,
    bends: Vec<[Vec3; 3]>,
    pub bvh: Bvh,
}

impl Mesh {
    /// The nearest triangle in `(0, t_max)` and its distance.
    pub(crate) fn nearest(&self, ray: &Ray, t_max: f32) -> Option<(f32, &Triangle)> {
        let mut found = None;
        self.bvh.walk(ray, t_max, |i, t_max| {
            let triangle = &self.triangles[i as usize];
            triangle.hit(ray, t_max).inspect(|&t| found = Some((t, triangle)))
        });
        found
    }

    /// The unit normal of the curved face that the triangle stands for, at a point on it.
    pub(crate) fn bent(&self, triangle: &Triangle, point: Vec3) -> Vec3 {
        let Some(normals) = self.bends.get(triangle.bend as usize) else {
            return triangle.normal();
        };
        let ([e1, e2], s) = (triangle.edges, point - triangle.corner);
        let face = e1.cross(e2);
        let per = face.length_squared().recip();
        let (u, v) = (s.cross(e2).dot(face) * per, e1.cross(s).dot(face) * per);
        let [a, b, c] = *normals;
        (a * (1.0 - u - v) + b * u + c * v).normalize_or(triangle.normal())
    }

    /// Whether anything that casts a shadow lies in `(0, t_max)`.
    pub(crate) fn blocks(&self, ray: &Ray, t_max: f32) -> bool {
        let mut blocked = false;
        self.bvh.walk(ray, t_max, |i, t_max| {
            let triangle = &self.triangles[i as usize];
            triangle.hit(ray, t_max).filter(|_| triangle.material.shades()).map(|_| {
                blocked = true;
                -1.0
            })
        });
        blocked
    }
}

/// A place to build at: a turn about the vertical and an origin.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    pub origin: Vec3,
    /// World direction of local `x`; horizontal, of unit length.
    pub along: Vec3,
    /// World direction of local `z`.
    pub into: Vec3,
}

impl Frame {
    /// The frame at `origin` whose local `x` points along `along`.
    pub(crate) fn new(origin: Vec3, along: Vec3) -> Self {
        let along = along.with_y(0.0).normalize();
        Self { origin, along, into: along.cross(Vec3::Y) }
    }

    /// The world's own frame.
    pub(crate) fn world() -> Self {
        Self { origin: Vec3::ZERO, along: Vec3::X, into: Vec3::Z }
    }

    /// World position of a local point.
    pub(crate) fn at(&self, p: Vec3) -> Vec3 {
        self.origin + self.along * p.x + Vec3::Y * p.y + self.into * p.z
    }

    /// The frame moved to local `p` and turned by `quarter` right angles.
    pub(crate) fn turned(&self, p: Vec3, quarter: u32) -> Self {
        let (along, into) = match quarter % 4 {
            0 => (self.along, self.into),
            1 => (self.into, -self.along),
            2 => (-self.along, -self.into),
            _ => (-self.into, self.along),
        };
        Self { origin: self.at(p), along, into }
    }
}

/// Collects triangles; its fields are the pen that draws the next ones.
pub(crate) struct Builder {
    triangles: Vec<Triangle>,
    bends: Vec<[Vec3; 3]>,
    pub frame: Frame,
    pub seed: u32,
    pub region: Region,
}

impl Builder {
    /// An empty builder in the world's frame.
    pub(crate) fn new(region: Region) -> Self {
        Self { triangles: Vec::new(), bends: Vec::new(), frame: Frame::world(), seed: 0, region }
    }

    /// Closes the collection.
    pub(crate) fn finish(self) -> Mesh {
        let boxes: Vec<Aabb> = self.triangles.iter().map(Triangle::bounds).collect();
        let mut triangles = self.triangles;
        Mesh { bvh: Bvh::build(&mut triangles, &boxes), triangles, bends: self.bends }
    }

    /// Draws `f`'s work in another frame.
    pub(crate) fn within(&mut self, frame: Frame, f: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.frame, frame);
        f(self);
        self.frame = outer;
    }

    /// One triangle.
    pub(crate) fn triangle(&mut self, corners: [Vec3; 3], material: Material) {
        self.push(corners, FLAT, material);
    }

    /// A piece of a curved face with these unit normals at its corners.
    pub(crate) fn curved(&mut self, corners: [Vec3; 3], normals: [Vec3; 3], material: Material) {
        let bend = self.bends.len() as u32;
        self.bends.push(normals.map(|n| self.frame.at(n) - self.frame.origin));
        self.push(corners, bend, material);
    }

    fn push(&mut self, corners: [Vec3; 3], bend: u32, material: Material) {
        let [a, b, c] = corners.map(|p| self.frame.at(p));
        self.triangles.push(Triangle {
            corner: a,
            edges: [b - a, c - a],
            seed: self.seed,
            bend,
            material,
            region: self.region,
        });
    }

    /// A plane quadrangle, corners in order.
    pub(crate) fn quad(&mut self, [a, b, c, d]: [Vec3; 4], material: Material) {
        self.triangle([a, b, c], material);
        self.triangle([a, c, d], material);
    }

    /// An upright rectangle at depth `z`.
    pub(crate) fn panel(&mut self, x: [f32; 2], y: [f32; 2], z: f32, material: Material) {
        if x[1] > x[0] && y[1] > y[0] {
            let p = |i: usize, j: usize| Vec3::new(x[i], y[j], z);
            self.quad([p(0, 0), p(1, 0), p(1, 1), p(0, 1)], material);
        }
    }

    /// A box with faces along the frame.
    pub(crate) fn cuboid(&mut self, min: Vec3, max: Vec3, material: Material) {
        let p = |i: usize| {
            let pick = |bit: usize, axis: usize| {
                if i >> bit & 1 == 1 { max[axis] } else { min[axis] }
            };
            Vec3::new(pick(0, 0), pick(1, 1), pick(2, 2))
        };
        for [a, b, c, d] in
            [[0, 1, 3, 2], [4, 5, 7, 6], [0, 1, 5, 4], [2, 3, 7, 6], [0, 2, 6, 4], [1, 3, 7, 5]]
        {
            self.quad([p(a), p(b), p(c), p(d)], material);
        }
    }

    /// A round bar from `a` to `b`, `sides`-sided, tapering from radius `r[0]` to `r[1]`.
    pub(crate) fn bar(&mut self, a: Vec3, b: Vec3, r: [f32; 2], sides: u32, material: Material) {
        let axis = (b - a).normalize_or(Vec3::Y);
        let (u, v) = axis.any_orthonormal_pair();
        let rim = |k: u32| {
            let angle = std::f32::consts::TAU * k as f32 / sides as f32;
            u * angle.cos() + v * angle.sin()
        };
        for k in 0..sides {
            let (p, q) = (rim(k), rim(k + 1));
            self.quad([a + p * r[0], a + q * r[0], b + q * r[1], b + p * r[1]], material);
        }
    }

    /// A body of revolution about the vertical through `base`: `profile` lists (radius, height).
    pub(crate) fn lathe(&mut self, base: Vec3, profile: &[[f32; 2]], sides: u32, material: Material) {
        for pair in profile.windows(2) {
            let rim = |k: u32, [r, y]: [f32; 2]| {
                let angle = std::f32::consts::TAU * (k as f32 + 0.5) / sides as f32;
                base + Vec3::new(r * angle.cos(), y, r * angle.sin())
            };
            for k in 0..sides {
                let corners = [rim(k, pair[0]), rim(k + 1, pair[0]), rim(k + 1, pair[1]), rim(k, pair[1])];
                self.quad(corners, material);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit_cube() -> Mesh {
        let mut b = Builder::new(Region::Buildings);
        b.cuboid(Vec3::splat(-1.0), Vec3::ONE, Material::Plaster);
        b.finish()
    }

    #[test]
    fn a_ray_meets_the_near_face_of_a_cube() {
        let ray = Ray { origin: Vec3::new(0.2, 0.3, -5.0), dir: Vec3::Z };
        let (t, triangle) = unit_cube().nearest(&ray, f32::INFINITY).map(|(t, x)| (t, *x)).unwrap();
        assert!((t - 4.0).abs() < 1e-6);
        assert!(triangle.normal().dot(Vec3::Z).abs() > 0.999);
    }

    #[test]
    fn a_ray_beside_the_cube_passes() {
        let ray = Ray { origin: Vec3::new(1.2, 0.3, -5.0), dir: Vec3::Z };
        assert!(unit_cube().nearest(&ray, f32::INFINITY).is_none());
        assert!(!unit_cube().blocks(&ray, f32::INFINITY));
    }

    #[test]
    fn distance_limits_are_kept() {
        let ray = Ray { origin: Vec3::new(0.0, 0.1, -5.0), dir: Vec3::Z };
        assert!(!unit_cube().blocks(&ray, 3.9));
        assert!(unit_cube().blocks(&ray, 4.1));
    }
}
