//! What a caller can change about a pairing.

use serde::{Deserialize, Serialize};

use super::regions::Regions;
use super::{PairedBy, Pairing, Region, RegionId};
use crate::ranges::require;
use crate::{OptionsError, Planes};

/// What is wanted of one region alone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegionOptions {
    /// How much of the look it gets: 0 leaves its colours as they are, 1 is all of it.
    pub strength: f32,
    /// Whether it is compared with nothing and keeps its colours.
    pub excluded: bool,
}

impl Default for RegionOptions {
    fn default() -> Self {
        Self { strength: 1.0, excluded: false }
    }
}

/// What a region takes its look from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counterpart {
    /// From what this region takes its look from.
    Of(RegionId),
    /// From the reference as a whole.
    Whole,
}

impl Pairing {
    /// Makes one region of several. It has the id, the options and the counterpart's name of the first, and takes its look from what all of
    /// them did.
    ///
    /// # Errors
    /// [`OptionsError::UnknownRegion`]; [`OptionsError::OutOfRange`] for fewer than two.
    pub fn merge(&mut self, ids: &[RegionId]) -> Result<RegionId, OptionsError> {
        let mut places = ids.iter().map(|id| self.place(*id)).collect::<Result<Vec<_>, _>>()?;
        let first = places.first().copied().unwrap_or_default();
        places.sort_unstable();
        places.dedup();
        require(places.len() > 1, "regions", places.len(), "two at least, to be merged")?;
        let kept = self.regions()[first].id;
        self.edit(|regions| {
            let mut at = first;
            for gone in places.into_iter().rev().filter(|place| *place != first) {
                join(regions, at, gone);
                at -= usize::from(gone < at);
            }
        });
        Ok(kept)
    }

    /// Has a region take its look from what another takes it from, or from the whole of the reference.
    ///
    /// # Errors
    /// [`OptionsError::UnknownRegion`].
    pub fn pair_with(&mut self, id: RegionId, counterpart: Counterpart) -> Result<(), OptionsError> {
        let before = self.clone();
        self.pair_as_in(&before, id, counterpart)
    }

    /// As [`pair_with`](Self::pair_with), with what another took its look from `before`.
    pub(super) fn pair_as_in(
        &mut self,
        before: &Self,
        id: RegionId,
        counterpart: Counterpart,
    ) -> Result<(), OptionsError> {
        let place = self.place(id)?;
        let from = match counterpart {
            Counterpart::Of(other) => Some(before.place(other)?),
            Counterpart::Whole => None,
        };
        self.edit(|regions| {
            let (plane, name, share, rest) = match from {
                Some(from) => {
                    let other = &before.0.regions.regions[from];
                    let plane = before.0.regions.reference.plane(from).to_vec();
                    (plane, other.reference_name.clone(), other.reference_share, other.rest)
                }
                None => (vec![1.0; regions.reference.area()], None, 1.0, true),
            };
            regions.reference.plane_mut(place).copy_from_slice(&plane);
            let region = &mut regions.regions[place];
            region.reference_name = name;
            region.reference_share = share;
            region.rest = rest;
            region.trust = f64::from(u8::from(!rest));
            region.paired_by = (!rest).then_some(PairedBy::Hand);
        });
        Ok(())
    }

    /// Gives a region options of its own.
    ///
    /// # Errors
    /// [`OptionsError::UnknownRegion`], and [`OptionsError::OutOfRange`] for a strength outside 0..1.
    pub fn set_options(&mut self, id: RegionId, options: RegionOptions) -> Result<(), OptionsError> {
        let place = self.place(id)?;
        let strength = options.strength;
        require((0.0..=1.0).contains(&strength), "strength", strength, "between 0 and 1")?;
        self.edit(|regions| regions.regions[place].options = options);
        Ok(())
    }

    /// Has a region keep its colours, and be compared with nothing.
    ///
    /// # Errors
    /// [`OptionsError::UnknownRegion`].
    pub fn exclude(&mut self, id: RegionId) -> Result<(), OptionsError> {
        let place = self.place(id)?;
        self.edit(|regions| regions.regions[place].options.excluded = true);
        Ok(())
    }

    fn place(&self, id: RegionId) -> Result<usize, OptionsError> {
        let found = self.regions().iter().position(|region| region.id == id);
        found.ok_or(OptionsError::UnknownRegion { id })
    }

    fn edit(&mut self, change: impl FnOnce(&mut Regions)) {
        let mut regions = self.0.regions.clone();
        change(&mut regions);
        *self = self.with_regions(regions);
    }
}

/// Adds the region at `gone` to the one at `kept`, whose place is that before the removal.
fn join(regions: &mut Regions, kept: usize, gone: usize) {
    let other = regions.regions.remove(gone);
    if regions.ground == Some(other.id) {
        let place = if gone < kept { kept - 1 } else { kept };
        regions.ground = Some(regions.regions[place].id);
    }
    let both = |planes: &mut Planes| {
        let add = planes.plane(gone).to_vec();
        planes.plane_mut(kept).iter_mut().zip(add).for_each(|(sum, v)| *sum = (*sum + v).min(1.0));
        *planes = without(planes, gone);
    };
    both(&mut regions.content);
    both(&mut regions.reference);
    let place = if gone < kept { kept - 1 } else { kept };
    let mean = regions.reference.plane(place).iter().map(|v| f64::from(*v)).sum::<f64>();
    let reference_share = mean / regions.reference.area() as f64;
    let region: &mut Region = &mut regions.regions[place];
    region.content_share += other.content_share;
    region.reference_share = reference_share;
    let joined = |a: &Option<String>, b: &Option<String>| match (a, b) {
        (Some(a), Some(b)) if a != b => Some(format!("{a}, {b}")),
        (Some(one), _) | (None, Some(one)) => Some(one.clone()),
        (None, None) => None,
    };
    region.name = joined(&region.name, &other.name);
    region.reference_name = joined(&region.reference_name, &other.reference_name);
    region.rest &= other.rest;
}

/// All planes but one.
fn without(planes: &Planes, gone: usize) -> Planes {
    let kept = (0..planes.channels()).filter(|plane| *plane != gone);
    let data = kept.flat_map(|plane| planes.plane(plane).iter().copied()).collect();
    Planes::from_vec(planes.channels() - 1, planes.height(), planes.width(), data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Analysis;
    use crate::io::Photo;
    use crate::mask::Mask;
    use crate::method::Treatment;
    use crate::pairing::{PairOptions, Side};

    const PALETTE: [[u8; 3]; 4] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]];

    /// Four quarters side by side in the content; three of their colours, in another order, in the reference.
    fn pairing() -> Pairing {
        let photo = |width| Analysis::new(&Photo::from_planes(Planes::filled(3, 2, width, 0.5)), true);
        let content = Mask::from_labels(2, 4, [0, 1, 2, 3].repeat(2), PALETTE.into());
        let reference = Mask::from_labels(2, 3, [2, 0, 1].repeat(2), PALETTE[..3].into());
        let regions = Regions::by_colour(&content, &reference).unwrap();
        Pairing::new(photo(4), photo(3), regions, [None, None], PairOptions::default(), Vec::new())
    }

    fn rows(pairing: &Pairing, side: Side) -> Vec<Vec<f32>> {
        let planes = pairing.planes(side, 2, if side == Side::Content { 4 } else { 3 });
        (0..planes.channels()).map(|plane| planes.plane(plane)[..planes.width()].to_vec()).collect()
    }

    #[test]
    fn merged_regions_are_one_and_ids_stay() {
        for (ids, kept) in [([0, 2], 0), ([2, 0], 2), ([1, 2], 1)] {
            let (before, mut pairing) = (pairing(), pairing());
            let id = pairing.merge(&ids.map(RegionId)).unwrap();
            assert_eq!(id, RegionId(kept));
            assert_eq!((before.regions().len(), pairing.regions().len()), (4, 3));
            let place = pairing.regions().iter().position(|region| region.id == id).unwrap();
            assert!((pairing.regions()[place].content_share - 0.5).abs() < 1e-9);
            for (side, sums) in [(Side::Content, 2.0), (Side::Reference, 2.0)] {
                assert_eq!(rows(&pairing, side)[place].iter().sum::<f32>(), sums, "{ids:?}");
            }
            let others: Vec<u32> =
                pairing.regions().iter().map(|r| r.id.0).filter(|id| *id != kept).collect();
            let expected: Vec<u32> = (0..4).filter(|id| !ids.contains(id)).collect();
            assert_eq!(others, expected);
        }
        assert!(pairing().merge(&[RegionId(0)]).is_err());
        assert!(matches!(
            pairing().merge(&[RegionId(0), RegionId(9)]),
            Err(OptionsError::UnknownRegion { .. })
        ));
    }

    #[test]
    fn regions_are_paired_anew_and_left_out() {
        let mut pairing = pairing();
        assert_eq!(pairing.treatments()[3], Treatment::Whole);
        pairing.pair_with(RegionId(3), Counterpart::Of(RegionId(0))).unwrap();
        pairing.pair_with(RegionId(1), Counterpart::Whole).unwrap();
        let rows = rows(&pairing, Side::Reference);
        assert_eq!((&rows[3], &rows[1]), (&rows[0], &vec![1.0; 3]));
        assert_eq!(pairing.regions()[3].paired_by, Some(PairedBy::Hand));
        pairing.exclude(RegionId(0)).unwrap();
        pairing.set_options(RegionId(2), RegionOptions { strength: 0.25, excluded: false }).unwrap();
        let treatments = [Treatment::Kept, Treatment::Whole, Treatment::Paired, Treatment::Paired];
        assert_eq!(pairing.treatments(), treatments);
        assert_eq!(pairing.strengths(), [0.0, 1.0, 0.25, 1.0]);
        let beyond = RegionOptions { strength: 1.5, excluded: false };
        assert!(pairing.set_options(RegionId(2), beyond).is_err());
    }
}
