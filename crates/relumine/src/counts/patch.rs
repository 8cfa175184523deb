//! An area of one colour whose pixels stay as they are: where it lies roughly, and from its colour, pixel by pixel, exactly.

use super::{LEVEL, apart};
use crate::Planes;
use crate::resample::{Enlarged, Filter, resize};

/// What differs by no more than this is of the colour.
const SAME: f32 = 2.5 * LEVEL;
/// Shares this near to none and all are just that: resampling overshoots by as much.
const OVERSHOOT: f32 = 0.1;

/// An area of one colour in a frame.
#[derive(Clone, Debug)]
pub(crate) struct Patch {
    /// 1×h×w: where it may be at all.
    near: Planes,
    colour: [f32; 3],
    /// By how much a pixel differs that is none of it.
    reach: f32,
}

/// A patch in a frame of one size, row by row.
#[derive(Debug)]
pub(crate) struct PatchAt {
    near: Enlarged,
    colour: [f32; 3],
    reach: f32,
}

impl Patch {
    /// The patch of an area, row-major, widened by a pixel.
    pub(super) fn new(area: &[bool], (height, width): (usize, usize), colour: [f32; 3], reach: f32) -> Self {
        let touched = |pixel: usize| {
            area[pixel] || super::flood::sides(pixel, (height, width)).any(|beside| area[beside])
        };
        let near = (0..area.len()).map(|pixel| f32::from(u8::from(touched(pixel)))).collect();
        Self { near: Planes::from_vec(1, height, width, near), colour, reach }
    }

    /// How much of each pixel of a picture of the frame, 3×H×W, is of the patch: 1×H×W in 0..1.
    pub(crate) fn shares(&self, picture: &Planes) -> Planes {
        let near = resize(&self.near, picture.height(), picture.width(), Filter::Bilinear);
        let shares = shares(picture, near.data(), self.colour, self.reach);
        Planes::from_vec(1, picture.height(), picture.width(), shares)
    }

    /// The patch in a frame of this size.
    pub(crate) fn at(&self, height: usize, width: usize) -> PatchAt {
        PatchAt { near: Enlarged::new(&self.near, height, width), colour: self.colour, reach: self.reach }
    }
}

impl PatchAt {
    /// How much of each pixel of whole rows of the frame, 3×b×W, of which the first is row `first`, is of the patch.
    pub(crate) fn band(&self, band: &Planes, first: usize) -> Vec<f32> {
        shares(band, self.near.band(first, band.height()).data(), self.colour, self.reach)
    }
}

fn shares(colours: &Planes, near: &[f32], colour: [f32; 3], reach: f32) -> Vec<f32> {
    let [r, g, b] = colours.rgb();
    let pixels = r.iter().zip(g).zip(b).zip(near);
    let share = |(((r, g), b), near): (((&f32, &f32), &f32), &f32)| {
        let near = ((near - OVERSHOOT) / (1.0 - 2.0 * OVERSHOOT)).clamp(0.0, 1.0);
        near * likeness(apart([*r, *g, *b], colour), reach)
    };
    pixels.map(share).collect()
}

/// 1 for what is of the colour, falling smoothly to 0 for what differs by `reach`.
fn likeness(apart: f32, reach: f32) -> f32 {
    let t = ((apart - SAME) / (reach - SAME)).clamp(0.0, 1.0);
    1.0 - t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_of_the_colour_are_all_of_it_and_others_none() {
        // White at the left, an object at the right; the patch is known at half the size.
        let patch = Patch::new(&[true, true, false, false, true, true, false, false], (2, 4), [1.0; 3], 0.2);
        let row = [1.0, 0.995, 1.0, 1.0, 0.9, 0.3, 1.0, 1.0];
        let picture = Planes::from_vec(3, 4, 8, row.repeat(12));
        let shares = patch.shares(&picture);
        let bands: Vec<f32> = [0, 3]
            .iter()
            .zip([3, 4])
            .flat_map(|(first, end)| patch.at(4, 8).band(&picture.rows(*first, end), *first))
            .collect();
        for row in shares.data().chunks(8).chain(bands.chunks(8)) {
            assert_eq!(row[..3], [1.0; 3]);
            assert!(row[4] > 0.3 && row[4] < 0.7 && row[5] == 0.0 && row[7] == 0.0, "{row:?}");
        }
    }
}
