//! The regions of a pair of photos, as soft planes.

use serde::Serialize;

use super::{RegionOptions, UnpairedLook};
use crate::Planes;
use crate::resample::{Filter, resize};

/// Long side, in pixels, at which the planes of regions are kept at most.
pub(super) const LARGEST: usize = 1024;

/// How far two photos as a whole can be trusted to show the same, where nobody looked, and where most of the content found no counterpart.
const WHOLE_TRUST: f64 = 0.6;
const SET_ASIDE_TRUST: f64 = 0.1;

/// The regions of a pair of photos.
#[derive(Clone, Debug)]
pub(crate) struct Regions {
    pub(super) regions: Vec<Region>,
    pub(super) unpaired: Vec<Unpaired>,
    /// One plane a region, in 0..1: the share of each pixel that belongs to it; they sum to 1.
    pub(super) content: Planes,
    /// One plane a region, in 0..1: what it is compared with.
    pub(super) reference: Planes,
    source: RegionSource,
    /// The region that the content's ground is of. Its planes here are without the ground, which the photo itself draws.
    pub(super) ground: Option<RegionId>,
    /// How much of each pixel of the content is skin that is to be protected, 1×H×W.
    pub(super) skin: Option<Planes>,
    /// What was recognised and told too little.
    tried: Option<Box<RegionsSummary>>,
}

/// Names a region of a [`Pairing`](crate::Pairing), whatever becomes of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct RegionId(pub u32);

impl std::fmt::Display for RegionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Where regions came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PairedBy {
    /// One colour in both masks.
    Colour,
    /// Most of both shows the same.
    Class,
    /// They are alike in what is seen of each class, in how light they are and where.
    Likeness,
    /// The caller wants it so.
    Hand,
}

/// A region that both photos have.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Region {
    /// Its name among the others.
    pub id: RegionId,
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
    /// Whether this is what found no counterpart, and takes the reference's grade.
    pub rest: bool,
    /// How far what it is compared with can be trusted to be its counterpart, 0..1: where little, it takes the reference's grade rather
    /// than its colours, and is hardly compared. 1 for masks and pairs by hand, 0 for the rest.
    pub trust: f64,
    /// What is wanted of it alone.
    pub options: RegionOptions,
}

/// Which photo of the pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The photo that keeps its structure.
    Content,
    /// The photo whose look is taken.
    Reference,
}

/// A mask's colour, or what was recognised, without a counterpart.
#[derive(Clone, Debug, PartialEq, Serialize)]
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

/// What there is to tell of regions.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RegionsSummary {
    /// Where the regions came from.
    pub source: RegionSource,
    /// The regions, the rest last.
    pub regions: Vec<Region>,
    /// Colours left without a counterpart.
    pub unpaired: Vec<Unpaired>,
    /// What was recognised, where that told too little and was set aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tried: Option<Box<RegionsSummary>>,
}

impl Regions {
    /// Regions without ids yet, with their planes; ids are given in order.
    pub(super) fn new(
        mut regions: Vec<Region>,
        unpaired: Vec<Unpaired>,
        content: Planes,
        reference: Planes,
        source: RegionSource,
    ) -> Self {
        regions.iter_mut().zip(0..).for_each(|(region, id)| region.id = RegionId(id));
        Self { regions, unpaired, content, reference, source, ground: None, skin: None, tried: None }
    }

    /// One region: the content takes the look of the whole reference.
    pub(crate) fn whole() -> Self {
        let trust = WHOLE_TRUST;
        let all = Region { content_share: 1.0, reference_share: 1.0, trust, ..Region::empty() };
        let one = || Planes::filled(1, 1, 1, 1.0);
        Self::new(vec![all], Vec::new(), one(), one(), RegionSource::Whole)
    }

    /// One region, since these tell too little.
    pub(crate) fn set_aside(self) -> Self {
        let (tried, skin) = (Some(Box::new(self.summary())), self.skin);
        let mut whole = Self { tried, skin, ..Self::whole() };
        whole.regions[0].trust = SET_ASIDE_TRUST;
        whole
    }

    pub(crate) fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// What to tell the user.
    pub(crate) fn summary(&self) -> RegionsSummary {
        let Self { regions, unpaired, source, tried, .. } = self;
        RegionsSummary {
            source: *source,
            regions: regions.clone(),
            unpaired: unpaired.clone(),
            tried: tried.clone(),
        }
    }

    /// The same regions of a content of which so much is skin that is to be protected, 1×H×W.
    pub(crate) fn with_skin(self, skin: Option<Planes>) -> Self {
        Self { skin, ..self }
    }

    /// How much of each pixel of the content is skin that is to be protected, 1×H×W at any size.
    pub(crate) fn skin(&self, height: usize, width: usize) -> Option<Planes> {
        self.skin.as_ref().map(|skin| resize(skin, height, width, Filter::Bilinear))
    }

    pub(crate) fn source(&self) -> RegionSource {
        self.source
    }

    /// Share of the content that found no counterpart.
    pub(crate) fn share_of_the_rest(&self) -> f64 {
        self.regions.iter().find(|region| region.rest).map_or(0.0, |rest| rest.content_share)
    }

    /// Whether these regions say more than one region of all would: not where most of the content has found no counterpart,
    /// unless that is to stay as it is.
    pub(crate) fn tell_enough(&self, unpaired: UnpairedLook) -> bool {
        unpaired == UnpairedLook::Keep || self.share_of_the_rest() <= 0.5
    }

    /// One plane a region at any size.
    pub(crate) fn planes(&self, side: Side, height: usize, width: usize) -> Planes {
        let planes = match side {
            Side::Content => &self.content,
            Side::Reference => &self.reference,
        };
        let grows = planes.height() < height;
        // Labels of masks stay as hard as they are until borders are drawn.
        let filter = match self.source {
            RegionSource::Recognised if grows => Filter::Bilinear,
            _ => Filter::Area,
        };
        resize(planes, height, width, filter)
    }
}

impl Region {
    /// What it shows, and its colour in a mask: what it is called by.
    pub(crate) fn names(&self) -> [Option<&str>; 2] {
        [self.name.as_deref(), self.colour.as_deref()]
    }

    pub(super) fn empty() -> Self {
        Self {
            id: RegionId(0),
            colour: None,
            name: None,
            reference_name: None,
            paired_by: None,
            content_share: 0.0,
            reference_share: 0.0,
            rest: false,
            trust: 1.0,
            options: RegionOptions::default(),
        }
    }

    pub(super) fn rest(content_share: f64) -> Self {
        Self { content_share, reference_share: 1.0, rest: true, trust: 0.0, ..Self::empty() }
    }
}

/// Whether a region is called `name`, by what it shows and its colour in a mask: it shows that group, or has that colour.
pub(crate) fn is_called(name: &str, [shown, colour]: [Option<&str>; 2]) -> bool {
    let shows = |shown: &str| shown == name || shown.split(", ").any(|group| group == name);
    shown.is_some_and(shows) || colour.is_some_and(|colour| colour.eq_ignore_ascii_case(name))
}

/// What regions are called by, each name once: what they show, or else their colour in a mask.
pub(crate) fn called<'r>(regions: impl Iterator<Item = [Option<&'r str>; 2]>) -> Vec<String> {
    let own = regions.filter_map(|[shown, colour]| shown.or(colour));
    let mut called: Vec<String> = own.flat_map(|names| names.split(", ")).map(str::to_owned).collect();
    called.sort_unstable();
    called.dedup();
    called
}

pub(super) fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_masks_there_is_one_region() {
        let whole = Regions::whole();
        assert_eq!(whole.planes(Side::Content, 2, 3), Planes::filled(1, 2, 3, 1.0));
        assert_eq!(whole.planes(Side::Reference, 4, 1), Planes::filled(1, 4, 1, 1.0));
        assert_eq!(whole.summary().regions.len(), 1);
    }

    #[test]
    fn what_is_set_aside_is_told() {
        let (mut tried, whole) = (Regions::whole(), Regions::whole().summary());
        tried.source = RegionSource::Recognised;
        let told = tried.set_aside().summary();
        let all = Region { trust: SET_ASIDE_TRUST, ..whole.regions[0].clone() };
        assert_eq!((told.source, told.regions), (RegionSource::Whole, vec![all]));
        assert_eq!(told.tried.unwrap().source, RegionSource::Recognised);
    }
}
