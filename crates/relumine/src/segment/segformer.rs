//! SegFormer-B0 to B5 on ADE20K: the larger segmenters.
//!
//! Source: Xie, Wang, Yu, Anandkumar, Alvarez, Luo, *SegFormer: Simple and Efficient Design for Semantic Segmentation
//! with Transformers*, NeurIPS 2021; the arithmetic is that of the `transformers` package's
//! `SegformerForSemanticSegmentation`.
//!
//! ```text
//! photo 3×H×W ─ stage 0 ─► H/4 ─ stage 1 ─► H/8 ─ stage 2 ─► H/16 ─ stage 3 ─► H/32     encoder
//!                  └───────────────┴─────────────────┴──────────────────┴─► decode head ─► logits 150 × H/4 × W/4
//! ```
//!
//! A stage embeds overlapping patches (a strided convolution) and passes the tokens through blocks of efficient
//! self-attention and Mix-FFN. All sizes are rounded up.

mod ade20k;
mod attention;
mod decode_head;
mod encoder;
mod layer_norm;
mod mix_ffn;
mod segmenter;
mod variant;

pub use ade20k::ADE20K;
pub use variant::Variant;

use crate::features::TensorFile;
use crate::layers::{ReadTensor, Tokens};
use crate::watch::CancelToken;
use crate::{Planes, Result, Weights, WeightsError};
use decode_head::DecodeHead;
use encoder::EncoderStage;

/// Mean of ImageNet's photos, R, G, B.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
/// Their standard deviation.
const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];
/// The shortest side at which every reduced map of keys has a token: 8 tokens in stage 0.
const LEAST_SIDE: usize = 29;

/// A SegFormer with 150 classes, those of [`ADE20K`].
#[derive(Debug)]
pub struct SegFormer {
    variant: Variant,
    stages: Vec<EncoderStage>,
    head: DecodeHead,
}

impl SegFormer {
    /// What files of it hold, for people.
    pub(super) const KIND: &str = "SegFormer-B0 to B5 (layout of the transformers package)";

    /// Loads a safetensors file or a PyTorch checkpoint with the keys of the `transformers` package, in 16- or 32-bit
    /// floats. Which variant it holds is told by its tensors. None is embedded.
    ///
    /// # Errors
    /// [`Error::Weights`](crate::Error::Weights) where the file cannot be read, is of no SegFormer, or lacks a tensor; where a
    /// tensor has another shape (as it has for other classes than ADE20K's) or holds NaN or infinity.
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn load(weights: &Weights, token: &CancelToken) -> Result<Self> {
        Self::read(&mut TensorFile::open(weights, &relumine_weights::SEGMENTER, token)?)
    }

    /// Whether a file is of this kind, damaged or not.
    pub(super) fn recognises(file: &TensorFile) -> bool {
        file.names().any(|name| name.starts_with("segformer.encoder."))
    }

    /// As [`load`](Self::load), from an open file.
    pub(super) fn read(file: &mut TensorFile) -> Result<Self> {
        let variant = Variant::of(file).map_err(|problem| file.error(problem))?;
        Self::build(variant, &mut |name, shape| {
            let values = file.read(name, shape)?;
            if name.ends_with(".running_var") && values.iter().any(|variance| *variance < 0.0) {
                return Err(file.error(WeightsError::NegativeVariance { tensor: name.to_owned() }));
            }
            Ok(values)
        })
    }

    fn build(variant: Variant, read: &mut ReadTensor<'_>) -> Result<Self> {
        let stages = (0..variant::STAGES).map(|stage| EncoderStage::load(read, variant, stage));
        let stages = stages.collect::<Result<_>>()?;
        Ok(Self { variant, stages, head: DecodeHead::load(read, variant)? })
    }

    /// Which of the six it is.
    pub fn variant(&self) -> Variant {
        self.variant
    }

    /// The logits of all classes, 150 × ⌈H/4⌉ × ⌈W/4⌉, of a 3×H×W picture in sRGB, 0..1. Their softmax is the
    /// probability of each class.
    ///
    /// The networks were trained on crops of 512×512 pixels (B5: 640×640) of photos whose short side had about as many: that
    /// is the size to show them. Time and memory grow with the area; attention, whose scores would grow with its
    /// square, is computed in tiles of queries. The result does not depend on the number of threads. Pictures with a side below
    /// 29 pixels are extended by their border pixels, and the logits cut to the picture. Once the token is cancelled they
    /// are anything.
    ///
    /// # Panics
    /// If the picture has no pixels or not three planes.
    pub fn logits(&self, rgb: &Planes, token: &CancelToken) -> Planes {
        let mut tokens = normalised(rgb);
        let mut outputs = Vec::with_capacity(self.stages.len());
        for stage in &self.stages {
            tokens = stage.forward(&tokens, token);
            outputs.push(tokens.clone());
        }
        let (height, width) = (rgb.height().div_ceil(4), rgb.width().div_ceil(4));
        self.head.forward(&outputs, token).to_planes(height, width)
    }
}

/// A picture as the network sees it, extended to the least size.
fn normalised(rgb: &Planes) -> Tokens {
    assert!(rgb.area() > 0, "a picture with pixels");
    let planes = rgb.rgb();
    let (height, width) = (rgb.height().max(LEAST_SIDE), rgb.width().max(LEAST_SIDE));
    let mut tokens = Tokens::zeros(height, width, 3);
    for (p, token) in tokens.data_mut().as_chunks_mut::<3>().0.iter_mut().enumerate() {
        let (y, x) = ((p / width).min(rgb.height() - 1), (p % width).min(rgb.width() - 1));
        for (channel, value) in token.iter_mut().enumerate() {
            *value = (planes[channel][y * rgb.width() + x] - MEAN[channel]) / DEVIATION[channel];
        }
    }
    tokens
}

#[cfg(test)]
mod tests;
