//! Regions by hand: what the caller pairs, or leaves as it is, over what was found.
//!
//! Of what was recognised, the pixels of a group become a region of their own, whatever region they were in; of masks, it is the region of
//! that colour.

use std::path::Path;

use super::regions::hex;
use super::{Counterpart, PairOptions, PairedBy, Pairing, Region, RegionOptions, Regions};
use crate::planes::mean;
use crate::resample::{Filter, resize};
use crate::segment::{Group, Sight};
use crate::watch::CancelToken;
use crate::{OptionsError, Planes, Result};

/// Share of a photo's pixels that most likely show a group, from which it is there.
const THERE: f64 = 5e-4;
/// Probabilities of a group over which its region rises from nothing to all: what else there might be does not show through.
const SURE: (f32, f32) = (0.2, 0.8);
/// Share of the content below which what is left of another region is nobody's.
const LEFT_OVER: f64 = 0.005;

impl Regions {
    /// The same regions with those that are wanted by hand, of groups that are seen in the content and the reference, each with its file. They
    /// come first.
    ///
    /// # Errors
    /// [`OptionsError::NotShown`] for a group that a photo does not show, [`Error::Cancelled`](crate::Error::Cancelled).
    pub(crate) fn with_hand(
        self,
        [content, reference]: [(&Sight, &Path); 2],
        options: &PairOptions,
        token: &CancelToken,
    ) -> Result<Self> {
        let groups = options.segment.merging.groups();
        let at =
            |planes: &Planes, like: &Planes| resize(planes, like.height(), like.width(), Filter::Bilinear);
        let refined = |sight: &Sight| sight.refine(&sight.groups, &options.segment, token);
        let (ours, theirs) = (refined(content.0)?, at(&refined(reference.0)?, &self.reference));
        let (mut regions, mut here, mut there) = (Vec::new(), Vec::new(), Vec::new());
        let pairs = options.pairs.iter().map(|(name, other)| (name, Some(other)));
        for (name, other) in pairs.chain(options.leave.iter().map(|name| (name, None))) {
            let group = shown(&ours, groups, name, content.1)?;
            here.push(
                ours.plane(group)
                    .iter()
                    .map(|p| ((p - SURE.0) / (SURE.1 - SURE.0)).clamp(0.0, 1.0))
                    .collect(),
            );
            there.push(match other {
                Some(other) => theirs.plane(shown(&theirs, groups, other, reference.1)?).to_vec(),
                None => vec![1.0; theirs.area()],
            });
            regions.push(Region {
                colour: Some(hex(groups[group].colour)),
                name: Some(name.clone()),
                reference_name: other.cloned(),
                paired_by: other.map(|_| PairedBy::Hand),
                options: RegionOptions { excluded: other.is_none(), ..RegionOptions::default() },
                ..Region::empty()
            });
        }
        let by_hand = regions.len();
        let own = at(&self.content, &ours);
        regions.extend_from_slice(&self.regions);
        here.extend((0..own.channels()).map(|region| own.plane(region).to_vec()));
        there.extend((0..own.channels()).map(|region| self.reference.plane(region).to_vec()));
        divide(&mut here, by_hand);
        let kept = |region: &usize| *region < by_hand || mean(&here[*region]) > LEFT_OVER;
        let kept: Vec<usize> = (0..regions.len()).filter(kept).collect();
        let chosen = |planes: &[Vec<f32>], like: &Planes| {
            let data = kept.iter().flat_map(|region| planes[*region].iter().copied()).collect();
            Planes::from_vec(kept.len(), like.height(), like.width(), data)
        };
        let (mut content, reference) = (chosen(&here, &ours), chosen(&there, &theirs));
        whole(&mut content);
        let of = |(place, region): (usize, &usize)| Region {
            content_share: mean(content.plane(place)),
            reference_share: mean(reference.plane(place)),
            ..regions[*region].clone()
        };
        let regions = kept.iter().enumerate().map(of).collect();
        let (source, skin) = (self.source(), self.skin);
        Ok(Self::new(regions, self.unpaired, content, reference, source).with_skin(skin))
    }
}

/// The place of a group that a photo shows.
fn shown(seen: &Planes, groups: &[Group], name: &str, photo: &Path) -> Result<usize, OptionsError> {
    let is_there = |group: &usize| {
        let plane = seen.plane(*group);
        plane.iter().filter(|p| **p > 0.5).count() as f64 >= THERE * plane.len() as f64
    };
    let there: Vec<usize> = (0..groups.len()).filter(is_there).collect();
    there.iter().copied().find(|group| groups[*group].name == name).ok_or_else(|| OptionsError::NotShown {
        photo: photo.into(),
        name: name.into(),
        known: there.iter().map(|group| groups[*group].name.clone()).collect(),
    })
}

/// Has the first planes be shares of each pixel, and the others share what these leave.
fn divide(planes: &mut [Vec<f32>], first: usize) {
    let (first, others) = planes.split_at_mut(first);
    for pixel in 0..others[0].len() {
        let sum: f32 = first.iter().map(|plane| plane[pixel]).sum();
        first.iter_mut().for_each(|plane| plane[pixel] /= sum.max(1.0));
        others.iter_mut().for_each(|plane| plane[pixel] *= 1.0 - sum.min(1.0));
    }
}

/// Has planes add up to 1 at each pixel; what no plane claims is of the largest.
fn whole(planes: &mut Planes) {
    let (area, count) = (planes.area(), planes.channels());
    let largest =
        (0..count).max_by(|a, b| mean(planes.plane(*a)).total_cmp(&mean(planes.plane(*b)))).unwrap_or(0);
    for pixel in 0..area {
        let sum: f32 = (0..count).map(|region| planes.plane(region)[pixel]).sum();
        for region in 0..count {
            let share = &mut planes.plane_mut(region)[pixel];
            *share = if sum > 0.0 { *share / sum } else { f32::from(u8::from(region == largest)) };
        }
    }
}

impl Pairing {
    /// Pairs and leaves the regions that are wanted by hand, by what they are called.
    ///
    /// # Errors
    /// [`OptionsError::NoSuchRegion`].
    pub(crate) fn by_hand(&mut self, options: &PairOptions) -> Result<(), OptionsError> {
        let before = self.clone();
        for (name, other) in &options.pairs {
            let from = before.called(other)?[0];
            for id in before.called(name)? {
                self.pair_as_in(&before, id, Counterpart::Of(from))?;
            }
        }
        let left = options.leave.iter().map(|name| before.called(name)).collect::<Result<Vec<_>, _>>()?;
        left.into_iter().flatten().try_for_each(|id| self.exclude(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_by_hand_comes_first_and_all_add_up() {
        let mut planes =
            vec![vec![1.0, 0.5, 0.0], vec![1.0, 0.0, 0.0], vec![0.5, 0.2, 0.9], vec![0.5, 0.8, 0.1]];
        divide(&mut planes, 2);
        assert_eq!(planes, [[0.5, 0.5, 0.0], [0.5, 0.0, 0.0], [0.0, 0.1, 0.9], [0.0, 0.4, 0.1]]);
        let mut left = Planes::from_vec(2, 1, 3, vec![0.5, 0.5, 0.0, 0.5, 0.0, 0.0]);
        whole(&mut left);
        assert_eq!(left.data(), [0.5, 1.0, 1.0, 0.5, 0.0, 0.0]);
    }
}
