//! Pairing of what was recognised in two photos.
//!
//! Groups that are small in their photo are merged away: their pixels go to what is next most probable there. Then same goes
//! with same; what is left in either photo, with what has most affinity to it; what is still left, with what is as high in the
//! picture and as light in it, if that is left too. What is left of the content at last is compared with what is left of the
//! reference, where that is about as large: so an object that no class names finds the other photo's. Nothing is forced: what
//! finds no counterpart is the rest.
//!
//! After Li et al. 2018 (photorealistic WCT), a pair has more than [`LEAST_PIXELS`] pixels in both photos and areas of a ratio
//! below [`MOST_RATIO`]; theirs is 100, but a flower that fills its photo is not to look like a hundredth of a street.

use super::affinity::affinity;
use super::{Areas, PairedBy, Region, RegionMap, RegionSource, Regions, Side, Unpaired, hex, labels_of};
use crate::Planes;
use crate::segment::{Group, Merging, Segmentation, shares};

/// Groups below this share of their photo are merged away.
const SMALL: f64 = 0.01;
const LEAST_PIXELS: f64 = 10.0;
const MOST_RATIO: f64 = 8.0;
/// Affinity from which a group may share a counterpart with another of its photo.
const SHARING: f64 = 0.6;
/// What is left of both photos has areas of a ratio below this, where it is compared.
const REMAINDER_RATIO: f64 = 3.0;
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
        pairing.by_remainder();
        pairing.by_sharing();
        let pairs = pairing.pairs;
        if pairs.is_empty() {
            return None;
        }
        Some(assemble(groups, ours, theirs, &pairs))
    }
}

/// A group of the content, one of the reference, and why.
type Pair = (usize, usize, PairedBy);

/// What the pairs come to: groups that share a counterpart are one region, and so is what is left.
fn assemble(groups: &[Group], ours: Groups, theirs: Groups, pairs: &[Pair]) -> Regions {
    let (mut content_of, mut reference_of) = (vec![None; groups.len()], vec![None; groups.len()]);
    let mut regions: Vec<Region> = Vec::new();
    for (content, reference, paired_by) in pairs.iter().copied() {
        let index = content_of[content].or(reference_of[reference]).unwrap_or(regions.len());
        if index == regions.len() {
            regions.push(Region { paired_by: Some(paired_by), ..Region::empty() });
        }
        if content_of[content].replace(index).is_none() {
            regions[index].add(Side::Content, &groups[content], ours.shares[content]);
        }
        if reference_of[reference].replace(index).is_none() {
            regions[index].add(Side::Reference, &groups[reference], theirs.shares[reference]);
        }
    }
    let mut reference_labels = labels_of(&reference_of, regions.len());
    let mut unpaired = Vec::new();
    let left = ours.left(&content_of);
    if !left.is_empty() {
        if let Some(counterpart) = mirrored(groups, &left, [&ours, &theirs], [&content_of, &reference_of]) {
            let mut region = Region { paired_by: Some(PairedBy::Mirror), ..Region::empty() };
            left.iter().for_each(|g| region.add(Side::Content, &groups[*g], ours.shares[*g]));
            counterpart.iter().for_each(|g| region.add(Side::Reference, &groups[*g], theirs.shares[*g]));
            regions.push(region);
            reference_labels.push(counterpart);
        } else {
            regions.push(Region::rest(ours.share(&left)));
            reference_labels.push(theirs.present().collect());
            unpaired.extend(left.iter().map(|g| ours.unpaired(Side::Content, groups, *g)));
        }
    }
    unpaired.extend(theirs.left(&reference_of).iter().map(|g| theirs.unpaired(Side::Reference, groups, *g)));
    // What is left is of the last region; so may be groups that were merged away, whose planes are zeros.
    let last = regions.len() - 1;
    content_of.iter_mut().for_each(|region| *region = region.or(Some(last)));
    let content_labels = labels_of(&content_of, regions.len());
    let map = |groups: Groups, labels_of| Some(RegionMap { areas: Areas::Soft(groups.planes), labels_of });
    let (content, reference) = (map(ours, content_labels), map(theirs, reference_labels));
    Regions { regions, unpaired, content, reference, source: RegionSource::Recognised }
}

/// What water that alone is left of the content mirrors: all of the reference but its sky, where the skies of both photos are a
/// pair, and it is about as large.
fn mirrored(
    groups: &[Group],
    left: &[usize],
    [ours, theirs]: [&Groups; 2],
    [content_of, reference_of]: [&[Option<usize>]; 2],
) -> Option<Vec<usize>> {
    let named = |name| groups.iter().position(|group| group.name == name);
    let (sky, water) = (named("sky")?, named("water")?);
    let skies_are_paired = reference_of[sky].is_some() && reference_of[sky] == content_of[sky];
    let others: Vec<usize> = theirs.present().filter(|group| *group != sky).collect();
    let fits = left == [water] && skies_are_paired && about_as_large(ours.share(left), theirs.share(&others));
    fits.then_some(others)
}

fn about_as_large(a: f64, b: f64) -> bool {
    a < REMAINDER_RATIO * b && b < REMAINDER_RATIO * a
}

impl Region {
    /// Adds a group of a photo.
    fn add(&mut self, photo: Side, group: &Group, area: f64) {
        let (name, share) = match photo {
            Side::Content => (&mut self.name, &mut self.content_share),
            Side::Reference => (&mut self.reference_name, &mut self.reference_share),
        };
        *share += area;
        *name =
            Some(name.take().map_or_else(|| group.name.clone(), |name| format!("{name}, {}", group.name)));
        if photo == Side::Content {
            self.colour.get_or_insert_with(|| hex(group.colour));
        }
    }
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
        for (affinity, ours, theirs) in self.alike() {
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

    fn by_remainder(&mut self) {
        let left = |photo, side: &Groups| -> Vec<usize> {
            side.present().filter(|g| self.is_free(photo, *g)).collect()
        };
        let (ours, theirs) = (left(Side::Content, self.ours), left(Side::Reference, self.theirs));
        if about_as_large(self.ours.share(&ours), self.theirs.share(&theirs)) {
            let all = ours.iter().flat_map(|a| theirs.iter().map(|b| (*a, *b, PairedBy::Remainder)));
            self.pairs.extend(all);
        }
    }

    /// What is left of the reference joins the counterparts that it is like.
    fn by_sharing(&mut self) {
        for (affinity, ours, theirs) in self.alike() {
            if affinity >= SHARING
                && self.is_free(Side::Reference, theirs)
                && !self.is_free(Side::Content, ours)
            {
                self.pairs.push((ours, theirs, PairedBy::Affinity));
            }
        }
    }

    /// Affinities that may make a pair, the greatest first.
    fn alike(&self) -> Vec<(f64, usize, usize)> {
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
        candidates
    }

    fn is_free(&self, photo: Side, index: usize) -> bool {
        !self.pairs.iter().any(|(ours, theirs, _)| match photo {
            Side::Content => *ours == index,
            Side::Reference => *theirs == index,
        })
    }

    /// What a pair needs at least.
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

    /// Those that are of no region.
    fn left(&self, region_of: &[Option<usize>]) -> Vec<usize> {
        self.present().filter(|index| region_of[*index].is_none()).collect()
    }

    /// Share of the photo's area of some of them.
    fn share(&self, some: &[usize]) -> f64 {
        some.iter().map(|group| self.shares[*group]).sum()
    }

    fn unpaired(&self, photo: Side, groups: &[Group], index: usize) -> Unpaired {
        let Group { name, colour, .. } = &groups[index];
        Unpaired { photo, colour: hex(*colour), name: Some(name.clone()), share: self.shares[index] }
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
    use crate::UnpairedLook;
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
        assert_eq!(
            by(told("sky car", "sea sky")),
            Some(PairedBy::Remainder),
            "the car is below, the sea above"
        );
    }

    #[test]
    fn what_is_left_goes_with_what_is_left() {
        let remainder = Some(PairedBy::Remainder);
        let last = |content, reference| told(content, reference).pop().unwrap();
        let own = |a: &str, b: &str, by| (a.to_owned(), b.to_owned(), by);
        assert_eq!(
            last("sky person sky car", "person sky person building"),
            own("vehicle", "building", Some(PairedBy::Affinity))
        );
        assert_eq!(last("person sky sky sky", "sky sky sky car"), own("person", "vehicle", remainder));
        assert_eq!(
            last("person wall sky sky", "sky sky sea car"),
            own("person, indoor", "water, vehicle", remainder)
        );
        assert_eq!(last("person sky sky sky sky", "sky car car car car"), own("", "", None), "too small");
    }

    #[test]
    fn water_mirrors_what_stands_at_it() {
        let regions = told("sky building sea sea", "sky building building");
        let mirrored = ("water".to_owned(), "building".to_owned(), Some(PairedBy::Mirror));
        assert_eq!(regions.last().unwrap(), &mirrored);
        let regions =
            Regions::recognise(&seen("sky building sea sea"), &seen("sky building building")).unwrap();
        let masks = regions.reference_masks(30, 20, 0.0);
        assert!(masks.plane(1) == masks.plane(2) && masks.plane(2)[0] < 0.01, "the building is of both");
    }

    #[test]
    fn too_little_is_told_where_most_finds_no_counterpart_and_is_not_to_stay() {
        let enough = |content, unpaired| {
            Regions::recognise(&seen(content), &seen("sky")).unwrap().tell_enough(unpaired)
        };
        let all_agree = |content, wanted| {
            [UnpairedLook::Global, UnpairedLook::Keep].map(|unpaired| enough(content, unpaired)) == wanted
        };
        assert!(all_agree("person person sky", [false, true]));
        assert!(all_agree("person sky sky", [true, true]) && all_agree("sky", [true, true]));
    }

    #[test]
    fn what_is_left_of_the_reference_joins_what_it_is_like() {
        let regions = told("sky tree", "sky tree road");
        assert_eq!(
            regions[1],
            ("vegetation".to_owned(), "vegetation, ground".to_owned(), Some(PairedBy::Class))
        );
    }

    #[test]
    fn a_whole_photo_is_not_to_look_like_a_corner() {
        let (content, reference) = ("tree ".repeat(9) + "sky", "sky ".repeat(9) + "tree");
        assert!(told(&content, &reference).iter().all(|(_, _, by)| *by != Some(PairedBy::Class)));
    }

    #[test]
    fn masks_of_the_content_sum_to_one_and_the_rest_is_what_is_left() {
        let regions = Regions::recognise(&seen("person sky"), &seen("sky")).unwrap();
        let masks = regions.content_masks(30, 20, 3.0);
        for pixel in 0..masks.area() {
            let sum: f32 = (0..masks.channels()).map(|c| masks.plane(c)[pixel]).sum();
            assert!((sum - 1.0).abs() < 1e-4, "{sum}");
        }
        let rest = regions.rest(60, 40, 0.0).unwrap();
        assert!(rest.plane(0)[0] > 0.9 && rest.plane(0)[59 * 40] < 0.1);
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
