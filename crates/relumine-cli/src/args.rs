//! The command line. What an option means is said here; what it is when not given, in the library's own defaults.

mod control;
mod eval;
mod files;
mod looks;
mod manage;
mod matte;
mod references;
mod segment;
mod studio;
mod video;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, Parser, Subcommand};
use relumine::segment::SegmentOptions;
use relumine::{
    Apply, ChosenMethod, Device, Edges, GroundLook, METHODS, Masks, PairOptions, Schedule, SkinLook, Tap,
    TransferOptions, UnpairedLook, Weights,
};
use serde::Serialize;
use serde_json::{Map, Value};

pub(crate) use control::{ControlArgs, HandArgs};
pub(crate) use eval::EvalArgs;
pub(crate) use files::{FileArgs, LimitArgs, ReadingArgs, ResultArgs, SpaceArgs};
pub(crate) use looks::{ApplyArgs, LearnArgs, LearningArgs, LookFileArgs, LutArgs, TableArgs};
pub(crate) use manage::{CompletionsArgs, ManArgs, PresetArgs, command};
pub(crate) use matte::{MatteArgs, MatteSolverArgs};
pub(crate) use references::{ChosenReference, ReferenceArgs};
pub(crate) use segment::{RecogniseArgs, SegmentArgs};
pub(crate) use studio::StudioArgs;
pub(crate) use video::VideoArgs;

use crate::weights::catalogue::{NETWORKS, Network};

const MAIN_EXAMPLES: &str = "\
Examples:
  relumine transfer day.jpg dusk.jpg -o day-at-dusk.jpg
  relumine learn day.jpg dusk.jpg -o dusk.look
  relumine apply dusk.look holiday/ -o holiday-at-dusk/
  relumine lut dusk.look -o dusk.cube

`relumine help COMMAND` says more about each command.";

const TRANSFER_EXAMPLES: &str = "\
Examples:
  Day to dusk in seconds; what it needs is embedded:
    relumine transfer day.jpg dusk.jpg -o out.jpg
  The same without telling sky from ground:
    relumine transfer day.jpg dusk.jpg -o out.jpg --masks none
  Sky to sky and ground to ground, by masks that share colours, where what is recognised is not what you want:
    relumine transfer day.jpg dusk.jpg -o out.jpg \\
        --content-mask day-mask.png --reference-mask dusk-mask.png
  Half the sky's look, and people as they are:
    relumine transfer day.jpg dusk.jpg -o out.jpg --strength sky=0.5 --leave person
  Two looks in one, and the sky of a third:
    relumine transfer day.jpg -o out.jpg --reference dusk.jpg:0.7 --reference autumn.jpg:0.3 --reference sky=winter.jpg
  Deep Photo Style Transfer, with a look at it every 50 iterations and a report of what was done:
    relumine weights fetch vgg19
    relumine transfer day.jpg dusk.jpg -o out.png --method deep-photo --network vgg19 \\
        --preview-every 50 --report out.json

Ctrl-C once finishes with the picture as it stands; twice stops and leaves no output.
Exit code: 0 done, 1 failed, 2 wrong usage, 130 stopped by the second Ctrl-C.";

const INFO_EXAMPLES: &str = "\
Examples:
  What the program sees in a photo, and what it would leave out of its output:
    relumine info photo.jpg
  The same of many, for programs:
    relumine info --json *.jpg

Exit code: 0 done, 1 where a file cannot be read.";

/// Photorealistic style transfer: your photo in the look of another, still a photograph.
#[derive(Debug, Parser)]
#[command(name = "relumine", version, after_help = MAIN_EXAMPLES, max_term_width = 120, subcommand_required = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Say nothing but errors
    #[arg(long, short, global = true, conflicts_with = "verbose", help_heading = "General")]
    pub(crate) quiet: bool,
    /// Say more: -v for what is done, -vv for details
    #[arg(long, short, global = true, action = ArgAction::Count, help_heading = "General")]
    pub(crate) verbose: u8,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Give a photo the look of another
    #[command(after_long_help = TRANSFER_EXAMPLES)]
    Transfer(Box<TransferArgs>),
    /// Learn a look from a photo and its reference, or from an edit, and keep it in a file
    #[command(after_long_help = looks::LEARN_EXAMPLES)]
    Learn(Box<LearnArgs>),
    /// Show what is inside a .look file
    #[command(after_long_help = looks::LOOK_EXAMPLES)]
    Look(LookFileArgs),
    /// Give photos a look that was learnt, or a lookup table
    #[command(after_long_help = looks::APPLY_EXAMPLES)]
    Apply(Box<ApplyArgs>),
    /// Give every frame of a video a look, through ffmpeg
    #[command(after_long_help = video::EXAMPLES)]
    Video(VideoArgs),
    /// Open the studio: looks, regions and strengths, by eye, in the browser
    #[command(after_long_help = studio::EXAMPLES)]
    Studio(StudioArgs),
    /// Write a look as a lookup table for other programs: .cube, HaldCLUT, .3dl, .clf
    #[command(after_long_help = looks::LUT_EXAMPLES)]
    Lut(Box<LutArgs>),
    /// Find how much of each pixel belongs to the foreground
    #[command(after_long_help = matte::EXAMPLES)]
    Matte(Box<MatteArgs>),
    /// Show what is recognised where in a photo: sky, water, building …
    #[command(after_long_help = segment::EXAMPLES)]
    Segment(Box<SegmentArgs>),
    /// Say what photos' files are: format, size, depth, colour space, metadata, and what would be lost
    #[command(after_long_help = INFO_EXAMPLES)]
    Info(InfoArgs),
    /// Measure results over a folder of pairs of photos
    #[command(after_long_help = eval::EXAMPLES)]
    Eval(Box<EvalArgs>),
    /// Get and find network weights
    #[command(subcommand)]
    Weights(WeightsCommand),
    /// Write what a shell needs to complete commands and options
    #[command(after_long_help = manage::COMPLETIONS_EXAMPLES)]
    Completions(CompletionsArgs),
    /// Write pages of the manual, for `man`
    #[command(after_long_help = manage::MAN_EXAMPLES)]
    Man(ManArgs),
    /// Say what is inside the program, and under which licences
    Licences,
}

/// Arguments of `transfer`.
#[derive(Debug, Args)]
pub(crate) struct TransferArgs {
    /// The photo to change: JPEG, PNG, TIFF, WebP, JPEG XL or OpenEXR
    pub(crate) content: PathBuf,
    #[command(flatten)]
    pub(crate) references: ReferenceArgs,
    /// Where to write the result; the extension chooses the format (jpg, png, tif, webp, exr)
    #[arg(long, short)]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) masks: MaskArgs,
    #[command(flatten)]
    pub(crate) method: MethodArgs,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    #[command(flatten)]
    pub(crate) follow: FollowArgs,
    #[command(flatten)]
    pub(crate) spaces: SpaceArgs,
    #[command(flatten)]
    pub(crate) files: FileArgs,
    #[command(flatten)]
    pub(crate) preset: PresetArgs,
}

/// Arguments of `info`.
#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    /// The photos; `-` reads one from standard input
    #[arg(required = true)]
    pub(crate) photos: Vec<PathBuf>,
    /// Write JSON instead of lines for people
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

/// How one photo is given the look of another.
#[derive(Debug, Args)]
pub(crate) struct MethodArgs {
    #[command(flatten)]
    pub(crate) look: LookArgs,
    #[command(flatten)]
    pub(crate) regions: RegionArgs,
    #[command(flatten)]
    pub(crate) solver: SolverArgs,
    #[command(flatten)]
    pub(crate) objective: ObjectiveArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Look")]
pub(crate) struct LookArgs {
    /// How the look is transferred
    #[arg(long, value_parser = method(), default_value = METHODS[0].name)]
    pub(crate) method: String,
    #[command(flatten)]
    pub(crate) control: ControlArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Masks")]
pub(crate) struct MaskArgs {
    /// Regions of the content photo, one flat colour each; regions of one colour in both masks are paired
    #[arg(long, value_name = "MASK", requires = "reference_mask")]
    pub(crate) content_mask: Option<PathBuf>,
    /// Regions of the reference photo
    #[arg(long, value_name = "MASK", requires = "content_mask")]
    pub(crate) reference_mask: Option<PathBuf>,
}

/// Where regions come from, and what becomes of those that are not paired.
#[derive(Debug, Args)]
#[command(next_help_heading = "Regions")]
pub(crate) struct RegionArgs {
    /// Where the regions come from when no masks are given [default: auto; of eval: the masks of the folder]
    #[arg(long, value_parser = choice(&MASKS))]
    pub(crate) masks: Option<Masks>,
    /// How the borders of regions run
    #[arg(long, value_parser = choice(&EDGES), default_value = name(&EDGES, Edges::default()), hide_short_help = true)]
    pub(crate) edges: Edges,
    /// What becomes of a region without a counterpart
    #[arg(long, value_parser = choice(&UNPAIRED), default_value = name(&UNPAIRED, UnpairedLook::default()), hide_short_help = true)]
    pub(crate) unpaired: UnpairedLook,
    /// What becomes of a ground: the one colour that a product, a drawing or a program's window lies on
    #[arg(long, value_parser = choice(&GROUNDS), default_value = name(&GROUNDS, GroundLook::default()), hide_short_help = true)]
    pub(crate) ground: GroundLook,
    /// What becomes of people's skin, which is told where regions are recognised
    #[arg(long, value_parser = choice(&SKINS), default_value = name(&SKINS, SkinLook::default()))]
    pub(crate) skin: SkinLook,
    #[command(flatten)]
    pub(crate) hand: HandArgs,
    #[command(flatten)]
    pub(crate) recognise: RecogniseArgs,
}

/// Each is the method's own where it is not given; the names are those of the methods' options.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "Solver (look, deep-photo, neural)")]
pub(crate) struct SolverArgs {
    /// File of VGG-19 weights (safetensors or .pth), or `vgg19` for those of `relumine weights fetch vgg19`; look has a
    /// network of its own, the others need one
    #[arg(long, value_name = "PATH|vgg19", hide_short_help = true)]
    #[serde(skip)]
    pub(crate) network: Option<PathBuf>,
    /// Long side in pixels at which it is solved [default: the method's own]
    #[arg(long, value_name = "PIXELS", hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) size: Option<usize>,
    /// In which steps deep-photo and neural are solved [default: coarse-to-fine]
    #[arg(long, value_parser = choice(&SCHEDULES), hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) schedule: Option<Schedule>,
    /// Most iterations over all stages [default: as many as the method has]
    #[arg(long, value_name = "N", hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) iterations: Option<usize>,
    /// Seed of the noise that the schedule `paper` starts from [default: 0]
    #[arg(long, value_name = "N", hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<u64>,
}

/// Each weighs a term of the method's objective, and is the method's own where it is not given.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "Objective (defaults are the method's own)")]
pub(crate) struct ObjectiveArgs {
    /// Weight α of the content loss (deep-photo, neural)
    #[arg(long, value_name = "WEIGHT", value_parser = finite, allow_negative_numbers = true, hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_weight: Option<f64>,
    /// Weight Γ of the style loss
    #[arg(long, value_name = "WEIGHT", value_parser = finite, allow_negative_numbers = true, hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) style_weight: Option<f64>,
    /// Weight κ of the regions' colour statistics (look)
    #[arg(long, value_name = "WEIGHT", value_parser = finite, allow_negative_numbers = true, hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) colour_weight: Option<f64>,
    /// Weight of the photorealism term: λ (deep-photo) or μ (look)
    #[arg(long, value_name = "WEIGHT", value_parser = finite, allow_negative_numbers = true, hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) photorealism_weight: Option<f64>,
    /// Weight ν of the edges' similarity to the content's (look); half as much again where regions are recognised
    #[arg(long, value_name = "WEIGHT", value_parser = finite, allow_negative_numbers = true, hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) structure_weight: Option<f64>,
    /// How much of the look may differ from place to place within a region: 0 is grades alone, 1 whatever there is (look)
    #[arg(long, value_name = "0..1", value_parser = finite, allow_negative_numbers = true, hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) local: Option<f64>,
    /// Weight χ of contrasts that leave their bounds (look)
    #[arg(long, value_name = "WEIGHT", value_parser = finite, allow_negative_numbers = true, hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) contrast_weight: Option<f64>,
    /// Weight ρ of the smoothness of grades and residual (look)
    #[arg(long, value_name = "WEIGHT", value_parser = finite, allow_negative_numbers = true, hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) smoothness_weight: Option<f64>,
    /// Weight τ of the total variation (deep-photo, neural)
    #[arg(long, value_name = "WEIGHT", value_parser = finite, allow_negative_numbers = true, hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tv_weight: Option<f64>,
    /// Weight ω of colours that cannot be shown (not in the schedule `paper`)
    #[arg(long, value_name = "WEIGHT", value_parser = finite, allow_negative_numbers = true, hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gamut_weight: Option<f64>,
    /// Layers of the content loss, such as relu4_2 (deep-photo, neural)
    #[arg(long, value_name = "LAYERS", value_delimiter = ',', hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_layers: Option<Vec<Tap>>,
    /// Layers of the style loss, such as relu1_1,relu2_1 [default: relu1_1 … relu5_1]
    #[arg(long, value_name = "LAYERS", value_delimiter = ',', hide_short_help = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) style_layers: Option<Vec<Tap>>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Machine")]
pub(crate) struct MachineArgs {
    /// Where the arithmetic is done
    #[arg(long, value_parser = choice(&DEVICES), default_value = name(&DEVICES, Device::default()), hide_short_help = true)]
    pub(crate) device: Device,
    /// Threads to use [default: one a core]; results do not depend on it
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub(crate) threads: Option<NonZeroUsize>,
}

/// What is written beside the result.
#[derive(Debug, Args)]
#[command(next_help_heading = "Files")]
pub(crate) struct FollowArgs {
    /// Write the picture as it stands every N iterations, as STEM.preview.png beside the output; it is kept at the end
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub(crate) preview_every: Option<NonZeroUsize>,
    /// Write what was done as JSON: sizes, regions, seconds, losses, why it stopped, peak memory
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub(crate) report: Option<PathBuf>,
    /// Write the look as a file that `relumine apply` gives to other photos
    #[arg(long, value_name = "FILE.look")]
    pub(crate) save_look: Option<PathBuf>,
    /// Leave pictures of the reference and of the result out of that file: nobody sees what it was made of, and it cannot be solved anew
    #[arg(long, requires = "save_look", hide_short_help = true)]
    pub(crate) no_references: bool,
    /// Write both photos beside each other, each region and what it is compared with in one colour
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub(crate) overlay: Option<PathBuf>,
}

/// What to do with network weights.
#[derive(Debug, Subcommand)]
pub(crate) enum WeightsCommand {
    /// Fetch weights from the Hugging Face hub into the cache folder
    ///
    /// Only the tensors that are needed are fetched (52 of 575 MB of vgg19; segformer-b0 has 15 MB). A fetch that was cut goes on where it
    /// ended when the command is run again. The SHA-256 of the result is kept beside it and verified at each use.
    Fetch(FetchArgs),
    /// List the networks that can be fetched, and where those are that have been
    List,
    /// Print the path at which the weights of a network are looked for
    Path {
        /// The network
        #[arg(value_parser = network(), default_value = NETWORKS[0].name)]
        network: &'static Network,
    },
}

/// Arguments of `weights fetch`.
#[derive(Debug, Args)]
pub(crate) struct FetchArgs {
    /// The network
    #[arg(value_parser = network())]
    pub(crate) network: &'static Network,
    /// Fetch it even where it is there already
    #[arg(long)]
    pub(crate) force: bool,
    /// Put it into this folder instead of the cache folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
    /// Fetch it from this address instead of the hub: a safetensors file on a server that answers range requests
    #[arg(long)]
    pub(crate) url: Option<String>,
}

/// Values that an option can have: each with the name that users type and a line of help.
type Choices<T, const N: usize> = [(T, &'static str, &'static str); N];

const MASKS: Choices<Masks, 2> = [
    (Masks::Auto, "auto", "What is recognised in both photos"),
    (Masks::None, "none", "One region, all of the photo"),
];

const EDGES: Choices<Edges, 2> = [
    (Edges::Soft, "soft", "As in the masks, moved to edges that are near, else spread"),
    (Edges::Matte, "matte", "Along the photo's edges: hair, branches before a sky; takes longer"),
];

const UNPAIRED: Choices<UnpairedLook, 2> = [
    (UnpairedLook::Global, "global", "It takes the reference's grade"),
    (UnpairedLook::Keep, "keep", "It keeps its colours"),
];

const GROUNDS: Choices<GroundLook, 2> = [
    (GroundLook::Keep, "keep", "It is a region of its own that keeps its colour"),
    (GroundLook::Free, "free", "It is part of the photo like any other"),
];

const SKINS: Choices<SkinLook, 2> = [
    (
        SkinLook::Protect,
        "protect",
        "It keeps its hue and its shading; exposure, warmth and contrast change within bounds",
    ),
    (SkinLook::Free, "free", "It takes the look like anything else"),
];

const SCHEDULES: Choices<Schedule, 2> = [
    (Schedule::CoarseToFine, "coarse-to-fine", "From `transport`, coarse to fine, until it stalls"),
    (Schedule::Paper, "paper", "The paper's: 2 × 1000 steps from noise"),
];

const DEVICES: Choices<Device, 3> = [
    (Device::Auto, "auto", "The GPU where this build and machine have one, else the CPU"),
    (Device::Cpu, "cpu", "The CPU"),
    (Device::Gpu, "gpu", "The GPU; an error where there is none"),
];

fn choice<T: Copy + Send + Sync, const N: usize>(
    choices: &'static Choices<T, N>,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(choices.iter().map(|(_, name, help)| PossibleValue::new(name).help(help))).map(
        |typed| {
            let chosen = choices.iter().find(|(_, name, _)| *name == typed);
            chosen.expect("the parser lets these names through alone").0
        },
    )
}

fn name<T: Copy + PartialEq, const N: usize>(choices: &'static Choices<T, N>, value: T) -> &'static str {
    choices.iter().find(|(v, ..)| *v == value).expect("each value has its name").1
}

fn method() -> PossibleValuesParser {
    PossibleValuesParser::new(METHODS.iter().map(|entry| PossibleValue::new(entry.name).help(entry.about)))
}

fn network() -> impl TypedValueParser<Value = &'static Network> {
    PossibleValuesParser::new(NETWORKS.iter().map(|n| PossibleValue::new(n.name).help(n.about)))
        .map(|typed| Network::find(&typed).expect("the parser lets these names through alone"))
}

impl MaskArgs {
    /// The files that are read.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = &Path> {
        [&self.content_mask, &self.reference_mask].into_iter().flatten().map(PathBuf::as_path)
    }
}

impl MethodArgs {
    /// The files that are read.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = &Path> {
        let recognise = &self.regions.recognise;
        let files = [&self.solver.network, &recognise.merge, &recognise.segmenter];
        files.into_iter().flatten().map(PathBuf::as_path)
    }

    /// The options as the library wants them, with networks resolved by `resolve`; and the names of those that were given and that
    /// the method does not have.
    ///
    /// # Errors
    /// Those of `resolve`, of options that the method does not take, and of what is said twice.
    pub(crate) fn options(
        &self,
        resolve: impl Fn(&Path) -> Result<PathBuf>,
    ) -> Result<(TransferOptions, Vec<String>)> {
        let (look, regions, recognise) = (&self.look, &self.regions, &self.regions.recognise);
        let own =
            METHODS.iter().find(|entry| entry.name == look.method).expect("the parser lets these through");
        let known = own.method().fields();
        let (mut fields, mut unused) = (Map::new(), Vec::new());
        for (name, value) in self.given() {
            if known.contains_key(&name) {
                fields.insert(name, value);
            } else {
                unused.push(name);
            }
        }
        if let Some(network) = fields.get_mut("network") {
            let file = self.solver.network.as_deref().expect("it was given");
            *network = serde_json::to_value(Weights::File(resolve(file)?))?;
        }
        let method = ChosenMethod::among(METHODS, &look.method, fields).map_err(relumine::Error::from)?;
        let segmenter = recognise.segmenter.as_deref().map(resolve).transpose()?;
        let pairing = PairOptions {
            masks: regions.masks.unwrap_or_default(),
            edges: regions.edges,
            unpaired: regions.unpaired,
            ground: regions.ground,
            skin: regions.skin,
            pairs: regions.hand.pairs()?,
            leave: regions.hand.leave(),
            segmenter: segmenter.map_or(Weights::Embedded, Weights::File),
            segment: SegmentOptions { refinement: recognise.refine, ..SegmentOptions::default() },
        };
        let apply = look.control.apply(Apply::default())?;
        Ok((TransferOptions { method, pairing, apply }, unused))
    }

    /// Whether anything was asked for but the defaults and a network.
    pub(crate) fn asks_for_anything(&self) -> bool {
        let given = self.given();
        let options = self.options(|path| Ok(path.to_owned()));
        let differs = options.is_ok_and(|(options, _)| {
            options.pairing != PairOptions::default() || options.apply != Apply::default()
        });
        differs || self.look.method != METHODS[0].name || given.keys().any(|field| field != "network")
    }

    /// The options of methods that were given, by name.
    fn given(&self) -> Map<String, Value> {
        let mut fields = relumine::fields_of(&self.solver);
        fields.extend(relumine::fields_of(&self.objective));
        if self.solver.network.is_some() {
            fields.insert("network".into(), Value::Null);
        }
        fields
    }
}

/// A number that a document of options can hold; whether it is in range, the method says.
fn finite(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "must be a number".to_owned())?;
    if number.is_finite() { Ok(number) } else { Err("must be a finite number".to_owned()) }
}

/// The flag of an option that the library knows by its name, where there is one.
pub(crate) fn flag_of(field: &str) -> Option<String> {
    let long = field.replace('_', "-");
    let command = command();
    let has = |command: &clap::Command| command.get_arguments().any(|arg| arg.get_long() == Some(&long));
    command.get_subcommands().any(has).then(|| format!("--{long}"))
}

#[cfg(test)]
mod tests {
    use relumine::io::{Limits, SaveOptions};

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }

    fn transfer(words: &str) -> Box<TransferArgs> {
        let words = format!("relumine transfer a.png b.png -o c.png {words}");
        let Command::Transfer(args) = Cli::parse_from(words.split_whitespace()).command else {
            panic!("a transfer")
        };
        args
    }

    fn options(words: &str) -> (TransferOptions, Vec<String>) {
        transfer(words).method.options(|path| Ok(path.to_owned())).unwrap()
    }

    #[test]
    fn defaults_are_the_librarys() {
        for entry in METHODS {
            let (options, unused) = options(&format!("--method {}", entry.name));
            assert_eq!((options, unused.len()), (TransferOptions::new(entry.method()), 0));
        }
        assert_eq!(options("").0, TransferOptions::default());
        let files = &transfer("").files;
        assert_eq!((files.limits(), files.saving()), (Limits::default(), SaveOptions::default()));
    }

    #[test]
    fn defaults_of_mattes_are_the_librarys() {
        let words = "relumine matte a.png b.png -o c.png --foreground d.png";
        let Command::Matte(args) = Cli::parse_from(words.split(' ')).command else { panic!("a matte") };
        assert_eq!(args.options(), relumine::matting::MatteOptions::default());
    }

    #[test]
    fn options_go_by_their_names_to_methods_that_have_them() {
        let (given, unused) =
            options("--style-weight 3 --style-layers relu1_1,relu2_1 --network v.pth --tv-weight 1 --seed 4");
        let expected = relumine::LookOptions {
            style_weight: 3.0,
            style_layers: Tap::STYLE[..2].into(),
            network: Weights::File("v.pth".into()),
            ..Default::default()
        };
        assert_eq!(given, TransferOptions::new(expected));
        assert_eq!(unused, ["seed", "tv_weight"]);
    }

    #[test]
    fn every_option_of_every_method_has_a_flag() {
        for entry in METHODS {
            for (field, _) in entry.method().fields() {
                assert!(flag_of(&field).is_some(), "{field} of {}", entry.name);
            }
        }
        assert_eq!(flag_of("wombat"), None);
    }
}
