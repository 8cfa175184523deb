//! What was done to one photo, as a look: told by its colours before and after.
//!
//! First the grade that fits best; then, of what that leaves, a lattice of differences D, by lattice regression (Garcia & Gupta, "Lattice
//! regression", NIPS 2009):
//!
//! ```text
//! min_D  Σ_i w_i |D(b_i) - r_i|²  +  λ Σ_(p,q) |D_p - D_q|²  +  ε Σ_p |D_p|²
//! ```
//!
//! b_i the samples before, r_i what the grade leaves of them, D(b) between the points of the lattice trilinear, (p, q) neighbours. Where the
//! photo had no colours, D falls to nothing, as the grade does. By conjugate gradients, each channel by itself.

use rayon::prelude::*;

use super::document::Document;
use super::samples::{Sample, Samples};
use super::shaped::Nearness;
use super::{SavedLook, thumbnail};
use crate::counts::Frame;
use crate::grid::Grade;
use crate::io::Photo;
use crate::lut::{Lattice, Lut};
use crate::resample::{Filter, fit};
use crate::watch::{Stage, Watch};
use crate::{Engine, OptionsError, Result};

/// Long side at which photos are compared.
const SIZE: usize = 1024;
/// By how much, relatively, the proportions of both may differ: rounding to whole pixels makes less.
const PROPORTIONS: f64 = 0.01;
/// Points of the lattice along each side.
const POINTS: usize = 33;
/// λ, and ε.
const SMOOTH: f32 = 0.02;
const SMALL: f32 = 1e-3;
/// Steps of conjugate gradients, and the residual at which they end, as a share of that at the start.
const STEPS: usize = 200;
const ENOUGH: f64 = 1e-4;
/// What the rarest colours weigh in the grade.
const LEAST_WEIGHT: f32 = 1e-4;

impl Engine {
    /// The look of what was done to a photo: of the same picture before and after, at any sizes. What was done by place (a vignette, a brush)
    /// is not told from what was done by colour.
    ///
    /// # Errors
    /// [`OptionsError::NotOneCrop`] for pictures of other proportions, [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn learn_edit(&self, before: &Photo, after: &Photo, watch: &mut Watch<'_>) -> Result<SavedLook> {
        let ratio = |photo: &Photo| photo.height() as f64 / photo.width() as f64;
        let sides = [before, after].map(|photo| photo.height().min(photo.width()));
        let tolerance = PROPORTIONS.max(1.0 / sides[0].min(sides[1]) as f64);
        if (ratio(after) / ratio(before) - 1.0).abs() > tolerance {
            let [before, after] = [before, after].map(|photo| photo.path().into());
            return Err(OptionsError::NotOneCrop { before, after }.into());
        }
        watch.stage(Stage::Grade, |watch| {
            let token = watch.token().clone();
            self.install(|| {
                let least = if before.width() < after.width() { before } else { after };
                let size = fit(least.height(), least.width(), SIZE);
                let small = |photo: &Photo| {
                    let whole = Frame::whole(photo.height(), photo.width());
                    photo.resized(&whole, size, Filter::Area, &token)
                };
                let (before, after) = (small(before)?, small(after)?);
                let samples = Samples::of(&before, &after, |_| None);
                token.check()?;
                let (overall, table) = learnt(&samples);
                Ok(SavedLook {
                    document: Document::of_edit(overall),
                    samples,
                    table: Some(Lut::new(table)),
                    references: Vec::new(),
                    thumbnail: Some(thumbnail(&after)?),
                })
            })
        })
    }
}

/// The grade that fits the samples best, and the table.
fn learnt(samples: &Samples) -> (Grade, Lattice) {
    let (before, after, mut weights) = samples.as_rows();
    weights.iter_mut().for_each(|weight| *weight = weight.max(LEAST_WEIGHT));
    let grade = Grade::fitted(&before, &after, &weights, &Grade::identity());
    let table = tabulated(&grade, samples, SMOOTH);
    (grade, table)
}

/// The table of a grade and of what that leaves of the samples, as smooth as λ makes it.
pub(super) fn tabulated(grade: &Grade, samples: &Samples, smooth: f32) -> Lattice {
    let nearness = Nearness::new(samples);
    let graded = |colour: [f32; 3]| -> [f32; 3] {
        let (made, share) = (grade.apply(colour), nearness.at(colour));
        std::array::from_fn(|c| colour[c] + share * (made[c] - colour[c]))
    };
    let left = |sample: &Sample| {
        let graded = graded(sample.before);
        std::array::from_fn(|c| sample.after[c] - graded[c])
    };
    let rest = regressed(samples, left, smooth);
    Lattice::from_fn(POINTS, |colour| {
        let [r, g, b] = colour.map(|v| (v * (POINTS - 1) as f32).round() as usize);
        let (point, made) = ((b * POINTS + g) * POINTS + r, graded(colour));
        std::array::from_fn(|c| made[c] + rest[c][point])
    })
}

/// The lattice of differences of each channel, red fastest.
fn regressed(samples: &Samples, left: impl Fn(&Sample) -> [f32; 3] + Sync, smooth: f32) -> [Vec<f32>; 3] {
    // Rare colours count for more than their share: they are as much of the edit.
    let total: f32 = samples.all().iter().map(|sample| sample.weight.sqrt()).sum();
    let scale = samples.all().len() as f32 / total.max(f32::MIN_POSITIVE);
    let rows: Vec<Row> = samples
        .all()
        .iter()
        .map(|sample| Row { corners: corners(sample.before), weight: scale * sample.weight.sqrt() })
        .collect();
    let targets: Vec<[f32; 3]> = samples.all().iter().map(left).collect();
    let channels: Vec<Vec<f32>> = (0..3)
        .into_par_iter()
        .map(|c| solved(&rows, smooth, &targets.iter().map(|target| target[c]).collect::<Vec<_>>()))
        .collect();
    channels.try_into().expect("three channels")
}

/// The points about a sample with their weights, and how much it counts.
struct Row {
    corners: [(usize, f32); 8],
    weight: f32,
}

fn corners(colour: [f32; 3]) -> [(usize, f32); 8] {
    let at = colour.map(|v| v.clamp(0.0, 1.0) * (POINTS - 1) as f32);
    let low = at.map(|v| (v as usize).min(POINTS - 2));
    std::array::from_fn(|corner| {
        let mut weight = 1.0;
        let mut point = 0;
        for (c, stride) in [1, POINTS, POINTS * POINTS].into_iter().enumerate() {
            let far = corner >> c & 1;
            let part = at[c] - low[c] as f32;
            weight *= if far == 1 { part } else { 1.0 - part };
            point += (low[c] + far) * stride;
        }
        (point, weight)
    })
}

/// The normal equations, applied.
fn normal(rows: &[Row], smooth: f32, d: &[f32]) -> Vec<f32> {
    let mut out: Vec<f32> = d.iter().map(|v| SMALL * v).collect();
    for stride in [1, POINTS, POINTS * POINTS] {
        for p in (0..d.len()).filter(|p| p / stride % POINTS + 1 < POINTS) {
            let apart = smooth * (d[p] - d[p + stride]);
            out[p] += apart;
            out[p + stride] -= apart;
        }
    }
    for Row { corners, weight } in rows {
        let value: f32 = corners.iter().map(|(point, share)| share * d[*point]).sum();
        corners.iter().for_each(|(point, share)| out[*point] += weight * share * value);
    }
    out
}

fn solved(rows: &[Row], smooth: f32, targets: &[f32]) -> Vec<f32> {
    let dot =
        |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum() };
    let mut residual = vec![0.0; POINTS * POINTS * POINTS];
    for (Row { corners, weight }, target) in rows.iter().zip(targets) {
        corners.iter().for_each(|(point, share)| residual[*point] += weight * share * target);
    }
    let mut found = vec![0.0; residual.len()];
    let mut direction = residual.clone();
    let mut square = dot(&residual, &residual);
    let enough = ENOUGH * ENOUGH * square;
    for _ in 0..STEPS {
        if square <= enough || square == 0.0 {
            break;
        }
        let along = normal(rows, smooth, &direction);
        let step = (square / dot(&direction, &along)) as f32;
        found.iter_mut().zip(&direction).for_each(|(x, d)| *x += step * d);
        residual.iter_mut().zip(&along).for_each(|(r, a)| *r -= step * a);
        let next = dot(&residual, &residual);
        let beta = (next / square) as f32;
        direction.iter_mut().zip(&residual).for_each(|(d, r)| *d = r + beta * *d);
        square = next;
    }
    found
}
