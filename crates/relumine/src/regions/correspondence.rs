//! Correspondence: which cells of the reference show what a part of the content shows.
//!
//! A segmenter's best guess is often wrong where photos are dark, in one colour, or of what no class names, yet what it sees *more
//! of* than elsewhere in the photo is telling: of a tree at night a little more vegetation, of a ship a little more building.
//! Cells of the two photos that show the same are alike in this. So cells are points, by the evidence for
//! groups of classes, how light they are and where they lie; the content's are clustered into parts (k-means), and each part's
//! counterpart is where the reference is like it. So same finds same, likes find likes, and what is left what is left. (E. Collins, R. Achanta, S. Süsstrunk, "Deep Feature Factorization for Concept
//! Discovery", ECCV 2018, find what photos have in common by factorising features of them.)

use rayon::prelude::*;

use super::k_means::k_means;
use super::points::{Points, affinities, squared_distance};
use crate::Planes;
use crate::resample::{Filter, resize};
use crate::segment::Sight;

/// Most parts of a photo.
const PARTS: usize = 6;
/// Most cells of a photo.
const CELLS: f64 = 2500.0;
/// Probabilities below this count as that.
const LEAST_PROBABILITY: f32 = 1e-6;
/// Differences of log-probabilities up to this length are none.
const NO_EVIDENCE: f32 = 1e-2;
/// Weights of squared distances by lightness and by place; that by the evidence is 1.
const LIGHT: f32 = 0.2;
const PLACE: f32 = 0.2;
/// Squared distance within which a cell is of two parts.
const PART_WIDTH: f32 = 0.05;
/// Squared distance within which cells of the reference are like a cell of the content.
const LIKENESS_WIDTH: f32 = 0.2;
/// Cells worked on together.
const CHUNK: usize = 64;

/// The parts of the content and where the reference shows the same, at the sizes of the cells.
pub(super) struct Correspondence {
    /// Probability of each part, one plane a part, N×h×w; those of each cell add up to 1.
    pub(super) parts: Planes,
    /// How much each cell of the reference is compared with, from 0 to 1, N×h'×w'.
    pub(super) counterparts: Planes,
    /// Mean squared distance of a part's cells from the nearest of the reference.
    pub(super) distances: Vec<f32>,
}

impl Correspondence {
    pub(super) fn find(ours: &Cells, theirs: &Cells) -> Self {
        let centres = k_means(&ours.points, PARTS);
        let count = centres.len();
        let mut parts = Planes::zeros(count, ours.groups.height(), ours.groups.width());
        for (cell, point) in ours.points.iter().enumerate() {
            let distances = centres.iter().map(|centre| squared_distance(centre, point)).collect();
            let probabilities = affinities(distances, PART_WIDTH);
            (0..count).for_each(|part| parts.plane_mut(part)[cell] = probabilities[part]);
        }
        let (mut counterparts, mut distances) = ours.likeness(&parts, theirs);
        for part in 0..count {
            let area: f32 = parts.plane(part).iter().sum();
            distances[part] /= area;
            // What gets more than its share of the likeness counts in full: the counterpart is a region, not its most alike spot.
            let share = theirs.points.len() as f32 / area;
            counterparts.plane_mut(part).iter_mut().for_each(|like| *like = (*like * share).min(1.0));
        }
        Self { parts, counterparts, distances }
    }
}

/// A photo's cells.
pub(super) struct Cells {
    /// Probabilities of the groups, G×h×w.
    pub(super) groups: Planes,
    points: Points,
}

impl Cells {
    pub(super) fn of(sight: &Sight) -> Self {
        let scale = (CELLS / sight.groups.area() as f64).sqrt().min(1.0);
        let side = |n: usize| ((n as f64 * scale) as usize).max(1);
        let (height, width) = (side(sight.groups.height()), side(sight.groups.width()));
        let small = |planes: &Planes| resize(planes, height, width, Filter::Area);
        let groups = small(&sight.groups);
        let evidence = evidence(groups.clone());
        let light = ranks(small(&sight.photo).luma().data());
        let place = |index: usize, count: usize| (2 * index + 1) as f32 / count as f32 - 1.0;
        let mut points = Points::new(groups.channels() + 3);
        for cell in 0..height * width {
            let place = [place(cell / width, height), place(cell % width, width)].map(|x| PLACE.sqrt() * x);
            let evidence = (0..groups.channels()).map(|group| evidence.plane(group)[cell]);
            points.push(evidence.chain([LIGHT.sqrt() * light[cell]]).chain(place));
        }
        Self { groups, points }
    }

    /// How alike each cell of the reference is to each part (N×h'×w'), and the distance from the nearest, both summed over the cells
    /// of the part.
    fn likeness(&self, parts: &Planes, theirs: &Self) -> (Planes, Vec<f32>) {
        let (count, height, width) = (parts.channels(), theirs.groups.height(), theirs.groups.width());
        let cells: Vec<usize> = (0..self.points.len()).collect();
        // Sums of chunks are added in their order, so that the number of threads changes nothing.
        let sums: Vec<_> = cells
            .par_chunks(CHUNK)
            .map(|cells| {
                let (mut likeness, mut distances) = (Planes::zeros(count, height, width), vec![0.0; count]);
                for cell in cells {
                    let point = self.points.get(*cell);
                    let squared: Vec<f32> =
                        theirs.points.iter().map(|other| squared_distance(point, other)).collect();
                    let least = squared.iter().copied().fold(f32::INFINITY, f32::min);
                    let like = affinities(squared, LIKENESS_WIDTH);
                    for part in 0..count {
                        let share = parts.plane(part)[*cell];
                        distances[part] += share * least;
                        let sums = likeness.plane_mut(part);
                        sums.iter_mut().zip(&like).for_each(|(sum, like)| *sum += share * like);
                    }
                }
                (likeness, distances)
            })
            .collect();
        let mut total = (Planes::zeros(count, height, width), vec![0.0; count]);
        for (likeness, distances) in sums {
            total.0.data_mut().iter_mut().zip(likeness.data()).for_each(|(sum, v)| *sum += v);
            total.1.iter_mut().zip(distances).for_each(|(sum, v)| *sum += v);
        }
        total
    }
}

/// How much more of each group is seen in each cell than in the photo as a whole: log-probabilities less their mean over the
/// groups (centred log-ratios: J. Aitchison, "The Statistical Analysis of Compositional Data", 1982), less their mean over the photo,
/// of unit length; nothing in a photo that is the same all over.
fn evidence(mut groups: Planes) -> Planes {
    let (count, area) = (groups.channels(), groups.area());
    groups.data_mut().iter_mut().for_each(|p| *p = p.max(LEAST_PROBABILITY).ln());
    for cell in 0..area {
        let mean = (0..count).map(|group| groups.plane(group)[cell]).sum::<f32>() / count as f32;
        (0..count).for_each(|group| groups.plane_mut(group)[cell] -= mean);
    }
    for group in 0..count {
        let plane = groups.plane_mut(group);
        let mean = (plane.iter().map(|v| f64::from(*v)).sum::<f64>() / area as f64) as f32;
        plane.iter_mut().for_each(|v| *v -= mean);
    }
    for cell in 0..area {
        let length = (0..count).map(|group| groups.plane(group)[cell].powi(2)).sum::<f32>().sqrt();
        let scale = if length > NO_EVIDENCE { length.recip() } else { 0.0 };
        (0..count).for_each(|group| groups.plane_mut(group)[cell] *= scale);
    }
    groups
}

/// Where each value stands among all, from -1 to 1; equal ones stand together.
fn ranks(values: &[f32]) -> Vec<f32> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for equal in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let middle = (2 * first + equal.len()) as f32 / values.len() as f32 - 1.0;
        equal.iter().for_each(|index| ranks[*index] = middle);
        first += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One row of cells: probabilities of sky, tree and other.
    fn cells(groups: &[[f32; 3]]) -> Cells {
        let planes = (0..3).flat_map(|group| groups.iter().map(move |p| p[group]));
        let groups = Planes::from_vec(3, 1, groups.len(), planes.collect());
        let photo = Planes::filled(3, 1, groups.width(), 0.5);
        Cells::of(&Sight { groups, photo })
    }

    const SKY: [f32; 3] = [0.9, 0.05, 0.05];
    const TREE: [f32; 3] = [0.1, 0.85, 0.05];
    /// A tree at night, taken for sky.
    const DARK_TREE: [f32; 3] = [0.8, 0.15, 0.05];

    #[test]
    fn a_little_more_evidence_than_elsewhere_is_enough() {
        let (ours, theirs) = (cells(&[SKY, SKY, TREE, TREE]), cells(&[SKY, SKY, SKY, DARK_TREE, DARK_TREE]));
        let found = Correspondence::find(&ours, &theirs);
        let of = |part: usize| {
            let compared = found.counterparts.plane(part);
            (compared[..3].iter().sum::<f32>() / 3.0, compared[3..].iter().sum::<f32>() / 2.0)
        };
        for part in 0..found.parts.channels() {
            let is_sky =
                found.parts.plane(part)[..2].iter().sum::<f32>() > found.parts.plane(part)[2..].iter().sum();
            let (sky, tree) = of(part);
            assert!(if is_sky { sky > 2.0 * tree } else { tree > 2.0 * sky }, "{:?}", of(part));
        }
    }

    #[test]
    fn evidence_is_relative_to_the_photo() {
        let of = |groups: &[[f32; 3]]| {
            let points = cells(groups).points;
            points.iter().map(|point| point[..3].to_vec()).collect::<Vec<_>>()
        };
        assert!(of(&[SKY, SKY]).concat().iter().all(|v| *v == 0.0), "the same all over");
        let (bright, dark) = (of(&[SKY, TREE]), of(&[SKY, DARK_TREE]));
        let cosine: f32 = bright[1].iter().zip(&dark[1]).map(|(a, b)| a * b).sum();
        assert!(cosine > 0.9, "{cosine}");
    }

    #[test]
    fn equal_values_rank_alike() {
        assert_eq!(ranks(&[0.5; 4]), [0.0; 4]);
        assert_eq!(ranks(&[3.0, 1.0, 1.0, 2.0]), [0.75, -0.5, -0.5, 0.25]);
    }

    proptest! {
        #[test]
        fn parts_add_up_and_counterparts_stay_within_bounds(
            content in prop::collection::vec(prop::array::uniform3(0.0_f32..1.0), 1..40),
            reference in prop::collection::vec(prop::array::uniform3(0.0_f32..1.0), 1..40),
        ) {
            let found = Correspondence::find(&cells(&content), &cells(&reference));
            for cell in 0..content.len() {
                let sum: f32 = (0..found.parts.channels()).map(|part| found.parts.plane(part)[cell]).sum();
                prop_assert!((sum - 1.0).abs() < 1e-4, "{sum}");
            }
            prop_assert!(found.counterparts.data().iter().all(|v| (0.0..=1.0).contains(v)));
            for part in 0..found.parts.channels() {
                prop_assert!(found.counterparts.plane(part).iter().sum::<f32>() > 0.0);
                prop_assert!(found.distances[part].is_finite());
            }
        }
    }
}
