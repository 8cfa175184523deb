//! Which part of the content takes its look from which part of the reference.
//!
//! Regions come from masks that share colours ([`by_colour`]) or from what is recognised in both photos (`recognised`); inside,
//! both are soft planes by region. Each pair is a region; whatever of the content finds no counterpart is one more, the
//! rest, whose counterpart is the reference as a whole. A [`Pairing`] can be edited: regions can be merged, paired anew,
//! left out, and given options of their own.

mod before_sky;
mod borders;
mod by_colour;
mod by_hand;
mod correspondence;
mod edit;
mod grounds;
mod guided;
mod k_means;
mod matte_edges;
mod options;
mod overlay;
mod points;
mod recognised;
mod regions;
mod seams;
mod sinkhorn;
mod sums;
mod trust;

use std::sync::Arc;

use crate::analysis::{Analysis, Scale};
use crate::counts::Ground;
use crate::kept::Kept;
use crate::method::Treatment;
use crate::watch::{CancelToken, Watch};
use crate::{OptionsError, Planes, Remark, Result};

pub(crate) use before_sky::sky;
pub(crate) use borders::drawn;
pub use edit::{Counterpart, RegionOptions};
pub(crate) use grounds::Grounds;
pub use options::{Edges, GroundLook, Masks, PairOptions, SkinLook, UnpairedLook};
pub use regions::{PairedBy, Region, RegionId, RegionSource, RegionsSummary, Side, Unpaired};
pub(crate) use regions::{Regions, called, is_called};

/// Two photos and their regions. Cheap to clone; what is edited is a value of its own.
#[derive(Clone, Debug)]
pub struct Pairing(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    content: Analysis,
    reference: Analysis,
    regions: Regions,
    grounds: Grounds,
    options: PairOptions,
    remarks: Vec<Remark>,
    /// Planes of the regions with their borders as they run, without the grounds.
    drawn: Kept<(Side, [usize; 2]), Arc<Planes>>,
}

impl Pairing {
    pub(crate) fn new(
        content: Analysis,
        reference: Analysis,
        regions: Regions,
        grounds: Grounds,
        options: PairOptions,
        remarks: Vec<Remark>,
    ) -> Self {
        Self(Arc::new(Inner {
            content,
            reference,
            regions,
            grounds,
            options,
            remarks,
            drawn: Kept::default(),
        }))
    }

    /// The content photo.
    pub fn content(&self) -> &Analysis {
        &self.0.content
    }

    /// The photo whose look is taken.
    pub fn reference(&self) -> &Analysis {
        &self.0.reference
    }

    /// How the photos were paired.
    pub fn options(&self) -> &PairOptions {
        &self.0.options
    }

    /// The regions; last but for a ground the rest, and a ground last.
    pub fn regions(&self) -> &[Region] {
        self.0.regions.regions()
    }

    /// What to tell of the regions.
    pub fn summary(&self) -> RegionsSummary {
        self.0.regions.summary()
    }

    /// What the photos' owner should know.
    pub fn remarks(&self) -> &[Remark] {
        &self.0.remarks
    }

    /// The regions of a photo as one plane each, R×H×W in 0..1, at any size, in the order of [`regions`](Self::regions). In the content
    /// it is the share of each pixel that belongs to the region, and they sum to 1; in the reference what the region is compared with, where
    /// regions may leave pixels out, and the rest covers every pixel. Borders are as the regions have them. They are of the photo's
    /// [frame](Analysis::frame), and without its ground, of which the plane of its region is empty.
    pub fn planes(&self, side: Side, height: usize, width: usize) -> Planes {
        self.0.regions.planes(side, height, width)
    }

    /// A picture of which region is compared with what: the content at the left and the reference at the right, long sides at
    /// most 640 pixels, 3×H×W, sRGB-encoded, each region and its counterpart in one colour. What is the rest has none.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn overlay(&self, watch: &mut Watch<'_>) -> Result<Planes> {
        let small = |photo: &Analysis| photo.at(Scale::of(overlay::LONG), watch.token());
        let (content, reference) = (small(self.content())?, small(self.reference())?);
        Ok(self.0.regions.overlay(&content, &reference))
    }

    /// The regions that are called so: that show a group, such as `sky`, or have a colour in a mask, such as `#ff0000`.
    ///
    /// # Errors
    /// [`OptionsError::NoSuchRegion`] where there is none.
    pub fn called(&self, name: &str) -> Result<Vec<RegionId>, OptionsError> {
        let regions = self.regions().iter().filter(|region| is_called(name, region.names()));
        let ids: Vec<RegionId> = regions.map(|region| region.id).collect();
        if ids.is_empty() {
            let known = called(self.regions().iter().map(Region::names));
            return Err(OptionsError::NoSuchRegion { name: name.into(), known });
        }
        Ok(ids)
    }

    /// Adds to what the photos' owner should know.
    pub(crate) fn remark(&mut self, remark: Remark) {
        let Inner { content, reference, regions, grounds, options, remarks, .. } = &*self.0;
        let remarks = remarks.iter().cloned().chain([remark]).collect();
        let (grounds, options) = (grounds.clone(), options.clone());
        *self = Self::new(content.clone(), reference.clone(), regions.clone(), grounds, options, remarks);
    }

    /// The same photos with other regions.
    fn with_regions(&self, regions: Regions) -> Self {
        let Inner { content, reference, grounds, options, remarks, .. } = &*self.0;
        let (grounds, options) = (grounds.clone(), options.clone());
        Self::new(content.clone(), reference.clone(), regions, grounds, options, remarks.clone())
    }

    /// The regions of a photo that is `small`, R×H×W, with borders as the options have them run, and without its ground.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub(crate) fn drawn(&self, side: Side, small: &Planes, token: &CancelToken) -> Result<Arc<Planes>> {
        let (height, width) = (small.height(), small.width());
        self.0.drawn.get((side, [height, width]), || {
            let planes = self.planes(side, height, width);
            let names = self.regions().iter().map(|region| region.name.as_deref());
            let sky = sky(names, &self.0.options.segment.merging);
            Ok(Arc::new(borders::drawn(planes, small, self.0.options.edges, &sky, token)?))
        })
    }

    /// The share of each pixel of a photo that is `small` that belongs to each region, R×H×W, its ground cut out.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub(crate) fn shares(&self, side: Side, small: &Planes, token: &CancelToken) -> Result<Planes> {
        let mut shares = Planes::clone(&*self.drawn(side, small, token)?);
        if let Some(ground) = self.ground(side) {
            self.0.regions.cut_ground(side, &mut shares, &ground.patch.shares(small));
        }
        Ok(shares)
    }

    /// The ground of a photo.
    pub(crate) fn ground(&self, side: Side) -> Option<&Ground> {
        self.0.grounds[usize::from(side == Side::Reference)].as_deref()
    }

    /// The region that the content's ground is of.
    pub(crate) fn region_of_ground(&self) -> Option<RegionId> {
        self.0.regions.ground
    }

    /// What becomes of each region.
    pub(crate) fn treatments(&self) -> Vec<Treatment> {
        let of = |region: &Region| match region {
            Region { options: RegionOptions { excluded: true, .. }, .. } => Treatment::Kept,
            Region { rest: true, .. } => Treatment::Whole,
            _ => Treatment::Paired,
        };
        self.regions().iter().map(of).collect()
    }

    /// How much of the look each region gets, 0..1.
    pub(crate) fn strengths(&self) -> Vec<f32> {
        let keeps = self.0.options.unpaired == UnpairedLook::Keep;
        let of = |region: &Region| {
            let stays = region.options.excluded || (region.rest && keeps);
            if stays { 0.0 } else { region.options.strength }
        };
        self.regions().iter().map(of).collect()
    }

    /// How far counterparts are trusted, in the mean over the content.
    pub(crate) fn mean_trust(&self) -> f64 {
        let shares: f64 = self.regions().iter().map(|region| region.content_share).sum();
        let trust = self.regions().iter().map(|region| region.content_share * region.trust).sum::<f64>();
        trust / shares.max(f64::MIN_POSITIVE)
    }

    /// How far each region's counterpart is trusted, 0..1; not at all where it takes no look from one.
    pub(crate) fn trusts(&self) -> Vec<f32> {
        let regions = self.regions().iter().zip(self.treatments());
        regions.map(|(region, treatment)| treatment.trusted(region.trust as f32)).collect()
    }

    /// How much of each pixel of the content is skin that is to be protected, 1×H×W.
    pub(crate) fn skin(&self, height: usize, width: usize) -> Option<Planes> {
        self.0.regions.skin(height, width)
    }

    /// Whether the regions are from masks that were given.
    pub(crate) fn is_painted(&self) -> bool {
        self.0.regions.source() == RegionSource::Masks
    }

    /// The same photos as one region each, for a method that knows no regions.
    pub(crate) fn as_whole(&self) -> Self {
        self.with_regions(Regions::whole())
    }
}
