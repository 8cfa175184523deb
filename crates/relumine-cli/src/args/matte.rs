//! Arguments of `matte`.

use std::path::PathBuf;

use clap::Args;
use relumine::matting::MatteOptions;

use super::{FileArgs, MachineArgs};

pub(super) const EXAMPLES: &str = "\
Examples:
  How much of each pixel is the tree, whose surely-tree pixels are white in the trimap:
    relumine matte photo.jpg trimap.png -o alpha.png
  The tree cut out, and put before another sky:
    relumine matte photo.jpg trimap.png -o alpha.png --foreground tree.png \\
        --background sky.jpg --composite out.jpg

A trimap is grey: below 10 % is background, above 90 % foreground, between unknown. One of another size is resampled.
Ctrl-C once finishes with the matte as it stands; twice stops and leaves no output.
Exit code: 0 done, 1 failed, 2 wrong usage, 130 stopped by the second Ctrl-C.";

/// Arguments of `matte`.
#[derive(Debug, Args)]
pub(crate) struct MatteArgs {
    /// The photo: JPEG, PNG, TIFF, WebP, JPEG XL or OpenEXR
    pub(crate) photo: PathBuf,
    /// What is known of it: black is background, white foreground, grey unknown
    pub(crate) trimap: PathBuf,
    /// Where to write the matte: grey, with the photo's bits a channel (jpg, png, tif, webp, exr)
    #[arg(long, short)]
    pub(crate) output: PathBuf,
    /// Write the foreground's own colours, transparent as the matte says (png, tif, webp, exr)
    #[arg(long, value_name = "FILE", help_heading = "Files")]
    pub(crate) foreground: Option<PathBuf>,
    /// Photo to put the foreground before; scaled to cover, cut around its middle
    #[arg(long, value_name = "PHOTO", requires = "composite", help_heading = "Files")]
    pub(crate) background: Option<PathBuf>,
    /// Write the foreground before the background (jpg, png, tif, webp, exr)
    #[arg(long, value_name = "FILE", requires = "background", help_heading = "Files")]
    pub(crate) composite: Option<PathBuf>,
    /// Write what was done as JSON: size, seconds, iterations, residual, why it stopped, peak memory
    #[arg(long, value_name = "FILE", help_heading = "Files", hide_short_help = true)]
    pub(crate) report: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) solver: MatteSolverArgs,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    #[command(flatten)]
    pub(crate) files: FileArgs,
}

/// How the matte is solved.
#[derive(Debug, Args)]
#[command(next_help_heading = "Solver")]
pub(crate) struct MatteSolverArgs {
    /// ε of the matting Laplacian; larger is smoother
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, default_value_t = MatteOptions::default().epsilon, hide_short_help = true)]
    pub(crate) epsilon: f64,
    /// Stop where the residual has fallen to this share of what it was
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, default_value_t = MatteOptions::default().tolerance, hide_short_help = true)]
    pub(crate) tolerance: f64,
    /// Most iterations
    #[arg(long, value_name = "N", default_value_t = MatteOptions::default().iterations, hide_short_help = true)]
    pub(crate) iterations: usize,
}

impl MatteArgs {
    /// The options as the library wants them.
    pub(crate) fn options(&self) -> MatteOptions {
        self.solver.options(self.foreground.is_some() || self.composite.is_some())
    }
}

impl MatteSolverArgs {
    /// The options as the library wants them.
    pub(crate) fn options(&self, foreground: bool) -> MatteOptions {
        let Self { epsilon, tolerance, iterations } = *self;
        MatteOptions { epsilon, tolerance, iterations, foreground }
    }
}
