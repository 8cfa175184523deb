//! Arguments of `relumine segment`, and those of whatever recognises regions.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use relumine::io::Limits;
use relumine::refine::Refinement;
use relumine::segment::{Merging, SegmentOptions};

use super::{Choices, FileArgs, MachineArgs, choice, name};

pub(super) const EXAMPLES: &str = "\
Examples:
  Each region in one flat colour; the result can be corrected and used as a mask:
    relumine segment photo.jpg -o regions.png
  Regions over the photo, and their names, colours and shares:
    relumine segment photo.jpg -o regions.png --overlay overlay.jpg --json regions.json
  Other groups, a line each, such as `sea #0040c0 sea water`:
    relumine segment photo.jpg -o regions.png --merge groups.txt

Exit code: 0 done, 1 failed, 2 wrong usage.";

#[derive(Debug, Args)]
pub(crate) struct SegmentArgs {
    /// The photo: JPEG, PNG, TIFF, WebP, JPEG XL or OpenEXR
    pub(crate) photo: PathBuf,
    /// Where to write the regions, one flat colour each, in the photo's size; PNG keeps the colours exactly
    #[arg(long, short)]
    pub(crate) output: PathBuf,
    /// Write the photo with the regions' colours over it
    #[arg(long, value_name = "FILE")]
    pub(crate) overlay: Option<PathBuf>,
    /// Write the regions' names, colours, classes and shares as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) recognise: RecogniseArgs,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    #[command(flatten)]
    pub(crate) files: FileArgs,
}

/// How regions are recognised.
#[derive(Debug, Args)]
#[command(next_help_heading = "Regions")]
pub(crate) struct RecogniseArgs {
    /// How the borders of what is recognised are made to follow the photo
    #[arg(long, value_parser = choice(&REFINEMENTS), default_value = name(&REFINEMENTS, Refinement::default()), hide_short_help = true)]
    pub(crate) refine: Refinement,
    /// File that says which classes make one region: lines of a name, a colour such as #46a0f0, and classes
    /// (those of ADE20K, skin and hair)
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub(crate) merge: Option<PathBuf>,
    /// File of a segmenter instead of the embedded one: relumine's own or a SegFormer, or `segformer-b0` for that of
    /// `relumine weights fetch segformer-b0`
    #[arg(long, value_name = "PATH|segformer-b0", hide_short_help = true)]
    pub(crate) segmenter: Option<PathBuf>,
}

const REFINEMENTS: Choices<Refinement, 4> = [
    (Refinement::Dense, "dense", "Fully connected CRF, mean field (Kraehenbuehl & Koltun 2011)"),
    (Refinement::None, "none", "Not at all"),
    (Refinement::RobustPn, "robust-pn", "Superpixels with the Robust P^n potential (Kohli et al. 2009)"),
    (Refinement::Mcmc, "mcmc", "The model of `dense` by Gibbs sampling; slow"),
];

impl RecogniseArgs {
    /// The groups that are asked for.
    ///
    /// # Errors
    /// If their file cannot be read or understood.
    pub(crate) fn merging(&self, limits: &Limits) -> Result<Merging> {
        Ok(self.merge.as_deref().map(|path| Merging::open(path, limits)).transpose()?.unwrap_or_default())
    }

    /// As the library wants it.
    ///
    /// # Errors
    /// As [`merging`](Self::merging).
    pub(crate) fn options(&self, limits: &Limits) -> Result<SegmentOptions> {
        let merging = self.merging(limits)?;
        Ok(SegmentOptions { merging, refinement: self.refine, ..SegmentOptions::default() })
    }
}
