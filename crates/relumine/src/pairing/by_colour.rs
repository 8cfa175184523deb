//! Regions of two masks: those of one colour are a pair.

use super::regions::{LARGEST, Regions, hex};
use super::{PairedBy, Region, RegionSource, Side, Unpaired};
use crate::Planes;
use crate::mask::{Mask, nearest_colour};
use crate::resample::{Filter, fit, resize};

/// Regions below this share of either photo's area are not paired: there is too little of them to tell a look.
const LEAST_SHARE: f64 = 0.001;

impl Regions {
    /// Pairs the regions of two masks, which may differ in size, by colour; `None` where they share no colour.
    ///
    /// Regions keep the order of the content's palette, the rest comes last.
    pub(crate) fn by_colour(content: &Mask, reference: &Mask) -> Option<Self> {
        let (content_shares, reference_shares) = (shares(content), shares(reference));
        let mut regions: Vec<Region> = Vec::new();
        let mut content_labels: Vec<Vec<usize>> = Vec::new();
        let mut reference_labels: Vec<Vec<usize>> = Vec::new();
        let mut free: Vec<usize> = (0..reference.palette().len()).collect();
        for (label, colour) in content.palette().iter().enumerate() {
            let colours: Vec<[u8; 3]> = free.iter().map(|other| reference.palette()[*other]).collect();
            let Some(place) = nearest_colour(&colours, *colour) else { continue };
            let (content_share, reference_share) = (content_shares[label], reference_shares[free[place]]);
            if content_share.min(reference_share) >= LEAST_SHARE {
                content_labels.push(vec![label]);
                reference_labels.push(vec![free.remove(place)]);
                let (colour, paired_by) = (Some(hex(*colour)), Some(PairedBy::Colour));
                regions.push(Region { colour, paired_by, content_share, reference_share, ..Region::empty() });
            }
        }
        if regions.is_empty() {
            return None;
        }
        let alone: Vec<usize> =
            (0..content.palette().len()).filter(|label| !content_labels.concat().contains(label)).collect();
        let unpaired = [
            (Side::Content, content, &content_shares, &alone),
            (Side::Reference, reference, &reference_shares, &free),
        ];
        let unpaired = unpaired.into_iter().flat_map(|(photo, mask, shares, labels)| {
            let told = move |label: &usize| Unpaired {
                photo,
                colour: hex(mask.palette()[*label]),
                name: None,
                share: shares[*label],
            };
            labels.iter().filter(|label| shares[**label] > 0.0).map(told)
        });
        let unpaired: Vec<Unpaired> = unpaired.collect();
        let left: f64 = alone.iter().map(|label| content_shares[*label]).sum();
        if left > 0.0 {
            regions.push(Region::rest(left));
            content_labels.push(alone);
            reference_labels.push((0..reference.palette().len()).collect());
        }
        let (content, reference) = (planes(content, &content_labels), planes(reference, &reference_labels));
        Some(Self::new(regions, unpaired, content, reference, RegionSource::Masks))
    }
}

/// Share of the area of each label.
fn shares(mask: &Mask) -> Vec<f64> {
    let pixels = mask.labels().len().max(1) as f64;
    mask.areas().into_iter().map(|area| area as f64 / pixels).collect()
}

/// One plane a region, of the labels of each, no larger than regions are kept.
fn planes(mask: &Mask, labels: &[Vec<usize>]) -> Planes {
    let (height, width) = (mask.height(), mask.width());
    let long = height.max(width).min(LARGEST);
    let (small_height, small_width) = fit(height, width, long);
    let plane = |labels: &Vec<usize>| {
        let of: Vec<f32> =
            (0..mask.palette().len()).map(|label| f32::from(u8::from(labels.contains(&label)))).collect();
        let inside = mask.labels().iter().map(|label| of[usize::from(*label)]).collect();
        resize(&Planes::from_vec(1, height, width, inside), small_height, small_width, Filter::Area)
            .into_vec()
    };
    Planes::from_vec(labels.len(), small_height, small_width, labels.iter().flat_map(plane).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: [u8; 3] = [250, 4, 0];
    const BLUE: [u8; 3] = [0, 0, 255];
    const GREEN: [u8; 3] = [0, 255, 0];

    /// Stripes of the given numbers of columns.
    fn stripes(height: usize, stripes: &[([u8; 3], usize)]) -> Mask {
        let row: Vec<u16> = stripes
            .iter()
            .enumerate()
            .flat_map(|(label, (_, columns))| vec![label as u16; *columns])
            .collect();
        let palette = stripes.iter().map(|(colour, _)| *colour).collect();
        Mask::from_labels(height, row.len(), row.repeat(height), palette)
    }

    #[test]
    fn pairs_by_near_colours_and_gathers_the_rest() {
        let content = stripes(10, &[([255, 0, 0], 50), (GREEN, 30), (BLUE, 20)]);
        let reference = stripes(4, &[(BLUE, 5), (RED, 15), ([255, 255, 0], 20)]);
        let regions = Regions::by_colour(&content, &reference).unwrap();
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
    fn a_colour_is_paired_once_and_with_the_nearest() {
        let content = stripes(1, &[([0, 0, 250], 10), ([20, 0, 250], 10)]);
        let reference = stripes(1, &[([30, 0, 250], 10), ([2, 0, 250], 10)]);
        let regions = Regions::by_colour(&content, &reference).unwrap();
        assert_eq!(regions.regions().len(), 2);
        assert_eq!(&regions.planes(Side::Reference, 1, 20).plane(0)[9..11], [0.0, 1.0]);
        let alone = stripes(1, &[([2, 0, 250], 20)]);
        let regions = Regions::by_colour(&content, &alone).unwrap();
        assert_eq!(regions.regions().iter().filter(|region| region.rest).count(), 1);
    }

    #[test]
    fn specks_are_left_to_the_rest() {
        let content = stripes(1, &[(RED, 1999), (BLUE, 1)]);
        let reference = stripes(1, &[(RED, 10), (BLUE, 10)]);
        let regions = Regions::by_colour(&content, &reference).unwrap();
        assert_eq!(regions.regions().len(), 2);
        assert!(regions.regions()[1].rest);
        assert_eq!(regions.summary().unpaired.len(), 2);
    }

    #[test]
    fn no_common_colour_is_no_pairing() {
        assert!(Regions::by_colour(&stripes(3, &[(RED, 4)]), &stripes(3, &[(BLUE, 4)])).is_none());
    }

    #[test]
    fn planes_hold_area_shares_and_sum_to_one_in_the_content() {
        let content = stripes(6, &[(RED, 7), (GREEN, 6), (BLUE, 7)]);
        let reference = stripes(6, &[(BLUE, 6), ([9, 9, 9], 8), (RED, 6)]);
        let regions = Regions::by_colour(&content, &reference).unwrap();
        let hard = regions.planes(Side::Content, 3, 10);
        assert_eq!(&hard.plane(0)[..10], [1.0, 1.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        for (height, width) in [(3, 10), (12, 40), (5, 3)] {
            let masks = regions.planes(Side::Content, height, width);
            for i in 0..masks.area() {
                let sum: f32 = (0..3).map(|region| masks.plane(region)[i]).sum();
                assert!((sum - 1.0).abs() < 1e-5, "{height}×{width}: {sum}");
            }
        }
        let masks = regions.planes(Side::Reference, 3, 10);
        assert_eq!(&masks.plane(1)[..10], [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert!(masks.plane(2).iter().all(|v| *v == 1.0), "the rest is compared with all of the reference");
    }

    #[test]
    fn large_masks_are_kept_small() {
        let large = stripes(4, &[(RED, 3 * LARGEST), (BLUE, LARGEST)]);
        let regions = Regions::by_colour(&large, &large).unwrap();
        let masks = regions.planes(Side::Content, 1, 8);
        assert!(
            masks.plane(0)[..6].iter().all(|v| *v > 0.99) && masks.plane(1)[6..].iter().all(|v| *v > 0.99)
        );
    }
}
