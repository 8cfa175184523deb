//! The camera: level, so that walls stay upright, with a shifted lens to place the horizon.

use glam::{Vec2, Vec3};

use crate::bvh::Ray;

/// Where the camera stands and what it frames.
#[derive(Clone, Copy)]
pub(crate) struct Camera {
    pub eye: Vec3,
    /// The picture's middle looks along the level direction towards this point.
    pub toward: Vec3,
    /// Horizontal angle of view, degrees.
    pub angle: f32,
    /// Raises the horizon's place in the picture, as a share of its width.
    pub shift: f32,
}

impl Camera {
    /// The ray through `at`, in pixels from the top left corner of a picture of `size`.
    pub(crate) fn ray(&self, at: Vec2, size: Vec2) -> Ray {
        let forward = (self.toward - self.eye).with_y(0.0).normalize();
        let right = Vec3::Y.cross(forward);
        let half = (0.5 * self.angle.to_radians()).tan();
        let x = (2.0 * at.x / size.x - 1.0) * half;
        let y = ((size.y - 2.0 * at.y) / size.x + 2.0 * self.shift) * half;
        Ray { origin: self.eye, dir: (forward + right * x + Vec3::Y * y).normalize() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_looks_level_and_upright_lines_stay_upright() {
        let camera = Camera { eye: Vec3::ZERO, toward: Vec3::new(0.0, 5.0, 9.0), angle: 60.0, shift: 0.0 };
        let size = Vec2::new(300.0, 200.0);
        let middle = camera.ray(size / 2.0, size).dir;
        assert!((middle - Vec3::Z).length() < 1e-6);
        let (top, foot) =
            (camera.ray(Vec2::new(40.0, 0.0), size).dir, camera.ray(Vec2::new(40.0, 200.0), size).dir);
        assert!((top.x / top.z - foot.x / foot.z).abs() < 1e-5);
        assert!(camera.ray(Vec2::new(299.0, 100.0), size).dir.x > 0.4, "right is right");
    }
}
