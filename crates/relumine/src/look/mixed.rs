//! Looks of one photo for several references, mixed: each by its share, over all of the photo or over a region of it.

use std::path::PathBuf;

use serde::Serialize;

use super::{Inner, Look, Places, RegionsOfLook};
use crate::method::{Course, Solution};
use crate::{OptionsError, Planes, RegionsSummary};

/// Shares of a region over which a mixture goes from one look to the other: what else there might be in a pixel does not show through.
const SURE: (f32, f32) = (0.1, 0.9);

/// One of the looks that are mixed.
#[derive(Clone, Debug)]
pub struct Part {
    /// The look for its reference.
    pub look: Look,
    /// Its reference.
    pub reference: ReferenceShare,
    /// How the content was paired with it.
    pub regions: RegionsSummary,
}

/// A reference of several.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReferenceShare {
    /// Its file.
    pub file: PathBuf,
    /// The region whose look it is; `None`: all that has no reference of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Its share of that, 0..1.
    pub share: f64,
}

/// What a mixed look does.
#[derive(Clone, Debug)]
pub(crate) struct Mixture {
    pub(crate) parts: Vec<Part>,
    /// The regions that have references of their own.
    pub(super) names: Vec<String>,
    /// How much of each pixel is of each of these, 1×h×w each.
    pub(super) areas: Vec<Planes>,
}

impl Look {
    /// The looks of one photo for several references as one: each by its share, over its region or over all that is of no region with a
    /// reference of its own. Where nothing is of any, the photo stays as it is.
    ///
    /// # Errors
    /// [`OptionsError::NoSuchRegion`] for a region that none of the looks has, [`OptionsError::References`] where there is no look.
    pub fn mixed(parts: Vec<Part>) -> Result<Self, OptionsError> {
        let Some(first) = parts.first().map(|part| part.look.clone()) else {
            return Err(OptionsError::References { count: 0 });
        };
        let mut names: Vec<String> = parts.iter().filter_map(|part| part.reference.region.clone()).collect();
        names.sort_unstable();
        names.dedup();
        let areas = names.iter().map(|name| area(name, &parts)).collect::<Result<Vec<_>, _>>()?;
        let inners = || parts.iter().map(|part| part.look.inner());
        let course = Course {
            losses: first.course().losses.clone(),
            iterations: inners().map(|look| look.course.iterations).sum(),
            evaluations: inners().map(|look| look.course.evaluations).sum(),
            stopped: first.course().stopped,
        };
        // Of regions it has the names: what is asked for by name goes to each look, by the regions that it has.
        let regions = RegionsOfLook {
            names: inners().flat_map(|look| look.regions.names.iter().cloned()).collect(),
            colours: inners().flat_map(|look| look.regions.colours.iter().cloned()).collect(),
            places: first.inner().regions.places.clone(),
            ..RegionsOfLook::default()
        };
        let remarks = inners().flat_map(|look| look.remarks.iter().cloned()).collect();
        let Inner { method, solved, network, device, pool, .. } = first.inner();
        Ok(Self::new(Inner {
            method,
            course,
            solved: *solved,
            regions,
            network: network.clone(),
            device: device.clone(),
            remarks,
            pool: pool.clone(),
            solution: Solution::Mixed(Mixture { parts, names, areas }),
        }))
    }

    /// The looks that it is mixed of; none where it is for one reference.
    pub fn parts(&self) -> &[Part] {
        match &self.inner().solution {
            Solution::Mixed(mixture) => &mixture.parts,
            _ => &[],
        }
    }
}

/// Where a region is: as a look for its own reference has it, or else the first that has it.
fn area(name: &str, parts: &[Part]) -> Result<Planes, OptionsError> {
    let (own, others): (Vec<&Part>, Vec<&Part>) =
        parts.iter().partition(|part| part.reference.region.as_deref() == Some(name));
    let all = || own.iter().chain(&others).map(|part| &part.look.inner().regions);
    all().find_map(|regions| regions.area(name)).ok_or_else(|| {
        let mut known: Vec<String> = all().flat_map(RegionsOfLook::called).collect();
        known.sort_unstable();
        known.dedup();
        OptionsError::NoSuchRegion { name: name.into(), known }
    })
}

impl RegionsOfLook {
    /// How much of each pixel is of the regions that are called so, 1×h×w; `None` where there is no such region.
    fn area(&self, name: &str) -> Option<Planes> {
        let Places { masks, .. } = self.places.as_deref()?;
        let called: Vec<usize> = (0..self.names.len()).filter(|place| self.is_called(*place, name)).collect();
        let mut area = Planes::zeros(1, masks.height(), masks.width());
        for region in &called {
            area.data_mut().iter_mut().zip(masks.plane(*region)).for_each(|(sum, share)| *sum += share);
        }
        let sure = |share: &mut f32| *share = ((*share - SURE.0) / (SURE.1 - SURE.0)).clamp(0.0, 1.0);
        area.data_mut().iter_mut().for_each(sure);
        (!called.is_empty()).then_some(area)
    }
}

impl Mixture {
    /// Which of its regions with references of their own a part is of.
    pub(super) fn region_of(&self, part: &Part) -> Option<usize> {
        let name = part.reference.region.as_ref()?;
        self.names.iter().position(|own| own == name)
    }
}
