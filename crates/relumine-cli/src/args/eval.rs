//! Arguments of `relumine eval`.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use relumine::metrics;
use relumine::metrics::self_reference::{self, Kind};

use super::{FileArgs, MachineArgs, MethodArgs};

pub(super) const EXAMPLES: &str = "\
Pairs lie as DATA/input/in{id}.png (content), DATA/style/tar{id}.png (reference) and, where there are masks,
DATA/segmentation/in{id}.png and tar{id}.png; or .jpg, .tif, .webp. A pair without masks is measured as one region.

Measured are: style and swd, how far the look is from the reference's; edge and lap, how much structure and local affinity
is kept; clip; lost and inverted, shares of the content's detail that is gone or negative; blotch L* and ab, veils and stains
that no map of colours explains; stray, the share of colours that the reference does not have. Of edge more is better, of the
others less.

Examples:
  Measure results that are there, with a page to look at:
    relumine eval pairs --out 'results/{id}.png' --network vgg19 --html results.html
  Make them first; results that are there already are kept, so the same command goes on where it was stopped:
    relumine eval pairs --out 'mine/{id}.png' --run --method look --network vgg19 --html mine.html
  Make them without the folder's masks, which still measure them:
    relumine eval pairs --out 'auto/{id}.png' --run --masks auto --network vgg19
  Compare them with others pair by pair:
    relumine eval pairs --out 'mine/{id}.png' --against 'theirs/{id}.jpg' --network vgg19 --html both.html
  See whether a method takes the grade or the scene: on 30 photos, each in other grades, beside doing nothing:
    relumine eval --self photos --method transport --json self.jsonl --out 'self/{id}.png'

With --self DATA is a folder of photos. Of each are cut two crops that share no pixel. The content is the one in another grade,
the reference the other, and the result is compared with the content before its grade: psnr in dB, mean colour difference (CIE76),
and that of the worst twentieth. Grades and crops are the same in each run. --out keeps 00-truth, 00-ref, 00-global (a content),
00-global-result and so on.

Pairs without a result are named and left out. Exit code: 0 something was measured, 1 nothing was, 2 wrong usage,
130 stopped by Ctrl-C.";

#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    /// Folder of pairs of photos: input/in{id}.png, style/tar{id}.png, segmentation/{in,tar}{id}.png; with --self, of photos
    pub(crate) data: PathBuf,
    /// Where the results are: a path with {id} in it; with --self, where pictures are kept
    #[arg(long, value_name = "TEMPLATE", required_unless_present = "self_reference")]
    pub(crate) out: Option<Template>,
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
    #[arg(long, requires = "run", hide_short_help = true)]
    pub(crate) force: bool,
    /// Score the method on pairs with a known truth that are made of the photos in DATA
    #[arg(long = "self", conflicts_with_all = ["against", "ids", "run", "force", "html", "measure_size", "measure_network"])]
    pub(crate) self_reference: bool,
    /// How many photos --self takes, by name, of those that two crops can be taken of
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), default_value_t = self_reference::COUNT,
        requires = "self_reference", hide_short_help = true)]
    pub(crate) count: u16,
    /// Which grades --self gives to contents
    #[arg(long, value_name = "KINDS", value_delimiter = ',', value_parser = kind(), hide_possible_values = true,
        default_values = Kind::ALL.map(Kind::name), requires = "self_reference", hide_short_help = true)]
    pub(crate) kinds: Vec<Kind>,
    /// Write a page of all pairs and their numbers
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write the numbers: one line of JSON a pair, and one of the means
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Long side in pixels at which results are measured
    #[arg(long, value_name = "PIXELS", default_value_t = metrics::SIZE, hide_short_help = true)]
    pub(crate) measure_size: usize,
    /// VGG-19 weights that measure the style [default: those of --network]
    #[arg(long, value_name = "PATH|vgg19", hide_short_help = true)]
    pub(crate) measure_network: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) method: MethodArgs,
    #[command(flatten)]
    pub(crate) machine: MachineArgs,
    #[command(flatten)]
    pub(crate) files: FileArgs,
}

impl EvalArgs {
    /// The path of a pair's result.
    pub(crate) fn result(&self, id: &str) -> PathBuf {
        self.out.as_ref().expect("the parser asks for it where there are pairs").path(id)
    }
}

fn kind() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new(Kind::ALL.map(Kind::name)).map(|typed| {
        let named = |kind: &Kind| kind.name() == typed;
        Kind::ALL.into_iter().find(named).expect("the parser lets these names through alone")
    })
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
