//! The reference's edit without its scene: a learned grade, at once.
//!
//! What differs between two photos because they show different things is not to be copied; what differs because they were graded
//! differently is. A small network tells the two apart (`grader.rs`). All of a photo gets the grade of the photos as a whole, and regions that
//! correspond a little of their own, as far as they can be trusted to.
//!
//! What the network says is made safe to apply: colours that would leave what can be shown are bent back to it, smoothly, the greys
//! rise with the content's, neither flat nor steep, and their cast is bounded.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Course, Given, Method, Needs, Problem, Solved, Treatment, fields_of};
use crate::grader::{GradeNetwork, Seen};
use crate::grid::{Grade, GridShape, Shares};
use crate::watch::{CancelToken, Stage, Watch};
use crate::{OptionsError, Planes, Result};

/// The reference's edit without its scene, by a learned grade. Needs no feature network, and has no options.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradeOptions {}

/// Long side of what is looked at.
const SIZE: usize = 384;
/// Vertices across the photo.
const ACROSS: usize = 32;
/// Least and most that greys rise with the content's.
const RISE: (f32, f32) = (0.15, 3.0);
/// Casts of greys, in Oklab's chroma, that are an edit, and the strongest that one is taken for: a meadow is green, and who photographs a room
/// in its look does not want it green. About 15 and 23 in CIELAB.
const CAST: (f32, f32) = (0.04, 0.06);
/// From here on values are bent rather than cut off, at the top, and as far from 0 at the bottom.
const SHOULDER: f32 = 0.8;
/// Regions below this share of either photo are graded with the whole: too little is seen of them.
const LEAST_SHARE: f32 = 0.02;

/// How much of a region's grade is of its own where its counterpart is trusted wholly: a grade was mostly given to all of a photo, and of
/// all of it more is seen. With all of it, crops in one known grade came back 1.3 dB worse.
const OF_ITS_OWN: f32 = 0.25;

/// How much of what the network tells is given by methods that are to make a photo look like its reference. What was done to a photo
/// of something else is told with caution, which is right where an edit is to be met and too faint where a look is to be seen.
pub(super) const BOLD: f32 = 1.45;

impl Method for GradeOptions {
    fn name(&self) -> &'static str {
        "grade"
    }

    fn fields(&self) -> Map<String, Value> {
        fields_of(self)
    }

    fn check(&self) -> Result<(), OptionsError> {
        Ok(())
    }

    fn has_grades(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs { size: SIZE, regions: true, network: None }
    }

    fn solve(&self, given: &Given<'_>, watch: &mut Watch<'_>) -> Result<Solved> {
        let problem = given.problem(SIZE, watch)?;
        watch.stage(Stage::Grade, |watch| {
            let grades = grades(&problem, 1.0, watch.token())?;
            let shape = GridShape { depth: Grade::LEVELS, height: ACROSS, width: ACROSS };
            let grid = Shares::new(shape, &problem.content, &problem.content_masks).laid(&grades);
            Ok(Solved::graded(grades, grid, Course::default()))
        })
    }
}

/// `much` of the learned grade of each region: its own as far as its counterpart is trusted, else that of the whole. What is kept keeps its colours.
///
/// # Errors
/// [`Error::Cancelled`](crate::Error::Cancelled).
pub(super) fn grades(problem: &Problem, much: f32, token: &CancelToken) -> Result<Vec<Grade>> {
    let network = GradeNetwork::embedded();
    let Problem { content, reference, content_masks: masks, reference_masks: theirs, .. } = problem;
    let look = |photo: &Planes, mask: &[f32]| network.look(photo, mask);
    let all = problem.counted_content();
    let whole = (look(content, &all), look(reference, problem.reference_weights.data()));
    let whole_grade = safe(network, much, content, &all, &whole);
    token.check()?;
    let share = |mask: &[f32]| mask.iter().sum::<f32>() / mask.len() as f32;
    let of = |(region, treatment): (usize, &Treatment)| {
        if *treatment == Treatment::Kept {
            return Grade::identity();
        }
        let (mask, counterpart) = (masks.plane(region), theirs.plane(region));
        let trust = problem.trusts[region];
        let seen = share(mask).min(share(counterpart));
        if trust == 0.0 || seen < LEAST_SHARE || masks.channels() == 1 || token.is_cancelled() {
            return whole_grade.clone();
        }
        let pair = (look(content, mask), look(reference, counterpart));
        whole_grade.toward(&safe(network, much, content, mask, &pair), OF_ITS_OWN * trust)
    };
    let grades = problem.treatments.par_iter().enumerate().map(of).collect();
    token.check()?;
    Ok(grades)
}

/// So much of what the network says of two, safe to apply to the content's pixels of `mask`.
fn safe(
    network: &GradeNetwork,
    much: f32,
    content: &Planes,
    mask: &[f32],
    (ours, theirs): &(Seen, Seen),
) -> Grade {
    let told = Grade::identity().toward(&network.grade(ours, theirs).resampled(Grade::LEVELS), much);
    let mut mapped = told.grid().slice(content);
    for channel in 0..3 {
        bend(content.plane(channel), mapped.plane_mut(channel), mask);
    }
    Grade::fitted(content, &mapped, mask, &told).rising(RISE).with_cast_within(CAST)
}

/// Bends values beyond 0..1, or beyond what the content itself goes to, smoothly back: the farthest comes to the end, those far from it stay.
fn bend(before: &[f32], after: &mut [f32], mask: &[f32]) {
    let counted = || mask.iter().zip(before.iter().zip(after.iter())).filter(|(mask, _)| **mask > 0.5);
    let highest =
        counted().fold((1.0_f32, 1.0_f32), |(a, b), (_, (before, after))| (a.max(*before), b.max(*after)));
    let lowest =
        counted().fold((0.0_f32, 0.0_f32), |(a, b), (_, (before, after))| (a.min(*before), b.min(*after)));
    let (top, bottom) = (Shoulder::new(highest.0, highest.1), Shoulder::new(1.0 - lowest.0, 1.0 - lowest.1));
    for value in after {
        *value = 1.0 - bottom.bent(1.0 - top.bent(*value));
    }
}

/// A curve that is straight up to [`SHOULDER`], goes on with the same slope, and ends at `end` where it is given `most`.
struct Shoulder {
    /// Length of the bend, and what it is given at its end, in that.
    length: f32,
    reach: f32,
}

impl Shoulder {
    fn new(end: f32, most: f32) -> Self {
        let length = end - SHOULDER;
        Self { length, reach: ((most - SHOULDER) / length).max(1.0) }
    }

    fn bent(&self, value: f32) -> f32 {
        let beyond = (value - SHOULDER) / self.length;
        if beyond <= 0.0 || self.reach <= 1.0 {
            return value;
        }
        // u / (1 + (1 - 1/U) u): slope 1 at 0, 1 at U.
        let u = beyond.min(self.reach);
        SHOULDER + self.length * u / (1.0 + (1.0 - self.reach.recip()) * u)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn photo(seed: usize) -> Planes {
        let value = |i: usize| ((i * 7919 + i / 13 + seed * 31) % 256) as f32 / 255.0;
        Planes::from_vec(3, 48, 64, (0..3 * 48 * 64).map(value).collect())
    }

    fn one(photo: &Planes) -> Planes {
        Planes::filled(1, photo.height(), photo.width(), 1.0)
    }

    fn graded(content: &Planes, reference: &Planes) -> Grade {
        let treatments = vec![Treatment::Paired];
        let problem =
            Problem::of(content.clone(), one(content), reference.clone(), one(reference), treatments);
        grades(&problem, 1.0, &CancelToken::new()).unwrap().remove(0)
    }

    #[test]
    fn a_photo_as_its_own_reference_keeps_its_colours() {
        let content = photo(1);
        let out = graded(&content, &content).grid().slice(&content);
        for (a, b) in out.data().iter().zip(content.data()) {
            assert!((a - b).abs() < 1e-3, "{a} instead of {b}");
        }
    }

    #[test]
    fn greys_rise_and_colours_stay_within_what_can_be_shown() {
        let dark = |photo: Planes| {
            let mut photo = photo;
            photo.data_mut().iter_mut().for_each(|v| *v *= 0.3);
            photo
        };
        for (content, reference) in [(photo(1), dark(photo(2))), (dark(photo(3)), photo(4))] {
            let grade = graded(&content, &reference);
            let luma = |k: usize| crate::colour::luma(grade.apply([k as f32 / 255.0; 3]));
            for k in 0..255 {
                assert!(luma(k + 1) > luma(k), "grey {k}");
            }
            for value in grade.grid().slice(&content).data() {
                assert!((-0.05..=1.05).contains(value), "{value}");
            }
        }
    }

    proptest! {
        #[test]
        fn bending_is_smooth_monotone_and_ends_in_range(values in prop::collection::vec(-0.6_f32..1.8, 2..40)) {
            let before = vec![0.5; values.len()];
            let mut after = values.clone();
            bend(&before, &mut after, &vec![1.0; values.len()]);
            let mut pairs: Vec<(f32, f32)> = values.iter().copied().zip(after).collect();
            pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
            for pair in pairs.windows(2) {
                prop_assert!(pair[1].1 >= pair[0].1 - 1e-6);
            }
            for (before, after) in pairs {
                prop_assert!((-1e-5..=1.0 + 1e-5).contains(&after));
                let middling = before > 1.0 - SHOULDER && before < SHOULDER;
                prop_assert!(!middling || (after - before).abs() < 1e-6);
            }
        }
    }
}
