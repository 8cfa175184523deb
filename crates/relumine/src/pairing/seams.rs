//! Clusters that are nothing but a seam: the thin line of cells where two parts of a photo meet, each of which shows some of both.
//!
//! A seam is seen as a mixture, so it would be a part with a counterpart, and a grade, of its own: a halo around a building before the sky. Left
//! out, its cells go to the part that they show more of, and the refinement of borders tells their pixels apart.

use super::points::{Points, squared_distance};

/// How many cells from a cell what lies about it ends.
const ABOUT: usize = 2;
/// Share of a cluster's cells about which one of its sides lies, from which it is thin.
const THIN: f64 = 0.8;
/// Sum of the squared distances from two sides, as a share of theirs from each other, below which what is seen is a mixture of both: 1 where
/// they are seen at a right angle, 0.5 in their middle.
const MIXTURE: f32 = 0.8;

/// The centres without those of seams, of clusters of `cells` (a point each, h×w in order), whose first `evidence` coordinates are what is
/// seen there.
///
/// # Panics
/// If there are more than 32 centres.
pub(super) fn without_seams(
    mut centres: Points,
    cells: &Points,
    evidence: usize,
    size: (usize, usize),
) -> Points {
    assert!(centres.len() <= 32, "a bit a cluster");
    while let Some(seam) = smallest_seam(&centres, cells, evidence, size) {
        centres.remove(seam);
    }
    centres
}

fn smallest_seam(centres: &Points, cells: &Points, evidence: usize, size: (usize, usize)) -> Option<usize> {
    let nearest: Vec<usize> = cells.iter().map(|cell| centres.nearest(cell).0).collect();
    let (nearest, about) = (&nearest, about(&nearest, size));
    let cells_of = |cluster: usize| (0..nearest.len()).filter(move |cell| nearest[*cell] == cluster);
    let mixes = |cluster: usize, a: usize, b: usize| {
        let [seen, a, b] = [cluster, a, b].map(|cluster| &centres.get(cluster)[..evidence]);
        squared_distance(seen, a) + squared_distance(seen, b) < MIXTURE * squared_distance(a, b)
    };
    let is_thin = |cluster: usize, sides: u32| {
        let beside = cells_of(cluster).filter(|cell| about[*cell] & sides != 0).count();
        beside as f64 > THIN * cells_of(cluster).count() as f64
    };
    let is_seam = |cluster: &usize| {
        let others = (0..centres.len()).filter(|other| other != cluster);
        let mut pairs = others.flat_map(|a| (0..a).filter(|b| b != cluster).map(move |b| (a, b)));
        pairs.any(|(a, b)| mixes(*cluster, a, b) && is_thin(*cluster, 1 << a | 1 << b))
    };
    (0..centres.len()).filter(is_seam).min_by_key(|cluster| cells_of(*cluster).count())
}

/// Which clusters lie about each cell, a bit each.
fn about(nearest: &[usize], (height, width): (usize, usize)) -> Vec<u32> {
    let around = |at: usize, count: usize| at.saturating_sub(ABOUT)..(at + ABOUT + 1).min(count);
    let of = |cell: usize| {
        let columns = around(cell % width, width);
        let cells = around(cell / width, height).flat_map(|y| columns.clone().map(move |x| y * width + x));
        cells.fold(0, |clusters, cell| clusters | 1 << nearest[cell])
    };
    (0..nearest.len()).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SKY: [f32; 2] = [1.0, 0.0];
    const WALL: [f32; 2] = [-0.9, 0.1];
    const BOTH: [f32; 2] = [0.1, 0.2];
    const TREE: [f32; 2] = [0.0, 1.0];

    fn points(seen: &[[f32; 2]]) -> Points {
        let mut points = Points::new(2);
        seen.iter().for_each(|seen| points.push(*seen));
        points
    }

    /// The centres that are left of three, of a row of cells: seven of sky, so many of what lies between, seven of wall.
    fn left(between: [f32; 2], count: usize) -> Points {
        let row = [vec![SKY; 7], vec![between; count], vec![WALL; 7]].concat();
        without_seams(points(&[SKY, between, WALL]), &points(&row), 2, (1, row.len()))
    }

    #[test]
    fn a_thin_mixture_of_its_sides_is_a_seam() {
        assert_eq!(left(BOTH, 1), points(&[SKY, WALL]));
        assert_eq!(left(BOTH, 4), points(&[SKY, WALL]));
    }

    #[test]
    fn a_wide_mixture_is_a_part() {
        assert_eq!(left(BOTH, 6).len(), 3);
    }

    #[test]
    fn what_is_of_its_own_is_a_part_however_thin() {
        assert_eq!(left(TREE, 2).len(), 3);
    }

    #[test]
    fn two_parts_are_no_seam() {
        let row = points(&[SKY, WALL, SKY, WALL]);
        assert_eq!(without_seams(points(&[SKY, WALL]), &row, 2, (2, 2)).len(), 2);
        assert_eq!(without_seams(points(&[SKY]), &row, 2, (2, 2)).len(), 1);
    }
}
