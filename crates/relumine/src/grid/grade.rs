//! A grade: an affine colour matrix for each level of luma, wherever in the photo.
//!
//! What a colourist calls a grade: position-free, so it applies to any photo, stays still in a film, and is a lookup table by
//! construction. It is the bilateral grid of one vertex across, and like that defined for all colours: within 0..1 of luma between
//! its levels, beyond by the matrix of the first or last.

use serde::{Deserialize, Serialize};

use super::{Affine, AffineFit, BilateralGrid, GridShape, IDENTITY, add_scaled, grey, of_colour, of_grey};
use crate::Planes;
use crate::colour::{LUMA, Tone, luma, oklab};

/// Ridge of a fit: below this variance of colour, a level follows what is given; and the fall of a sample's weight from level to level.
const RIDGE: f64 = 1e-3;
const SPREAD: f32 = 0.3;

/// An affine colour matrix for each of so many levels of luma, from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grade(Vec<Affine>);

impl Grade {
    /// Levels of the grades that methods make.
    pub const LEVELS: usize = 12;

    /// The grade that leaves colours as they are.
    pub fn identity() -> Self {
        Self(vec![IDENTITY; Self::LEVELS])
    }

    /// Takes one matrix a level, luma 0 first.
    ///
    /// # Panics
    /// If there is none.
    pub fn from_levels(levels: Vec<Affine>) -> Self {
        assert!(!levels.is_empty(), "a grade has at least one level");
        Self(levels)
    }

    /// One matrix a level, luma 0 first.
    pub fn levels(&self) -> &[Affine] {
        &self.0
    }

    /// The same grade as the grid of one vertex across.
    pub fn grid(&self) -> BilateralGrid {
        BilateralGrid::from_vertices(Self::shape(self.0.len()), self.0.clone())
    }

    /// The grade at another number of levels.
    pub(crate) fn resampled(&self, levels: usize) -> Self {
        Self(self.grid().resampled(Self::shape(levels)).vertices().to_vec())
    }

    /// What lies between this grade, at 0, and another of as many levels, at 1.
    ///
    /// # Panics
    /// If they have not as many levels.
    pub fn toward(&self, other: &Self, share: f32) -> Self {
        let rest = self.0.iter().map(|matrix| matrix.map(|v| (1.0 - share) * v));
        Self(rest.collect()).plus(other, share)
    }

    /// The mean of grades of as many levels, each with its weight.
    ///
    /// # Panics
    /// If there is none, or they have not as many levels.
    pub(crate) fn mean(grades: &[Self], weights: &[f64]) -> Self {
        let total = weights.iter().sum::<f64>().max(1e-9);
        let nothing = Self(vec![[0.0; 12]; grades[0].0.len()]);
        grades
            .iter()
            .zip(weights)
            .fold(nothing, |mean, (grade, weight)| mean.plus(grade, (weight / total) as f32))
    }

    /// This grade and so much of another of as many levels.
    pub(crate) fn plus(mut self, other: &Self, share: f32) -> Self {
        assert_eq!(self.0.len(), other.0.len(), "grades of as many levels");
        for (matrix, other) in self.0.iter_mut().zip(&other.0) {
            add_scaled(matrix, share, other);
        }
        self
    }

    /// The grade that fits best to what became of a photo's colours (3 planes each), each pixel with its weight; where these say nothing,
    /// that is `given`.
    pub(crate) fn fitted(before: &Planes, after: &Planes, weights: &[f32], given: &Self) -> Self {
        let mut left = after.clone();
        let (expected, samples) = (given.grid().slice(before), left.data_mut().iter_mut());
        samples
            .zip(expected.data())
            .zip(before.data())
            .for_each(|((v, expected), before)| *v += before - expected);
        let shape = Self::shape(given.0.len());
        let fit = AffineFit { shape, ridge: RIDGE, spread: SPREAD, spread_luma: SPREAD };
        let mut levels = fit.fit(before, &left, weights, &IDENTITY).vertices().to_vec();
        for (value, (given, identity)) in levels
            .as_flattened_mut()
            .iter_mut()
            .zip(given.0.as_flattened().iter().zip(IDENTITY.iter().cycle()))
        {
            *value += given - identity;
        }
        Self(levels)
    }

    /// The same, but that the luma of greys rises from level to level by no less and no more than these times the content's: levels are
    /// made lighter or darker as a whole, from the middle on.
    pub(crate) fn rising(mut self, (least, most): (f32, f32)) -> Self {
        let count = self.0.len();
        let step = grey(1, count);
        let of = |(level, matrix): (usize, &Affine)| luma(of_grey(matrix, grey(level, count)));
        let lumas: Vec<f32> = self.0.iter().enumerate().map(of).collect();
        let gain = |matrix: &Affine| -> f32 {
            matrix.chunks_exact(4).zip(LUMA).map(|(row, part)| part * (row[0] + row[1] + row[2])).sum()
        };
        // Between two levels luma is a parabola, which rises if it does so at both ends.
        let rises: Vec<f32> = (1..count)
            .map(|level| {
                let bend = (gain(&self.0[level]) - gain(&self.0[level - 1])).abs() * step;
                let rise = lumas[level] - lumas[level - 1];
                rise.clamp(least * step, most * step).max(1.01 * bend)
            })
            .collect();
        let middle = count / 2;
        let mut held = lumas.clone();
        for level in middle + 1..count {
            held[level] = held[level - 1] + rises[level - 1];
        }
        for level in (0..middle).rev() {
            held[level] = held[level + 1] - rises[level];
        }
        for ((matrix, held), luma) in self.0.iter_mut().zip(held).zip(lumas) {
            matrix.chunks_exact_mut(4).for_each(|row| row[3] += held - luma);
        }
        self
    }

    /// The same, but that greys get no cast that is stronger than about `most`, in Oklab's chroma at the levels in the middle, where most of a photo is;
    /// casts weaker than `knee` stay, and what lies between is bent.
    pub(crate) fn with_cast_within(mut self, (knee, most): (f32, f32)) -> Self {
        let count = self.0.len();
        let middle = count / 4..count - count / 4;
        let cast = |level: usize| {
            let [_, a, b] = oklab(of_grey(&self.0[level], grey(level, count)));
            a.hypot(b)
        };
        let strongest = middle.map(cast).fold(0.0, f32::max);
        if strongest <= knee {
            return self;
        }
        let bend = most - knee;
        let kept = (knee + bend * (1.0 - (-(strongest - knee) / bend).exp())) / strongest;
        for (level, matrix) in self.0.iter_mut().enumerate() {
            let given = of_grey(matrix, grey(level, count));
            let luma = luma(given);
            let rows = matrix.chunks_exact_mut(4).zip(given);
            rows.for_each(|(row, given)| row[3] -= (1.0 - kept) * (given - luma));
        }
        self
    }

    /// Has it give nothing but a photo's tone.
    pub(crate) fn hold_to(&mut self, tone: &Tone) {
        let levels = self.0.len();
        hold_to(&mut self.0, levels, tone);
    }

    /// The colour in this grade.
    pub fn apply(&self, colour: [f32; 3]) -> [f32; 3] {
        let between = Self::shape(self.0.len()).level(luma(colour));
        let mut matrix = [0.0; 12];
        for (level, weight) in between.corners(self.0.len()) {
            add_scaled(&mut matrix, weight, &self.0[level]);
        }
        of_colour(&matrix, colour)
    }

    pub(crate) fn shape(levels: usize) -> GridShape {
        GridShape { depth: levels, height: 1, width: 1 }
    }
}

impl BilateralGrid {
    /// Has it give nothing but a photo's tone.
    pub(crate) fn hold_to(&mut self, tone: &Tone) {
        let depth = self.shape().depth;
        hold_to(self.vertices_mut(), depth, tone);
    }
}

fn hold_to(matrices: &mut [Affine], depth: usize, tone: &Tone) {
    let vertices = matrices.iter_mut().enumerate();
    vertices.for_each(|(index, matrix)| tone.hold(matrix, grey(index % depth, depth)));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grade(seed: usize) -> Grade {
        let noise = |i: usize| ((i * 7919 + seed * 104_729) % 97) as f32 / 97.0 - 0.5;
        let level = |z: usize| std::array::from_fn(|k| IDENTITY[k] + 0.2 * noise(12 * z + k));
        Grade::from_levels((0..5).map(level).collect())
    }

    #[test]
    fn halfway_between_is_the_mean_of_the_colours() {
        let (a, b) = (grade(1), grade(2));
        let colour = [0.2, 0.7, 0.4];
        let [low, high, middle] = [&a, &b, &a.toward(&b, 0.5)].map(|grade| grade.apply(colour));
        for c in 0..3 {
            assert!((middle[c] - 0.5 * (low[c] + high[c])).abs() < 1e-6);
        }
    }

    #[test]
    fn greys_are_made_to_rise_and_what_rises_is_left() {
        let steady = Grade::identity();
        assert_eq!(steady.clone().rising((0.2, 3.0)), steady);
        let falling =
            Grade::from_levels((0..6).map(|z| IDENTITY.map(|v| v * (1.0 - 0.3 * z as f32))).collect());
        let held = falling.rising((0.2, 3.0));
        let luma = |k: usize| luma(held.apply([k as f32 / 5.0; 3]));
        for k in 0..5 {
            assert!(luma(k + 1) - luma(k) > 0.2 / 5.0 - 1e-5, "{k}");
        }
    }

    #[test]
    fn a_strong_cast_is_weakened_and_a_weak_one_is_left() {
        let tinted = |by: f32| {
            let matrix = |k: usize| IDENTITY[k] + if k == 7 { by } else { 0.0 };
            Grade::from_levels(vec![std::array::from_fn(matrix); 12])
        };
        assert_eq!(tinted(0.02).with_cast_within((0.04, 0.06)), tinted(0.02));
        let held = tinted(0.3).with_cast_within((0.04, 0.06));
        for k in 3..9 {
            let grey = [k as f32 / 11.0; 3];
            let [before, after] = [tinted(0.3), held.clone()].map(|grade| grade.apply(grey));
            let [_, a, b] = oklab(after);
            // Casts are scaled as encoded, where Oklab's chroma is nearly in proportion.
            assert!(a.hypot(b) < 1.1 * 0.06, "grey {k}: {}", a.hypot(b));
            assert!(after[1] > after[0], "it is green still");
            assert!((luma(before) - luma(after)).abs() < 1e-5);
        }
    }

    proptest! {
        #[test]
        fn colours_are_those_of_its_grid(colour in prop::array::uniform3(-0.5_f32..1.5)) {
            let grade = grade(3);
            let sliced = grade.grid().slice(&Planes::from_vec(3, 1, 1, colour.to_vec()));
            for (a, b) in grade.apply(colour).iter().zip(sliced.data()) {
                prop_assert!((a - b).abs() < 1e-5);
            }
        }

        #[test]
        fn is_continuous_within_and_beyond_what_can_be_shown(
            colour in prop::array::uniform3(-0.5_f32..1.5), step in prop::array::uniform3(-1e-3_f32..1e-3)
        ) {
            let grade = grade(4);
            let near = std::array::from_fn(|c| colour[c] + step[c]);
            for (a, b) in grade.apply(colour).iter().zip(grade.apply(near)) {
                prop_assert!((a - b).abs() < 0.02);
            }
        }
    }
}
