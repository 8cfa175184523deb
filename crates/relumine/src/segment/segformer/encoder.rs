//! One stage of the encoder (MiT, *Mix Transformer*): patches become tokens, which blocks of attention and Mix-FFN refine.

use super::attention::Attention;
use super::layer_norm::LayerNorm;
use super::mix_ffn::MixFfn;
use super::variant::{self, Variant};
use crate::Result;
use crate::layers::ReadTensor;
use crate::layers::StridedConvolution;
use crate::layers::Tokens;
use crate::watch::CancelToken;

#[derive(Debug)]
pub(super) struct EncoderStage {
    patches: StridedConvolution,
    patch_norm: LayerNorm,
    blocks: Vec<EncoderBlock>,
    norm: LayerNorm,
}

#[derive(Debug)]
struct EncoderBlock {
    attention_norm: LayerNorm,
    attention: Attention,
    ffn_norm: LayerNorm,
    ffn: MixFfn,
}

impl EncoderStage {
    pub(super) fn load(read: &mut ReadTensor<'_>, variant: Variant, stage: usize) -> Result<Self> {
        let widths = variant.widths();
        let channels = widths[stage];
        let inputs = if stage == 0 { 3 } else { widths[stage - 1] };
        let (kernel, stride) = variant::PATCHES[stage];
        let patch = format!("segformer.encoder.patch_embeddings.{stage}");
        let patches =
            StridedConvolution::patches(read, &format!("{patch}.proj"), [inputs, channels], kernel, stride)?;
        let patch_norm = LayerNorm::load(read, &format!("{patch}.layer_norm"), channels)?;
        let blocks =
            (0..variant.depths()[stage]).map(|block| EncoderBlock::load(read, channels, stage, block));
        let blocks = blocks.collect::<Result<_, _>>()?;
        let norm = LayerNorm::load(read, &format!("segformer.encoder.layer_norm.{stage}"), channels)?;
        Ok(Self { patches, patch_norm, blocks, norm })
    }

    /// The stage's tokens; once the token is cancelled, of no more blocks.
    pub(super) fn forward(&self, input: &Tokens, token: &CancelToken) -> Tokens {
        let mut tokens = self.patch_norm.apply(self.patches.apply(input));
        for block in &self.blocks {
            block.attention.add(&block.attention_norm.apply(tokens.clone()), &mut tokens, token);
            if token.is_cancelled() {
                break;
            }
            block.ffn.add(&block.ffn_norm.apply(tokens.clone()), &mut tokens, token);
            if token.is_cancelled() {
                break;
            }
        }
        self.norm.apply(tokens)
    }
}

impl EncoderBlock {
    fn load(read: &mut ReadTensor<'_>, channels: usize, stage: usize, block: usize) -> Result<Self> {
        let prefix = format!("segformer.encoder.block.{stage}.{block}");
        let (heads, ratio) = (variant::HEADS[stage], variant::REDUCTIONS[stage]);
        Ok(Self {
            attention_norm: LayerNorm::load(read, &format!("{prefix}.layer_norm_1"), channels)?,
            attention: Attention::load(read, &format!("{prefix}.attention"), channels, heads, ratio)?,
            ffn_norm: LayerNorm::load(read, &format!("{prefix}.layer_norm_2"), channels)?,
            ffn: MixFfn::load(read, &format!("{prefix}.mlp"), channels, variant::WIDENING * channels)?,
        })
    }
}
