//! Correspondence: which cells of the reference show what a part of the content shows.
//!
//! A segmenter's best guess is often wrong where photos are dark, in one colour, or of what no class names, yet what it sees *more
//! of* than elsewhere in the photo is telling: of a tree at night a little more vegetation, of a ship a little more building.
//! Cells of the two photos that show the same are alike in this. So cells are points, by the evidence for groups of classes, how
//! light they are and where they lie; the content's are clustered into parts (k-means), but for the seams between them (`seams`), and each part's
//! counterpart is what its cells are transported to at least cost (Sinkhorn). So same finds same, likes find likes, and what is left what is left. (E. Collins,
//! R. Achanta, S. Süsstrunk, "Deep Feature Factorization for Concept Discovery", ECCV 2018, find what photos have in common by
//! factorising features of them.)

use rayon::prelude::*;

use super::k_means::k_means;
use super::points::{Points, affinities, least, squared_distance};
use super::seams::without_seams;
use super::sinkhorn::TransportPlan;
use crate::resample::{Filter, resize};
use crate::segment::Sight;
use crate::watch::CancelToken;
use crate::{Planes, Result};

/// Most parts of a photo.
const PARTS: usize = 6;
/// Squared distance of evidence within which clusters are one part: a sky, however large, has one look.
const ONE_PART: f32 = 0.6;
/// Squared distance within which a cell is of two parts.
const PART_WIDTH: f32 = 0.05;
/// Weights of squared distances by lightness and by place; that by the evidence is 1.
const LIGHT: f32 = 0.2;
const PLACE: f32 = 0.2;
/// Squared distance within which a cell of the reference shows what one of the content shows.
const LIKENESS_WIDTH: f32 = 0.2;
/// Squared distance of the evidence in neighbouring cells from which there is a border between them.
const BORDER: f32 = 1.0;
/// What a cell at the sharpest border counts.
const LEAST_WEIGHT: f32 = 1e-3;
/// Probabilities below this count as that.
const LEAST_PROBABILITY: f32 = 1e-6;
/// Differences of log-probabilities up to this length are none.
const NO_EVIDENCE: f32 = 1e-2;
/// Most cells of a photo.
const CELLS: f64 = 1600.0;

/// The parts of the content and where the reference shows the same, at the sizes of the cells.
pub(super) struct Correspondence {
    /// Probability of each part in the content, one plane a part, N×h×w; those of each cell add up to 1.
    pub(super) parts: Planes,
    /// Probability that the reference shows each part, N×h'×w'; those of each cell add up to 1.
    pub(super) shown: Planes,
    /// How much of each cell of the reference is like each part, from 0 to 1, N×h'×w'.
    pub(super) like: Planes,
    /// Mean squared distance of each part's cells from what is nearest in the reference.
    pub(super) distances: Vec<f32>,
    /// Squared distance of each cell of the reference from what is nearest in the content.
    pub(super) from_content: Vec<f32>,
}

impl Correspondence {
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub(super) fn find(ours: &Cells, theirs: &Cells, token: &CancelToken) -> Result<Self> {
        let parts = ours.parts();
        token.check()?;
        let (shown, from_content) = ours.votes(&parts, theirs);
        token.check()?;
        let (from, to) = ((&ours.points, &ours.weights[..]), (&theirs.points, &theirs.weights[..]));
        let plan = TransportPlan::between(from, to, token);
        token.check()?;
        let (like, distances) = ours.likeness(&parts, &plan, theirs);
        Ok(Self { parts, shown, like, distances, from_content })
    }
}

/// A photo's cells.
pub(super) struct Cells {
    /// Probabilities of the groups, G×h×w.
    pub(super) groups: Planes,
    /// Probabilities of the classes, C×h×w.
    pub(super) classes: Planes,
    points: Points,
    /// How much each cell counts, above 0 and at most 1: little at borders, where it is a mixture that shows neither.
    weights: Vec<f32>,
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
        for (cell, light) in light.into_iter().enumerate() {
            let place = [place(cell / width, height), place(cell % width, width)].map(|x| PLACE.sqrt() * x);
            let evidence = (0..groups.channels()).map(|group| evidence.plane(group)[cell]);
            points.push(evidence.chain([LIGHT.sqrt() * light]).chain(place));
        }
        let (_, classes) = &sight.classes;
        Self { weights: weights(&evidence), groups, classes: small(classes), points }
    }

    /// Whether nothing tells the photos apart.
    pub(super) fn are_those_of(&self, other: &Self) -> bool {
        self.points == other.points
    }

    /// Planes of cells, all 0.
    fn zeros(&self, count: usize) -> Planes {
        Planes::zeros(count, self.groups.height(), self.groups.width())
    }

    /// The part of each cell, as probabilities.
    fn parts(&self) -> Planes {
        let (groups, size) = (self.groups.channels(), (self.groups.height(), self.groups.width()));
        let centres = k_means(&self.points, &self.weights, PARTS);
        let centres = without_seams(centres, &self.points, groups, size);
        let evidence = |cluster: usize| &centres.get(cluster)[..groups];
        let (part_of, count) =
            joined(centres.len(), |a, b| squared_distance(evidence(a), evidence(b)) < ONE_PART);
        let mut parts = self.zeros(count);
        for (cell, point) in self.points.iter().enumerate() {
            let probabilities = affinities(centres.squared_distances(point), PART_WIDTH);
            for (cluster, probability) in probabilities.into_iter().enumerate() {
                parts.plane_mut(part_of[cluster])[cell] += probability;
            }
        }
        parts
    }

    /// Which part each cell of the reference shows, by the parts of the cells that are like it, and its squared distance from the
    /// nearest.
    fn votes(&self, parts: &Planes, theirs: &Self) -> (Planes, Vec<f32>) {
        let of = |cell: usize| {
            let distances = self.points.squared_distances(theirs.points.get(cell));
            let nearest = least(&distances);
            let like = affinities(distances, LIKENESS_WIDTH);
            let vote = |part: usize| parts.plane(part).iter().zip(&like).map(|(a, b)| a * b).sum::<f32>();
            ((0..parts.channels()).map(vote).collect::<Vec<_>>(), nearest)
        };
        let (votes, nearest): (Vec<_>, _) = (0..theirs.points.len()).into_par_iter().map(of).unzip();
        let mut shown = theirs.zeros(parts.channels());
        for (cell, votes) in votes.iter().enumerate() {
            votes.iter().enumerate().for_each(|(part, vote)| shown.plane_mut(part)[cell] = *vote);
        }
        (shown, nearest)
    }

    /// How much of each cell of the reference is like each part, that is what the part's cells are transported to, and their mean
    /// squared distance from what is nearest.
    fn likeness(&self, parts: &Planes, plan: &TransportPlan, theirs: &Self) -> (Planes, Vec<f32>) {
        let mut likeness = theirs.zeros(parts.channels());
        let (area, all) = (likeness.area(), theirs.weights.iter().sum::<f32>());
        let of = |(part, likeness): (usize, &mut [f32])| {
            let weights: Vec<f32> = parts.plane(part).iter().zip(&self.weights).map(|(a, b)| a * b).collect();
            for (weight, row) in weights.iter().zip(&plan.rows) {
                likeness.iter_mut().zip(row).for_each(|(sum, share)| *sum += weight * share);
            }
            let sum: f32 = weights.iter().sum();
            // What gets its share counts in full: the counterpart is a region, not its most alike spot.
            likeness.iter_mut().for_each(|like| *like = (*like * all / sum).min(1.0));
            weights.iter().zip(&plan.nearest).map(|(weight, distance)| weight * distance).sum::<f32>() / sum
        };
        let distances = likeness.data_mut().par_chunks_mut(area).enumerate().map(of).collect();
        (likeness, distances)
    }
}

/// Joins clusters that are one by `are_one`, or by way of others. Gives the index of each one's part, and how many parts there are.
fn joined(clusters: usize, are_one: impl Fn(usize, usize) -> bool) -> (Vec<usize>, usize) {
    let mut part_of: Vec<usize> = (0..clusters).collect();
    for a in 0..clusters {
        for b in (0..a).filter(|b| are_one(a, *b)) {
            let (kept, gone) = (part_of[a].min(part_of[b]), part_of[a].max(part_of[b]));
            part_of.iter_mut().filter(|part| **part == gone).for_each(|part| *part = kept);
        }
    }
    let mut kept = part_of.clone();
    kept.sort_unstable();
    kept.dedup();
    let index = |part: &usize| kept.binary_search(part).expect("each was kept");
    (part_of.iter().map(index).collect(), kept.len())
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

/// Falls with how much the evidence differs from that of a neighbouring cell.
fn weights(evidence: &Planes) -> Vec<f32> {
    let (height, width) = (evidence.height(), evidence.width());
    let difference = |a: usize, b: usize| -> f32 {
        let difference = |group: usize| evidence.plane(group)[a] - evidence.plane(group)[b];
        (0..evidence.channels()).map(|group| difference(group).powi(2)).sum()
    };
    let mut most = vec![0.0_f32; height * width];
    let mut between = |a: usize, b: usize| {
        let difference = difference(a, b);
        most[a] = most[a].max(difference);
        most[b] = most[b].max(difference);
    };
    for cell in 0..height * width {
        if (cell + 1) % width > 0 {
            between(cell, cell + 1);
        }
        if cell + width < height * width {
            between(cell, cell + width);
        }
    }
    most.into_iter().map(|most| (-most / BORDER).exp().max(LEAST_WEIGHT)).collect()
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
        let classes = (["sky", "tree", "other"].map(str::to_owned).into(), groups.clone());
        Cells::of(&Sight { groups, classes, photo, skin: None })
    }

    const SKY: [f32; 3] = [0.9, 0.05, 0.05];
    const TREE: [f32; 3] = [0.1, 0.85, 0.05];
    /// A tree at night, taken for sky.
    const DARK_TREE: [f32; 3] = [0.8, 0.15, 0.05];

    #[test]
    fn a_little_more_evidence_than_elsewhere_is_enough() {
        let (ours, theirs) = (cells(&[SKY, SKY, TREE, TREE]), cells(&[SKY, SKY, SKY, DARK_TREE, DARK_TREE]));
        let found = Correspondence::find(&ours, &theirs, &CancelToken::new()).unwrap();
        let of = |part: usize| {
            let compared = found.like.plane(part);
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
    fn clusters_are_joined_by_way_of_others() {
        assert_eq!(joined(5, |a, b| a.abs_diff(b) == 2), (vec![0, 1, 0, 1, 0], 2));
        assert_eq!(joined(3, |_, _| false), (vec![0, 1, 2], 3));
    }

    #[test]
    fn cells_at_borders_count_little() {
        let weights = cells(&[SKY, SKY, SKY, TREE, TREE, TREE]).weights;
        assert!(weights[2] < 0.1 && weights[3] < 0.1, "{weights:?}");
        assert!([0, 1, 4, 5].iter().all(|cell| weights[*cell] > 0.9), "{weights:?}");
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
            let found = Correspondence::find(&cells(&content), &cells(&reference), &CancelToken::new()).unwrap();
            for cell in 0..content.len() {
                let sum: f32 = (0..found.parts.channels()).map(|part| found.parts.plane(part)[cell]).sum();
                prop_assert!((sum - 1.0).abs() < 1e-4, "{sum}");
            }
            for cell in 0..reference.len() {
                let sum: f32 = (0..found.parts.channels()).map(|part| found.shown.plane(part)[cell]).sum();
                prop_assert!((sum - 1.0).abs() < 1e-4, "{sum}");
            }
            prop_assert!(found.like.data().iter().all(|v| (0.0..=1.0).contains(v)));
            for part in 0..found.parts.channels() {
                prop_assert!(found.like.plane(part).iter().sum::<f32>() > 0.0);
                prop_assert!(found.distances[part].is_finite());
            }
        }
    }
}
