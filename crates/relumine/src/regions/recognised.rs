//! Pairing of what was recognised in two photos.
//!
//! Groups that are small in their photo are merged away: their pixels go to what is next most probable there. Then same goes
//! with same; what is left, with what has most affinity to it; what is still left, with what is as high in the picture and as
//! light in it, if that is left too. Nothing is forced: the rest stays the rest.
//!
//! The floor of Li et al. 2018 (photorealistic WCT): a pair has more than [`LEAST_PIXELS`] pixels in both photos, and areas of a
//! ratio below [`MOST_RATIO`].

use super::affinity::affinity;
use super::{Areas, PairedBy, Region, RegionMap, RegionSource, Regions, Side, Unpaired, hex};
use crate::Planes;
use crate::segment::{Group, Merging, Segmentation, shares};

/// Groups below this share of their photo are merged away.
const SMALL: f64 = 0.01;
const LEAST_PIXELS: f64 = 10.0;
const MOST_RATIO: f64 = 100.0;
/// Affinity from which a group of the content may share a counterpart with another.
const SHARING: f64 = 0.6;
/// What is the same by statistics differs by less than this in height in the picture, as a share of it …
const HEIGHT: f64 = 0.2;
/// … and in luma less the photo's mean.
const LUMA: f64 = 0.25;

impl Regions {
    /// Pairs the groups of two segmentations by one merging; `None` where nothing can be paired.
    pub(crate) fn recognise(content: &Segmentation, reference: &Segmentation) -> Option<Self> {
        let (ours, theirs) = (Groups::of(content), Groups::of(reference));
        let groups = content.groups();
        let mut pairing = Pairing { ours: &ours, theirs: &theirs, groups, pairs: Vec::new() };
        pairing.by_class();
        pairing.by_affinity();
        pairing.by_statistics();
        let pairs = pairing.pairs;
        if pairs.is_empty() {
            return None;
        }
        Some(assemble(groups, ours, theirs, &pairs))
    }
}

/// A group of the content, one of the reference, and why.
type Pair = (usize, usize, PairedBy);

/// What the pairs come to: groups of the content that share a counterpart are one region.
fn assemble(groups: &[Group], ours: Groups, theirs: Groups, pairs: &[Pair]) -> Regions {
    let (mut content_of, mut reference_of) = (vec![None; groups.len()], vec![None; groups.len()]);
    let mut regions: Vec<Region> = Vec::new();
    for (ours_index, theirs_index, paired_by) in pairs.iter().copied() {
        let share = ours.shares[ours_index];
        if let Some(index) = reference_of[theirs_index] {
            let region: &mut Region = &mut regions[index];
            region.content_share += share;
            region.name = region.name.take().map(|name| format!("{name}, {}", groups[ours_index].name));
            content_of[ours_index] = Some(index);
            continue;
        }
        (content_of[ours_index], reference_of[theirs_index]) = (Some(regions.len()), Some(regions.len()));
        regions.push(Region {
            colour: Some(hex(groups[ours_index].colour)),
            name: Some(groups[ours_index].name.clone()),
            reference_name: Some(groups[theirs_index].name.clone()),
            paired_by: Some(paired_by),
            content_share: share,
            reference_share: theirs.shares[theirs_index],
            rest: false,
        });
    }
    let mut unpaired = Vec::new();
    for (photo, side, of) in [(Side::Content, &ours, &content_of), (Side::Reference, &theirs, &reference_of)]
    {
        for index in side.present().filter(|index| of[*index].is_none()) {
            let Group { name, colour, .. } = &groups[index];
            let share = side.shares[index];
            unpaired.push(Unpaired { photo, colour: hex(*colour), name: Some(name.clone()), share });
        }
    }
    let left: f64 = unpaired.iter().filter(|u| u.photo == Side::Content).map(|u| u.share).sum();
    if left > 0.0 {
        let rest = Some(regions.len());
        content_of.iter_mut().filter(|region| region.is_none()).for_each(|region| *region = rest);
        regions.push(Region::rest(left));
    } else {
        // Groups that were merged away have planes of zeros, which may be of any region.
        content_of.iter_mut().filter(|region| region.is_none()).for_each(|region| *region = Some(0));
    }
    let map = |groups: Groups, region_of| Some(RegionMap { areas: Areas::Soft(groups.planes), region_of });
    let (content, reference) = (map(ours, content_of), map(theirs, reference_of));
    Regions { regions, unpaired, content, reference, source: RegionSource::Recognised }
}

/// The pairs as they are found.
struct Pairing<'a> {
    ours: &'a Groups,
    theirs: &'a Groups,
    groups: &'a [Group],
    pairs: Vec<Pair>,
}

impl Pairing<'_> {
    fn by_class(&mut self) {
        for index in self.ours.present() {
            if self.may(index, index) {
                self.pairs.push((index, index, PairedBy::Class));
            }
        }
    }

    fn by_affinity(&mut self) {
        let families = Merging::default();
        let of = |ours: usize, theirs: usize| affinity(&families, &self.groups[ours], &self.groups[theirs]);
        let mut candidates: Vec<(f64, usize, usize)> = self
            .ours
            .present()
            .flat_map(|ours| self.theirs.present().map(move |theirs| (ours, theirs)))
            .map(|(ours, theirs)| (of(ours, theirs), ours, theirs))
            .filter(|(affinity, ours, theirs)| *affinity > 0.0 && self.may(*ours, *theirs))
            .collect();
        // Equal affinities keep the order of the groups.
        candidates.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (affinity, ours, theirs) in candidates {
            if self.is_free(Side::Content, ours)
                && (affinity >= SHARING || self.is_free(Side::Reference, theirs))
            {
                self.pairs.push((ours, theirs, PairedBy::Affinity));
            }
        }
    }

    fn by_statistics(&mut self) {
        let mut candidates = Vec::new();
        for ours in self.ours.present() {
            for theirs in self.theirs.present() {
                let distance = self.ours.places[ours].distance(&self.theirs.places[theirs]);
                if distance < 1.0 && self.may(ours, theirs) {
                    candidates.push((distance, ours, theirs));
                }
            }
        }
        candidates.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (_, ours, theirs) in candidates {
            if self.is_free(Side::Content, ours) && self.is_free(Side::Reference, theirs) {
                self.pairs.push((ours, theirs, PairedBy::Statistics));
            }
        }
    }

    fn is_free(&self, photo: Side, index: usize) -> bool {
        !self.pairs.iter().any(|(ours, theirs, _)| match photo {
            Side::Content => *ours == index,
            Side::Reference => *theirs == index,
        })
    }

    /// The floor.
    fn may(&self, ours: usize, theirs: usize) -> bool {
        let (ours, theirs) = (self.ours.shares[ours], self.theirs.shares[theirs]);
        let pixels = (ours * self.ours.planes.area() as f64).min(theirs * self.theirs.planes.area() as f64);
        pixels > LEAST_PIXELS && ours < MOST_RATIO * theirs && theirs < MOST_RATIO * ours
    }
}

/// The groups of one photo, the small ones merged away.
struct Groups {
    /// Probabilities; those of each pixel add up to 1.
    planes: Planes,
    shares: Vec<f64>,
    places: Vec<Place>,
}

impl Groups {
    fn of(segmentation: &Segmentation) -> Self {
        let planes = without_small(segmentation.probabilities(), &segmentation.shares());
        let shares = shares(&planes);
        let luma = segmentation.photo().luma();
        let mean = luma.data().iter().map(|v| f64::from(*v)).sum::<f64>() / luma.area() as f64;
        let places = (0..planes.channels()).map(|g| Place::of(planes.plane(g), &luma, mean)).collect();
        Self { planes, shares, places }
    }

    fn present(&self) -> impl Iterator<Item = usize> {
        (0..self.shares.len()).filter(|index| self.shares[*index] > 0.0)
    }
}

/// Takes small groups' probabilities away and has the others add up to 1 again; the largest group takes what only small
/// groups claimed.
fn without_small(probabilities: &Planes, shares: &[f64]) -> Planes {
    let area = probabilities.area();
    let largest = (0..shares.len()).fold(0, |a, b| if shares[b] > shares[a] { b } else { a });
    let least = SMALL.max(LEAST_PIXELS / area as f64);
    let kept: Vec<usize> = (0..shares.len()).filter(|g| *g == largest || shares[*g] > least).collect();
    let mut out = Planes::zeros_like(probabilities);
    for pixel in 0..area {
        let sum: f32 = kept.iter().map(|g| probabilities.plane(*g)[pixel]).sum();
        for group in &kept {
            out.plane_mut(*group)[pixel] = if sum > 0.0 {
                probabilities.plane(*group)[pixel] / sum
            } else {
                f32::from(u8::from(*group == largest))
            };
        }
    }
    out
}

/// Where a group lies in its photo, and how light it is there.
struct Place {
    /// Mean row as a share of the height, from above.
    height: f64,
    /// Mean luma less the photo's.
    luma: f64,
}

impl Place {
    fn of(plane: &[f32], luma: &Planes, mean: f64) -> Self {
        let (height, width) = (luma.height() as f64, luma.width());
        let (mut weight, mut row, mut light) = (1e-9, 0.0, 0.0);
        for (pixel, (p, luma)) in plane.iter().zip(luma.data()).enumerate() {
            let p = f64::from(*p);
            weight += p;
            row += p * ((pixel / width) as f64 + 0.5) / height;
            light += p * (f64::from(*luma) - mean);
        }
        Self { height: row / weight, luma: light / weight }
    }

    /// 1 is as far as what is still the same.
    fn distance(&self, other: &Self) -> f64 {
        ((self.height - other.height) / HEIGHT).hypot((self.luma - other.luma) / LUMA)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::{SegmentOptions, Segmenter, segment};

    /// Sees bands of classes from above, of equal height.
    #[derive(Debug)]
    struct Bands(Vec<String>);

    impl Segmenter for Bands {
        fn name(&self) -> &str {
            "bands"
        }

        fn classes(&self) -> &[String] {
            &self.0
        }

        fn probabilities(&self, _: &Planes) -> Planes {
            let n = self.0.len();
            Planes::from_vec(n, n, 1, (0..n * n).map(|i| f32::from(u8::from(i / n == i % n))).collect())
        }
    }

    fn seen(classes: &str) -> Segmentation {
        let bands = Bands(classes.split(' ').map(str::to_owned).collect());
        let options =
            SegmentOptions { refinement: crate::refine::Refinement::None, ..SegmentOptions::default() };
        segment(&Planes::filled(3, 60, 40, 0.5), &bands, &options).unwrap()
    }

    /// Name, name in the reference and reason of each region.
    fn told(content: &str, reference: &str) -> Vec<(String, String, Option<PairedBy>)> {
        let regions = Regions::recognise(&seen(content), &seen(reference)).unwrap();
        let name = |name: &Option<String>| name.clone().unwrap_or_default();
        regions.regions.iter().map(|r| (name(&r.name), name(&r.reference_name), r.paired_by)).collect()
    }

    #[test]
    fn same_goes_with_same_and_likes_with_likes() {
        let (class, affinity) = (Some(PairedBy::Class), Some(PairedBy::Affinity));
        let own = |a: &str, b: &str, by| (a.to_owned(), b.to_owned(), by);
        assert_eq!(
            told("sky building road", "sky sea house"),
            [own("sky", "sky", class), own("building", "building", class), own("ground", "water", affinity)]
        );
        assert_eq!(
            told("sky tree road", "sky road"),
            [own("sky", "sky", class), own("ground, vegetation", "ground", class)]
        );
        assert_eq!(told("sky person", "sky sky"), [own("sky", "sky", class), own("", "", None)]);
    }

    #[test]
    fn what_is_still_left_goes_by_its_place() {
        let by = |pairs: Vec<(String, String, Option<PairedBy>)>| pairs.last().unwrap().2;
        // Equally light, and both the lower half.
        assert_eq!(by(told("sky car", "sky sea")), Some(PairedBy::Statistics));
        assert_eq!(by(told("sky car", "sea sky")), None, "the car is below, the sea above");
    }

    #[test]
    fn masks_of_the_content_sum_to_one_and_the_rest_is_what_is_left() {
        let regions = Regions::recognise(&seen("sky person tree"), &seen("sky tree")).unwrap();
        let masks = regions.content_masks(30, 20, 3.0);
        for pixel in 0..masks.area() {
            let sum: f32 = (0..masks.channels()).map(|c| masks.plane(c)[pixel]).sum();
            assert!((sum - 1.0).abs() < 1e-4, "{sum}");
        }
        let rest = regions.rest(60, 40, 0.0).unwrap();
        assert!(rest.plane(0)[30 * 40] > 0.9 && rest.plane(0)[0] < 0.1);
        let summary = regions.summary();
        assert_eq!(summary.source, RegionSource::Recognised);
        assert_eq!(summary.unpaired[0].name.as_deref(), Some("person"));
    }

    #[test]
    fn small_groups_are_merged_away() {
        let mut planes = Planes::zeros(3, 10, 50);
        for pixel in 0..500 {
            let group = if pixel < 3 { 0 } else { 1 + usize::from(pixel >= 250) };
            planes.plane_mut(group)[pixel] = 0.8;
            planes.plane_mut((group + 1) % 3)[pixel] = 0.2;
        }
        let settled = without_small(&planes, &shares(&planes));
        assert_eq!(shares(&settled), [0.0, 0.5, 0.5]);
        assert_eq!(settled.plane(1)[0], 1.0);
    }
}
