//! The learned grade: a small network that sees how a photo was graded, whatever it shows.
//!
//! It was taught by re-grading crops of photos (`tools/train/grade_train.py`): from small pictures of a content and a reference it tells
//! the grade that brings the one to the other's. Its eye looks at both; each cell of the content asks the reference's cells for those
//! that show the same, since what differs in colour between a cell and what it finds is mostly grade; and with the colours of
//! both as a whole, three dense layers tell an affine matrix for each level of luma. What the network says of (content, content) is taken
//! off, so a photo is its own grade exactly. The grade is the mean of what is told of four views of both (`grader/eye.rs`).

mod eye;
mod statistics;

use std::sync::OnceLock;

use crate::Result;
use crate::features::TensorFile;
use crate::grid::{Grade, IDENTITY};
use crate::layers::{Linear, StridedConvolution, Tokens};
use crate::watch::CancelToken;
use crate::{Weights, WeightsError};

pub(crate) use eye::Seen;
use eye::{CELL_COLOURS, CELLS, View};

/// Levels of luma that it tells matrices for.
const LEVELS: usize = 8;
const HEADS: usize = 4;
const KEY: usize = 16;
/// Channels of the eye, of what is matched, and of the dense layers.
const WIDTHS: [usize; 5] = [3, 24, 48, 96, 96];
const FEATURES: usize = WIDTHS[4];
const MATCHED: usize = 128;
const HIDDEN: usize = 192;
const FORMAT: &str = "relumine-grade";

/// The network.
#[derive(Debug)]
pub(crate) struct GradeNetwork {
    eye: Vec<StridedConvolution>,
    query: Linear,
    key: Linear,
    matched: [Linear; 2],
    colours: Linear,
    tell: [Linear; 2],
    matrices: Linear,
}

impl GradeNetwork {
    /// The embedded one, which is read once.
    pub(crate) fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<GradeNetwork> = OnceLock::new();
        EMBEDDED.get_or_init(|| Self::load(&Weights::Embedded).expect("a test reads the embedded network"))
    }

    fn load(weights: &Weights) -> Result<Self> {
        let mut file = TensorFile::open(weights, &relumine_weights::GRADE, &CancelToken::new())?;
        if file.metadata("format") != Some(FORMAT) {
            let (sample, expected) = (file.sample(), FORMAT.to_owned());
            return Err(file.error(WeightsError::UnknownNetwork { sample, expected }));
        }
        let read = &mut |name: &str, shape: &[usize]| file.read(name, shape);
        let convolution = |(layer, widths): (usize, &[usize])| {
            let stride = if layer < 3 { 2 } else { 1 };
            StridedConvolution::load(
                &mut *read,
                &format!("eye.{layer}"),
                [widths[0], widths[1]],
                3,
                stride,
                1,
            )
        };
        let eye = WIDTHS.windows(2).enumerate().map(convolution).collect::<Result<_>>()?;
        let of_a_cell = 2 * FEATURES + (1 + 2 * HEADS) * CELL_COLOURS;
        let mut linear =
            |key: &str, inputs: usize, outputs: usize| Linear::load(&mut *read, key, inputs, outputs);
        Ok(Self {
            eye,
            query: linear("query", FEATURES, HEADS * KEY)?,
            key: linear("key", FEATURES, HEADS * KEY)?,
            matched: [linear("matched", of_a_cell, MATCHED)?, linear("matched2", MATCHED, MATCHED)?],
            colours: linear("colours", 2 * statistics::COUNT, HIDDEN)?,
            tell: [linear("tell", MATCHED + HIDDEN, HIDDEN)?, linear("tell2", HIDDEN, HIDDEN)?],
            matrices: linear("matrices", HIDDEN, LEVELS * 12)?,
        })
    }

    /// The grade that brings the content to the reference's.
    pub(crate) fn grade(&self, content: &Seen, reference: &Seen) -> Grade {
        self.mean_of(content.0.iter().zip(&reference.0))
    }

    /// The mean of the grades that are told of pairs of views.
    fn mean_of<'a>(&self, views: impl ExactSizeIterator<Item = (&'a View, &'a View)>) -> Grade {
        let share = (views.len() as f32).recip();
        let mut levels = vec![IDENTITY; LEVELS];
        for (content, reference) in views {
            let (told, nothing) = (self.say(content, reference), self.say(content, content));
            let coefficients = levels.as_flattened_mut().iter_mut().zip(told.iter().zip(&nothing));
            coefficients.for_each(|(value, (told, nothing))| *value += share * (told - nothing));
        }
        Grade::from_levels(levels)
    }

    /// What the dense layers say of two pictures, LEVELS × 12.
    fn say(&self, content: &View, reference: &View) -> Vec<f32> {
        let cells =
            relu(self.matched[1].apply(&relu(self.matched[0].apply(&self.matches(content, reference)))));
        let mut pooled = vec![0.0; MATCHED];
        let total = content.counts.iter().sum::<f32>().max(1e-3);
        for (cell, counts) in cells.data().chunks_exact(MATCHED).zip(&content.counts) {
            pooled.iter_mut().zip(cell).for_each(|(sum, value)| *sum += counts / total * value);
        }
        let colours = one_token(&[&content.statistics, &reference.statistics]);
        let colours = relu(self.colours.apply(&colours));
        let told = relu(self.tell[0].apply(&one_token(&[&pooled, colours.data()])));
        self.matrices.apply(&relu(self.tell[1].apply(&told))).data().to_vec()
    }

    /// For each cell of the content: what is seen there and in what it finds, its colours, those that it finds, and by how much they differ.
    fn matches(&self, content: &View, reference: &View) -> Tokens {
        let (queries, keys) = (self.query.apply(&content.features), self.key.apply(&reference.features));
        let penalties: Vec<f32> = reference.counts.iter().map(|counts| counts.max(1e-4).ln()).collect();
        let width = 2 * FEATURES + (1 + 2 * HEADS) * CELL_COLOURS;
        let mut out = Tokens::zeros(CELLS, CELLS, width);
        for (cell, out) in out.data_mut().chunks_exact_mut(width).enumerate() {
            let own = &content.colours[cell];
            let (seen, colours) = out.split_at_mut(2 * FEATURES);
            let (seen_here, seen_there) = seen.split_at_mut(FEATURES);
            seen_here.copy_from_slice(&content.features.data()[cell * FEATURES..][..FEATURES]);
            colours[..CELL_COLOURS].copy_from_slice(own);
            let (found, differences) = colours[CELL_COLOURS..].split_at_mut(HEADS * CELL_COLOURS);
            for head in 0..HEADS {
                let attention = attention(queries.data(), keys.data(), &penalties, cell, head);
                let found = &mut found[head * CELL_COLOURS..][..CELL_COLOURS];
                for (other, share) in attention.iter().enumerate() {
                    let colours = found.iter_mut().zip(&reference.colours[other]);
                    colours.for_each(|(sum, colour)| *sum += share * colour);
                    let features = &reference.features.data()[other * FEATURES..][..FEATURES];
                    let sums = seen_there.iter_mut().zip(features);
                    sums.for_each(|(sum, value)| *sum += share / HEADS as f32 * value);
                }
                let differences = differences[head * CELL_COLOURS..].iter_mut().zip(found.iter().zip(own));
                differences.for_each(|(difference, (found, own))| *difference = found - own);
            }
        }
        out
    }
}

/// How much a cell looks at each of the other picture's, adding up to 1.
fn attention(queries: &[f32], keys: &[f32], penalties: &[f32], cell: usize, head: usize) -> Vec<f32> {
    let part = |of: &[f32], at: usize| -> [f32; KEY] {
        std::array::from_fn(|k| of[at * HEADS * KEY + head * KEY + k])
    };
    let query = part(queries, cell);
    let logit = |(other, penalty): (usize, &f32)| {
        let key = part(keys, other);
        query.iter().zip(key).map(|(a, b)| a * b).sum::<f32>() / (KEY as f32).sqrt() + penalty
    };
    let mut attention: Vec<f32> = penalties.iter().enumerate().map(logit).collect();
    let most = attention.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    attention.iter_mut().for_each(|logit| *logit = (*logit - most).exp());
    let sum: f32 = attention.iter().sum();
    attention.iter_mut().for_each(|share| *share /= sum);
    attention
}

fn one_token(parts: &[&[f32]]) -> Tokens {
    let values = parts.concat();
    let mut token = Tokens::zeros(1, 1, values.len());
    token.data_mut().copy_from_slice(&values);
    token
}

fn relu(mut tokens: Tokens) -> Tokens {
    tokens.data_mut().iter_mut().for_each(|v| *v = v.max(0.0));
    tokens
}

#[cfg(test)]
mod tests {
    use safetensors::SafeTensors;

    use super::*;
    use crate::Planes;
    use crate::grader::eye::SIDE;

    fn fixture(name: &str) -> Vec<f32> {
        let bytes = include_bytes!("../tests/fixtures/grade.safetensors");
        let file = SafeTensors::deserialize(bytes).unwrap();
        let numbers = file.tensor(name).unwrap().data().to_vec();
        numbers.as_chunks::<4>().0.iter().map(|number| f32::from_le_bytes(*number)).collect()
    }

    fn seen(picture: &str, counts: &str) -> View {
        let picture = Planes::from_vec(3, SIDE, SIDE, fixture(picture));
        GradeNetwork::embedded().see(&picture, &fixture(counts))
    }

    #[test]
    fn tells_what_pytorch_tells() {
        let (content, reference) = (seen("content", "counts"), seen("reference", "theirs"));
        let grade = GradeNetwork::embedded().mean_of([(&content, &reference)].into_iter());
        let expected = fixture("matrices");
        let mut moved = 0.0_f32;
        for (value, expected) in grade.levels().as_flattened().iter().zip(&expected) {
            assert!((value - expected).abs() < 2e-3, "{value} instead of {expected}");
            moved = moved.max((expected - 1.0).abs().min(expected.abs()));
        }
        assert!(moved > 0.02, "the fixture is of two different grades");
    }

    #[test]
    fn what_does_not_count_changes_nothing() {
        let (height, width) = (40, 56);
        let value = |i: usize| ((i * 7919 + i / 13) % 256) as f32 / 255.0;
        let photo = Planes::from_vec(3, height, width, (0..3 * height * width).map(value).collect());
        let weights: Vec<f32> = (0..height * width).map(|i| f32::from(u8::from(i % width < 30))).collect();
        let mut other = photo.clone();
        for channel in 0..3 {
            let pixels = other.plane_mut(channel).iter_mut().zip(&weights);
            pixels.filter(|(_, weight)| **weight == 0.0).for_each(|(v, _)| *v = 0.25 * channel as f32);
        }
        let network = GradeNetwork::embedded();
        let [a, b] = [&photo, &other].map(|photo| network.look(photo, &weights));
        for (a, b) in a.0.into_iter().zip(b.0) {
            assert_eq!((a.features, a.colours, a.statistics), (b.features, b.colours, b.statistics));
        }
    }

    #[test]
    fn a_photo_turned_is_seen_alike_whichever_way_is_up() {
        let side = 2 * SIDE;
        let value = |i: usize| ((i * 7919 + i / 13) % 256) as f32 / 255.0;
        let photo = Planes::from_vec(3, side, side, (0..3 * side * side).map(value).collect());
        let reversed = photo.data().chunks_exact(side * side).flat_map(|plane| plane.iter().rev().copied());
        let upside_down = Planes::from_vec(3, side, side, reversed.collect());
        let weights = vec![1.0; side * side];
        let network = GradeNetwork::embedded();
        let [a, b] = [&photo, &upside_down].map(|photo| network.look(photo, &weights));
        let dark = network.look(&Planes::filled(3, side, side, 0.2), &weights);
        let [a, b] = [a, b].map(|seen| network.grade(&seen, &dark));
        for (a, b) in a.levels().as_flattened().iter().zip(b.levels().as_flattened()) {
            assert!((a - b).abs() < 1e-3, "{a} {b}");
        }
    }

    #[test]
    fn another_file_is_refused_by_name() {
        let bytes: Weights = Weights::Bytes(relumine_weights::FEATURES.bytes.into());
        assert!(matches!(
            GradeNetwork::load(&bytes),
            Err(crate::Error::Weights { problem: WeightsError::UnknownNetwork { .. }, .. })
        ));
    }
}
