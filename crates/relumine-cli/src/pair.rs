//! A photo and its reference: opened, and the look of one for the other found.

use std::path::Path;

use anyhow::Result;
use relumine::io::{ColourSpace, Limits, Photo};
use relumine::mask::Mask;
use relumine::watch::Watch;
use relumine::{Engine, Look, Pairing, TransferOptions};

use crate::args::MaskArgs;
use crate::console::Console;
use crate::files;

/// Where the photos of a pair come from.
pub(crate) struct Sources<'a> {
    pub(crate) content: &'a Path,
    pub(crate) reference: &'a Path,
    pub(crate) masks: &'a MaskArgs,
    /// Of content and reference, where their files do not say.
    pub(crate) spaces: [Option<ColourSpace>; 2],
    pub(crate) limits: Limits,
}

/// A photo, the one whose look it gets, and the masks of both.
pub(crate) struct Pair {
    pub(crate) content: Photo,
    reference: Photo,
    masks: Option<[Mask; 2]>,
}

impl Pair {
    /// Opens the files; `check` looks at the photo before the others are opened.
    pub(crate) fn open(
        engine: &Engine,
        sources: &Sources<'_>,
        console: Console,
        watch: &mut Watch<'_>,
        check: impl FnOnce(&Photo) -> relumine::Result<()>,
    ) -> Result<Self> {
        let Sources { content, reference, masks, spaces, limits } = sources;
        let content = files::open(engine, content, limits, watch)?;
        check(&content)?;
        let content = files::assumed(console, content, spaces[0]);
        let reference = files::open(engine, reference, limits, watch)?;
        let reference = files::assumed(console, reference, spaces[1]);
        let masks = match (&masks.content_mask, &masks.reference_mask) {
            (Some(ours), Some(theirs)) => {
                Some([engine.open_mask(ours, limits, watch)?, engine.open_mask(theirs, limits, watch)?])
            }
            _ => None,
        };
        Ok(Self { content, reference, masks })
    }

    /// The masks of content and reference.
    pub(crate) fn masks(&self) -> Option<(&Mask, &Mask)> {
        self.masks.as_ref().map(|[ours, theirs]| (ours, theirs))
    }

    /// Finds everything that can be wrong, then the look; there is none at strength 0.
    pub(crate) fn solve(
        &self,
        engine: &Engine,
        options: &TransferOptions,
        watch: &mut Watch<'_>,
    ) -> Result<(Pairing, Option<Look>)> {
        let (ours, theirs) =
            (engine.analyse_once(&self.content), [engine.analyse_once(&self.reference).into()]);
        engine.check(&ours, &theirs, self.masks(), options, watch)?;
        Ok(engine.find(&ours, &theirs, self.masks(), options, watch)?)
    }
}
