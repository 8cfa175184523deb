//! Regions: which part of the content takes its look from which part of the reference.
//!
//! Two label maps are paired by colour ([`Regions::pair`]), two segmentations by what is seen ([`Regions::recognise`]). Each
//! pair is a region; whatever of the content finds no counterpart is one more region, the rest, whose counterpart is
//! the reference as a whole.

use crate::mask::Mask;
use crate::resample::{Filter, resize};
use crate::{Planes, UnpairedLook};

mod correspondence;
mod k_means;
mod matte_edges;
mod overlay;
mod points;
mod recognised;
mod sinkhorn;
mod soften;

pub(crate) use matte_edges::follow_edges;
pub(crate) use soften::soften;

/// Regions below this share of either photo's area are not paired: there is too little of them to tell a look.
const LEAST_SHARE: f64 = 0.001;

/// Squared distance within which two colours name the same region.
const SAME_COLOUR: i32 = 40 * 40;

impl From<&Mask> for LabelMap {
    fn from(mask: &Mask) -> Self {
        Self {
            height: mask.height(),
            width: mask.width(),
            palette: mask.palette().to_vec(),
            labels: mask.labels().to_vec(),
        }
    }
}

/// One label a pixel, and the colour that each label stands for.
#[derive(Clone, Debug)]
pub(crate) struct LabelMap {
    /// Rows.
    pub(crate) height: usize,
    /// Columns.
    pub(crate) width: usize,
    /// Colour of each label.
    pub(crate) palette: Vec<[u8; 3]>,
    /// Row-major, each an index into the palette.
    pub(crate) labels: Vec<u16>,
}

/// The regions of a pair of photos.
#[derive(Clone, Debug)]
pub(crate) struct Regions {
    regions: Vec<Region>,
    unpaired: Vec<Unpaired>,
    content: Option<RegionMap>,
    reference: Option<RegionMap>,
    source: RegionSource,
}

/// Where regions came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RegionSource {
    /// There is one, all of the photo.
    Whole,
    /// From masks that were given.
    Masks,
    /// From what was recognised in the photos.
    Recognised,
}

/// Why two regions are a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PairedBy {
    /// One colour in both masks.
    Colour,
    /// Most of both shows the same.
    Class,
    /// They are alike in what is seen of each class, in how light they are and where.
    Likeness,
}

/// A region that both photos have.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct Region {
    /// Its colour in the content's mask, as `#rrggbb`; none for the rest and where there are no masks.
    pub colour: Option<String>,
    /// What the content shows there, where that was recognised.
    pub name: Option<String>,
    /// What the reference shows there, where that was recognised.
    pub reference_name: Option<String>,
    /// Why they are a pair; none for the rest and where there is one region.
    pub paired_by: Option<PairedBy>,
    /// Share of the content's area, 0..1.
    pub content_share: f64,
    /// Share of the reference's area, 0..1, that it is compared with.
    pub reference_share: f64,
    /// Whether this is what found no counterpart, and takes the look of the reference as a whole.
    pub rest: bool,
}

/// Which photo of the pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The photo that keeps its structure.
    Content,
    /// The photo whose look is taken.
    Reference,
}

/// A mask's colour, or what was recognised, without a counterpart.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct Unpaired {
    /// The photo that has it.
    pub photo: Side,
    /// Its colour, as `#rrggbb`.
    pub colour: String,
    /// What it shows, where that was recognised.
    pub name: Option<String>,
    /// Share of that photo's area, 0..1.
    pub share: f64,
}

/// What the masks came to.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct RegionsSummary {
    /// Where the regions came from.
    pub source: RegionSource,
    /// The regions, the rest last.
    pub regions: Vec<Region>,
    /// Colours left without a counterpart.
    pub unpaired: Vec<Unpaired>,
}

/// Where the regions lie in one photo.
#[derive(Clone, Debug)]
struct RegionMap {
    areas: Areas,
    /// The labels of each region; those of references may belong to none, or to two.
    labels_of: Vec<Vec<usize>>,
}

/// Where the labels lie.
#[derive(Clone, Debug)]
enum Areas {
    /// One label a pixel, row-major, as in masks.
    Hard { height: usize, width: usize, labels: Vec<u16> },
    /// Probabilities, a plane a label.
    Soft(Planes),
}

impl Regions {
    /// One region: the content takes the look of the whole reference.
    pub(crate) fn whole() -> Self {
        let all = Region { content_share: 1.0, reference_share: 1.0, ..Region::empty() };
        let source = RegionSource::Whole;
        Self { regions: vec![all], unpaired: Vec::new(), content: None, reference: None, source }
    }

    /// Pairs the regions of two label maps, which may differ in size, by colour; `None` where they share no colour.
    ///
    /// Regions keep the order of the content's palette, the rest comes last.
    pub(crate) fn pair(content: &LabelMap, reference: &LabelMap) -> Option<Self> {
        let (content_shares, reference_shares) = (content.shares(), reference.shares());
        let mut regions: Vec<Region> = Vec::new();
        let mut content_regions = vec![None; content.palette.len()];
        let mut reference_regions = vec![None; reference.palette.len()];
        for (label, colour) in content.palette.iter().enumerate() {
            let Some(other) = nearest(*colour, &reference.palette, &reference_regions) else { continue };
            let (content_share, reference_share) = (content_shares[label], reference_shares[other]);
            if content_share.min(reference_share) >= LEAST_SHARE {
                content_regions[label] = Some(regions.len());
                reference_regions[other] = Some(regions.len());
                let (colour, paired_by) = (Some(hex(*colour)), Some(PairedBy::Colour));
                regions.push(Region { colour, paired_by, content_share, reference_share, ..Region::empty() });
            }
        }
        if regions.is_empty() {
            return None;
        }
        let unpaired = [
            content.unpaired(Side::Content, &content_shares, &content_regions),
            reference.unpaired(Side::Reference, &reference_shares, &reference_regions),
        ]
        .concat();
        let mut reference_labels = labels_of(&reference_regions, regions.len());
        let left: f64 = unpaired.iter().filter(|u| u.photo == Side::Content).map(|u| u.share).sum();
        if left > 0.0 {
            let rest = Some(regions.len());
            content_regions.iter_mut().filter(|region| region.is_none()).for_each(|region| *region = rest);
            regions.push(Region::rest(left));
            reference_labels.push((0..reference.palette.len()).collect());
        }
        let content = Some(content.regions(labels_of(&content_regions, regions.len())));
        let reference = Some(reference.regions(reference_labels));
        Some(Self { regions, unpaired, content, reference, source: RegionSource::Masks })
    }

    /// The regions, the rest last.
    #[cfg(test)]
    pub(crate) fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// What to tell the user.
    pub(crate) fn summary(&self) -> RegionsSummary {
        let Self { regions, unpaired, source, .. } = self;
        RegionsSummary { source: *source, regions: regions.clone(), unpaired: unpaired.clone() }
    }

    pub(crate) fn are_recognised(&self) -> bool {
        self.source == RegionSource::Recognised
    }

    /// Whether these regions say more than one region of all would: not where most of the content has found no counterpart,
    /// unless that is to stay as it is.
    pub(crate) fn tell_enough(&self, unpaired: UnpairedLook) -> bool {
        let rest = self.rest_index().map_or(0.0, |rest| self.regions[rest].content_share);
        unpaired == UnpairedLook::Keep || rest <= 0.5
    }

    /// Which region is the rest.
    pub(crate) fn rest_index(&self) -> Option<usize> {
        self.regions.iter().position(|region| region.rest)
    }

    /// The rest of the content as one plane in 0..1, as in [`content_masks`](Self::content_masks); `None` where there is no
    /// rest.
    pub(crate) fn rest(&self, height: usize, width: usize, softness: f32) -> Option<Planes> {
        let index = self.rest_index()?;
        let plane = self.content.as_ref()?.plane(index, height, width);
        Some(soften(&Planes::from_vec(1, height, width, plane), softness))
    }

    /// The content's regions as one plane each, in 0..1: the share of each pixel that belongs to the region. They sum
    /// to 1. Borders are spread over about `softness` pixels.
    pub(crate) fn content_masks(&self, height: usize, width: usize, softness: f32) -> Planes {
        soften(&self.masks(Side::Content, height, width), softness)
    }

    /// The same of the reference, where regions may leave pixels out, and the rest covers every pixel.
    pub(crate) fn reference_masks(&self, height: usize, width: usize, softness: f32) -> Planes {
        soften(&self.masks(Side::Reference, height, width), softness)
    }

    fn masks(&self, photo: Side, height: usize, width: usize) -> Planes {
        let map = match photo {
            Side::Content => self.content.as_ref(),
            Side::Reference => self.reference.as_ref(),
        };
        let Some(map) = map else { return Planes::filled(1, height, width, 1.0) };
        let planes = (0..self.regions.len()).flat_map(|index| map.plane(index, height, width));
        Planes::from_vec(self.regions.len(), height, width, planes.collect())
    }
}

impl Region {
    fn empty() -> Self {
        Self {
            colour: None,
            name: None,
            reference_name: None,
            paired_by: None,
            content_share: 0.0,
            reference_share: 0.0,
            rest: false,
        }
    }

    fn rest(content_share: f64) -> Self {
        Self { content_share, reference_share: 1.0, rest: true, ..Self::empty() }
    }
}

impl RegionMap {
    /// One region as a plane of another size, each pixel the share of its area.
    fn plane(&self, region: usize, height: usize, width: usize) -> Vec<f32> {
        let is = |label: usize| self.labels_of[region].contains(&label);
        let plane = match &self.areas {
            Areas::Hard { height, width, labels } => {
                let inside = labels.iter().map(|label| f32::from(u8::from(is(usize::from(*label)))));
                Planes::from_vec(1, *height, *width, inside.collect())
            }
            Areas::Soft(planes) => {
                let mut sum = Planes::zeros(1, planes.height(), planes.width());
                for label in (0..planes.channels()).filter(|label| is(*label)) {
                    sum.data_mut().iter_mut().zip(planes.plane(label)).for_each(|(sum, p)| *sum += p);
                }
                sum
            }
        };
        let filter = if plane.height() < height { Filter::Bilinear } else { Filter::Area };
        resize(&plane, height, width, if self.is_soft() { filter } else { Filter::Area }).into_vec()
    }

    fn is_soft(&self) -> bool {
        matches!(self.areas, Areas::Soft(_))
    }
}

impl LabelMap {
    /// Share of the area of each label.
    fn shares(&self) -> Vec<f64> {
        let mut counts = vec![0_usize; self.palette.len()];
        for label in &self.labels {
            counts[usize::from(*label)] += 1;
        }
        counts.into_iter().map(|count| count as f64 / self.labels.len().max(1) as f64).collect()
    }

    fn unpaired(&self, photo: Side, shares: &[f64], regions: &[Option<usize>]) -> Vec<Unpaired> {
        let labels = self.palette.iter().zip(shares).zip(regions);
        labels
            .filter(|((_, share), region)| region.is_none() && **share > 0.0)
            .map(|((colour, share), _)| Unpaired { photo, colour: hex(*colour), name: None, share: *share })
            .collect()
    }

    fn regions(&self, labels_of: Vec<Vec<usize>>) -> RegionMap {
        let areas = Areas::Hard { height: self.height, width: self.width, labels: self.labels.clone() };
        RegionMap { areas, labels_of }
    }
}

/// The labels of each region, of the region of each label.
fn labels_of(region_of: &[Option<usize>], regions: usize) -> Vec<Vec<usize>> {
    let of = |region| (0..region_of.len()).filter(|label| region_of[*label] == Some(region)).collect();
    (0..regions).map(of).collect()
}

/// The closest colour that is near enough to name the same region and not taken yet.
fn nearest(colour: [u8; 3], palette: &[[u8; 3]], taken: &[Option<usize>]) -> Option<usize> {
    let distance = |other: &[u8; 3]| -> i32 {
        colour.iter().zip(other).map(|(a, b)| (i32::from(*a) - i32::from(*b)).pow(2)).sum()
    };
    let free = palette.iter().enumerate().filter(|(label, _)| taken[*label].is_none());
    let (label, other) = free.min_by_key(|(_, other)| distance(other))?;
    (distance(other) <= SAME_COLOUR).then_some(label)
}

fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: [u8; 3] = [250, 4, 0];
    const BLUE: [u8; 3] = [0, 0, 255];
    const GREEN: [u8; 3] = [0, 255, 0];

    /// Stripes of the given numbers of columns.
    fn stripes(height: usize, stripes: &[([u8; 3], usize)]) -> LabelMap {
        let row: Vec<u16> = stripes
            .iter()
            .enumerate()
            .flat_map(|(label, (_, columns))| vec![label as u16; *columns])
            .collect();
        let palette = stripes.iter().map(|(colour, _)| *colour).collect();
        LabelMap { height, width: row.len(), palette, labels: row.repeat(height) }
    }

    #[test]
    fn pairs_by_near_colours_and_gathers_the_rest() {
        let content = stripes(10, &[([255, 0, 0], 50), (GREEN, 30), (BLUE, 20)]);
        let reference = stripes(4, &[(BLUE, 5), (RED, 15), ([255, 255, 0], 20)]);
        let regions = Regions::pair(&content, &reference).unwrap();
        let summary = regions.summary();
        let told: Vec<_> = summary
            .regions
            .iter()
            .map(|r| (r.colour.as_deref(), r.content_share, r.reference_share, r.rest))
            .collect();
        let expected = [
            (Some("#ff0000"), 0.5, 0.375, false),
            (Some("#0000ff"), 0.2, 0.125, false),
            (None, 0.3, 1.0, true),
        ];
        assert_eq!(told, expected);
        let unpaired: Vec<_> =
            summary.unpaired.iter().map(|u| (u.photo, u.colour.as_str(), u.share)).collect();
        assert_eq!(unpaired, [(Side::Content, "#00ff00", 0.3), (Side::Reference, "#ffff00", 0.5)]);
    }

    #[test]
    fn specks_are_left_to_the_rest() {
        let content = stripes(1, &[(RED, 1999), (BLUE, 1)]);
        let reference = stripes(1, &[(RED, 10), (BLUE, 10)]);
        let regions = Regions::pair(&content, &reference).unwrap();
        assert_eq!(regions.regions().len(), 2);
        assert!(regions.regions()[1].rest);
        assert_eq!(regions.summary().unpaired.len(), 2);
    }

    #[test]
    fn no_common_colour_is_no_pairing() {
        assert!(Regions::pair(&stripes(3, &[(RED, 4)]), &stripes(3, &[(BLUE, 4)])).is_none());
    }

    #[test]
    fn masks_hold_area_shares_and_sum_to_one_in_the_content() {
        let content = stripes(6, &[(RED, 7), (GREEN, 6), (BLUE, 7)]);
        let reference = stripes(6, &[(BLUE, 6), ([9, 9, 9], 8), (RED, 6)]);
        let regions = Regions::pair(&content, &reference).unwrap();
        let hard = regions.content_masks(3, 10, 0.0);
        assert_eq!(&hard.plane(0)[..10], [1.0, 1.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        for (height, width, softness) in [(3, 10, 0.0), (12, 40, 4.0), (5, 3, 2.0)] {
            let masks = regions.content_masks(height, width, softness);
            for i in 0..masks.area() {
                let sum: f32 = (0..3).map(|region| masks.plane(region)[i]).sum();
                assert!((sum - 1.0).abs() < 1e-5, "{height}×{width}: {sum}");
            }
        }
        let masks = regions.reference_masks(3, 10, 0.0);
        assert_eq!(&masks.plane(1)[..10], [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert!(masks.plane(2).iter().all(|v| *v == 1.0), "the rest is compared with all of the reference");
    }

    #[test]
    fn without_masks_there_is_one_region() {
        let whole = Regions::whole();
        assert_eq!(whole.content_masks(2, 3, 5.0), Planes::filled(1, 2, 3, 1.0));
        assert_eq!(whole.reference_masks(4, 1, 0.0), Planes::filled(1, 4, 1, 1.0));
        assert_eq!(whole.summary().regions.len(), 1);
    }
}
