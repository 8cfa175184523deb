//! How two photos are paired.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::segment::SegmentOptions;
use crate::{OptionsError, Weights};

/// Where the regions come from when no masks are given; masks that are given win.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Masks {
    /// From what is recognised in both photos.
    #[default]
    Auto,
    /// There is one region, all of the photo.
    None,
}

/// How the borders of regions run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edges {
    /// As in the masks, moved to an edge of the photo within 2 % of the long side, and spread where there is none.
    #[default]
    Soft,
    /// Along the photo's own edges, pixel by pixel: a soft matte for each region, for hair, and branches before a sky.
    Matte,
}

/// What becomes of a region of the content without a counterpart in the reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnpairedLook {
    /// It takes the reference's grade; by `deep-photo`, the look of the whole reference.
    #[default]
    Global,
    /// It keeps its colours.
    Keep,
}

/// What becomes of a ground: the one colour that a product, a drawing or a window of a program lies on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroundLook {
    /// It is a region of its own that keeps its colour, and the reference's is not looked at. Masks that are given say themselves what
    /// is a region.
    #[default]
    Keep,
    /// It is part of the photo like any other.
    Free,
}

/// What becomes of people's skin, where the segmenter tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkinLook {
    /// It takes exposure, warmth and contrast within bounds, and keeps its hue and shading. Under a reference without colours, the shading
    /// alone.
    #[default]
    Protect,
    /// It takes the look like anything else.
    Free,
}

/// How two photos are paired.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PairOptions {
    /// Where the regions come from when no masks are given.
    pub masks: Masks,
    /// How the borders of regions run.
    pub edges: Edges,
    /// What becomes of regions without a counterpart, whether of masks or recognised.
    pub unpaired: UnpairedLook,
    /// What becomes of a ground.
    pub ground: GroundLook,
    /// What becomes of skin, which is told where regions are recognised.
    pub skin: SkinLook,
    /// Pairs by hand, over what is recognised: groups of the content, such as `building`, each with the group of the reference that it takes
    /// its look from; with masks, their colours.
    pub pairs: BTreeMap<String, String>,
    /// Groups of the content, such as `person`, that keep their colours and are compared with nothing; with masks, their colours.
    pub leave: BTreeSet<String>,
    /// The segmenter that recognises them.
    pub segmenter: Weights,
    /// How photos are segmented.
    pub segment: SegmentOptions,
}

impl PairOptions {
    /// Finds what is wrong with the options by themselves.
    ///
    /// # Errors
    /// [`OptionsError::OutOfRange`] for a parameter of the refinement outside its range, [`OptionsError::Malformed`] for a group that is to be
    /// paired and to be left.
    pub fn check(&self) -> Result<(), OptionsError> {
        if let Some(name) = self.leave.iter().find(|name| self.pairs.contains_key(*name)) {
            let reason = "it is to be left as it is, and to be paired".into();
            return Err(OptionsError::Malformed { what: name.clone(), reason });
        }
        self.segment.refine.check()
    }

    /// Whether any region is chosen by hand.
    pub(crate) fn has_hand(&self) -> bool {
        !(self.pairs.is_empty() && self.leave.is_empty())
    }
}
