//! Superpixels by simple linear iterative clustering (SLIC).
//!
//! Source: R. Achanta et al., "SLIC Superpixels Compared to State-of-the-Art Superpixel Methods", PAMI 2012:
//! k-means over colour and position in which each centre looks at its neighbourhood alone, then stray pieces are
//! joined to the superpixel beside them.
//!
//! Differs from the paper: colours are those of the photo (sRGB-encoded, 0 to 1), not CIELAB, and centres start at
//! the middle of their grid cell, not at the least gradient near it.

use crate::Planes;

/// What divides a photo into superpixels.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Superpixels {
    /// Side of a superpixel in pixels, at least 1.
    pub side: usize,
    /// How many colour units (0 to 1) one `side` of distance weighs: more makes superpixels squarer.
    pub compactness: f32,
}

impl Default for Superpixels {
    fn default() -> Self {
        Self { side: 12, compactness: 0.1 }
    }
}

const ITERATIONS: usize = 10;

/// Number of the superpixel of each pixel, row by row; they are connected and numbered from 0 in reading order.
pub(super) fn slic(photo: &Planes, superpixels: &Superpixels) -> Vec<u32> {
    connect(&cluster(photo, superpixels), photo.height(), photo.width(), superpixels.side)
}

/// Column, row, red, green, blue.
type Centre = [f32; 5];

fn cluster(photo: &Planes, superpixels: &Superpixels) -> Vec<u32> {
    let (height, width, side) = (photo.height(), photo.width(), superpixels.side);
    let (rows, columns) = (height.div_ceil(side), width.div_ceil(side));
    let [red, green, blue] = photo.rgb();
    let at = |row: usize, column: usize| -> Centre {
        let pixel = row * width + column;
        [column as f32, row as f32, red[pixel], green[pixel], blue[pixel]]
    };
    let starts = (0..rows * columns).map(|cell| {
        let middle = |cell: usize, cells: usize, size: usize| (2 * cell + 1) * size / (2 * cells);
        at(middle(cell / columns, rows, height), middle(cell % columns, columns, width))
    });
    let mut centres: Vec<Centre> = starts.collect();
    let per_pixel = (superpixels.compactness / side as f32).powi(2);
    let mut assigned = vec![0_u32; height * width];
    for _ in 0..ITERATIONS {
        let mut nearest = vec![f32::INFINITY; height * width];
        for (number, centre) in centres.iter().enumerate() {
            let range = |middle: f32, size: usize| {
                (middle as usize).saturating_sub(side)..(middle as usize + side + 1).min(size)
            };
            for row in range(centre[1], height) {
                for column in range(centre[0], width) {
                    let [dx, dy, dr, dg, db] =
                        std::array::from_fn(|i| (at(row, column)[i] - centre[i]).powi(2));
                    let distance = dr + dg + db + per_pixel * (dx + dy);
                    let pixel = row * width + column;
                    if distance < nearest[pixel] {
                        (nearest[pixel], assigned[pixel]) = (distance, number as u32);
                    }
                }
            }
        }
        move_centres(&mut centres, &assigned, width, at);
    }
    assigned
}

/// Moves each centre to the mean of its pixels; one without pixels stays.
fn move_centres(centres: &mut [Centre], assigned: &[u32], width: usize, at: impl Fn(usize, usize) -> Centre) {
    let mut sums = vec![([0.0_f64; 5], 0_usize); centres.len()];
    for (pixel, &number) in assigned.iter().enumerate() {
        let (sum, count) = &mut sums[number as usize];
        for (sum, value) in sum.iter_mut().zip(at(pixel / width, pixel % width)) {
            *sum += f64::from(value);
        }
        *count += 1;
    }
    for (centre, (sum, count)) in centres.iter_mut().zip(sums) {
        if count > 0 {
            *centre = sum.map(|sum| (sum / count as f64) as f32);
        }
    }
}

/// Numbers the connected pieces; those below a quarter of a superpixel join the piece before them.
fn connect(assigned: &[u32], height: usize, width: usize, side: usize) -> Vec<u32> {
    const UNSEEN: u32 = u32::MAX;
    let mut numbers = vec![UNSEEN; assigned.len()];
    let mut count = 0;
    let mut piece = Vec::new();
    for first in 0..assigned.len() {
        if numbers[first] != UNSEEN {
            continue;
        }
        let beside = if first % width > 0 { Some(first - 1) } else { first.checked_sub(width) };
        piece.clear();
        piece.push(first);
        numbers[first] = count;
        let mut next = 0;
        while let Some(&pixel) = piece.get(next) {
            next += 1;
            for neighbour in neighbours(pixel, height, width) {
                if numbers[neighbour] == UNSEEN && assigned[neighbour] == assigned[first] {
                    numbers[neighbour] = count;
                    piece.push(neighbour);
                }
            }
        }
        match beside {
            Some(beside) if piece.len() * 4 < side * side => {
                let joined = numbers[beside];
                piece.iter().for_each(|&pixel| numbers[pixel] = joined);
            }
            _ => count += 1,
        }
    }
    numbers
}

/// The up to four pixels beside one.
fn neighbours(pixel: usize, height: usize, width: usize) -> impl Iterator<Item = usize> {
    let (row, column) = (pixel / width, pixel % width);
    let sides = [
        (row > 0).then(|| pixel - width),
        (column > 0).then(|| pixel - 1),
        (column + 1 < width).then(|| pixel + 1),
        (row + 1 < height).then(|| pixel + width),
    ];
    sides.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn superpixels_are_connected_and_numbered_in_reading_order(
            height in 1..30_usize, width in 1..30_usize, side in 1..9_usize, seed in 0..u32::MAX,
        ) {
            let value = |i: usize| ((i as u32).wrapping_mul(seed | 1) >> 24) as f32 / 255.0;
            let photo = Planes::from_vec(3, height, width, (0..3 * height * width).map(value).collect());
            let numbers = slic(&photo, &Superpixels { side, compactness: 0.2 });
            let count = 1 + numbers.iter().max().copied().expect("a pixel");
            let mut seen = 0;
            for &number in &numbers {
                prop_assert!(number <= seen, "numbered in reading order");
                seen = seen.max(number + 1);
            }
            prop_assert_eq!(seen, count);
            // One piece each: connecting what is already connected changes nothing.
            prop_assert_eq!(connect(&numbers, height, width, 1), numbers);
        }
    }

    #[test]
    fn a_sharp_edge_is_a_border_between_superpixels() {
        let value = |i: usize| if i % 40 < 17 { 0.1 } else { 0.8 };
        let photo = Planes::from_vec(3, 30, 40, (0..3 * 30 * 40).map(value).collect());
        let numbers = slic(&photo, &Superpixels { side: 8, compactness: 0.1 });
        let sides = |wanted: bool| -> std::collections::BTreeSet<u32> {
            (0..1200).filter(|i| (i % 40 < 17) == wanted).map(|i| numbers[i]).collect()
        };
        assert!(sides(true).is_disjoint(&sides(false)));
        assert!(sides(true).len() >= 4 && sides(false).len() >= 6);
    }
}
