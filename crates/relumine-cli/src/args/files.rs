//! Arguments about files: how large they may be, how results are written, and what a transfer's photos are in.

use clap::Args;
use relumine::io::{ColourSpace, Format, Limits, SaveOptions, Strip, Subsampling};

use super::{Choices, choice, name};
use crate::developer::{self, Developer};
use crate::files::Reading;

/// How large inputs may be.
#[derive(Debug, Args)]
#[command(next_help_heading = "Files")]
pub(crate) struct LimitArgs {
    /// Largest photo that is read, in millions of pixels
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_pixels / 1_000_000, hide_short_help = true)]
    pub(crate) max_megapixels: u64,
    /// Largest file that is read, in bytes
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_bytes, hide_short_help = true)]
    pub(crate) max_bytes: u64,
}

/// How photos are read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Files")]
pub(crate) struct ReadingArgs {
    #[command(flatten)]
    limits: LimitArgs,
    /// Program that develops camera RAW, HEIC, AVIF and other files that are not read: `auto` takes one that is installed
    /// [env: RELUMINE_DEVELOPER]
    #[arg(long, value_name = "'COMMAND {input} {output}'", value_parser = developer::parse, hide_short_help = true)]
    developer: Option<Developer>,
}

/// How files are read and written.
#[derive(Debug, Args)]
#[command(next_help_heading = "Files")]
pub(crate) struct FileArgs {
    /// Quality of a JPEG output
    #[arg(long, value_name = "1..100", value_parser = clap::value_parser!(u8).range(1..=100), default_value_t = SaveOptions::default().quality)]
    pub(crate) quality: u8,
    /// How much of chroma a JPEG output has
    #[arg(long, value_parser = choice(&SUBSAMPLINGS), default_value = name(&SUBSAMPLINGS, Subsampling::default()), hide_short_help = true)]
    pub(crate) subsampling: Subsampling,
    /// Write a JPEG in scans from coarse to fine: somewhat smaller, and slower
    #[arg(long, hide_short_help = true)]
    pub(crate) progressive: bool,
    /// What a photo with transparency is laid on in a format without
    #[arg(long, value_name = "#rrggbb", value_parser = colour, default_value = "#ffffff", hide_short_help = true)]
    pub(crate) background_colour: [u8; 3],
    /// Leave out all metadata of the output but its colour profile
    #[arg(long, hide_short_help = true)]
    pub(crate) strip_metadata: bool,
    /// Leave out where the photo was taken
    #[arg(long, hide_short_help = true)]
    pub(crate) strip_gps: bool,
    #[command(flatten)]
    reading: ReadingArgs,
}

/// What the files of a transfer do not say by themselves.
#[derive(Debug, Args)]
#[command(next_help_heading = "Files")]
pub(crate) struct SpaceArgs {
    /// Format of the output, where its name does not say
    #[arg(long, value_parser = format_named, value_name = "jpg|png|tif|webp|exr", hide_short_help = true)]
    pub(crate) format: Option<Format>,
    /// Colour space of the photo, where its file does not say
    #[arg(long, value_parser = choice(&SPACES), hide_short_help = true)]
    pub(crate) input_space: Option<ColourSpace>,
    /// Colour space of the reference, where its file does not say
    #[arg(long, value_parser = choice(&SPACES), hide_short_help = true)]
    pub(crate) reference_space: Option<ColourSpace>,
    /// Colour space of the output [default: that of the photo]
    #[arg(long, hide_short_help = true, value_parser = choice(&OUTPUT_SPACES))]
    pub(crate) output_space: Option<ColourSpace>,
}

/// What the files of photos that get a look do not say by themselves, and what those of the results are to be.
#[derive(Debug, Args)]
#[command(next_help_heading = "Files")]
pub(crate) struct ResultArgs {
    /// Format of the results [default: that of each photo, where it can be written, else JPEG]
    #[arg(long, value_parser = format_named, value_name = "jpg|png|tif|webp|exr")]
    pub(crate) format: Option<Format>,
    /// Colour space of photos whose files do not say
    #[arg(long, value_parser = choice(&SPACES), hide_short_help = true)]
    pub(crate) input_space: Option<ColourSpace>,
    /// Colour space of the results [default: that of each photo]
    #[arg(long, value_parser = choice(&OUTPUT_SPACES))]
    pub(crate) output_space: Option<ColourSpace>,
}

const SUBSAMPLINGS: Choices<Subsampling, 3> = [
    (Subsampling::None, "4:4:4", "As much as of luma"),
    (Subsampling::Horizontal, "4:2:2", "Half as much from left to right"),
    (Subsampling::Both, "4:2:0", "Half as much in both directions"),
];

pub(super) const SPACES: Choices<ColourSpace, 9> = [
    (ColourSpace::Srgb, "srgb", "sRGB, which is taken where nothing is said"),
    (ColourSpace::Linear, "linear", "Linear light, primaries of sRGB"),
    (ColourSpace::DisplayP3, "display-p3", "Display P3"),
    (ColourSpace::AdobeRgb, "adobe-rgb", "Adobe RGB (1998)"),
    (ColourSpace::ProPhoto, "prophoto", "ProPhoto RGB"),
    (ColourSpace::Rec2020, "rec2020", "Rec. ITU-R BT.2020"),
    (ColourSpace::SLog3, "slog3", "Sony S-Log3, S-Gamut3.Cine"),
    (ColourSpace::LogC3, "logc3", "ARRI LogC3 (EI 800), ARRI Wide Gamut 3"),
    (ColourSpace::VLog, "vlog", "Panasonic V-Log, V-Gamut"),
];

const OUTPUT_SPACES: Choices<ColourSpace, 2> = [
    (ColourSpace::Srgb, "srgb", "sRGB: looks right everywhere"),
    (ColourSpace::DisplayP3, "display-p3", "Display P3: the colours of today's displays"),
];

impl ReadingArgs {
    /// How photos are read.
    pub(crate) fn reading(&self) -> anyhow::Result<Reading> {
        Ok(Reading { limits: self.limits.limits(), developer: developer::chosen(self.developer.as_ref())? })
    }
}

impl LimitArgs {
    /// How large inputs may be.
    pub(crate) fn limits(&self) -> Limits {
        Limits { max_pixels: self.max_megapixels.saturating_mul(1_000_000), max_bytes: self.max_bytes }
    }
}

impl FileArgs {
    /// How results are written.
    pub(crate) fn saving(&self) -> SaveOptions {
        let strip = match (self.strip_metadata, self.strip_gps) {
            (true, _) => Strip::All,
            (false, true) => Strip::Gps,
            (false, false) => Strip::Nothing,
        };
        SaveOptions {
            quality: self.quality,
            subsampling: self.subsampling,
            progressive: self.progressive,
            background: self.background_colour,
            format: None,
            strip,
            edit: None,
        }
    }

    /// How photos are read.
    pub(crate) fn reading(&self) -> anyhow::Result<Reading> {
        self.reading.reading()
    }

    /// How large inputs may be.
    pub(crate) fn limits(&self) -> Limits {
        self.reading.limits.limits()
    }
}

fn format_named(name: &str) -> Result<Format, String> {
    Format::named(name).ok_or_else(|| "not a format that is written".into())
}

/// `#rrggbb`.
fn colour(text: &str) -> Result<[u8; 3], String> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii());
    let level = |at: usize| u8::from_str_radix(digits?.get(2 * at..2 * at + 2)?, 16).ok();
    match [0, 1, 2].map(level) {
        [Some(r), Some(g), Some(b)] => Ok([r, g, b]),
        _ => Err("a colour is # and six hexadecimal digits, such as #ffffff".into()),
    }
}
