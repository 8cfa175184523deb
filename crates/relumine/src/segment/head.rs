//! The head of the segmenter: dilated convolutions over a trunk's features.
//!
//! F. Yu, V. Koltun, "Multi-Scale Context Aggregation by Dilated Convolutions", ICLR 2016: each block sees farther, at
//! one resolution. Here blocks are residual, x + B relu(A x + a) + b with A 3×3 and dilated and B 1×1, the mean over the
//! picture is added after one of them, and each position's row and column are inputs. Where borders run is seen at a finer size: what
//! the head knows there before it tells classes, beside the features of an earlier tap, through a convolution of its own.
//!
//! Maps are channels last: one row of values a position, positions row-major.

use rayon::prelude::*;

use crate::Result;
use crate::features::TensorFile;
use crate::kernels::{FeatureMap, Matrix, MatrixMut, multiply};
use crate::watch::CancelToken;

/// Positions of a unit of parallel work of a 1×1 convolution.
const BAND: usize = 256;

/// The layers of the head.
#[derive(Debug)]
pub(super) struct Head {
    enter: Pointwise,
    blocks: Vec<ResidualBlock>,
    mean: Pointwise,
    mean_after: usize,
    hidden: Pointwise,
    classify: Pointwise,
    fine: Fine,
}

/// What the header of the file says of the head.
pub(super) struct HeadShape {
    /// Channels of the trunk's features.
    pub(super) features: usize,
    /// Channels of those of the finest tap.
    pub(super) fine_features: usize,
    /// Channels of the head.
    pub(super) width: usize,
    /// Channels of its fine part.
    pub(super) fine_width: usize,
    /// The dilation of each block.
    pub(super) dilations: Vec<usize>,
    /// After how many blocks the mean is added.
    pub(super) mean_after: usize,
    /// How many classes there are.
    pub(super) classes: usize,
}

impl Head {
    pub(super) fn read(file: &mut TensorFile, shape: &HeadShape) -> Result<Self> {
        let width = shape.width;
        let enter = Pointwise::read(file, "enter", width, shape.features + 2)?;
        let block = |(index, dilation): (usize, &usize)| {
            Ok(ResidualBlock {
                spatial: Dilated::read(file, &format!("block{index}_spatial"), width, *dilation)?,
                mix: Pointwise::read(file, &format!("block{index}_mix"), width, width)?,
            })
        };
        let blocks = shape.dilations.iter().enumerate().map(block).collect::<Result<_>>()?;
        Ok(Self {
            enter,
            blocks,
            mean: Pointwise::read(file, "mean", width, width)?,
            mean_after: shape.mean_after,
            hidden: Pointwise::read(file, "hidden", width, width)?,
            classify: Pointwise::read(file, "classify", shape.classes, width)?,
            fine: Fine {
                enter: Pointwise::read(file, "fine_enter", shape.fine_width, shape.fine_features + width)?,
                spatial: Dilated::read(file, "fine_spatial", shape.fine_width, 1)?,
                classify: Pointwise::read(file, "fine_classify", shape.classes, shape.fine_width)?,
            },
        })
    }

    /// Logits of the classes, channels last, at the positions of `fine`. `features` are what the rest of the head sees, the finest of
    /// them first. The token is polled at each block.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub(super) fn logits(
        &self,
        fine: &FeatureMap,
        features: &[&FeatureMap],
        token: &CancelToken,
    ) -> Result<Vec<f32>> {
        let (height, width) = (features[0].height(), features[0].width());
        let mut x = self.enter.apply(&with_coordinates(features));
        relu(&mut x);
        for (index, block) in self.blocks.iter().enumerate() {
            token.check()?;
            let mut y = block.spatial.apply(&x, height, width);
            relu(&mut y);
            let y = block.mix.apply(&y);
            x.iter_mut().zip(&y).for_each(|(x, y)| *x += y);
            if index + 1 == self.mean_after {
                let mut mean = self.mean.apply(&mean_position(&x, self.mean.inputs));
                relu(&mut mean);
                for position in x.chunks_exact_mut(mean.len()) {
                    position.iter_mut().zip(&mean).for_each(|(x, mean)| *x += mean);
                }
            }
        }
        let mut x = self.hidden.apply(&x);
        relu(&mut x);
        token.check()?;
        let logits = self.classify.apply(&x);
        let places = Enlargement { from: (height, width), to: (fine.height(), fine.width()) };
        let mut out = self.fine.apply(fine, &x, &places);
        places.add(&logits, &mut out);
        Ok(out)
    }
}

#[derive(Debug)]
struct ResidualBlock {
    spatial: Dilated,
    mix: Pointwise,
}

/// What corrects the logits at a finer size: a 1×1 convolution, x + relu(A x + a) with A 3×3, and another 1×1.
#[derive(Debug)]
struct Fine {
    enter: Pointwise,
    spatial: Dilated,
    classify: Pointwise,
}

impl Fine {
    /// Of the features at its own size, and of what the head knows at a coarser one.
    fn apply(&self, features: &FeatureMap, known: &[f32], places: &Enlargement) -> Vec<f32> {
        let mut x = self.enter.apply(&places.beside(features, known));
        relu(&mut x);
        let mut y = self.spatial.apply(&x, features.height(), features.width());
        relu(&mut y);
        x.iter_mut().zip(&y).for_each(|(x, y)| *x += y);
        self.classify.apply(&x)
    }
}

/// From one height and width to another, each position taking the value of the one that it lies in.
struct Enlargement {
    from: (usize, usize),
    to: (usize, usize),
}

impl Enlargement {
    /// The coarse position of each fine one, row by row.
    fn positions(&self) -> impl Iterator<Item = usize> {
        let ((height, width), (rows, columns)) = (self.from, self.to);
        (0..rows)
            .flat_map(move |y| (0..columns).map(move |x| y * height / rows * width + x * width / columns))
    }

    /// Channels of the fine map, then those of the coarse one.
    fn beside(&self, fine: &FeatureMap, coarse: &[f32]) -> Vec<f32> {
        let channels = coarse.len() / (self.from.0 * self.from.1);
        let rows = (0..fine.height()).flat_map(|y| fine.row(y).chunks_exact(fine.channels()));
        let mut out = Vec::with_capacity(fine.area() * (fine.channels() + channels));
        for (fine, at) in rows.zip(self.positions()) {
            out.extend_from_slice(fine);
            out.extend_from_slice(&coarse[at * channels..][..channels]);
        }
        out
    }

    /// Adds a coarse map to a fine one.
    fn add(&self, coarse: &[f32], fine: &mut [f32]) {
        let channels = coarse.len() / (self.from.0 * self.from.1);
        for (fine, at) in fine.chunks_exact_mut(channels).zip(self.positions()) {
            fine.iter_mut().zip(&coarse[at * channels..]).for_each(|(fine, coarse)| *fine += coarse);
        }
    }
}

/// A 1×1 convolution with bias.
#[derive(Debug)]
struct Pointwise {
    inputs: usize,
    /// Outputs × inputs.
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Pointwise {
    fn read(file: &mut TensorFile, name: &str, outputs: usize, inputs: usize) -> Result<Self> {
        let weight = file.read(&format!("{name}.weight"), &[outputs, inputs])?;
        Ok(Self { inputs, weight, bias: file.read(&format!("{name}.bias"), &[outputs])? })
    }

    fn apply(&self, x: &[f32]) -> Vec<f32> {
        let (inputs, outputs) = (self.inputs, self.bias.len());
        let mut out = self.bias.repeat(x.len() / inputs);
        out.par_chunks_mut(BAND * outputs).zip(x.par_chunks(BAND * inputs)).for_each(|(out, x)| {
            let positions = x.len() / inputs;
            let weight = Matrix::new(&self.weight, outputs, inputs, inputs).transposed();
            let x = Matrix::new(x, positions, inputs, inputs);
            multiply(MatrixMut::new(out, positions, outputs, outputs), x, weight, true);
        });
        out
    }
}

/// A 3×3 convolution with bias whose taps lie `dilation` positions apart; zero padding keeps the size.
#[derive(Debug)]
struct Dilated {
    dilation: usize,
    channels: usize,
    /// For each tap, row by row, inputs × outputs.
    taps: Vec<Vec<f32>>,
    bias: Vec<f32>,
}

impl Dilated {
    fn read(file: &mut TensorFile, name: &str, channels: usize, dilation: usize) -> Result<Self> {
        let weight = file.read(&format!("{name}.weight"), &[channels, channels, 3, 3])?;
        let tap = |k: usize| -> Vec<f32> {
            let at = |i: usize, o: usize| weight[(o * channels + i) * 9 + k];
            (0..channels).flat_map(|i| (0..channels).map(move |o| at(i, o))).collect()
        };
        let taps = (0..9).map(tap).collect();
        Ok(Self { dilation, channels, taps, bias: file.read(&format!("{name}.bias"), &[channels])? })
    }

    /// Each tap is one matrix product a row, over the positions whose neighbour there lies inside.
    fn apply(&self, x: &[f32], height: usize, width: usize) -> Vec<f32> {
        let n = self.channels;
        let mut out = self.bias.repeat(height * width);
        out.par_chunks_mut(width * n).enumerate().for_each(|(y, row)| {
            for (k, tap) in self.taps.iter().enumerate() {
                let (Some(v), Some((columns, from))) =
                    (shifted(y, k / 3, self.dilation, height), overlap(k % 3, self.dilation, width))
                else {
                    continue;
                };
                let input = Matrix::new(&x[(v * width + from) * n..], columns.len(), n, n);
                let output = MatrixMut::new(&mut row[columns.start * n..], columns.len(), n, n);
                multiply(output, input, Matrix::new(tap, n, n, n), true);
            }
        });
        out
    }
}

/// The index that tap 0, 1 or 2 looks at from `at`, where there is one below `size`.
fn shifted(at: usize, tap: usize, dilation: usize, size: usize) -> Option<usize> {
    (at + tap * dilation).checked_sub(dilation).filter(|v| *v < size)
}

/// Which outputs of a line have an input at a tap, and the first of those inputs.
fn overlap(tap: usize, dilation: usize, size: usize) -> Option<(std::ops::Range<usize>, usize)> {
    match tap {
        0 if dilation < size => Some((dilation..size, 0)),
        1 => Some((0..size, 0)),
        2 if dilation < size => Some((0..size - dilation, dilation)),
        _ => None,
    }
}

/// For each position of the first of the maps, the features of all there, then its row and column in -1..1, those of its
/// middle.
fn with_coordinates(maps: &[&FeatureMap]) -> Vec<f32> {
    let (height, width) = (maps[0].height(), maps[0].width());
    let place = |at: usize, size: usize| (at as f32 + 0.5) * (2.0 / size as f32) - 1.0;
    let channels: usize = maps.iter().map(|map| map.channels()).sum();
    let mut out = Vec::with_capacity(maps[0].area() * (channels + 2));
    for y in 0..height {
        for x in 0..width {
            for map in maps {
                let row = map.row(y * map.height() / height);
                out.extend_from_slice(&row[x * map.width() / width * map.channels()..][..map.channels()]);
            }
            out.extend([place(y, height), place(x, width)]);
        }
    }
    out
}

fn mean_position(x: &[f32], channels: usize) -> Vec<f32> {
    let mut sums = vec![0.0_f64; channels];
    for position in x.chunks_exact(channels) {
        sums.iter_mut().zip(position).for_each(|(sum, v)| *sum += f64::from(*v));
    }
    let count = (x.len() / channels) as f64;
    sums.into_iter().map(|sum| (sum / count) as f32).collect()
}

fn relu(x: &mut [f32]) {
    x.iter_mut().for_each(|v| *v = v.max(0.0));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dilated_convolution_equals_the_plain_loops() {
        let (n, height, width) = (3, 5, 7);
        let value = |i: usize| ((i * 7919 + 31) % 101) as f32 / 50.0 - 1.0;
        let x: Vec<f32> = (0..height * width * n).map(value).collect();
        let taps: Vec<Vec<f32>> =
            (0..9).map(|k| (0..n * n).map(|i| value(k * 17 + i * 3)).collect()).collect();
        for dilation in [1, 2, 4, 9] {
            let layer = Dilated { dilation, channels: n, taps: taps.clone(), bias: vec![0.5, -0.25, 0.0] };
            let found = layer.apply(&x, height, width);
            let (mut at, d) = (0, dilation as isize);
            for y in 0..height as isize {
                for u in 0..width as isize {
                    for o in 0..n {
                        let mut expected = layer.bias[o];
                        for (k, tap) in taps.iter().enumerate() {
                            let (v, w) = (y + (k as isize / 3 - 1) * d, u + (k as isize % 3 - 1) * d);
                            if (0..height as isize).contains(&v) && (0..width as isize).contains(&w) {
                                let from = (v as usize * width + w as usize) * n;
                                expected += (0..n).map(|i| x[from + i] * tap[i * n + o]).sum::<f32>();
                            }
                        }
                        assert!((found[at] - expected).abs() < 1e-5, "{dilation}: {} {expected}", found[at]);
                        at += 1;
                    }
                }
            }
        }
    }
}
