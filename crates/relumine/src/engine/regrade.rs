//! A look's grades on another photo, without a solve.

use super::{Engine, sight};
use crate::analysis::{Analysis, Scale};
use crate::grid::{Grade, GridShape, Shares};
use crate::look::{Inner, Look, Places, RegionsOfLook};
use crate::method::{Course, Solution, Solved};
use crate::pairing::{PairOptions, RegionId, SkinLook, drawn, sky};
use crate::planes::mean;
use crate::resample::{Filter, resize};
use crate::watch::{Stage, Watch};
use crate::{OptionsError, Planes, Result};

/// Least and most that greys rise: where the photo that the look was solved for had no colours, its grades are anything.
const RISE: (f32, f32) = (0.05, 3.0);
/// Long side of what is looked at, and vertices across the photo.
const SIZE: usize = 384;
const ACROSS: usize = 32;

impl Engine {
    /// The look of another photo that shows some of the same: each group that is recognised in it (sky, water, …) takes the grade of
    /// the regions that showed that group, by how large they were, and what none of them showed the mean of all. At once: nothing is
    /// solved, and whatever was local stays with the photo that it was solved for. A look of a lookup table is the same for all photos.
    ///
    /// # Errors
    /// [`OptionsError::NoGrades`] for a look of a method that has none, [`Error::Options`](crate::Error::Options) for options that are out
    /// of range, [`Error::Weights`](crate::Error::Weights) for a segmenter that cannot be used, [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn regrade(
        &self,
        look: &Look,
        photo: &Analysis,
        options: &PairOptions,
        watch: &mut Watch<'_>,
    ) -> Result<Look> {
        options.check()?;
        if matches!(&look.inner().solution, Solution::Table(_)) {
            return Ok(look.clone());
        }
        let Some(known) = Known::of(look) else {
            return Err(OptionsError::NoGrades { method: look.method() }.into());
        };
        let segmenter = self.segmenter(&options.segmenter, watch)?;
        self.pool.install(|| {
            let (content, masks, skin) = watch.stage(Stage::Regions, |watch| {
                let token = watch.token();
                let content = photo.at(Scale::of(SIZE), token)?;
                let sight = sight(photo, &segmenter, &options.segment, token)?;
                let groups = sight.refine(&sight.groups, &options.segment, token)?;
                let names: Vec<&str> =
                    options.segment.merging.groups().iter().map(|group| group.name.as_str()).collect();
                let (height, width) = (content.height(), content.width());
                let masks = resize(&known.masks(&groups, &names), height, width, Filter::Bilinear);
                let shown = known.names.iter().map(|name| name.as_deref());
                let sky = sky(shown, &options.segment.merging);
                let masks = drawn(masks, &content, options.edges, &sky, token)?;
                let skin = match options.skin {
                    SkinLook::Protect => sight.skin(&options.segment, token)?,
                    SkinLook::Free => None,
                };
                Ok((content, masks, skin))
            })?;
            watch.stage(Stage::Grade, |_| {
                let shape = GridShape { depth: Grade::LEVELS, height: ACROSS, width: ACROSS };
                let grid = Shares::new(shape, &content, &masks).laid(&known.grades);
                let (height, width) = (content.height(), content.width());
                let skin = skin.map(|skin| resize(&skin, height, width, Filter::Bilinear));
                let solved = Solved::graded(known.grades.clone(), grid, Course::default());
                let solved = solved.with_skin_protected(&content, skin.as_ref());
                let inner = look.inner();
                let shares = (0..masks.channels()).map(|region| mean(masks.plane(region))).collect();
                let places = Places {
                    patches: Vec::new(),
                    masks: masks.into(),
                    content: content.clone(),
                    edges: options.edges,
                };
                let regions = RegionsOfLook {
                    ids: (0..).map(RegionId).take(known.grades.len()).collect(),
                    names: known.names.clone(),
                    colours: vec![None; known.names.len()],
                    shares,
                    strengths: vec![1.0; known.grades.len()],
                    places: Some(places.into()),
                };
                Ok(Look::new(Inner {
                    method: inner.method,
                    solution: solved.solution,
                    course: Course::default(),
                    solved: [width, height],
                    regions,
                    network: None,
                    device: inner.device.clone(),
                    remarks: inner.remarks.clone(),
                    pool: self.pool.clone(),
                }))
            })
        })
    }
}

/// The grades of a look, and one for what it knows no grade of, the last.
struct Known {
    grades: Vec<Grade>,
    names: Vec<Option<String>>,
    shares: Vec<f64>,
}

impl Known {
    fn of(look: &Look) -> Option<Self> {
        let (own, regions) = (look.grades(), &look.inner().regions);
        own.first()?;
        let mean = Grade::mean(own, &regions.shares);
        let grades = own.iter().cloned().chain([mean]).map(|grade| grade.rising(RISE)).collect();
        let names = regions.names.iter().cloned().chain([None]).collect();
        Some(Self { grades, names, shares: regions.shares.clone() })
    }

    /// Where each grade goes, R×H×W, by the probabilities of groups of these names, G×H×W.
    fn masks(&self, groups: &Planes, names: &[&str]) -> Planes {
        let mut masks = Planes::zeros(self.grades.len(), groups.height(), groups.width());
        for (group, name) in names.iter().enumerate() {
            let shows = |region: &usize| {
                self.names[*region].as_ref().is_some_and(|names| names.split(", ").any(|own| own == *name))
            };
            let showing: Vec<usize> = (0..self.shares.len()).filter(shows).collect();
            let total: f64 = showing.iter().map(|region| self.shares[*region]).sum();
            let parts: Vec<(usize, f32)> = if total > 0.0 {
                showing.iter().map(|region| (*region, (self.shares[*region] / total) as f32)).collect()
            } else {
                vec![(self.grades.len() - 1, 1.0)]
            };
            for (region, part) in parts {
                let pixels = masks.plane_mut(region).iter_mut().zip(groups.plane(group));
                pixels.for_each(|(mask, probability)| *mask += part * probability);
            }
        }
        masks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_go_to_the_regions_that_showed_them_by_their_size_and_others_to_the_mean() {
        let known = Known {
            grades: vec![Grade::identity(); 4],
            names: vec![Some("sky".into()), Some("sky, water".into()), Some("ground".into()), None],
            shares: vec![0.3, 0.1, 0.6],
        };
        let groups = Planes::from_vec(3, 1, 1, vec![0.5, 0.3, 0.2]);
        let masks = known.masks(&groups, &["sky", "water", "person"]);
        for (mask, expected) in masks.data().iter().zip([0.375, 0.425, 0.0, 0.2]) {
            assert!((mask - expected).abs() < 1e-6, "{mask} instead of {expected}");
        }
    }
}
