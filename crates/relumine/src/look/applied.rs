//! A look at one strength and size, ready to be applied to bands of rows.

use super::{Apply, Inner, PatchOfLook, Places, RegionsOfLook};
use crate::Planes;
use crate::counts::{Frame, PatchAt};
use crate::grid::BilateralGrid;
use crate::lut::Lut;
use crate::method::{PixelChange, Solution};
use crate::pairing::Edges;
use crate::resample::Enlarged;
use crate::smoothing::Upsampling;
use crate::watch::CancelToken;

/// A look at one strength and size.
pub(super) struct Applied<'l> {
    /// Outside, pixels stay as they are.
    frame: Frame,
    how: How<'l>,
    /// How much of the look each pixel gets, where that differs from region to region.
    share: Option<Share>,
    /// Of these, each with how much its own pixels get.
    patches: Vec<(PatchAt, f32)>,
}

enum How<'l> {
    /// Blended with the identity already.
    Grid(BilateralGrid),
    Table {
        table: &'l Lut,
        strength: f32,
    },
    Pixels {
        change: &'l PixelChange,
        rest: Enlarged,
        strength: f32,
    },
}

/// How much of the look each pixel gets, 0..1, at any size.
enum Share {
    /// Spread as the masks are.
    Soft(Enlarged),
    /// Along the edges of the photo itself.
    Matte(Upsampling),
}

impl<'l> Applied<'l> {
    pub(super) fn new(look: &'l Inner, apply: &Apply, frame: Frame, token: &CancelToken) -> Self {
        let Frame { height, width, .. } = frame;
        let strength = apply.strength;
        let how = match &look.solution {
            Solution::Grid { grid, .. } => {
                let mut grid = grid.clone();
                grid.blend_with_identity(strength);
                How::Grid(grid)
            }
            Solution::Table { table, .. } => How::Table { table, strength },
            Solution::Pixels(change) => {
                How::Pixels { change, rest: Enlarged::new(&change.rest, height, width), strength }
            }
        };
        let share = Share::of(&look.regions, apply, (height, width), token);
        let patches = look.regions.places.iter().flat_map(|places| &places.patches);
        let patches = patches.map(|PatchOfLook { patch, region }| {
            let strength = region.map_or(0.0, |id| look.regions.strength(id, apply));
            (patch.at(height, width), strength)
        });
        Self { frame, how, share, patches: patches.collect() }
    }

    /// Applies it to whole rows, 3×b×W, of which the first is row `first` of the photo, in place.
    pub(super) fn band(&self, band: &mut Planes, first: usize) {
        if self.frame.holds(band, first) {
            self.within(band, first - self.frame.top);
        } else if let Some((mut part, row)) = self.frame.cut(band, first) {
            self.within(&mut part, row);
            self.frame.put_back(band, first, &part, row);
        }
    }

    /// Applies it to whole rows of the frame.
    fn within(&self, band: &mut Planes, first: usize) {
        let before = match (&self.share, &self.how) {
            (None, How::Grid(_)) if self.patches.is_empty() => None,
            (None, How::Table { strength: 1.0, .. }) if self.patches.is_empty() => None,
            _ => Some(band.clone()),
        };
        match &self.how {
            How::Grid(grid) => grid.slice_band(band, first, self.frame.height),
            How::Table { table, strength } => {
                table.apply_planes(band);
                if let Some(before) = &before {
                    let pixels = band.data_mut().iter_mut().zip(before.data());
                    pixels.for_each(|(out, before)| *out = before + strength * (*out - before));
                }
            }
            How::Pixels { change, rest, strength } => {
                let content = before.as_ref().expect("kept above");
                if let Some(affine) = &change.affine {
                    *band = affine.band(content, first, self.frame.height);
                }
                let rest = rest.band(first, band.height());
                let added = band.data_mut().iter_mut().zip(rest.data()).zip(content.data());
                added.for_each(|((out, rest), before)| *out = before + strength * (*out + rest - before));
            }
        }
        if let (Some(share), Some(before)) = (before.as_ref().and_then(|b| self.share(b, first)), &before) {
            for channel in 0..3 {
                let pixels = band.plane_mut(channel).iter_mut().zip(before.plane(channel)).zip(&share);
                pixels.for_each(|((out, before), share)| {
                    // What gets nothing stays what it is, to the bit.
                    *out = if *share == 0.0 { *before } else { before + share * (*out - before) };
                });
            }
        }
    }

    /// How much of the look each pixel of rows of the frame, as they were, gets; `None` where all get all.
    fn share(&self, before: &Planes, first: usize) -> Option<Vec<f32>> {
        let mut share = self.share.as_ref().map(|share| share.band(before, first, self.frame.height));
        for (patch, strength) in &self.patches {
            let share = share.get_or_insert_with(|| vec![1.0; before.area()]);
            let pixels = share.iter_mut().zip(patch.band(before, first));
            pixels.for_each(|(share, patch)| *share += patch * (strength - *share));
        }
        share
    }
}

impl Share {
    /// `None` where every pixel gets all of it.
    fn of(
        regions: &RegionsOfLook,
        apply: &Apply,
        (height, width): (usize, usize),
        token: &CancelToken,
    ) -> Option<Self> {
        let strengths: Vec<f32> = regions.ids.iter().map(|id| regions.strength(*id, apply)).collect();
        if strengths.iter().all(|strength| *strength == 1.0) {
            return None;
        }
        let Places { masks, content, edges, .. } = regions.places.as_ref()?;
        let mut share = Planes::zeros(1, masks.height(), masks.width());
        for (region, strength) in strengths.iter().enumerate() {
            let pixels = share.data_mut().iter_mut().zip(masks.plane(region));
            pixels.for_each(|(share, mask)| *share += strength * mask);
        }
        Some(match edges {
            Edges::Soft => Self::Soft(Enlarged::new(&share, height, width)),
            Edges::Matte => {
                let three = [share.data(); 3].concat();
                let three = Planes::from_vec(3, share.height(), share.width(), three);
                Self::Matte(Upsampling::new(content, &three, token))
            }
        })
    }

    /// One value a pixel of a band, whose first row is row `first` of the photo.
    fn band(&self, band: &Planes, first: usize, height: usize) -> Vec<f32> {
        let mut share = match self {
            Self::Soft(enlarged) => enlarged.band(first, band.height()).into_vec(),
            Self::Matte(upsampling) => {
                let mut three = upsampling.band(band, first, height).into_vec();
                three.truncate(band.area());
                three
            }
        };
        // Both overshoot a little at edges: what is all or nothing of a region's is to be just that.
        share.iter_mut().for_each(|share| *share = share.clamp(0.0, 1.0));
        share
    }
}
