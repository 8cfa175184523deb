//! SegFormer as a [`Segmenter`].

use std::sync::LazyLock;

use super::{ADE20K, SegFormer};
use crate::Planes;
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

    fn looks_at(&self, height: usize, width: usize) -> (usize, usize) {
        let (long, short) = (height.max(width) as f64, height.min(width) as f64);
        let scale = (SHORT / short).min(LONGEST / long);
        let side = |pixels: usize| ((pixels as f64 * scale).round() as usize).max(1);
        (side(height), side(width))
    }

    fn probabilities(&self, photo: &Planes, token: &CancelToken) -> Planes {
        let mut out = self.logits(photo, token);
        softmax(&mut out, token);
        out
    }
}
