//! A photo and its references: opened, and the look of the one for the others found.

use std::path::Path;

use anyhow::Result;
use relumine::io::{ColourSpace, Photo};
use relumine::mask::Mask;
use relumine::watch::Watch;
use relumine::{Engine, Look, Pairing, Reference, TransferOptions};

use crate::args::{ChosenReference, MaskArgs};
use crate::console::Console;
use crate::files::{self, Reading};

/// Where the photos of a pair come from.
pub(crate) struct Sources<'a> {
    pub(crate) content: &'a Path,
    pub(crate) references: &'a [ChosenReference],
    pub(crate) masks: &'a MaskArgs,
    /// Of content and references, where their files do not say.
    pub(crate) spaces: [Option<ColourSpace>; 2],
    pub(crate) reading: Reading,
}

/// A photo, those whose look it gets, and the masks of content and reference.
pub(crate) struct Pair {
    pub(crate) content: Photo,
    references: Vec<(Photo, ChosenReference)>,
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
        let Sources { content, references, masks, spaces, reading } = sources;
        let limits = &reading.limits;
        let content = files::open(engine, content, reading, watch)?;
        check(&content)?;
        let content = files::assumed(console, content, spaces[0]);
        let mut opened = Vec::new();
        for reference in *references {
            let photo = files::open(engine, &reference.file, reading, watch)?;
            opened.push((files::assumed(console, photo, spaces[1]), reference.clone()));
        }
        let masks = match (&masks.content_mask, &masks.reference_mask) {
            (Some(ours), Some(theirs)) => {
                Some([engine.open_mask(ours, limits, watch)?, engine.open_mask(theirs, limits, watch)?])
            }
            _ => None,
        };
        Ok(Self { content, references: opened, masks })
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
        let reference = |(photo, chosen): &(Photo, ChosenReference)| Reference {
            analysis: engine.analyse_once(photo),
            weight: chosen.weight,
            region: chosen.region.clone(),
        };
        let theirs: Vec<Reference> = self.references.iter().map(reference).collect();
        let several = theirs.len() > 1;
        let ours = if several { engine.analyse(&self.content) } else { engine.analyse_once(&self.content) };
        engine.check(&ours, &theirs, self.masks(), options, watch)?;
        Ok(engine.find(&ours, &theirs, self.masks(), options, watch)?)
    }
}
