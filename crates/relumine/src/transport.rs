//! The closed-form method: each region gets the colours of its counterpart, in one step and without a network.
//!
//! Per region, the linear Monge–Kantorovich map between the colour distributions in Oklab; pixels at the border of
//! regions blend the maps of both. A bilateral grid of affine maps in sRGB is then fitted to what became of each
//! pixel, which makes the result locally affine in colour, hence photorealistic, and applicable at any size.
//!
//! Differs from Pitié & Kokaram: one map a region, in Oklab, and through the bilateral grid. Mapped colours are held
//! within the gamut before the fit, so that the grid bends highlights and shadows instead of clipping them.

use rayon::prelude::*;

use crate::Planes;
use crate::colour::{ColourMap, Statistics, from_oklab, to_oklab};
use crate::grid::{Affine, AffineFit, BilateralGrid, GridShape};
use crate::regions::soften;

/// How the grid is fitted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TransportOptions {
    /// Number of vertices along each axis.
    pub(crate) grid: GridShape,
    /// Width of the transition at borders of regions, as a share of the content's long side.
    pub(crate) softness: f32,
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self { grid: GridShape { depth: 12, height: 32, width: 32 }, softness: 0.02 }
    }
}

/// Ridge of the fit: below this variance of colour, a vertex follows the map of its region as a whole.
const RIDGE: f64 = 1e-3;

/// Fall of a sample's weight from vertex to vertex, across the photo and along luma.
const SPREAD: f32 = 0.3;
const SPREAD_LUMA: f32 = 0.3;

/// The grid that gives each region of the content the mean and covariance of its counterpart in the reference.
///
/// `content` and `reference` are small versions of the photos (3 planes; a long side of some hundred pixels is
/// enough), `content_masks` and `reference_masks` one plane a region at the same sizes, in 0..1; those of the
/// content sum to 1 at each pixel. A region without a pixel in either photo keeps its colours.
pub(crate) fn transport(
    content: &Planes,
    content_masks: &Planes,
    reference: &Planes,
    reference_masks: &Planes,
    options: &TransportOptions,
) -> BilateralGrid {
    let regions = content_masks.channels();
    assert_eq!(regions, reference_masks.channels(), "regions come in pairs");
    let (content_lab, reference_lab) = (to_oklab(content), to_oklab(reference));
    let maps: Vec<Option<ColourMap>> = (0..regions)
        .into_par_iter()
        .map(|region| {
            let from = Statistics::weighted(&content_lab, content_masks.plane(region))?;
            let to = Statistics::weighted(&reference_lab, reference_masks.plane(region))?;
            Some(ColourMap::between(&from, &to))
        })
        .collect();
    let side = content.height().max(content.width()) as f32;
    let masks = soften(content_masks, options.softness * side);
    let mapped = from_oklab(&blend_maps(&content_lab, &maps, &masks));
    let mapped = within_gamut(content, mapped);
    let whole: Vec<Affine> =
        (0..regions).map(|region| AffineFit::of_region(content, &mapped, masks.plane(region), RIDGE)).collect();
    let fit = AffineFit { shape: options.grid, ridge: RIDGE, spread: SPREAD, spread_luma: SPREAD_LUMA };
    fit.fit(content, &mapped, |pixel| {
        let mut given = [0.0; 12];
        for (region, matrix) in whole.iter().enumerate() {
            let share = masks.plane(region)[pixel];
            given.iter_mut().zip(matrix).for_each(|(g, m)| *g += share * m);
        }
        given
    })
}

/// Each pixel's colour under the maps of its regions, weighted by how much it belongs to each.
fn blend_maps(lab: &Planes, maps: &[Option<ColourMap>], masks: &Planes) -> Planes {
    let [l, a, b] = lab.rgb();
    let mut out = Planes::zeros_like(lab);
    for (region, map) in maps.iter().enumerate() {
        for (i, share) in masks.plane(region).iter().enumerate().filter(|(_, share)| **share > 0.0) {
            let colour = [l[i], a[i], b[i]];
            let mapped = map.map_or(colour, |map| map.apply(colour));
            for (channel, value) in mapped.into_iter().enumerate() {
                out.plane_mut(channel)[i] += share * value;
            }
        }
    }
    out
}

/// Holds mapped colours within 0..1, or, where the content itself goes beyond, within the content's own value.
fn within_gamut(content: &Planes, mut mapped: Planes) -> Planes {
    for (after, before) in mapped.data_mut().iter_mut().zip(content.data()) {
        *after = after.clamp(before.min(0.0), before.max(1.0));
    }
    mapped
}
