//! A colour map made safe to tabulate: the look's where the photo had colours, falling smoothly to none far from any, with greys that neither
//! fall nor rise so steeply that a gradient breaks into steps.

use super::samples::Samples;
use crate::colour::luma;
use crate::lut::Lattice;
use crate::metrics::lab;

/// Points of the lattice of distances along each side of the colour cube.
const POINTS: usize = 33;
/// Up to this distance from a colour of the photo (of sRGB-encoded values) all of the look, from that on nothing.
const NEAR: f32 = 0.12;
const FAR: f32 = 0.5;
/// Steps of grey at which the curve is held, and most that a channel changes from one 8-bit level to the next: after rounding, 3 levels.
const GREYS: usize = 256;
const STEEPEST: f32 = 2.9 / 255.0;
/// Least that L* rises from one level to the next, and that the channels of a grey do where it would not: what interpolation between the
/// points of a table makes of it still rises.
const LEAST_RISE: f32 = 0.02;
const LEAST_STEP: f32 = 0.2 / 255.0;
/// Chroma (the largest less the smallest channel) over which what holds the greys fades.
const FADE: f32 = 0.15;

/// A map of sRGB-encoded colours.
pub(super) struct Shaped<'m> {
    map: Box<dyn Fn([f32; 3]) -> [f32; 3] + Sync + 'm>,
    share: Nearness,
    /// What is added to greys, by luma.
    held: Vec<[f32; 3]>,
}

impl<'m> Shaped<'m> {
    /// The map, as far as these samples are near.
    pub(super) fn new(map: impl Fn([f32; 3]) -> [f32; 3] + Sync + 'm, samples: &Samples) -> Self {
        let share = Nearness::new(samples);
        let mut shaped = Self { map: Box::new(map), share, held: Vec::new() };
        shaped.held = shaped.held_greys();
        shaped
    }

    pub(super) fn at(&self, colour: [f32; 3]) -> [f32; 3] {
        let (mapped, share) = ((self.map)(colour), self.share.at(colour));
        let chroma =
            colour.into_iter().fold(f32::MIN, f32::max) - colour.into_iter().fold(f32::MAX, f32::min);
        let near_grey = (-(chroma / FADE).powi(2)).exp();
        let held = self.held(luma(colour));
        std::array::from_fn(|c| colour[c] + share * (mapped[c] - colour[c]) + near_grey * held[c])
    }

    fn held(&self, luma: f32) -> [f32; 3] {
        if self.held.is_empty() {
            return [0.0; 3];
        }
        let at = luma.clamp(0.0, 1.0) * (GREYS - 1) as f32;
        let low = (at as usize).min(GREYS - 2);
        let part = at - low as f32;
        std::array::from_fn(|c| (1.0 - part) * self.held[low][c] + part * self.held[low + 1][c])
    }

    /// What greys lack to rise, and to rise gently, from the middle on.
    fn held_greys(&self) -> Vec<[f32; 3]> {
        let greys: Vec<[f32; 3]> = (0..GREYS).map(|k| self.at([k as f32 / (GREYS - 1) as f32; 3])).collect();
        let mut held = greys.clone();
        let middle = GREYS / 2;
        for k in middle + 1..GREYS {
            held[k] = next(held[k - 1], step(greys[k - 1], greys[k]), 1.0);
        }
        for k in (0..middle).rev() {
            held[k] = next(held[k + 1], step(greys[k + 1], greys[k]), -1.0);
        }
        held.iter().zip(&greys).map(|(held, grey)| step(*grey, *held)).collect()
    }
}

/// How near a colour is to any of a photo's: 1 where there are some, falling smoothly to 0.
pub(super) struct Nearness(Lattice);

impl Nearness {
    pub(super) fn new(samples: &Samples) -> Self {
        let distances = distances(samples);
        Self(Lattice::from_fn(POINTS, |colour| {
            let [r, g, b] = colour.map(|v| (v * (POINTS - 1) as f32).round() as usize);
            let beyond = ((distances[(b * POINTS + g) * POINTS + r] - NEAR) / (FAR - NEAR)).clamp(0.0, 1.0);
            [1.0 - beyond * beyond * (3.0 - 2.0 * beyond); 3]
        }))
    }

    pub(super) fn at(&self, colour: [f32; 3]) -> f32 {
        self.0.apply(colour.map(|v| v.clamp(0.0, 1.0)))[0]
    }
}

fn step(from: [f32; 3], to: [f32; 3]) -> [f32; 3] {
    std::array::from_fn(|c| to[c] - from[c])
}

/// The grey after one, by a step of the map as far as that is gentle and does not turn: lighter for a sign of 1, darker for −1.
fn next(from: [f32; 3], step: [f32; 3], sign: f32) -> [f32; 3] {
    let lightness = |colour: [f32; 3]| lab::convert(colour.map(|v| f64::from(v.clamp(0.0, 1.0))))[0] as f32;
    let rises = |colour: [f32; 3]| sign * (lightness(colour) - lightness(from)) >= LEAST_RISE;
    let gentle = step.map(|v| v.clamp(-STEEPEST, STEEPEST));
    let by = |step: [f32; 3]| -> [f32; 3] { std::array::from_fn(|c| from[c] + step[c]) };
    // Its hue may still turn where its lightness may not.
    let mean = (gentle[0] + gentle[1] + gentle[2]) / 3.0;
    let fall = sign * (sign * mean).min(0.0);
    let level = by(gentle.map(|v| v - fall + sign * LEAST_STEP));
    let steps = [by(gentle), level];
    steps.into_iter().find(|colour| rises(*colour)).unwrap_or(by([sign * LEAST_STEP; 3]))
}

/// Distance of each point of the lattice, red fastest, to the nearest sample. Exact but for rounding samples to points: squared distances
/// are lowest sums along one axis after the other (Felzenszwalb & Huttenlocher, "Distance transforms of sampled functions", 2012).
fn distances(samples: &Samples) -> Vec<f32> {
    let unit = 1.0 / (POINTS - 1) as f32;
    let mut squares = vec![f32::MAX; POINTS * POINTS * POINTS];
    for sample in samples.all() {
        let [r, g, b] = sample.before.map(|v| (v.clamp(0.0, 1.0) / unit).round() as usize);
        squares[(b * POINTS + g) * POINTS + r] = 0.0;
    }
    for stride in [1, POINTS, POINTS * POINTS] {
        for first in (0..squares.len()).filter(|index| index / stride % POINTS == 0) {
            let line: [f32; POINTS] = std::array::from_fn(|k| squares[first + k * stride]);
            for k in 0..POINTS {
                let from =
                    |(other, square): (usize, &f32)| square + (other.abs_diff(k) as f32 * unit).powi(2);
                squares[first + k * stride] = line.iter().enumerate().map(from).fold(f32::MAX, f32::min);
            }
        }
    }
    squares.into_iter().map(f32::sqrt).collect()
}
