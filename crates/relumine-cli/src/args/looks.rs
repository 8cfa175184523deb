//! Arguments of `learn`, `look`, `apply` and `lut`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use relumine::LutOptions;
use relumine::io::ColourSpace;

use crate::batch::Naming;
use crate::sequence::BETWEEN;

use super::files::SPACES;
use super::{
    ControlArgs, FileArgs, MachineArgs, MaskArgs, MethodArgs, PresetArgs, ReadingArgs, ReferenceArgs,
    ResultArgs, choice,
};

pub(crate) const LEARN_EXAMPLES: &str = "\
Examples:
  The look of dusk, for any photo:
    relumine learn day.jpg dusk.jpg -o dusk.look
  The reference's edit without its scene:
    relumine learn day.jpg film.jpg -o film.look --method grade
  What was done to one photo in any program:
    relumine learn --from-edit before.jpg after.jpg -o mine.look";

pub(crate) const LOOK_EXAMPLES: &str = "\
Examples:
    relumine look dusk.look
    relumine look dusk.look --html dusk.html";

pub(crate) const APPLY_EXAMPLES: &str = "\
Examples:
  A shoot, alike: sky like the look's sky, ground like its ground:
    relumine apply dusk.look holiday/ -o holiday-at-dusk/
  Go on where it was stopped:
    relumine apply dusk.look holiday/ -o holiday-at-dusk/ --skip-existing
  Frames of a film:
    relumine apply dusk.look 'frame-%05d.png' -o 'out/frame-%05d.png' --sequence
  A lookup table of anyone's:
    relumine apply film.cube photo.jpg -o photo-film.jpg

Ctrl-C once finishes the photos that are being worked on; twice stops without them.
Exit code: 0 done, 1 where a photo failed (the others are there), 2 wrong usage, 130 stopped by Ctrl-C.";

pub(crate) const LUT_EXAMPLES: &str = "\
Examples:
  For Resolve, Premiere, darktable, ffmpeg, OBS, OpenColorIO:
    relumine lut dusk.look -o dusk.cube
  For RawTherapee, ImageMagick, darktable:
    relumine lut dusk.look -o dusk.png --level 12
  Of what was recognised as sky alone:
    relumine lut dusk.look -o sky.cube --region sky
  For log footage, without a .look file in between:
    relumine lut frame.jpg film.jpg -o film.cube --input-space slog3 --method grade";

/// Arguments of `learn`.
#[derive(Debug, Args)]
pub(crate) struct LearnArgs {
    /// The photo that is to get the look; with --from-edit, a photo before the edit
    pub(crate) content: PathBuf,
    #[command(flatten)]
    pub(crate) references: ReferenceArgs,
    /// Where to write the look
    #[arg(long, short, value_name = "FILE.look")]
    pub(crate) output: PathBuf,
    /// Learn what was done to one photo, from how it was before and is after
    #[arg(long, conflicts_with_all = ["content_mask", "reference_mask"])]
    pub(crate) from_edit: bool,
    /// Leave small pictures of the reference and of the result out: nobody sees what it was made of, and it cannot be solved anew
    #[arg(long)]
    pub(crate) no_references: bool,
    #[command(flatten)]
    pub(crate) learning: LearningArgs,
    #[command(flatten)]
    pub(crate) preset: PresetArgs,
}

/// How a look is learnt from a photo and its references.
#[derive(Debug, Args)]
pub(crate) struct LearningArgs {
    #[command(flatten)]
    pub(crate) masks: MaskArgs,
    #[command(flatten)]
    pub(crate) method: MethodArgs,
    #[command(flatten)]
    pub(crate) spaces: PairSpaceArgs,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

/// What the files of a pair do not say by themselves.
#[derive(Debug, Args)]
#[command(next_help_heading = "Files")]
pub(crate) struct PairSpaceArgs {
    /// Colour space of the photo, where its file does not say
    #[arg(long, value_parser = choice(&SPACES), hide_short_help = true)]
    pub(crate) content_space: Option<ColourSpace>,
    /// Colour space of the reference, where its file does not say
    #[arg(long, value_parser = choice(&SPACES), hide_short_help = true)]
    pub(crate) reference_space: Option<ColourSpace>,
}

/// Arguments of `look`.
#[derive(Debug, Args)]
pub(crate) struct LookFileArgs {
    /// The .look file
    pub(crate) look: PathBuf,
    /// Write a page that shows it, which needs nothing else
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub(crate) html: Option<PathBuf>,
    /// Write JSON instead of lines for people
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `apply`.
#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// The look: a .look file, or a lookup table (.cube, HaldCLUT as .png, .3dl, .clf)
    pub(crate) look: PathBuf,
    /// The photos: files, folders, or patterns such as 'shoot/*.jpg'
    #[arg(required = true)]
    pub(crate) photos: Vec<PathBuf>,
    /// The folder to write to, which is made where it is not there; for one photo also a file
    #[arg(long, short)]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) how: HowArgs,
    #[command(flatten)]
    pub(crate) batch: BatchArgs,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    #[command(flatten)]
    pub(crate) results: ResultArgs,
    #[command(flatten)]
    pub(crate) files: FileArgs,
    #[command(flatten)]
    pub(crate) preset: PresetArgs,
}

/// How a look goes to a photo.
#[derive(Debug, Args)]
#[command(next_help_heading = "Look")]
pub(crate) struct HowArgs {
    #[command(flatten)]
    pub(crate) control: ControlArgs,
    /// Solve anew for each photo from the references in the look: as near to them as it gets, and slower
    #[arg(long, conflicts_with = "one")]
    pub(crate) resolve: bool,
    /// One grade for all pixels of all photos: nothing differs from one to the next
    #[arg(long)]
    pub(crate) one: bool,
    /// The photos are frames of a film, in the order of their names: the look moves with what is seen, without flicker
    #[arg(long, conflicts_with = "resolve")]
    pub(crate) sequence: bool,
    /// Of --sequence, frames from one for which it is looked at what it shows to the next; 0: the first of each scene alone
    #[arg(long, value_name = "FRAMES", default_value_t = BETWEEN, hide_short_help = true)]
    pub(crate) keys: usize,
}

/// How many photos are worked on.
#[derive(Debug, Args)]
#[command(next_help_heading = "Batch")]
pub(crate) struct BatchArgs {
    /// Take photos from folders within folders too
    #[arg(long, short)]
    pub(crate) recursive: bool,
    /// How results are named: {name} of the photo, {look}, {folder} of the photo, {n} for 00001 and on, {frame}: the last number in its name, {ext}
    #[arg(long, value_name = "PATTERN", default_value = Naming::PATTERN)]
    pub(crate) name: String,
    /// Replace results that are there already
    #[arg(long, conflicts_with = "skip_existing")]
    pub(crate) overwrite: bool,
    /// Go on where a run with the same look and options was stopped
    #[arg(long)]
    pub(crate) skip_existing: bool,
    /// Photos at a time [default: 2, or 1 on one core]; fewer where memory would not do
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Write a line of JSON for each photo as it is done
    #[arg(long, value_name = "FILE.jsonl", hide_short_help = true)]
    pub(crate) log: Option<PathBuf>,
}

/// Arguments of `lut`.
#[derive(Debug, Args)]
pub(crate) struct LutArgs {
    /// The .look file; or a photo, and then the one whose look it is to get
    #[arg(value_name = "LOOK|CONTENT")]
    pub(crate) content: PathBuf,
    /// The photo whose look it is to get
    pub(crate) reference: Option<PathBuf>,
    /// Where to write the table; the extension chooses the format (cube, png for HaldCLUT, 3dl, clf)
    #[arg(long, short)]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) table: TableArgs,
    #[command(flatten)]
    pub(crate) learning: LearningArgs,
    #[command(flatten)]
    pub(crate) preset: PresetArgs,
}

/// What the table is like.
#[derive(Debug, Args)]
#[command(next_help_heading = "Table")]
pub(crate) struct TableArgs {
    /// Points along each side of the table, such as 17, 33 or 65
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=144), default_value_t = LutOptions::default().size as u16, conflicts_with = "level")]
    pub(crate) points: u16,
    /// Level of a HaldCLUT: 8 has 64 points along each side, 12 has 144
    #[arg(long, value_name = "8|12", value_parser = clap::value_parser!(u8).range(2..=12), default_value_t = 8)]
    pub(crate) level: u8,
    /// The region whose grade it is, by what it shows, such as sky [default: all of the photo]
    #[arg(long, value_name = "NAME")]
    pub(crate) region: Option<String>,
    /// Colour space of what the table is given
    #[arg(long, value_parser = choice(&SPACES), default_value = "srgb")]
    pub(crate) input_space: ColourSpace,
    /// Colour space of what it gives [default: that of what it is given; sRGB for a camera's log]
    #[arg(long, value_parser = choice(&SPACES), hide_short_help = true)]
    pub(crate) output_space: Option<ColourSpace>,
    /// Of a .clf: from scene-linear ACES 2065-1 to it, as ART wants it, instead of from sRGB to sRGB
    #[arg(long, conflicts_with_all = ["input_space", "output_space"])]
    pub(crate) aces: bool,
    /// What programs show as its name [default: that of its file]
    #[arg(long, hide_short_help = true)]
    pub(crate) title: Option<String>,
}
