//! How far a part's counterpart can be trusted to show the same.
//!
//! Parts are named by groups, which are wide: a kitchen and a bowl of salad are both indoors. So what is compared is the classes of the
//! segmenter, and a class that comes in any colour, as clothes, cars and furniture do, counts less than one that does not, as skies and
//! meadows.

use super::correspondence::Cells;
use crate::Planes;
use crate::planes::product;
use crate::segment::Merging;

/// Agreement of classes, and mean squared distance of cells from what is nearest, over which trust rises from nothing to all, and falls from
/// all to nothing.
const AGREE: (f64, f64) = (0.35, 0.85);
const APART: (f64, f64) = (0.25, 0.7);
/// Groups of the default merging whose classes have colours of their own; and classes of other groups that are most of what a room, and
/// a portrait, is taken for.
const MATERIALS: [&str; 6] = ["sky", "water", "vegetation", "building", "ground", "mountain"];
const SURFACES: [&str; 5] = ["wall", "floor", "ceiling", "windowpane", "skin"];
/// What agreement by a class counts that comes in any colour.
const ANY_COLOUR: f64 = 0.5;

/// How much each class tells of the colours of what belongs to it, 0..1.
pub(super) fn telling(classes: &[String]) -> Vec<f64> {
    let merging = Merging::default();
    let of = |class: &String| {
        let group = &merging.groups()[merging.group_of(class)].name;
        let tells = MATERIALS.contains(&group.as_str()) || SURFACES.contains(&class.as_str());
        if tells { 1.0 } else { ANY_COLOUR }
    };
    classes.iter().map(of).collect()
}

/// How far it can be trusted, 0..1, that a part of the content, by its probability in each cell, shows the same as its counterpart, by
/// how much of each cell of the reference is like it; `telling` is how much each class tells, `distance` that of the part's cells from what
/// is nearest in the reference.
pub(super) fn trust(
    (ours, part): (&Cells, &[f32]),
    (theirs, like): (&Cells, &[f32]),
    telling: &[f64],
    distance: f32,
) -> f64 {
    let (here, there) = (shares(&ours.classes, part), shares(&theirs.classes, like));
    let agreement = agreement(&here, &there, telling);
    rise(agreement, AGREE) * (1.0 - rise(f64::from(distance), APART))
}

fn rise(value: f64, (low, high): (f64, f64)) -> f64 {
    ((value - low) / (high - low)).clamp(0.0, 1.0)
}

/// How much two areas show the same: the Bhattacharyya coefficient of their shares of each class, each as far as it tells, 0..1.
fn agreement(ours: &[f64], theirs: &[f64], telling: &[f64]) -> f64 {
    ours.iter().zip(theirs).zip(telling).map(|((a, b), tells)| tells * (a * b).sqrt()).sum()
}

/// The share of each class in what lies where `weights` are.
fn shares(classes: &Planes, weights: &[f32]) -> Vec<f64> {
    let amount = |class: usize| product(classes.plane(class), weights);
    let amounts: Vec<f64> = (0..classes.channels()).map(amount).collect();
    let sum = amounts.iter().sum::<f64>().max(1e-12);
    amounts.into_iter().map(|amount| amount / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_in_any_colour_tells_less() {
        let classes = ["sky", "person", "skin", "wall", "sofa", "car", "grass"].map(str::to_owned);
        assert_eq!(telling(&classes), [1.0, 0.5, 1.0, 1.0, 0.5, 0.5, 1.0]);
    }

    #[test]
    fn the_same_agrees_and_what_is_apart_does_not() {
        let tells = [1.0, 0.5];
        assert!((agreement(&[0.7, 0.3], &[0.7, 0.3], &tells) - 0.85).abs() < 1e-12);
        assert!(agreement(&[1.0, 0.0], &[0.0, 1.0], &tells) < 1e-12);
        assert!((agreement(&[0.0, 1.0], &[0.0, 1.0], &tells) - 0.5).abs() < 1e-12);
    }
}
