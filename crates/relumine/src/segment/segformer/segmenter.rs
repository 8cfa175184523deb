//! SegFormer as a [`Segmenter`].

use std::sync::LazyLock;

use super::{ADE20K, SegFormer};
use crate::Planes;
use crate::resample::{Filter, resize};
use crate::segment::{Segmenter, softmax};
use crate::watch::CancelToken;

/// Short side, in pixels, that the networks were trained on.
const SHORT: f64 = 512.0;
/// Long side that they see at most.
const LONGEST: f64 = 2048.0;

static CLASSES: LazyLock<Vec<String>> = LazyLock::new(|| ADE20K.map(str::to_owned).into());

impl Segmenter for SegFormer {
    fn name(&self) -> &str {
        self.variant().name()
    }

    fn classes(&self) -> &[String] {
        &CLASSES
    }

    fn probabilities(&self, photo: &Planes, token: &CancelToken) -> Planes {
        let (long, short) =
            (photo.height().max(photo.width()) as f64, photo.height().min(photo.width()) as f64);
        let scale = (SHORT / short).min(LONGEST / long);
        let side = |pixels: usize| ((pixels as f64 * scale).round() as usize).max(1);
        let seen = resize(photo, side(photo.height()), side(photo.width()), Filter::Bilinear);
        let mut out = self.logits(&seen, token);
        softmax(&mut out, token);
        out
    }
}
