//! What the grade's network sees of a photo, or of a region of it.

use super::GradeNetwork;
use super::statistics::statistics;
use crate::Planes;
use crate::layers::Tokens;
use crate::resample::{Filter, resize};

/// Pixels a side of the picture that it looks at.
pub(crate) const SIDE: usize = 64;
/// Cells a side, of eight pixels a side each.
pub(super) const CELLS: usize = SIDE / CELL;
const CELL: usize = 8;
/// Of a pixel (y, x) of a turned picture, which of the picture's it is.
type Turn = fn(usize, usize) -> (usize, usize);
const LAST: usize = SIDE - 1;
/// As it is, and by half a turn and a quarter to either side.
const TURNS: [Turn; 4] =
    [|y, x| (y, x), |y, x| (LAST - y, LAST - x), |y, x| (x, LAST - y), |y, x| (LAST - x, y)];
/// Mean and standard deviation of red, green and blue.
pub(super) const CELL_COLOURS: usize = 6;

/// What is seen of a photo, or of a region of it: as it is, upside down, and on either side. Which way is up says nothing of a grade, and what
/// is told of four views is wrong in fewer ways than what is told of one.
#[derive(Clone, Debug)]
pub(crate) struct Seen(pub(super) [View; 4]);

/// What is seen of one view.
#[derive(Clone, Debug)]
pub(super) struct View {
    /// Channels of what is seen in each cell.
    pub(super) features: Tokens,
    /// Means and standard deviations of each cell's colours.
    pub(super) colours: Vec<[f32; CELL_COLOURS]>,
    /// How much each cell counts, 0..1.
    pub(super) counts: Vec<f32>,
    /// The colours as a whole.
    pub(super) statistics: Vec<f32>,
}

impl GradeNetwork {
    /// Looks at a photo (3×H×W, sRGB-encoded), of which each pixel counts by its weight in 0..1 (one plane of its size).
    pub(crate) fn look(&self, photo: &Planes, weights: &[f32]) -> Seen {
        let (height, width) = (photo.height(), photo.width());
        // Colours weighed by what counts: what does not is not to be seen at the border either.
        let weights = Planes::from_vec(1, height, width, weights.to_vec());
        let weighed: Vec<f32> = photo
            .data()
            .chunks_exact(photo.area())
            .flat_map(|plane| product(plane, weights.data()))
            .collect();
        let small = |planes: &Planes| resize(planes, SIDE, SIDE, Filter::Area);
        let (weighed, weights) = (small(&Planes::from_vec(3, height, width, weighed)), small(&weights));
        let weights = weights.data();
        let colours: Vec<f32> = weighed
            .data()
            .chunks_exact(SIDE * SIDE)
            .flat_map(|plane| plane.iter().zip(weights).map(|(sum, weight)| sum / weight.max(1e-6)))
            .collect();
        Seen(TURNS.map(|turn| {
            let colours = colours.chunks_exact(SIDE * SIDE).flat_map(|plane| turned(plane, turn)).collect();
            self.see(&Planes::from_vec(3, SIDE, SIDE, colours), &turned(weights, turn))
        }))
    }

    /// As [`look`](Self::look), at one picture of SIDE×SIDE.
    pub(super) fn see(&self, picture: &Planes, weights: &[f32]) -> View {
        let total = weights.iter().sum::<f32>().max(1e-3);
        let rgb = picture.rgb();
        let mean = rgb.map(|plane| plane.iter().zip(weights).map(|(v, w)| v * w).sum::<f32>() / total);
        let mut tokens = Tokens::zeros(SIDE, SIDE, 3);
        for (i, token) in tokens.data_mut().chunks_exact_mut(3).enumerate() {
            for (channel, value) in token.iter_mut().enumerate() {
                *value = 2.0 * (mean[channel] + weights[i] * (rgb[channel][i] - mean[channel])) - 1.0;
            }
        }
        for layer in &self.eye {
            tokens = super::relu(layer.apply(&tokens));
        }
        let (mut colours, mut counts) = (Vec::new(), Vec::new());
        for cell in 0..CELLS * CELLS {
            let (count, of) = cell_colours(&rgb, weights, cell);
            colours.push(of);
            counts.push(count);
        }
        let statistics = statistics(&rgb, weights);
        View { features: tokens, colours, counts, statistics }
    }
}

/// The plane of SIDE×SIDE, turned.
fn turned(plane: &[f32], turn: Turn) -> Vec<f32> {
    let from = |i: usize| {
        let (y, x) = turn(i / SIDE, i % SIDE);
        plane[y * SIDE + x]
    };
    (0..SIDE * SIDE).map(from).collect()
}

fn product(plane: &[f32], weights: &[f32]) -> Vec<f32> {
    plane.iter().zip(weights).map(|(value, weight)| value * weight).collect()
}

/// How much a cell counts, and the mean and standard deviation of its colours.
fn cell_colours(rgb: &[&[f32]; 3], weights: &[f32], cell: usize) -> (f32, [f32; CELL_COLOURS]) {
    let pixels = (0..CELL * CELL)
        .map(|i| (cell / CELLS * CELL + i / CELL) * SIDE + cell % CELLS * CELL + i % CELL)
        .collect::<Vec<_>>();
    let share = |i: &usize| weights[*i] / (CELL * CELL) as f32;
    let count: f32 = pixels.iter().map(share).sum();
    let mut of = [0.0; CELL_COLOURS];
    for channel in 0..3 {
        let moment = |power: i32| {
            pixels.iter().map(|i| share(i) * rgb[channel][*i].powi(power)).sum::<f32>() / count.max(1e-3)
        };
        let mean = moment(1);
        of[channel] = mean;
        of[3 + channel] = (moment(2) - mean * mean).max(1e-5).sqrt();
    }
    (count, of)
}
