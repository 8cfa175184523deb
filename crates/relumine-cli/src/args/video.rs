//! Arguments of `video`.

use std::path::PathBuf;

use clap::Args;

use super::{ControlArgs, PresetArgs};
use crate::sequence::BETWEEN;

pub(super) const EXAMPLES: &str = "\
Examples:
  A film in the look of dusk:
    relumine video film.mp4 --look dusk.look -o film-at-dusk.mp4
  By a lookup table of anyone's, smaller, as HEVC:
    relumine video film.mov --look film.cube -o small.mp4 --codec libx265 --crf 24

ffmpeg and ffprobe do the reading and writing; they have to be installed. The look goes to what frames show, as with `relumine apply
--sequence`; with --one, and of a lookup table, each colour becomes the same other one in all frames. The video's numbers are taken to be sRGB's. Sound is copied, and
subtitles where the output is of the same container. Frames keep their times; they are turned upright where the video says that they lie.

Ctrl-C stops and leaves no output.
Exit code: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl-C.";

/// Arguments of `video`.
#[derive(Debug, Args)]
pub(crate) struct VideoArgs {
    /// The video: whatever ffmpeg reads
    pub(crate) video: PathBuf,
    /// The look: a .look file, or a lookup table (.cube, HaldCLUT as .png, .3dl, .clf)
    #[arg(long, value_name = "FILE.look")]
    pub(crate) look: PathBuf,
    /// Where to write the result; the extension chooses the container (mp4, mov, mkv …)
    #[arg(long, short)]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) control: ControlArgs,
    /// One grade for all pixels of all frames: nothing moves, and it is done much sooner
    #[arg(long, help_heading = "Look")]
    pub(crate) one: bool,
    /// Frames from one for which it is looked at what it shows to the next; 0: the first of each scene alone
    #[arg(long, value_name = "FRAMES", default_value_t = BETWEEN, conflicts_with = "one", help_heading = "Look", hide_short_help = true)]
    pub(crate) keys: usize,
    /// ffmpeg's encoder [default: libx265 for HEVC, libx264 for anything else]
    #[arg(long, value_name = "ENCODER")]
    pub(crate) codec: Option<String>,
    /// How much the encoder may lose: less is better and larger [default: 18 of libx264, 20 of libx265]
    #[arg(long, value_name = "0..63", value_parser = clap::value_parser!(u8).range(0..=63))]
    pub(crate) crf: Option<u8>,
    /// Replace a result that is there already
    #[arg(long)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) preset: PresetArgs,
}
