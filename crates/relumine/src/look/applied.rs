//! A look at one strength and size, ready to be applied to bands of rows.

use super::{Apply, Inner, RegionsOfLook};
use crate::Planes;
use crate::grid::BilateralGrid;
use crate::method::{PixelChange, Solution};
use crate::pairing::Edges;
use crate::resample::Enlarged;
use crate::smoothing::Upsampling;
use crate::watch::CancelToken;

/// A look at one strength and size.
pub(super) struct Applied<'l> {
    height: usize,
    how: How<'l>,
    /// How much of the look each pixel gets, where that differs from region to region.
    share: Option<Share>,
}

enum How<'l> {
    /// Blended with the identity already.
    Grid(BilateralGrid),
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
    pub(super) fn new(
        look: &'l Inner,
        apply: &Apply,
        (height, width): (usize, usize),
        token: &CancelToken,
    ) -> Self {
        let strength = apply.strength;
        let how = match &look.solution {
            Solution::Grid { grid, .. } => {
                let mut grid = grid.clone();
                grid.blend_with_identity(strength);
                How::Grid(grid)
            }
            Solution::Pixels(change) => {
                How::Pixels { change, rest: Enlarged::new(&change.rest, height, width), strength }
            }
        };
        Self { height, how, share: Share::of(&look.regions, apply, (height, width), token) }
    }

    /// Applies it to whole rows, 3×b×W, of which the first is row `first` of the photo, in place.
    pub(super) fn band(&self, band: &mut Planes, first: usize) {
        let before = match (&self.share, &self.how) {
            (None, How::Grid(_)) => None,
            _ => Some(band.clone()),
        };
        match &self.how {
            How::Grid(grid) => grid.slice_band(band, first, self.height),
            How::Pixels { change, rest, strength } => {
                let content = before.as_ref().expect("kept above");
                if let Some(affine) = &change.affine {
                    *band = affine.band(content, first, self.height);
                }
                let rest = rest.band(first, band.height());
                let added = band.data_mut().iter_mut().zip(rest.data()).zip(content.data());
                added.for_each(|((out, rest), before)| *out = before + strength * (*out + rest - before));
            }
        }
        if let (Some(share), Some(before)) = (&self.share, &before) {
            let share = share.band(before, first, self.height);
            for channel in 0..3 {
                let pixels = band.plane_mut(channel).iter_mut().zip(before.plane(channel)).zip(&share);
                pixels.for_each(|((out, before), share)| *out = before + share * (*out - before));
            }
        }
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
        let strength = |(id, own): (_, &f32)| apply.regions.get(id).copied().unwrap_or(*own);
        let strengths: Vec<f32> = regions.ids.iter().zip(&regions.strengths).map(strength).collect();
        if strengths.iter().all(|strength| *strength == 1.0) {
            return None;
        }
        let masks = &regions.masks;
        let mut share = Planes::zeros(1, masks.height(), masks.width());
        for (region, strength) in strengths.iter().enumerate() {
            let pixels = share.data_mut().iter_mut().zip(masks.plane(region));
            pixels.for_each(|(share, mask)| *share += strength * mask);
        }
        Some(match regions.edges {
            Edges::Soft => Self::Soft(Enlarged::new(&share, height, width)),
            Edges::Matte => {
                let three = [share.data(); 3].concat();
                let three = Planes::from_vec(3, share.height(), share.width(), three);
                Self::Matte(Upsampling::new(&regions.content, &three, token))
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
