//! What is done to the colours that a look gives, pixel by pixel: first what is to stay of the photo's own, then the exposure of the whole,
//! then colours that are to be others.

use rayon::prelude::*;

use super::exposure::{self, Exposure};
use super::keep::Keep;
use super::mapped::Mapped;
use super::{Apply, Inner};
use crate::Planes;
use crate::grid::Grade;
use crate::method::Solution;

/// Pixels that a thread takes at a time.
const RUN: usize = 4096;

/// What is done to colours after a look.
#[derive(Clone, Debug)]
pub(super) struct Finish {
    keep: Option<Keep>,
    pub(super) exposure: Option<Exposure>,
    mapped: Option<Mapped>,
}

impl Finish {
    /// All that is asked for but the exposure, which is yet to be measured.
    pub(super) fn of(look: &Inner, apply: &Apply) -> Self {
        let strength = apply.strength;
        let looked = |colour: [f32; 3]| {
            let full = match &look.solution {
                Solution::Grid { grades, .. } if !grades.is_empty() => {
                    Grade::mean(grades, &look.regions.shares).apply(colour)
                }
                Solution::Table(table) => table.apply(colour),
                _ => colour,
            };
            [0, 1, 2].map(|c| colour[c] + strength * (full[c] - colour[c]))
        };
        let mapped = (!apply.map.is_empty()).then(|| Mapped::new(&apply.map, looked));
        Self { keep: apply.keep, exposure: None, mapped }
    }

    /// Whether there is nothing to do.
    pub(super) fn is_nothing(&self) -> bool {
        self.keep.is_none() && self.exposure.is_none() && self.mapped.is_none()
    }

    /// Does it to the colours of rows, given those before the look and how much each pixel gets, where that is not all.
    pub(super) fn band(&self, band: &mut Planes, before: &Planes, share: Option<&[f32]>) {
        let area = band.area();
        let (red, rest) = band.data_mut().split_at_mut(area);
        let (green, blue) = rest.split_at_mut(area);
        let [red, green, blue] = [red, green, blue].map(|plane| plane.par_chunks_mut(RUN));
        let [r, g, b] = before.rgb();
        red.zip(green).zip(blue).enumerate().for_each(|(run, ((red, green), blue))| {
            for i in 0..red.len() {
                let at = RUN * run + i;
                let (before, after) = ([r[at], g[at], b[at]], [red[i], green[i], blue[i]]);
                let share = share.map_or(1.0, |share| share[at]);
                [red[i], green[i], blue[i]] = self.colour(before, after, share);
            }
        });
    }

    fn colour(&self, before: [f32; 3], mut after: [f32; 3], share: f32) -> [f32; 3] {
        // What gets nothing of the look stays as it is, to the bit.
        if share == 0.0 {
            return after;
        }
        let wide = |colour: [f32; 3]| colour.map(f64::from);
        if let Some(keep) = self.keep
            && after != before
        {
            after = keep.hold(wide(before), wide(after)).map(|v| v as f32);
        }
        if let Some(exposure) = &self.exposure {
            after = exposure.hold(wide(before), wide(after), share.into()).map(|v| v as f32);
        }
        self.mapped.as_ref().map_or(after, |mapped| mapped.apply(before, after, share))
    }
}

/// The curve that gives colours `after` a look, of which each pixel got a share, the exposure of those `before`.
pub(super) fn metered(before: &Planes, after: &Planes, share: Option<&[f32]>) -> Exposure {
    let colour = |planes: &Planes, at: usize| planes.rgb().map(|plane| f64::from(plane[at]));
    let pixels = 0..before.area();
    let lightness = |at: usize| exposure::lightness(colour(before, at), colour(before, at));
    let mean = pixels.clone().map(lightness).sum::<f64>() / before.area() as f64;
    let of = |at: usize| {
        let share = share.map_or(1.0, |share| f64::from(share[at]));
        (exposure::lightness(colour(before, at), colour(after, at)), share)
    };
    Exposure::with_mean(&pixels.map(of).collect::<Vec<_>>(), mean)
}
