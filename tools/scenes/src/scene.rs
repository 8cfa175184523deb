//! Meshes placed in the world, and the rays that meet them.

use glam::Vec3;

use crate::bvh::{Aabb, Bvh, Ray};
use crate::mask::Region;
use crate::materials::Material;
use crate::mesh::Mesh;

/// A mesh set down somewhere, turned about the vertical and scaled.
#[derive(Clone, Copy)]
pub(crate) struct Instance {
    pub mesh: usize,
    pub origin: Vec3,
    pub yaw: f32,
    pub scale: f32,
    pub seed: u32,
}

impl Instance {
    /// A direction of the mesh, in the world; lengths are scaled.
    fn outward(&self, v: Vec3) -> Vec3 {
        let (sin, cos) = self.yaw.sin_cos();
        self.scale * Vec3::new(cos * v.x + sin * v.z, v.y, cos * v.z - sin * v.x)
    }
}

/// An instance ready for rays: the turn's sine and cosine over the scale.
#[derive(Clone)]
struct Placed {
    mesh: usize,
    origin: Vec3,
    sin: f32,
    cos: f32,
    shrink: f32,
    seed: u32,
}

impl Placed {
    fn inward(&self, v: Vec3) -> Vec3 {
        Vec3::new(self.cos * v.x - self.sin * v.z, self.shrink * v.y, self.sin * v.x + self.cos * v.z)
    }

    fn outward(&self, v: Vec3) -> Vec3 {
        Vec3::new(self.cos * v.x + self.sin * v.z, self.shrink * v.y, self.cos * v.z - self.sin * v.x)
    }

    /// The ray in the mesh's coordinates, with the same distances.
    fn local(&self, ray: &Ray) -> Ray {
        Ray { origin: self.inward(ray.origin - self.origin), dir: self.inward(ray.dir) }
    }
}

/// Where a ray met something.
#[derive(Clone, Copy)]
pub(crate) struct Hit {
    pub distance: f32,
    pub point: Vec3,
    /// Unit normal on the side the ray came from.
    pub normal: Vec3,
    /// Unit normal there of the curved face that the met triangle stands for, on the same side.
    pub bent: Vec3,
    pub material: Material,
    pub region: Region,
    /// Seed of the part that was met, and of the instance it belongs to.
    pub part: u32,
    pub whole: u32,
}

/// Everything solid, the water's surface included.
pub(crate) struct Scene {
    meshes: Vec<Mesh>,
    placed: Vec<Placed>,
    top: Bvh,
}

impl Scene {
    /// Places `instances` of `meshes`.
    pub(crate) fn new(meshes: Vec<Mesh>, instances: &[Instance]) -> Self {
        let boxes: Vec<Aabb> = instances
            .iter()
            .map(|instance| {
                let inner = meshes[instance.mesh].bvh.bounds();
                let mut bounds = Aabb::EMPTY;
                for i in 0..8 {
                    let pick = |bit: usize, axis: usize| {
                        if i >> bit & 1 == 1 { inner.max[axis] } else { inner.min[axis] }
                    };
                    let corner = Vec3::new(pick(0, 0), pick(1, 1), pick(2, 2));
                    bounds.include(instance.origin + instance.outward(corner));
                }
                bounds
            })
            .collect();
        let mut placed: Vec<Placed> = instances
            .iter()
            .map(|i| {
                let (sin, cos) = i.yaw.sin_cos();
                let shrink = i.scale.recip();
                let Instance { mesh, origin, seed, .. } = *i;
                Placed { mesh, origin, sin: sin * shrink, cos: cos * shrink, shrink, seed }
            })
            .collect();
        Self { top: Bvh::build(&mut placed, &boxes), meshes, placed }
    }

    /// The nearest thing along the ray.
    pub(crate) fn nearest(&self, ray: &Ray) -> Option<Hit> {
        let mut found = None;
        self.top.walk(ray, f32::INFINITY, |i, t_max| {
            let placed = &self.placed[i as usize];
            let (t, triangle) = self.meshes[placed.mesh].nearest(&placed.local(ray), t_max)?;
            found = Some((t, placed, triangle));
            Some(t)
        });
        let (distance, placed, triangle) = found?;
        let normal = placed.outward(triangle.normal()).normalize();
        let normal = if normal.dot(ray.dir) > 0.0 { -normal } else { normal };
        let local = placed.local(ray);
        let bent = self.meshes[placed.mesh].bent(triangle, local.origin + local.dir * distance);
        let bent = placed.outward(bent).normalize();
        let bent = if bent.dot(normal) < 0.0 { -bent } else { bent };
        Some(Hit {
            distance,
            point: ray.origin + ray.dir * distance,
            normal,
            bent,
            material: triangle.material,
            region: triangle.region,
            part: triangle.seed,
            whole: placed.seed,
        })
    }

    /// Whether anything stands between the ray's origin and `t_max`.
    pub(crate) fn blocks(&self, ray: &Ray, t_max: f32) -> bool {
        let mut blocked = false;
        self.top.walk(ray, t_max, |i, t_max| {
            let placed = &self.placed[i as usize];
            self.meshes[placed.mesh].blocks(&placed.local(ray), t_max).then(|| {
                blocked = true;
                -1.0
            })
        });
        blocked
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::Builder;

    #[test]
    fn a_turned_and_scaled_instance_is_met_where_it_stands() {
        let mut b = Builder::new(Region::Objects);
        // A plate across the local x axis at x = 1.
        b.cuboid(Vec3::new(0.99, -1.0, -1.0), Vec3::new(1.0, 1.0, 1.0), Material::Iron);
        let origin = Vec3::new(10.0, 5.0, -3.0);
        let yaw = std::f32::consts::FRAC_PI_2;
        let instance = Instance { mesh: 0, origin, yaw, scale: 2.0, seed: 0 };
        let along = instance.outward(Vec3::X).normalize();
        let scene = Scene::new(vec![b.finish()], &[instance]);
        let ray = Ray { origin: origin + 10.0 * along, dir: -along };
        let hit = scene.nearest(&ray).unwrap();
        assert!((hit.distance - 8.0).abs() < 1e-4, "{}", hit.distance);
        assert!(hit.normal.dot(along) > 0.999);
        assert!(scene.blocks(&ray, 8.1) && !scene.blocks(&ray, 7.9));
    }
}
