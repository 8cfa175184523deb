//! Regions of what was recognised in two photos: the content's parts, with their counterparts in the reference.

use super::correspondence::{Cells, Correspondence};
use super::regions::hex;
use super::trust::{telling, trust};
use super::{PairedBy, Region, RegionSource, Regions, Side, Unpaired};
use crate::planes::{mean, product};
use crate::resample::{Filter, resize};
use crate::segment::{Group, SegmentOptions, Sight, shares};
use crate::watch::CancelToken;
use crate::{Planes, Result};

/// Parts below this share of the content are merged away; after Li et al. 2018 (photorealistic WCT) they have more than
/// [`LEAST_PIXELS`] pixels too.
const SMALL: f64 = 0.01;
const LEAST_PIXELS: f64 = 10.0;
/// What the other photo has nothing like, by name nor nearer, has no counterpart: mean squared distance of its cells from what is nearest
/// there.
const FAR: f32 = 0.7;
/// Share of what is like a part from which it is the part's own.
const OWN: f64 = 0.2;
/// Share of a part from which a group names it, after the first.
const NAMED: f64 = 0.3;

impl Regions {
    /// Regions of two photos, by the same segmenter and merging.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled), and [`OptionsError::OutOfRange`](crate::OptionsError::OutOfRange) for a
    /// parameter of the refinement outside its range.
    pub(crate) fn recognise(
        content: &Sight,
        reference: &Sight,
        options: &SegmentOptions,
        token: &CancelToken,
    ) -> Result<Self> {
        let (ours, theirs) = rayon::join(|| Cells::of(content), || Cells::of(reference));
        let found = Correspondence::find(&ours, &theirs, token)?;
        let (refined, shown) = rayon::join(
            || content.refine(&found.parts, options, token),
            || reference.refine(&found.shown, options, token),
        );
        let (refined, shown) = (refined?, shown?);
        let content_areas = without_small(&refined, &shares(&refined));
        let shares = shares(&content_areas);
        let groups = options.merging.groups();
        let telling = telling(&content.classes.0);
        let reference_areas = if ours.are_those_of(&theirs) {
            content_areas.clone()
        } else {
            counterparts(&found.like, &shown)
        };

        let (mut regions, mut unpaired) = (Vec::new(), Vec::new());
        let (mut parts, mut alone) = (Vec::new(), Vec::new());
        for part in (0..shares.len()).filter(|part| shares[*part] > 0.0) {
            let here = prevailing(&ours.groups, found.parts.plane(part), groups);
            let there = prevailing(&theirs.groups, found.like.plane(part), groups);
            let paired_by = if here[0].name == there[0].name { PairedBy::Class } else { PairedBy::Likeness };
            if paired_by == PairedBy::Likeness && found.distances[part] > FAR {
                add(&mut unpaired, Unpaired::of(Side::Content, &here, shares[part]));
                alone.push(part);
                continue;
            }
            regions.push(Region {
                colour: Some(hex(here[0].colour)),
                name: Some(names(&here)),
                reference_name: Some(names(&there)),
                paired_by: Some(paired_by),
                content_share: shares[part],
                reference_share: mean(reference_areas.plane(part)),
                trust: trust(
                    (&ours, found.parts.plane(part)),
                    (&theirs, found.like.plane(part)),
                    &telling,
                    found.distances[part],
                ),
                ..Region::empty()
            });
            parts.push(part);
        }
        unpaired.extend(without_like(&theirs.groups, &found.from_content, groups));
        let (mut ours, mut theirs) = (chosen(&content_areas, &parts), chosen(&reference_areas, &parts));
        if !alone.is_empty() {
            regions.push(Region::rest(alone.iter().map(|part| shares[*part]).sum()));
            ours.extend(sum(&content_areas, &alone));
            theirs.extend(vec![1.0; reference_areas.area()]);
        }
        let planes = |data, like: &Planes| Planes::from_vec(regions.len(), like.height(), like.width(), data);
        let (content, reference) = (planes(ours, &content_areas), planes(theirs, &reference_areas));
        Ok(Self::new(regions, unpaired, content, reference, RegionSource::Recognised))
    }
}

/// The planes of these parts, one after another.
fn chosen(planes: &Planes, parts: &[usize]) -> Vec<f32> {
    parts.iter().flat_map(|part| planes.plane(*part).iter().copied()).collect()
}

/// The sum of the planes of these parts.
fn sum(planes: &Planes, parts: &[usize]) -> Vec<f32> {
    let mut sum = vec![0.0; planes.area()];
    for part in parts {
        sum.iter_mut().zip(planes.plane(*part)).for_each(|(sum, p)| *sum += p);
    }
    sum
}

/// Where the reference is like each part and shows no other; all that is like it, where others show in nearly all of that.
fn counterparts(like: &Planes, shown: &Planes) -> Planes {
    let mut areas = resize(like, shown.height(), shown.width(), Filter::Bilinear);
    for part in 0..areas.channels() {
        let own: Vec<f32> = areas.plane(part).iter().zip(shown.plane(part)).map(|(a, b)| a * b).collect();
        if mean(&own) > OWN * mean(areas.plane(part)) {
            areas.plane_mut(part).copy_from_slice(&own);
        }
    }
    areas
}

/// Parts of one name are told as one.
fn add(unpaired: &mut Vec<Unpaired>, more: Unpaired) {
    match unpaired.iter_mut().find(|told| told.name == more.name) {
        Some(told) => told.share += more.share,
        None => unpaired.push(more),
    }
}

impl Unpaired {
    fn of(photo: Side, groups: &[&Group], share: f64) -> Self {
        Self { photo, colour: hex(groups[0].colour), name: Some(names(groups)), share }
    }
}

/// The groups that are most of what lies where `weights` are, the first before the others.
///
/// # Panics
/// If there is no group.
fn prevailing<'g>(seen: &Planes, weights: &[f32], groups: &'g [Group]) -> Vec<&'g Group> {
    let amounts: Vec<f64> = (0..groups.len()).map(|group| product(seen.plane(group), weights)).collect();
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by(|a, b| amounts[*b].total_cmp(&amounts[*a]));
    let least = NAMED * amounts.iter().sum::<f64>();
    let named = order.iter().enumerate().filter(|(rank, group)| *rank == 0 || amounts[**group] >= least);
    named.map(|(_, group)| &groups[*group]).collect()
}

fn names(groups: &[&Group]) -> String {
    groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Groups of the reference of which the content has nothing nearly alike.
fn without_like(seen: &Planes, from_content: &[f32], groups: &[Group]) -> Vec<Unpaired> {
    let of = |index: usize| {
        let (plane, share) = (seen.plane(index), mean(seen.plane(index)));
        let far = product(plane, from_content) > f64::from(FAR) * share * plane.len() as f64;
        (share > SMALL && far).then(|| Unpaired::of(Side::Reference, &[&groups[index]], share))
    };
    (0..groups.len()).filter_map(of).collect()
}

/// Takes small parts' probabilities away and has the others add up to 1 again; the largest part takes what only small
/// parts claimed.
fn without_small(probabilities: &Planes, shares: &[f64]) -> Planes {
    let area = probabilities.area();
    let largest = (0..shares.len()).fold(0, |a, b| if shares[b] > shares[a] { b } else { a });
    let least = SMALL.max(LEAST_PIXELS / area as f64);
    let kept: Vec<usize> = (0..shares.len()).filter(|g| *g == largest || shares[*g] > least).collect();
    let mut out = Planes::zeros_like(probabilities);
    for pixel in 0..area {
        let sum: f32 = kept.iter().map(|g| probabilities.plane(*g)[pixel]).sum();
        for part in &kept {
            out.plane_mut(*part)[pixel] = if sum > 0.0 {
                probabilities.plane(*part)[pixel] / sum
            } else {
                f32::from(u8::from(*part == largest))
            };
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnpairedLook;
    use crate::segment::Segmenter;
    use crate::watch::CancelToken;

    /// Sees bands of classes from above, of equal height, quite surely, but for those that it takes for each other.
    #[derive(Debug)]
    struct Bands {
        classes: Vec<String>,
        shown: Vec<usize>,
    }

    const CONFUSED: [[&str; 2]; 1] = [["wall", "car"]];

    impl Segmenter for Bands {
        fn name(&self) -> &str {
            "bands"
        }

        fn classes(&self) -> &[String] {
            &self.classes
        }

        fn looks_at(&self, height: usize, width: usize) -> (usize, usize) {
            (height, width)
        }

        fn probabilities(&self, _: &Planes, _: &CancelToken) -> Planes {
            const ROWS: usize = 4;
            const COLUMNS: usize = 6;
            let (count, bands) = (self.classes.len(), self.shown.len());
            let mut planes = Planes::filled(count, ROWS * bands, COLUMNS, 0.1 / count as f32);
            for (band, class) in self.shown.iter().enumerate() {
                let rows = ROWS * COLUMNS * band..ROWS * COLUMNS * (band + 1);
                let other = CONFUSED.iter().find(|pair| pair.contains(&self.classes[*class].as_str()));
                let other = other.map(|pair| pair[usize::from(pair[0] == self.classes[*class])]);
                let of = |name: &str| self.classes.iter().position(|class| class == name).unwrap();
                let amounts = [(Some(*class), if other.is_some() { 0.7 } else { 0.9 }), (other.map(of), 0.2)];
                for (class, amount) in amounts {
                    let plane = class.map(|class| &mut planes.plane_mut(class)[rows.clone()]);
                    plane.into_iter().flatten().for_each(|p| *p += amount);
                }
            }
            planes
        }
    }

    fn options() -> SegmentOptions {
        SegmentOptions { refinement: crate::refine::Refinement::None, ..SegmentOptions::default() }
    }

    fn seen(shown: &str) -> Sight {
        let classes = ["sky", "tree", "building", "water", "person", "car", "road", "wall"];
        let index = |name: &str| classes.iter().position(|class| *class == name).unwrap();
        let shown = shown.split(' ').map(index).collect();
        let bands = Bands { classes: classes.map(str::to_owned).into(), shown };
        let photo = Planes::filled(3, 120, 80, 0.5);
        let probabilities = bands.probabilities(&photo, &CancelToken::new());
        Sight::new(bands.classes(), &probabilities, &photo, &options())
    }

    fn recognised(content: &str, reference: &str) -> Regions {
        Regions::recognise(&seen(content), &seen(reference), &options(), &CancelToken::new()).unwrap()
    }

    /// Names, names in the reference and reasons of the parts, each once, in the order of the alphabet.
    fn told(content: &str, reference: &str) -> Vec<(String, String, PairedBy)> {
        let regions = recognised(content, reference).regions;
        let paired = regions.into_iter().filter(|region| !region.rest);
        let mut told: Vec<_> =
            paired.map(|r| (r.name.unwrap(), r.reference_name.unwrap(), r.paired_by.unwrap())).collect();
        told.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        told.dedup();
        told
    }

    fn pair(content: &str, reference: &str) -> (String, String, PairedBy) {
        let by = if content == reference { PairedBy::Class } else { PairedBy::Likeness };
        (content.to_owned(), reference.to_owned(), by)
    }

    #[test]
    fn same_goes_with_same_wherever_it_is() {
        let expected = [pair("building", "building"), pair("ground", "ground"), pair("sky", "sky")];
        assert_eq!(told("sky building road", "sky building road"), expected);
        assert_eq!(told("sky building road", "road building sky"), expected);
    }

    #[test]
    fn what_is_taken_for_each_other_is_alike() {
        assert_eq!(told("sky wall", "sky car"), [pair("indoor", "vehicle"), pair("sky", "sky")]);
        assert_eq!(told("sky person", "sky water"), [pair("sky", "sky")]);
    }

    #[test]
    fn what_the_reference_has_nothing_like_is_the_rest() {
        let regions = recognised("sky sky tree person", "sky sky sky sky tree");
        let rest = regions.unpaired.iter().filter(|u| u.photo == Side::Content);
        assert_eq!(rest.map(|u| u.name.as_deref().unwrap()).collect::<Vec<_>>(), ["person"]);
        let last = regions.regions.last().unwrap();
        assert!(last.rest && (last.content_share - 0.25).abs() < 0.02, "{last:?}");
        let rest = regions.regions.len() - 1;
        let [content, reference] =
            [(Side::Content, 60, 40), (Side::Reference, 30, 20)].map(|(s, h, w)| regions.planes(s, h, w));
        assert!(content.plane(rest)[0] < 0.1 && content.plane(rest)[59 * 40] > 0.9);
        assert!(reference.plane(rest).iter().all(|v| *v == 1.0));
    }

    #[test]
    fn what_only_the_reference_has_is_told() {
        let regions = recognised("sky sky tree", "sky sky tree person");
        let names: Vec<_> = regions.unpaired.iter().map(|u| (u.photo, u.name.as_deref().unwrap())).collect();
        assert_eq!(names, [(Side::Reference, "person")]);
    }

    #[test]
    fn too_little_is_told_where_most_finds_no_counterpart_and_is_not_to_stay() {
        let enough = |content, reference| {
            let regions = recognised(content, reference);
            [UnpairedLook::Global, UnpairedLook::Keep].map(|unpaired| regions.tell_enough(unpaired))
        };
        assert_eq!(enough("sky tree", "person car"), [false, true]);
        assert_eq!(enough("sky tree", "tree sky"), [true, true]);
    }

    #[test]
    fn a_photo_is_its_own_counterpart() {
        let regions = recognised("sky tree person", "sky tree person");
        assert_eq!(regions.planes(Side::Content, 60, 40), regions.planes(Side::Reference, 60, 40));
    }

    #[test]
    fn a_photo_of_one_thing_is_one_name() {
        assert_eq!(told("wall", "wall"), [pair("indoor", "indoor")]);
    }

    #[test]
    fn masks_of_the_content_sum_to_one() {
        let masks = recognised("sky tree person", "sky tree").planes(Side::Content, 30, 20);
        for pixel in 0..masks.area() {
            let sum: f32 = (0..masks.channels()).map(|c| masks.plane(c)[pixel]).sum();
            assert!((sum - 1.0).abs() < 1e-4, "{sum}");
        }
    }

    #[test]
    fn small_parts_are_merged_away() {
        let mut planes = Planes::zeros(3, 10, 50);
        for pixel in 0..500 {
            let part = if pixel < 3 { 0 } else { 1 + usize::from(pixel >= 250) };
            planes.plane_mut(part)[pixel] = 0.8;
            planes.plane_mut((part + 1) % 3)[pixel] = 0.2;
        }
        let settled = without_small(&planes, &shares(&planes));
        assert_eq!(shares(&settled), [0.0, 0.5, 0.5]);
        assert_eq!(settled.plane(1)[0], 1.0);
    }
}
