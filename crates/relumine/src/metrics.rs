//! How good a result is, by numbers: how near it is to the reference's look, and how much of a photograph is left.
//!
//! | metric | what it is | better |
//! |---|---|---|
//! | `style` | relative distance of Gram matrices, mean over five layers of VGG-19 and over regions | lower |
//! | `swd` | sliced 1-Wasserstein distance of the regions' colours in CIELAB, in its units | lower |
//! | `edge` | structural similarity of the edges of content and result | higher |
//! | `lap` | energy of the result under the content's matting Laplacian, a pixel | lower |
//! | `clip` | share of pixels with a channel at an end of its range, beyond the share in the reference | lower |
//! | `lost` | share of the content's detail whose pattern is gone | lower |
//! | `inverted` | share of the content's detail that is turned into its negative | lower |
//! | `blotch_l`, `blotch_ab` | what no map of a region's colours explains, in L* and in a* and b* | lower |
//! | `stray` | share of pixels in colours that the reference's region does not have | lower |
//!
//! Photos are measured with 8 bits a channel, resampled so that the long sides of content and reference have one length;
//! the result is brought to the content's size. What makes a photograph of a result, from `lost` on, is measured at three quarters of
//! that length.

mod blotch;
mod ciede2000;
mod directions;
mod gaussian;
pub(crate) mod lab;
mod lookup_table;
mod naturalness;
mod picture;
mod regions;
pub mod self_reference;
mod sliced_wasserstein;
mod stray;
mod structure;

use crate::features::{Network, Tap};
use crate::io::Photo;
use crate::loss::StyleStatistics;
use crate::loss::edges::{self, EdgeSimilarity};
use crate::matting::Laplacian;
use crate::ranges::require;
use crate::resample::{Filter, fit};
use crate::watch::CancelToken;
use crate::{Error, OptionsError, PhotoError, Planes, Result};
pub(crate) use ciede2000::ciede2000;
use naturalness::{Natural, Naturalness};
use picture::picture;
use regions::{MeasuredRegions, share};

/// Regularisation and radius of the matting Laplacian's windows.
const EPSILON: f64 = 1e-5;
const RADIUS: usize = 1;

/// Long side, in pixels, at which figures are comparable with published ones.
pub const SIZE: usize = 512;

/// Finds whether results can be measured at this long side in pixels.
///
/// # Errors
/// [`OptionsError::OutOfRange`] under 16 and above 8192.
pub fn check_size(size: usize) -> Result<(), OptionsError> {
    require((16..=8192).contains(&size), "measure_size", size, "between 16 and 8192")
}

/// What was measured of one result.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Metrics {
    /// Style distance; `None` without a network, and where no region is large enough to compare.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub style: Option<f64>,
    /// Sliced Wasserstein distance of colours in CIELAB.
    pub swd: f64,
    /// Structural similarity of edges, at most 1.
    pub edge: f64,
    /// Matting-Laplacian energy a pixel.
    pub lap: f64,
    /// Share of pixels that are clipped beyond the reference's share, 0..1.
    pub clip: f64,
    /// Share of the content's detail whose pattern is gone, 0..1.
    pub lost: f64,
    /// Share of the content's detail that is turned into its negative, 0..1.
    pub inverted: f64,
    /// What no map of a region's colours explains of the result's L*: a root mean square in its units.
    pub blotch_l: f64,
    /// The same of a* and b* together.
    pub blotch_ab: f64,
    /// Share of pixels in colours that the reference's region does not have, 0..1.
    pub stray: f64,
}

impl Metrics {
    /// The mean of each metric over the results that have it; `None` of no results.
    pub fn mean(results: &[Self]) -> Option<Self> {
        let mean = |metric: Metric| {
            let values: Vec<f64> = results.iter().filter_map(|result| metric.of(result)).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        Some(Self {
            style: mean(Metric::Style),
            swd: mean(Metric::Swd)?,
            edge: mean(Metric::Edge)?,
            lap: mean(Metric::Lap)?,
            clip: mean(Metric::Clip)?,
            lost: mean(Metric::Lost)?,
            inverted: mean(Metric::Inverted)?,
            blotch_l: mean(Metric::BlotchL)?,
            blotch_ab: mean(Metric::BlotchAb)?,
            stray: mean(Metric::Stray)?,
        })
    }
}

/// One of the [`Metrics`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// [`Metrics::style`].
    Style,
    /// [`Metrics::swd`].
    Swd,
    /// [`Metrics::edge`].
    Edge,
    /// [`Metrics::lap`].
    Lap,
    /// [`Metrics::clip`].
    Clip,
    /// [`Metrics::lost`].
    Lost,
    /// [`Metrics::inverted`].
    Inverted,
    /// [`Metrics::blotch_l`].
    BlotchL,
    /// [`Metrics::blotch_ab`].
    BlotchAb,
    /// [`Metrics::stray`].
    Stray,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Style,
        Self::Swd,
        Self::Edge,
        Self::Lap,
        Self::Clip,
        Self::Lost,
        Self::Inverted,
        Self::BlotchL,
        Self::BlotchAb,
        Self::Stray,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Style => "style",
            Self::Swd => "swd",
            Self::Edge => "edge",
            Self::Lap => "lap",
            Self::Clip => "clip",
            Self::Lost => "lost",
            Self::Inverted => "inverted",
            Self::BlotchL => "blotch_l",
            Self::BlotchAb => "blotch_ab",
            Self::Stray => "stray",
        }
    }

    /// Its value among others.
    pub fn of(self, metrics: &Metrics) -> Option<f64> {
        match self {
            Self::Style => metrics.style,
            Self::Swd => Some(metrics.swd),
            Self::Edge => Some(metrics.edge),
            Self::Lap => Some(metrics.lap),
            Self::Clip => Some(metrics.clip),
            Self::Lost => Some(metrics.lost),
            Self::Inverted => Some(metrics.inverted),
            Self::BlotchL => Some(metrics.blotch_l),
            Self::BlotchAb => Some(metrics.blotch_ab),
            Self::Stray => Some(metrics.stray),
        }
    }

    /// Whether more of it is better.
    pub fn higher_is_better(self) -> bool {
        self == Self::Edge
    }

    /// Whether a result is better than another by this metric; not if one of them has it not.
    pub fn is_better(self, result: &Metrics, other: &Metrics) -> bool {
        let (Some(result), Some(other)) = (self.of(result), self.of(other)) else { return false };
        if self.higher_is_better() { result > other } else { result < other }
    }
}

/// A content photo and its reference, made ready to measure any number of results by.
#[derive(Debug)]
pub struct Pair<'n> {
    network: Option<&'n Network>,
    content: Planes,
    regions: MeasuredRegions,
    edges: EdgeSimilarity,
    laplacian: Laplacian<f64>,
    reference_style: Option<StyleStatistics>,
    /// For each region the quantiles of the reference's colours.
    reference_colours: Vec<Vec<f64>>,
    reference_clipped: f64,
    natural: Natural,
}

impl<'n> Pair<'n> {
    /// Takes both photos to a long side of `size` pixels ([`SIZE`] for figures to compare).
    ///
    /// `masks` are pictures of flat colours, one a region: blue, green, black, white, red, yellow, grey, cyan, magenta;
    /// without them each photo is one region. Style is measured by `network`.
    ///
    /// # Errors
    /// Those of [`check_size`], [`PhotoError::TooNarrow`] for a content photo with
    /// a side under 7 pixels at that size, [`PhotoError::NoCommonColour`] for masks that share no region.
    ///
    /// # Panics
    /// If `network` was not loaded for [`Tap::STYLE`].
    pub fn new(
        content: &Photo,
        reference: &Photo,
        masks: Option<(&Photo, &Photo)>,
        network: Option<&'n Network>,
        size: usize,
    ) -> Result<Self> {
        check_size(size)?;
        let both = |size: usize| {
            [content, reference].map(|photo| {
                let (height, width) = fit(photo.height(), photo.width(), size);
                picture(photo.colours(), height, width, Filter::Lanczos3)
            })
        };
        let (path, [smaller, their_smaller]) = (content.path(), both(size * 3 / 4));
        let [content, reference] = both(size);
        let (width, height) = (content.width(), content.height());
        let in_photo = |problem| Error::Photo { path: path.to_owned(), problem };
        let edges = EdgeSimilarity::new(&content)
            .ok_or_else(|| in_photo(PhotoError::TooNarrow { width, height, limit: edges::WINDOW }))?;
        let regions = MeasuredRegions::new(masks, &content, &reference);
        let smaller_regions = MeasuredRegions::new(masks, &smaller, &their_smaller);
        if let (Some((ours, theirs)), []) = (masks, regions.content.as_slice()) {
            let problem = PhotoError::NoCommonColour { reference: theirs.path().to_owned() };
            return Err(Error::Photo { path: ours.path().to_owned(), problem });
        }
        Ok(Self {
            reference_style: network.map(|n| style(n, &reference, &regions.reference)).transpose()?,
            reference_colours: region_quantiles(&reference, &regions.reference),
            reference_clipped: clipped(&reference),
            natural: Natural::new(&smaller, &their_smaller, &smaller_regions),
            edges,
            laplacian: Laplacian::new(&content, EPSILON, RADIUS),
            network,
            content,
            regions,
        })
    }

    /// Measures a result.
    pub fn measure(&self, result: &Photo) -> Metrics {
        let Naturalness { lost, inverted, blotch_l, blotch_ab, stray } = self.natural.measure(result);
        let (height, width) = (self.content.height(), self.content.width());
        let result = picture(result.colours(), height, width, Filter::Lanczos3);
        let masks = &self.regions.content;
        let style = self
            .network
            .zip(self.reference_style.as_ref())
            .and_then(|(network, reference)| style(network, &result, masks).ok()?.distance(reference));
        let colours = region_quantiles(&result, masks);
        let (mut swd, mut area) = (0.0, 0.0);
        for ((mask, ours), theirs) in masks.iter().zip(&colours).zip(&self.reference_colours) {
            swd += share(mask) * sliced_wasserstein::distance(ours, theirs);
            area += share(mask);
        }
        let energy = |plane: &[f32]| {
            let plane: Vec<f64> = plane.iter().map(|v| f64::from(*v)).collect();
            self.laplacian.energy(&plane)
        };
        Metrics {
            style,
            swd: swd / area,
            edge: self.edges.of(&result),
            lap: result.rgb().map(energy).iter().sum::<f64>() / (height * width) as f64,
            clip: (clipped(&result) - self.reference_clipped).max(0.0),
            lost,
            inverted,
            blotch_l,
            blotch_ab,
            stray,
        }
    }
}

/// The style of a photo's regions, masks of 1×H×W.
fn style(network: &Network, photo: &Planes, masks: &[Planes]) -> Result<StyleStatistics> {
    let planes = masks.iter().flat_map(|mask| mask.data().iter().copied()).collect();
    let masks = Planes::from_vec(masks.len(), photo.height(), photo.width(), planes);
    StyleStatistics::new(network, &Tap::STYLE, photo, &masks, &CancelToken::new())
}

/// For each region the quantiles of its colours in CIELAB.
fn region_quantiles(rgb: &Planes, masks: &[Planes]) -> Vec<Vec<f64>> {
    let lab = lab::lab(rgb);
    let region = |mask: &Planes| {
        let inside: Vec<_> =
            lab.iter().zip(mask.data()).filter(|(_, m)| **m > 0.5).map(|(c, _)| *c).collect();
        sliced_wasserstein::quantiles(&inside)
    };
    masks.iter().map(region).collect()
}

/// The share of pixels with a channel at an end of its range.
fn clipped(rgb: &Planes) -> f64 {
    let at_end = |value: &f32| *value <= 0.0 || *value >= 1.0;
    let [r, g, b] = rgb.rgb();
    let count = r.iter().zip(g).zip(b).filter(|((r, g), b)| at_end(r) || at_end(g) || at_end(b)).count();
    count as f64 / rgb.area() as f64
}

#[cfg(test)]
mod tests;
