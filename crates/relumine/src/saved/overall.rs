//! One grade for all of a photo, where a look has one for each region.

use super::samples::{Sample, Samples};
use crate::grid::Grade;

/// Largest difference of colours that still is what a grade makes of them.
const SAME: f32 = 0.5 / 255.0;
/// Least and most that greys rise with the content's: neither flat nor steep.
const RISE: (f32, f32) = (0.02, 3.0);

/// The grade that comes nearest to what became of the samples: the look's own, where it has but one and that made all of them.
pub(super) fn overall(grades: &[Grade], shares: &[f64], samples: &Samples) -> Grade {
    let same = |grade: &Grade| {
        let graded = |sample: &Sample| {
            let made = grade.apply(sample.before);
            (0..3).all(|c| (made[c] - sample.after[c]).abs() <= SAME)
        };
        grades.iter().all(|other| other == grade) && samples.all().iter().all(graded)
    };
    if let Some(grade) = grades.first().filter(|grade| same(grade)) {
        return grade.clone();
    }
    let (before, after, mut weights) = samples.as_rows();
    // What keeps its colours has no say.
    for (weight, sample) in weights.iter_mut().zip(samples.all()) {
        *weight *= f32::from(u8::from(sample.region.is_some()));
    }
    Grade::fitted(&before, &after, &weights, &Grade::mean(grades, shares)).rising(RISE)
}
