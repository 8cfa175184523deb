//! What a caller can choose, with the defaults in one place.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::ranges::{self, require};
use crate::segment::SegmentOptions;
use crate::{OptionsError, Tap};

/// How the look is transferred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// An optimised bilateral grid of affine colour matrices, solved small and applied at any size. Its network is embedded.
    #[default]
    Look,
    /// Closed form: a Monge–Kantorovich colour map a region, splatted into a bilateral grid. Needs no network.
    Transport,
    /// Deep Photo Style Transfer (Luan et al., CVPR 2017): the pixels under a matting-Laplacian penalty.
    DeepPhoto,
    /// Neural style transfer (Gatys, Ecker, Bethge, CVPR 2016): the baseline that Deep Photo Style Transfer repairs.
    Neural,
}

impl Method {
    /// All methods, in the order in which help lists them.
    pub const ALL: [Self; 4] = [Self::Look, Self::Transport, Self::DeepPhoto, Self::Neural];

    /// The name that users type.
    pub fn name(self) -> &'static str {
        match self {
            Self::Transport => "transport",
            Self::Look => "look",
            Self::DeepPhoto => "deep-photo",
            Self::Neural => "neural",
        }
    }

    /// Whether the method needs a file of network weights. Its losses are stated in the magnitudes of VGG-19's features; the
    /// embedded network serves `look`, whose losses are relative.
    pub fn needs_network(self) -> bool {
        matches!(self, Self::DeepPhoto | Self::Neural)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Method {
    type Err = OptionsError;

    fn from_str(s: &str) -> Result<Self, OptionsError> {
        Self::ALL.into_iter().find(|m| m.name() == s).ok_or_else(|| OptionsError::Unknown {
            field: "method",
            value: s.to_owned(),
            expected: Self::ALL.map(Self::name).join(", "),
        })
    }
}

/// In which steps the iterative methods go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// From `transport`, coarse to fine, until the objective stalls.
    #[default]
    CoarseToFine,
    /// The paper's: from noise, 1000 steps at full size without the photorealism term, 1000 with it.
    Paper,
}

/// Where the arithmetic is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Device {
    /// The GPU where this build and machine have one, and not the CPU in its disguise, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// Any GPU, in software too; an error where there is none.
    Gpu,
}

/// Where the regions come from when no masks are given; masks that are given win.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Masks {
    /// From what is recognised in both photos.
    #[default]
    Auto,
    /// There is one region, all of the photo.
    None,
}

/// How the borders of regions run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edges {
    /// As in the masks, spread over about 1 % of the long side.
    #[default]
    Soft,
    /// Along the photo's own edges, pixel by pixel: a soft matte for each region, for hair, and branches before a sky.
    Matte,
}

/// What becomes of a region of the content without a counterpart in the reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnpairedLook {
    /// It takes the colour map of the content as a whole to the reference as a whole; by [`Method::DeepPhoto`], the look of the
    /// whole reference.
    #[default]
    Global,
    /// It keeps its colours.
    Keep,
}

/// Weights of the terms of the objective, and the layers they are measured at. Which terms there are, and at what
/// scale, is the method's: [`Objective::deep_photo`], [`Objective::neural`] and [`Objective::look`] give the defaults.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Objective {
    /// Weight α of the content loss at each content layer (`deep-photo`, `neural`).
    pub content: f64,
    /// Weight Γ of the style loss; each style layer gets Γ / number of layers.
    pub style: f64,
    /// Weight κ of the regions' colour statistics (`look`).
    pub colour: f64,
    /// Weight of the matting-Laplacian photorealism term: λ of its sum (`deep-photo`), μ of its mean (`look`).
    pub photorealism: f64,
    /// Weight ν of what the edges lose in similarity to the content's (`look`); a third more where regions were recognised, which are
    /// less sure than masks.
    pub structure: f64,
    /// Weight ρ of the smoothness of the bilateral grid (`look`).
    pub smoothness: f64,
    /// Weight τ of the total variation (`deep-photo`, `neural`).
    pub total_variation: f64,
    /// Weight ω of what leaves the displayable range, a mean over the samples (not in [`Schedule::Paper`]).
    pub gamut: f64,
    /// Layers of the content loss (`deep-photo`, `neural`).
    pub content_layers: Vec<Tap>,
    /// Layers of the style loss.
    pub style_layers: Vec<Tap>,
}

impl Objective {
    /// Deep Photo Style Transfer § 4, with the total variation of the authors' code and a penalty on colours that cannot
    /// be shown, which would only be cut off in the end, at the cost of style and local affinity.
    pub fn deep_photo() -> Self {
        Self {
            content: 1.0,
            style: 100.0,
            colour: 0.0,
            photorealism: 1e4,
            structure: 0.0,
            smoothness: 0.0,
            total_variation: 1e-3,
            gamut: 1e8,
            content_layers: vec![Tap::CONTENT],
            style_layers: Tap::STYLE.into(),
        }
    }

    /// Neural style transfer: the same with content, style and total variation alone.
    pub fn neural() -> Self {
        Self { photorealism: 0.0, gamut: 0.0, ..Self::deep_photo() }
    }

    /// The terms of `method/look.rs`.
    pub fn look() -> Self {
        Self {
            content: 0.0,
            style: 5.0,
            colour: 5.0,
            photorealism: 60.0,
            structure: 0.15,
            smoothness: 1.0,
            total_variation: 0.0,
            gamut: 100.0,
            content_layers: Vec::new(),
            style_layers: Tap::STYLE.into(),
        }
    }
}

/// Everything that shapes a transfer.
#[derive(Clone, Debug, PartialEq)]
pub struct TransferOptions {
    /// The method.
    pub method: Method,
    /// Long side, in pixels, at which the iterative methods solve; never more than the photo has.
    pub size: usize,
    /// 0 gives the content back, 1 the full look.
    pub strength: f32,
    /// Most iterations of the iterative methods, over all their stages; `None` for the schedule's own number.
    pub iterations: Option<usize>,
    /// In which steps the iterative methods go.
    pub schedule: Schedule,
    /// The objective of the iterative methods.
    pub objective: Objective,
    /// File of network weights: VGG-19 in Caffe or torchvision layout (safetensors, `.pth`).
    pub network: Option<PathBuf>,
    /// Seed of whatever is random (the paper's schedule starts from noise).
    pub seed: u64,
    /// Where the regions come from when no masks are given. The method neural knows none.
    pub masks: Masks,
    /// How the borders of regions run.
    pub edges: Edges,
    /// What becomes of regions without a counterpart, whether of masks or recognised.
    pub unpaired: UnpairedLook,
    /// File of a segmenter; the embedded one where it is not given.
    pub segmenter: Option<PathBuf>,
    /// How photos are segmented.
    pub segment: SegmentOptions,
}

impl TransferOptions {
    /// The defaults of a method.
    pub fn new(method: Method) -> Self {
        let (size, objective) = match method {
            Method::Look => (448, Objective::look()),
            Method::Neural => (512, Objective::neural()),
            Method::Transport | Method::DeepPhoto => (512, Objective::deep_photo()),
        };
        Self {
            method,
            size,
            strength: 1.0,
            iterations: None,
            schedule: Schedule::default(),
            objective,
            network: None,
            seed: 0,
            masks: Masks::default(),
            edges: Edges::default(),
            unpaired: UnpairedLook::default(),
            segmenter: None,
            segment: SegmentOptions::default(),
        }
    }

    /// The layers that the method's feature network must have.
    pub(crate) fn taps(&self) -> Vec<Tap> {
        match self.method {
            Method::Transport => Vec::new(),
            Method::Look => self.objective.style_layers.clone(),
            Method::DeepPhoto | Method::Neural => {
                [self.objective.content_layers.as_slice(), &self.objective.style_layers].concat()
            }
        }
    }

    /// Finds what is wrong with the options by themselves.
    ///
    /// # Errors
    /// The first number that is out of its range, a list of layers that is empty, a network that is missing.
    pub fn check(&self) -> Result<(), OptionsError> {
        require((16..=8192).contains(&self.size), "size", self.size, "between 16 and 8192")?;
        require((0.0..=1.0).contains(&self.strength), "strength", self.strength, "between 0 and 1")?;
        require(self.iterations != Some(0), "iterations", 0, "at least 1")?;
        let o = &self.objective;
        for (name, weight) in [
            ("content_weight", o.content),
            ("style_weight", o.style),
            ("photorealism_weight", o.photorealism),
            ("tv_weight", o.total_variation),
            ("gamut_weight", o.gamut),
            ("colour_weight", o.colour),
            ("structure_weight", o.structure),
            ("smoothness_weight", o.smoothness),
        ] {
            ranges::weight(name, weight)?;
        }
        self.segment.refine.check()?;
        let layers = |ok: bool, name| require(ok, name, "empty", "a list of layers such as relu1_1,relu2_1");
        layers(!o.style_layers.is_empty(), "style_layers")?;
        layers(self.method == Method::Look || !o.content_layers.is_empty(), "content_layers")?;
        if self.method.needs_network() && self.network.is_none() {
            return Err(OptionsError::NoNetwork { method: self.method.name() });
        }
        Ok(())
    }
}

impl Default for TransferOptions {
    fn default() -> Self {
        Self::new(Method::default())
    }
}
