//! The six sizes of SegFormer (the paper's appendix), what tells them apart, and the tensors of each.

use std::fmt;

use crate::WeightsError;
use crate::features::TensorFile;

/// Stages of the encoder.
pub(super) const STAGES: usize = 4;
/// Classes of ADE20K's scene parsing benchmark.
pub(super) const CLASSES: usize = 150;
/// Kernel and stride of each stage's patches.
pub(super) const PATCHES: [(usize, usize); STAGES] = [(7, 4), (3, 2), (3, 2), (3, 2)];
/// Heads of attention in each stage.
pub(super) const HEADS: [usize; STAGES] = [1, 2, 5, 8];
/// By how much the map of keys and values is smaller, a side.
pub(super) const REDUCTIONS: [usize; STAGES] = [8, 4, 2, 1];
/// Hidden channels of a Mix-FFN by its own.
pub(super) const WIDENING: usize = 4;

/// One of the six sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the paper's names")]
pub enum Variant {
    B0,
    B1,
    B2,
    B3,
    B4,
    B5,
}

impl Variant {
    /// All of them, smallest first.
    pub const ALL: [Self; 6] = [Self::B0, Self::B1, Self::B2, Self::B3, Self::B4, Self::B5];

    /// Its name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::B0 => "SegFormer-B0",
            Self::B1 => "SegFormer-B1",
            Self::B2 => "SegFormer-B2",
            Self::B3 => "SegFormer-B3",
            Self::B4 => "SegFormer-B4",
            Self::B5 => "SegFormer-B5",
        }
    }

    /// Channels of each stage's tokens.
    pub(super) fn widths(self) -> [usize; STAGES] {
        if self == Self::B0 { [32, 64, 160, 256] } else { [64, 128, 320, 512] }
    }

    /// Blocks of each stage.
    pub(super) fn depths(self) -> [usize; STAGES] {
        match self {
            Self::B0 | Self::B1 => [2, 2, 2, 2],
            Self::B2 => [3, 4, 6, 3],
            Self::B3 => [3, 4, 18, 3],
            Self::B4 => [3, 8, 27, 3],
            Self::B5 => [3, 6, 40, 3],
        }
    }

    /// Channels of the decode head.
    pub(super) fn decoder_width(self) -> usize {
        if matches!(self, Self::B0 | Self::B1) { 256 } else { 768 }
    }

    /// The variant of a file: that of its first layer's width and its stages' depths.
    pub(super) fn of(file: &TensorFile) -> Result<Self, WeightsError> {
        let width = file
            .shape("segformer.encoder.patch_embeddings.0.proj.weight")
            .and_then(|shape| shape.first().copied());
        let mut depths = [0; STAGES];
        for name in file.names() {
            let mut path = name.strip_prefix("segformer.encoder.block.").unwrap_or_default().split('.');
            let mut number = || path.next()?.parse::<usize>().ok();
            if let (Some(stage @ 0..STAGES), Some(block)) = (number(), number()) {
                depths[stage] = depths[stage].max(block.saturating_add(1));
            }
        }
        let found = Self::ALL.into_iter().find(|v| width == Some(v.widths()[0]) && depths == v.depths());
        found.ok_or_else(|| WeightsError::UnknownNetwork {
            sample: file.sample(),
            expected: super::SegFormer::KIND.to_owned(),
        })
    }

    /// Name and shape of every tensor that [`SegFormer::load`](super::SegFormer::load) reads.
    pub fn tensors(self) -> Vec<(String, Vec<usize>)> {
        let mut list = Vec::new();
        let mut layer = |key: String, shape: &[usize]| {
            list.push((format!("{key}.weight"), shape.to_vec()));
            list.push((format!("{key}.bias"), vec![shape[0]]));
        };
        let widths = self.widths();
        for (stage, &c) in widths.iter().enumerate() {
            let (kernel, _) = PATCHES[stage];
            let (inputs, ratio) = (if stage == 0 { 3 } else { widths[stage - 1] }, REDUCTIONS[stage]);
            let encoder = "segformer.encoder";
            layer(format!("{encoder}.patch_embeddings.{stage}.proj"), &[c, inputs, kernel, kernel]);
            layer(format!("{encoder}.patch_embeddings.{stage}.layer_norm"), &[c]);
            for block in 0..self.depths()[stage] {
                let key = format!("{encoder}.block.{stage}.{block}");
                for part in ["self.query", "self.key", "self.value", "output.dense"] {
                    layer(format!("{key}.attention.{part}"), &[c, c]);
                }
                if ratio > 1 {
                    layer(format!("{key}.attention.self.sr"), &[c, c, ratio, ratio]);
                    layer(format!("{key}.attention.self.layer_norm"), &[c]);
                }
                layer(format!("{key}.layer_norm_1"), &[c]);
                layer(format!("{key}.layer_norm_2"), &[c]);
                layer(format!("{key}.mlp.dense1"), &[WIDENING * c, c]);
                layer(format!("{key}.mlp.dwconv.dwconv"), &[WIDENING * c, 1, 3, 3]);
                layer(format!("{key}.mlp.dense2"), &[c, WIDENING * c]);
            }
            layer(format!("{encoder}.layer_norm.{stage}"), &[c]);
        }
        let width = self.decoder_width();
        for (stage, &c) in widths.iter().enumerate() {
            layer(format!("decode_head.linear_c.{stage}.proj"), &[width, c]);
        }
        layer("decode_head.batch_norm".to_owned(), &[width]);
        layer("decode_head.classifier".to_owned(), &[CLASSES, width, 1, 1]);
        for part in ["running_mean", "running_var"] {
            list.push((format!("decode_head.batch_norm.{part}"), vec![width]));
        }
        list.push(("decode_head.linear_fuse.weight".to_owned(), vec![width, STAGES * width, 1, 1]));
        list
    }
}

/// As in `SegFormer-B0`.
impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
