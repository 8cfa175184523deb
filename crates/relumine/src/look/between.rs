//! What lies between two looks: for the frames between two that looks were found for.

use super::{Inner, Look};
use crate::OptionsError;
use crate::grid::BilateralGrid;
use crate::method::Solution;

impl Look {
    /// What lies between this look, at 0, and another, at 1, that was made of the same file for a photo of the same proportions: everywhere the mean of what both
    /// make of a colour. Regions are those of this one.
    ///
    /// # Errors
    /// [`OptionsError::NotBetween`] for looks that are not grids of one shape.
    pub fn toward(&self, other: &Self, share: f32) -> Result<Self, OptionsError> {
        let (Solution::Grid { grid, grades }, Solution::Grid { grid: far, .. }) =
            (&self.0.solution, &other.0.solution)
        else {
            return Err(OptionsError::NotBetween);
        };
        if grid.shape() != far.shape() {
            return Err(OptionsError::NotBetween);
        }
        let mixed = grid.vertices().iter().zip(far.vertices());
        let mixed = mixed.map(|(a, b)| std::array::from_fn(|k| a[k] + share * (b[k] - a[k])));
        let grid = BilateralGrid::from_vertices(grid.shape(), mixed.collect());
        let Inner { method, course, solved, regions, network, device, remarks, pool, .. } = &*self.0;
        Ok(Self::new(Inner {
            method,
            solution: Solution::Grid { grid, grades: grades.clone() },
            course: course.clone(),
            solved: *solved,
            regions: regions.clone(),
            network: network.clone(),
            device: device.clone(),
            remarks: remarks.clone(),
            pool: pool.clone(),
        }))
    }
}
