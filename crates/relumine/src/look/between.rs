//! What lies between two looks: for the frames between two that looks were found for.
//!
//! Each place takes what both looks do where they show it: so a region's border moves with the picture instead of fading from place to place.

use super::{Inner, Look, Motion, Places, RegionsOfLook};
use crate::grid::BilateralGrid;
use crate::method::Solution;
use crate::{OptionsError, Planes};

/// Over this share of a side, outside of what a look was found for, it gives way to the other; and what is left of its weight.
const REACH: f32 = 1.0 / 32.0;
const LEAST: f32 = 1e-3;

impl Look {
    /// What lies between this look, at 0, and another, at 1, that was made of the same file for a photo of the same proportions: the mean of what both
    /// make of a colour, where what lies at a place lies in their photos, as the motions tell. Regions are those of this one.
    ///
    /// # Errors
    /// [`OptionsError::NotBetween`] for looks that are not grids of one shape.
    pub fn toward(&self, other: &Self, share: f32, motions: [Motion; 2]) -> Result<Self, OptionsError> {
        let (Solution::Grid { grid, grades }, Solution::Grid { grid: far, .. }) =
            (&self.0.solution, &other.0.solution)
        else {
            return Err(OptionsError::NotBetween);
        };
        let shape = grid.shape();
        if shape != far.shape() {
            return Err(OptionsError::NotBetween);
        }
        let mut vertices = Vec::with_capacity(shape.vertices());
        for taken in taken(share, motions, [shape.width, shape.height]) {
            for level in 0..shape.depth {
                let mut sum = [0.0; 12];
                for (grid, corners) in [grid, far].into_iter().zip(&taken) {
                    for (place, weight) in corners {
                        let vertex = &grid.vertices()[place * shape.depth + level];
                        sum.iter_mut().zip(vertex).for_each(|(sum, part)| *sum += weight * part);
                    }
                }
                vertices.push(sum);
            }
        }
        let grid = BilateralGrid::from_vertices(shape, vertices);
        let places = self.0.regions.places.as_deref().zip(other.0.regions.places.as_deref());
        let places = places.and_then(|(near, far)| near.toward(far, share, motions));
        let regions = RegionsOfLook {
            places: places.map(Into::into).or_else(|| self.0.regions.places.clone()),
            ..self.0.regions.clone()
        };
        let Inner { method, course, solved, network, device, remarks, pool, .. } = &*self.0;
        Ok(Self::new(Inner {
            method,
            solution: Solution::Grid { grid, grades: grades.clone() },
            course: course.clone(),
            solved: *solved,
            regions,
            network: network.clone(),
            device: device.clone(),
            remarks: remarks.clone(),
            pool: pool.clone(),
        }))
    }
}

impl Places {
    /// What lies between these places and those of another photo of the same size; `None` for one of another.
    fn toward(&self, other: &Self, share: f32, motions: [Motion; 2]) -> Option<Self> {
        let size = |places: &Self| {
            (places.masks.height(), places.masks.width(), places.content.height(), places.content.width())
        };
        let (height, width, ..) = size(self);
        let alike = size(self) == size(other) && self.content.area() == self.masks.area();
        if !(alike && self.masks.channels() == other.masks.channels()) {
            return None;
        }
        let taken: Vec<Taken> = taken(share, motions, [width, height]).collect();
        let mixed = |pair: [&Planes; 2]| {
            let pixel = |channel: usize, taken: &Taken| {
                let of = |(planes, corners): (&Planes, &Corners)| {
                    let plane = planes.plane(channel);
                    corners.iter().map(|(place, weight)| weight * plane[*place]).sum::<f32>()
                };
                pair.into_iter().zip(taken).map(of).sum()
            };
            let data = (0..pair[0].channels())
                .flat_map(|channel| taken.iter().map(move |taken| pixel(channel, taken)));
            Planes::from_vec(pair[0].channels(), height, width, data.collect())
        };
        Some(Self {
            patches: Vec::new(),
            masks: mixed([&self.masks, &other.masks]).into(),
            content: mixed([&self.content, &other.content]).into(),
            edges: self.edges,
        })
    }
}

/// Samples of a picture around a place, each with its weight; and those of two pictures.
type Corners = [(usize, f32); 4];
type Taken = [Corners; 2];

/// What each sample of a picture of so many across and down, corners on its border, takes of two others.
fn taken(share: f32, motions: [Motion; 2], [width, height]: [usize; 2]) -> impl Iterator<Item = Taken> {
    let middle = |at: usize, of: usize| at as f32 / of.saturating_sub(1).max(1) as f32 - 0.5;
    (0..width * height).map(move |at| {
        let place = [middle(at % width, width), middle(at / width, height)];
        let places = motions.map(|motion| motion.of(place));
        let [near, far] = places.map(inside);
        let weights = [(1.0 - share) * near, share * far];
        let sum = weights[0] + weights[1];
        let of = |k: usize| {
            corners(places[k], [width, height]).map(|(at, weight)| (at, weight * weights[k] / sum))
        };
        [of(0), of(1)]
    })
}

/// How much is known of a place, by how far outside it lies.
fn inside([x, y]: [f32; 2]) -> f32 {
    let outside = x.abs().max(y.abs()) - 0.5;
    (1.0 - outside.max(0.0) / REACH).max(LEAST)
}

/// The samples around a place; outside, those at the border.
fn corners([x, y]: [f32; 2], [width, height]: [usize; 2]) -> Corners {
    let at = |place: f32, of: usize| {
        let sample = (place + 0.5).clamp(0.0, 1.0) * (of - 1) as f32;
        let first = (sample as usize).min(of.saturating_sub(2));
        [(first, 1.0 - (sample - first as f32)), ((first + 1).min(of - 1), sample - first as f32)]
    };
    let ([left, right], [above, below]) = (at(x, width), at(y, height));
    [(above, left), (above, right), (below, left), (below, right)]
        .map(|((row, down), (column, along))| (row * width + column, down * along))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn weights_add_up_wherever_it_moves(
            share in 0.0_f32..=1.0,
            step in prop::array::uniform2(-0.2_f32..0.2),
        ) {
            let luma = |shift: [f32; 2]| {
                let pixel = |at: usize| ((at % 96) as f32 / 7.0 + 40.0 * shift[0]).sin() + ((at / 96) as f32 / 5.0 + 30.0 * shift[1]).cos();
                Planes::from_vec(1, 54, 96, (0..54 * 96).map(pixel).collect())
            };
            let motion = Motion::between(&luma([0.0; 2]), &luma(step));
            for taken in taken(share, [motion, motion.back()], [5, 4]) {
                let sum: f32 = taken.as_flattened().iter().map(|(_, weight)| weight).sum();
                prop_assert!((sum - 1.0).abs() < 1e-5, "{sum}");
                prop_assert!(taken.as_flattened().iter().all(|(at, weight)| *at < 20 && *weight >= 0.0));
            }
        }
    }

    #[test]
    fn without_motion_it_is_the_mean_of_both() {
        for (at, [near, far]) in taken(0.25, [Motion::NONE; 2], [5, 4]).enumerate() {
            for (corners, share) in [(near, 0.75), (far, 0.25)] {
                let own: f32 =
                    corners.iter().filter(|(place, _)| *place == at).map(|(_, weight)| weight).sum();
                assert!((own - share).abs() < 1e-5, "{at}: {own}");
            }
        }
    }
}
