//! A look at one strength and size, ready to be applied to bands of rows.

use super::exposure::Exposure;
use super::finish::{Finish, metered};
use super::share::Share;
use super::{Apply, Inner, Part, PatchOfLook};
use crate::Planes;
use crate::counts::{Frame, PatchAt};
use crate::grid::BilateralGrid;
use crate::lut::Lut;
use crate::method::{PixelChange, Solution};
use crate::resample::Enlarged;
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
    finish: Finish,
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
    Mixed {
        /// Each with its share of its region, or of what is of none.
        parts: Vec<(Applied<'l>, f32, Option<usize>)>,
        areas: Vec<Share>,
    },
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
            Solution::Table(table) => How::Table { table, strength },
            Solution::Pixels(change) => {
                How::Pixels { change, rest: Enlarged::new(&change.rest, height, width), strength }
            }
            Solution::Mixed(mixture) => {
                let alone = Apply { strength, named: apply.named.clone(), ..Apply::default() };
                let part = |part: &'l Part| {
                    let applied = Self::new(part.look.inner(), &alone, frame, token);
                    (applied, part.reference.share as f32, mixture.region_of(part))
                };
                let parts = mixture.parts.iter().map(part).collect();
                let places = look.regions.places.iter();
                let areas = places.flat_map(|places| {
                    mixture.areas.iter().map(|area| Share::drawn(area, places, (height, width), token))
                });
                How::Mixed { parts, areas: areas.collect() }
            }
        };
        let share = Share::of(&look.regions, apply, (height, width), token);
        // Of looks that are mixed, each has its own.
        let is_mixed = matches!(how, How::Mixed { .. });
        let places = look.regions.places.iter().filter(|_| !is_mixed);
        let patches = places.flat_map(|places| &places.patches);
        let patches = patches.map(|PatchOfLook { patch, region }| {
            let strength = region.map_or(0.0, |id| look.regions.strength(id, apply));
            (patch.at(height, width), strength)
        });
        Self { frame, how, share, patches: patches.collect(), finish: Finish::of(look, apply) }
    }

    /// The same with an exposure held.
    pub(super) fn with_exposure(mut self, exposure: Exposure) -> Self {
        self.finish.exposure = Some(exposure);
        self
    }

    /// The whole frame, 3×H×W, in the look, whatever each region gets of it.
    pub(super) fn full(&self, frame: &Planes) -> Planes {
        let mut looked = frame.clone();
        self.looked(&mut looked, Some(frame), 0);
        looked
    }

    /// What holds the exposure of a photo that is the whole frame, 3×H×W.
    pub(super) fn metered(&self, photo: &Planes) -> Exposure {
        let mut after = photo.clone();
        self.within(&mut after, 0);
        metered(photo, &after, self.share(photo, 0).as_deref())
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
        let before = match &self.how {
            _ if self.share.is_some() || !self.patches.is_empty() || !self.finish.is_nothing() => {
                Some(band.clone())
            }
            How::Grid(_) | How::Table { strength: 1.0, .. } => None,
            How::Table { .. } | How::Pixels { .. } | How::Mixed { .. } => Some(band.clone()),
        };
        self.looked(band, before.as_ref(), first);
        let Some(before) = before else { return };
        let share = self.share(&before, first);
        if let (Some(share), false) = (&share, matches!(self.how, How::Mixed { .. })) {
            for channel in 0..3 {
                let pixels = band.plane_mut(channel).iter_mut().zip(before.plane(channel)).zip(share);
                pixels.for_each(|((out, before), share)| {
                    // What gets nothing stays what it is, to the bit.
                    *out = if *share == 0.0 { *before } else { before + share * (*out - before) };
                });
            }
        }
        if !self.finish.is_nothing() {
            self.finish.band(band, &before, share.as_deref());
        }
    }

    /// The look alone on whole rows of the frame, given them as they were where it is not all of the look.
    fn looked(&self, band: &mut Planes, before: Option<&Planes>, first: usize) {
        match &self.how {
            How::Grid(grid) => grid.slice_band(band, first, self.frame.height),
            How::Table { table, strength } => {
                table.apply_planes(band);
                if let Some(before) = before {
                    let pixels = band.data_mut().iter_mut().zip(before.data());
                    pixels.for_each(|(out, before)| *out = before + strength * (*out - before));
                }
            }
            How::Pixels { change, rest, strength } => {
                let content = before.expect("kept above");
                if let Some(affine) = &change.affine {
                    *band = affine.band(content, first, self.frame.height);
                }
                let rest = rest.band(first, band.height());
                let added = band.data_mut().iter_mut().zip(rest.data()).zip(content.data());
                added.for_each(|((out, rest), before)| *out = before + strength * (*out + rest - before));
            }
            How::Mixed { parts, .. } => {
                let content = before.expect("kept above");
                let weights = self.weights(content, first);
                for ((look, ..), weights) in parts.iter().zip(weights) {
                    let mut looked = content.clone();
                    look.within(&mut looked, first);
                    for channel in 0..3 {
                        let pixels = band.plane_mut(channel).iter_mut().zip(looked.plane(channel));
                        let pixels = pixels.zip(content.plane(channel)).zip(&weights);
                        pixels
                            .for_each(|(((out, looked), before), weight)| *out += weight * (looked - before));
                    }
                }
            }
        }
    }

    /// Of looks that are mixed, how much of each each pixel of rows of the frame, as they were, gets.
    fn weights(&self, before: &Planes, first: usize) -> Vec<Vec<f32>> {
        let How::Mixed { parts, areas } = &self.how else { return Vec::new() };
        let mut areas: Vec<Vec<f32>> =
            areas.iter().map(|area| area.band(before, first, self.frame.height)).collect();
        let mut rest = vec![1.0; before.area()];
        for (pixel, rest) in rest.iter_mut().enumerate() {
            let sum: f32 = areas.iter().map(|area| area[pixel]).sum();
            areas.iter_mut().for_each(|area| area[pixel] /= sum.max(1.0));
            *rest = (1.0 - sum).max(0.0);
        }
        let of = |(_, share, area): &(Self, f32, Option<usize>)| {
            area.map_or(&rest, |area| &areas[area]).iter().map(|weight| share * weight).collect()
        };
        parts.iter().map(of).collect()
    }

    /// How much of the look each pixel of rows of the frame, as they were, gets; `None` where all get all.
    fn share(&self, before: &Planes, first: usize) -> Option<Vec<f32>> {
        if let How::Mixed { parts, .. } = &self.how {
            let mut share = vec![0.0; before.area()];
            for ((look, ..), weights) in parts.iter().zip(self.weights(before, first)) {
                let own = look.share(before, first);
                let pixels = share.iter_mut().zip(&weights).enumerate();
                pixels.for_each(|(pixel, (share, weight))| {
                    *share += weight * own.as_ref().map_or(1.0, |own| own[pixel]);
                });
            }
            return Some(share);
        }
        let mut share = self.share.as_ref().map(|share| share.band(before, first, self.frame.height));
        for (patch, strength) in &self.patches {
            let share = share.get_or_insert_with(|| vec![1.0; before.area()]);
            let pixels = share.iter_mut().zip(patch.band(before, first));
            pixels.for_each(|(share, patch)| *share += patch * (strength - *share));
        }
        share
    }
}
