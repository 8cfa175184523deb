//! Which network a file of weights holds, told by its keys and metadata.
//!
//! | network | keys | input |
//! |---|---|---|
//! | VGG-19, Caffe | `conv{b}_{i}.weight` | BGR, 0–255, less 103.939, 116.779, 123.68 |
//! | VGG-19, torchvision | `features.{n}.weight`, n = 0, 2, 5, 7, 10 … | RGB, (x − mean) / std of ImageNet |
//! | relumine's own | `conv{b}_{i}.weight`, `metric.relu{b}_{i}`; metadata `format` = `relumine-features` or, without metrics, `relumine-segmenter` | RGB, (x − mean) / std of the metadata |
//!
//! VGG-19: Simonyan and Zisserman, *Very Deep Convolutional Networks for Large-Scale Image Recognition*, ICLR 2015.
//! Keys may have a prefix such as `module.`.

use super::normalisation::Normalisation;
use super::tap::{Tap, VGG19_BLOCKS, VGG19_WIDTHS, digit};
use super::weights::TensorFile;
use crate::WeightsError;

/// Widest layer that a file may declare: VGG-19's.
const WIDEST: usize = 512;
/// Most convolutions that a file may declare.
const DEEPEST: usize = 64;

/// One 3×3 convolution with its ReLU.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ConvolutionSpec {
    /// Whether a 2×2 max pooling comes before it.
    pub(super) pooled: bool,
    /// Key of its tensors, less `.weight` and `.bias`.
    pub(super) key: String,
    /// Channels of its output.
    pub(super) width: usize,
}

/// Where a tap is found.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TapSource {
    /// Its number in [`Architecture::convolutions`].
    pub(super) convolution: usize,
    /// Key of the metric that stands between this layer and the tap.
    pub(super) metric: Option<String>,
}

/// torchvision's VGG-19 sees photos in units of a standard deviation, the Caffe network in levels of 0 to 255. Networks of
/// convolutions, ReLU and pooling scale with their input, so this gain (255 × the mean deviation) gives both features of
/// one magnitude, for which one set of loss weights serves.
pub(crate) const TORCHVISION_GAIN: f32 = 255.0 * 0.226;

/// A sequential network of 3×3 convolutions.
#[derive(Clone, Debug)]
pub(super) struct Architecture {
    /// Name for people.
    pub(super) name: &'static str,
    pub(super) normalisation: Normalisation,
    /// What biases are multiplied by: with inputs multiplied alike, so are all features.
    pub(super) gain: f32,
    pub(super) convolutions: Vec<ConvolutionSpec>,
    taps: Vec<(Tap, TapSource)>,
}

impl Architecture {
    /// Recognises the network of a file.
    pub(super) fn of(file: &TensorFile) -> Result<Self, WeightsError> {
        if matches!(file.metadata("format"), Some("relumine-features" | "relumine-segmenter")) {
            return compact(file);
        }
        if let Some(prefix) = prefix(file, "conv1_1.weight") {
            let key = |block, index, _| format!("{prefix}conv{block}_{index}");
            let (scale, offset) = ([255.0; 3], [-103.939, -116.779, -123.68]);
            return Ok(vgg19("VGG-19 (Caffe)", Normalisation { source: [2, 1, 0], scale, offset }, key));
        }
        if let Some(prefix) = prefix(file, "features.0.weight")
            && !file.contains(&format!("{prefix}features.1.weight"))
        {
            // A ReLU follows every convolution and a pooling every block but the last; each has a number.
            let key = |block: usize, _, number: usize| format!("{prefix}features.{}", 2 * number + block - 1);
            let (mean, std) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225_f32]);
            let offset = std::array::from_fn(|k: usize| -TORCHVISION_GAIN * mean[k] / std[k]);
            let scale = std.map(|std| TORCHVISION_GAIN / std);
            let normalisation = Normalisation { source: [0, 1, 2], scale, offset };
            return Ok(Architecture {
                gain: TORCHVISION_GAIN,
                ..vgg19("VGG-19 (torchvision)", normalisation, key)
            });
        }
        Err(WeightsError::UnknownNetwork {
            sample: file.sample(),
            expected: "VGG-19 (Caffe or torchvision layout) or of relumine's own network".to_owned(),
        })
    }

    /// Where a tap is found.
    pub(super) fn source(&self, tap: Tap) -> Result<&TapSource, WeightsError> {
        let found = self.taps.iter().find(|(t, _)| *t == tap);
        found.map(|(_, source)| source).ok_or_else(|| WeightsError::MissingTensor { tensor: tap.to_string() })
    }
}

/// What comes before `ending` in the first key that has it: nothing, or a path ending in a dot.
fn prefix<'a>(file: &'a TensorFile, ending: &str) -> Option<&'a str> {
    file.names()
        .filter_map(|name| name.strip_suffix(ending))
        .find(|prefix| prefix.is_empty() || prefix.ends_with('.'))
}

fn vgg19(
    name: &'static str,
    normalisation: Normalisation,
    key: impl Fn(usize, usize, usize) -> String,
) -> Architecture {
    let (mut convolutions, mut taps) = (Vec::new(), Vec::new());
    for (b, (layers, width)) in VGG19_BLOCKS.into_iter().zip(VGG19_WIDTHS).enumerate() {
        for i in 0..layers {
            let number = convolutions.len();
            taps.push((Tap { block: b + 1, index: i + 1 }, TapSource { convolution: number, metric: None }));
            let pooled = b > 0 && i == 0;
            convolutions.push(ConvolutionSpec { pooled, key: key(b + 1, i + 1, number), width });
        }
    }
    Architecture { name, normalisation, gain: 1.0, convolutions, taps }
}

/// Metadata: `trunk` as in `16 16 M 32`, `taps` as in `relu1_1=conv1_2 relu2_1=conv2_1`, `mean` and `std` as numbers.
fn compact(file: &TensorFile) -> Result<Architecture, WeightsError> {
    let damaged = |key: &str| WeightsError::UnsoundHeader { key: key.to_owned() };
    let text = |key: &str| file.metadata(key).ok_or_else(|| damaged(key));
    let number = |key: &str| {
        let value = text(key)?.parse::<f32>().ok().filter(|v| v.is_finite());
        value.ok_or_else(|| damaged(key))
    };
    let version = text("version")?;
    if version != "1" {
        return Err(WeightsError::UnknownVersion { version: version.to_owned() });
    }
    let (mean, std) = (number("mean")?, number("std")?);
    if std <= 0.0 {
        return Err(damaged("std"));
    }
    let normalisation =
        Normalisation { source: [0, 1, 2], scale: [std.recip(); 3], offset: [-mean / std; 3] };

    let mut convolutions: Vec<ConvolutionSpec> = Vec::new();
    let (mut block, mut index, mut pooled) = (1, 0, false);
    for word in text("trunk")?.split_whitespace() {
        if word == "M" {
            // A pooling is between convolutions.
            if index == 0 {
                return Err(damaged("trunk"));
            }
            (block, index, pooled) = (block + 1, 0, true);
            continue;
        }
        let width = word.parse().ok().filter(|w| (1..=WIDEST).contains(w)).ok_or_else(|| damaged("trunk"))?;
        index += 1;
        let (pooled, key) = (std::mem::take(&mut pooled), format!("conv{block}_{index}"));
        convolutions.push(ConvolutionSpec { pooled, key, width });
        if convolutions.len() > DEEPEST {
            return Err(damaged("trunk"));
        }
    }

    // A segmenter's trunk is there to be read, not to compare photos by.
    let compares = file.metadata("format") == Some("relumine-features");
    let mut taps = Vec::new();
    for word in text("taps")?.split_whitespace() {
        let parse = || {
            let (tap, key) = word.split_once('=')?;
            let (b, i) = tap.strip_prefix("relu")?.split_once('_')?;
            let convolution = convolutions.iter().position(|spec| spec.key == key)?;
            let tap = Tap::new(digit(b)?, digit(i)?)?;
            let metric = compares.then(|| format!("metric.{tap}"));
            Some((tap, TapSource { convolution, metric }))
        };
        taps.push(parse().ok_or_else(|| damaged("taps"))?);
    }
    Ok(Architecture { name: "relumine features", normalisation, gain: 1.0, convolutions, taps })
}
