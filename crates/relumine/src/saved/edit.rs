//! What was done to one photo, as a look: told by its colours before and after.

use super::document::Document;
use super::regression::{Fit, tabulated};
use super::samples::Samples;
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
/// An edit is followed closely: it is what one wants to have.
const FIT: Fit = Fit { side: 24, smooth: 0.02 };
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
    let table = tabulated(&grade, samples, &FIT);
    (grade, table)
}
