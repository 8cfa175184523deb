//! Arguments of `video`.

use std::path::PathBuf;

use clap::Args;

use super::PresetArgs;

pub(super) const EXAMPLES: &str = "\
Examples:
  A film in the look of dusk:
    relumine video film.mp4 --look dusk.look -o film-at-dusk.mp4
  By a lookup table of anyone's, smaller, as HEVC:
    relumine video film.mov --look film.cube -o small.mp4 --codec libx265 --crf 24

ffmpeg and ffprobe do the reading and writing; they have to be installed. Each colour becomes the same other one in all frames, as with
`relumine apply --one`; the video's numbers are taken to be sRGB's. Sound is copied, and subtitles where the output is of the same container. Frames are spaced evenly, at the rate that
the video says; they are turned upright where it says that they lie.

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
    /// How much of the look [default: as it was learnt]
    #[arg(long, value_name = "0..1", allow_negative_numbers = true)]
    pub(crate) strength: Option<f32>,
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
