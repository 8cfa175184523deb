//! Arguments of `relumine eval`.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use relumine::metrics;

use super::{FileArgs, MachineArgs, MethodArgs};

pub(super) const EXAMPLES: &str = "\
Pairs lie as DATA/input/in{id}.png (content), DATA/style/tar{id}.png (reference) and, where there are masks,
DATA/segmentation/in{id}.png and tar{id}.png.

Examples:
  Measure results that are there, with a page to look at:
    relumine eval pairs --out 'results/{id}.png' --network vgg19 --html results.html
  Make them first; results that are there already are kept, so the same command goes on where it was stopped:
    relumine eval pairs --out 'mine/{id}.png' --run --method look --network vgg19 --html mine.html
  Make them without the folder's masks, which still measure them:
    relumine eval pairs --out 'auto/{id}.png' --run --masks auto --network vgg19
  Compare them with others pair by pair:
    relumine eval pairs --out 'mine/{id}.png' --against 'theirs/{id}.jpg' --network vgg19 --html both.html

Pairs without a result are named and left out. Exit code: 0 something was measured, 1 nothing was, 2 wrong usage,
130 stopped by Ctrl-C.";

#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    /// Folder of pairs of photos: input/in{id}.png, style/tar{id}.png, segmentation/{in,tar}{id}.png
    pub(crate) data: PathBuf,
    /// Where the results are: a path with {id} in it
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) out: Template,
    /// Where other results are, to compare with pair by pair
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) against: Option<Template>,
    /// Which pairs, such as 3,4,5 [default: all in DATA/input]
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    pub(crate) ids: Option<Vec<String>>,
    /// Make the results that are not there, by the options of the look, the solver and the objective
    #[arg(long)]
    pub(crate) run: bool,
    /// Make those that are there once more
    #[arg(long, requires = "run")]
    pub(crate) force: bool,
    /// Write a page of all pairs and their numbers
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write the numbers: one line of JSON a pair, and one of the means
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Long side in pixels at which results are measured
    #[arg(long, value_name = "PIXELS", default_value_t = metrics::SIZE)]
    pub(crate) measure_size: usize,
    /// VGG-19 weights that measure the style [default: those of --network]
    #[arg(long, value_name = "PATH|vgg19")]
    pub(crate) measure_network: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) method: MethodArgs,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    #[command(flatten)]
    pub(crate) files: FileArgs,
}

/// A path with `{id}` in it.
#[derive(Clone, Debug)]
pub(crate) struct Template(String);

impl Template {
    const PLACE: &str = "{id}";

    /// The path for a pair.
    pub(crate) fn path(&self, id: &str) -> PathBuf {
        self.0.replace(Self::PLACE, id).into()
    }

    /// The template as it was typed.
    pub(crate) fn as_path(&self) -> &Path {
        Path::new(&self.0)
    }
}

impl FromStr for Template {
    type Err = String;

    fn from_str(typed: &str) -> Result<Self, String> {
        if !typed.contains(Self::PLACE) {
            return Err(format!(
                "put {} where the pair's number stands, as in 'results/{}.png'",
                Self::PLACE,
                Self::PLACE
            ));
        }
        Ok(Self(typed.to_owned()))
    }
}
