//! relumine's own segmenter: a compact feature network, then a [`Head`] of dilated convolutions on taps of it.
//!
//! Trained by `tools/train/segment_train.py`. Probabilities come at a quarter of the size that the network sees.

use std::borrow::Cow;

use super::Segmenter;
use super::head::{Head, HeadShape};
use crate::compute::Compute;
use crate::features::{Network, TensorFile};
use crate::kernels::FeatureMap;
use crate::watch::CancelToken;
use crate::{Planes, Result, Tap, Weights, WeightsError};

/// Long side, in pixels, that the network sees.
const LONG: f64 = 384.0;
/// Short side that it sees at least, of panoramas and tiny photos.
const SHORT: f64 = 64.0;
/// Long side that it sees at most.
const LONGEST: f64 = 2048.0;
/// Sides of what the network sees are multiples of this many pixels: of a cell of the coarsest tap.
const CELL: usize = 16;
/// Most classes, channels and blocks that a file may declare.
const MOST_CLASSES: usize = 512;
const WIDEST: usize = 4096;
const DEEPEST: usize = 64;
/// Farthest dilation that a file may declare.
const FARTHEST: usize = 256;

/// The dilated convolutional network.
#[derive(Debug)]
pub struct DilatedNetwork {
    trunk: Network,
    /// What the head looks at: where borders run, then what is where, finest first.
    taps: Vec<Tap>,
    head: Head,
    classes: Vec<String>,
}

impl DilatedNetwork {
    /// What files of it hold, for people.
    pub(super) const KIND: &str = "relumine's segmenter";

    /// Loads weights that `tools/train/segment_export.py` wrote; embedded are relumine's own.
    ///
    /// # Errors
    /// [`Error::Weights`](crate::Error::Weights) where they cannot be read, are of another kind, or are damaged;
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn load(weights: &Weights, token: &CancelToken) -> Result<Self> {
        Self::read(&mut TensorFile::open(weights, &relumine_weights::SEGMENTER, token)?)
    }

    /// Whether a file is of this kind, damaged or not.
    pub(super) fn recognises(file: &TensorFile) -> bool {
        file.metadata("format") == Some("relumine-segmenter")
    }

    /// As [`load`](Self::load), from an open file.
    pub(super) fn read(file: &mut TensorFile) -> Result<Self> {
        let Header { taps, shape, classes } = Header::of(file).map_err(|problem| file.error(problem))?;
        let trunk = Network::read(file, &taps, &Compute::cpu())?;
        if taps.iter().any(|tap| trunk.poolings(*tap) > CELL.ilog2()) {
            return Err(file.error(unsound("trunk")));
        }
        let fine_features = trunk.channels(taps[0]);
        let features = taps[1..].iter().map(|tap| trunk.channels(*tap)).sum();
        let head = Head::read(file, &HeadShape { features, fine_features, ..shape })?;
        Ok(Self { trunk, taps, head, classes })
    }

    /// Logits, C×h×w at the size of the finest tap, of a photo, 3×H×W with sides that are multiples of [`CELL`].
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    fn logits(&self, photo: &Planes, token: &CancelToken) -> Result<Planes> {
        let seen = self.trunk.look(photo, &self.taps, token)?;
        let maps: Vec<Cow<'_, FeatureMap>> = self.taps.iter().map(|tap| seen.map(*tap)).collect();
        let maps: Vec<&FeatureMap> = maps.iter().map(AsRef::as_ref).collect();
        let (classes, logits) = (self.classes.len(), self.head.logits(maps[0], &maps[1..], token)?);
        let planes = (0..classes).flat_map(|c| logits[c..].iter().step_by(classes).copied());
        Ok(Planes::from_vec(classes, maps[0].height(), maps[0].width(), planes.collect()))
    }
}

/// What the header of a file says.
struct Header {
    taps: Vec<Tap>,
    /// With the trunk's features still unknown.
    shape: HeadShape,
    classes: Vec<String>,
}

impl Header {
    fn of(file: &TensorFile) -> Result<Self, WeightsError> {
        let text = |key: &str| file.metadata(key).ok_or_else(|| unsound(key));
        if text("format")? != "relumine-segmenter" {
            return Err(unsound("format"));
        }
        let number = |key: &str, most: usize| {
            let value = text(key)?.parse().ok().filter(|n| (1..=most).contains(n));
            value.ok_or_else(|| unsound(key))
        };
        let classes: Vec<String> = text("classes")?.split_whitespace().map(str::to_owned).collect();
        if !(1..=MOST_CLASSES).contains(&classes.len()) {
            return Err(unsound("classes"));
        }
        let dilation = |word: &str| word.parse().ok().filter(|d| (1..=FARTHEST).contains(d));
        let dilations: Option<Vec<usize>> = text("dilations")?.split_whitespace().map(dilation).collect();
        let dilations = dilations.filter(|d| (1..=DEEPEST).contains(&d.len()));
        let tap = |word: &str| word.split_once('=')?.0.parse().ok();
        let taps: Option<Vec<Tap>> = text("taps")?.split_whitespace().map(tap).collect();
        let taps = taps.filter(|taps| taps.len() > 1 && taps.is_sorted()).ok_or_else(|| unsound("taps"))?;
        let shape = HeadShape {
            features: 0,
            fine_features: 0,
            width: number("width", WIDEST)?,
            fine_width: number("fine-width", WIDEST)?,
            dilations: dilations.ok_or_else(|| unsound("dilations"))?,
            mean_after: number("mean-after", DEEPEST)?,
            classes: classes.len(),
        };
        Ok(Self { taps, shape, classes })
    }
}

fn unsound(key: &str) -> WeightsError {
    WeightsError::UnsoundHeader { key: key.to_owned() }
}

impl Segmenter for DilatedNetwork {
    fn name(&self) -> &str {
        "relumine segmenter"
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    /// In multiples of a cell.
    fn looks_at(&self, height: usize, width: usize) -> (usize, usize) {
        let (long, short) = (height.max(width) as f64, height.min(width) as f64);
        let scale = (LONG / long).max(SHORT / short).min(LONGEST / long);
        let side = |pixels: usize| {
            let cells = (pixels as f64 * scale).max(SHORT) / CELL as f64;
            cells.round() as usize * CELL
        };
        (side(height), side(width))
    }

    fn probabilities(&self, photo: &Planes, token: &CancelToken) -> Planes {
        let logits = self.logits(photo, token);
        let mut out = logits.unwrap_or_else(|_cancelled| Planes::zeros(self.classes.len(), 1, 1));
        super::softmax(&mut out, token);
        out
    }
}

#[cfg(test)]
mod tests {
    use safetensors::SafeTensors;

    use proptest::prelude::*;

    use super::*;
    use crate::features::{fixture, numbers, problem, synthetic};

    fn load(name: &str) -> Result<DilatedNetwork> {
        DilatedNetwork::load(&Weights::Bytes(fixture(name).into()), &CancelToken::new())
    }

    #[test]
    fn logits_are_those_of_pytorch() {
        let network = load("segmenter.safetensors").unwrap();
        let bytes = fixture("segmenter-expected.safetensors");
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let photo = numbers(&file, "photo").into_iter().map(|v| v as f32).collect();
        let found = network.logits(&Planes::from_vec(3, 80, 96, photo), &CancelToken::new()).unwrap();
        let expected = numbers(&file, "logits");
        assert_eq!(found.data().len(), expected.len());
        let largest = expected.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        for (found, expected) in found.data().iter().zip(&expected) {
            assert!((f64::from(*found) - expected).abs() < 1e-4 * largest, "{found} instead of {expected}");
        }
    }

    #[test]
    fn any_photo_is_seen_at_a_size_that_the_network_takes() {
        let network = read(crafted("relu1_1", 0, &[])).unwrap();
        assert_eq!(network.looks_at(3000, 4000), (288, 384));
        assert_eq!(network.looks_at(16, 16), (384, 384));
        assert_eq!(network.looks_at(100, 2000), (64, 1280));
        assert_eq!(network.looks_at(1, 60_000), (64, 2048));
    }

    /// A file whose taps, `tap` twice, come after so many poolings, with these entries of its header in the place of sound ones.
    fn crafted(tap: &str, poolings: usize, spoilt: &[(&str, &str)]) -> Vec<u8> {
        let keys: Vec<String> = (0..=poolings).map(|block| format!("conv{}_1", block + 1)).collect();
        let mut tensors = synthetic::convolutions(keys.iter().map(|key| (key.as_str(), 4)));
        let mut layer = |name: &str, shape: Vec<usize>| {
            let values = (0..shape.iter().product()).map(|i: usize| (i % 7) as f32 / 7.0 - 0.4).collect();
            tensors.push((format!("{name}.bias"), vec![shape[0]], vec![0.1; shape[0]]));
            tensors.push((format!("{name}.weight"), shape, values));
        };
        layer("enter", vec![4, 6]);
        layer("block0_spatial", vec![4, 4, 3, 3]);
        for name in ["block0_mix", "mean", "hidden"] {
            layer(name, vec![4, 4]);
        }
        layer("classify", vec![2, 4]);
        layer("fine_enter", vec![3, 8]);
        layer("fine_spatial", vec![3, 3, 3, 3]);
        layer("fine_classify", vec![2, 3]);
        let trunk = vec!["4"; poolings + 1].join(" M ");
        let taps = format!("{tap}={0} {tap}={0}", keys[poolings]);
        let sound = [
            ("format", "relumine-segmenter"),
            ("version", "1"),
            ("trunk", trunk.as_str()),
            ("taps", taps.as_str()),
            ("mean", "0.45"),
            ("std", "0.25"),
            ("width", "4"),
            ("fine-width", "3"),
            ("dilations", "2"),
            ("mean-after", "1"),
            ("classes", "sky tree"),
        ];
        let header = sound.iter().chain(spoilt).map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        synthetic::file(&tensors, Some(header.collect()))
    }

    fn read(bytes: Vec<u8>) -> Result<DilatedNetwork> {
        DilatedNetwork::load(&Weights::Bytes(bytes.into()), &CancelToken::new())
    }

    /// Looks at the smallest that a photo can be.
    fn looked(network: &DilatedNetwork) -> Planes {
        let (height, width) = network.looks_at(6, 1);
        network.probabilities(&Planes::filled(3, height, width, 0.5), &CancelToken::new())
    }

    #[test]
    fn taps_whose_maps_would_vanish_are_refused() {
        for (tap, poolings) in [("relu1_1", 0), ("relu5_1", 4)] {
            let seen = looked(&read(crafted(tap, poolings, &[])).unwrap());
            let mut sums = seen.plane(0).iter().zip(seen.plane(1)).map(|(a, b)| a + b);
            assert!(sums.all(|sum| (sum - 1.0).abs() < 1e-5));
        }
        for poolings in [5, 9] {
            let error = problem(read(crafted("relu5_1", poolings, &[])).unwrap_err());
            assert!(matches!(&error, WeightsError::UnsoundHeader { key } if key == "trunk"), "{error}");
        }
    }

    #[test]
    fn what_is_cancelled_has_no_classes_that_count() {
        let (network, token) = (load("segmenter.safetensors").unwrap(), CancelToken::new());
        token.cancel();
        let photo = Planes::filled(3, 64, 64, 0.5);
        assert!(matches!(network.logits(&photo, &token), Err(crate::Error::Cancelled)));
        assert_eq!(network.probabilities(&photo, &token).channels(), network.classes().len());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn whatever_is_loaded_can_look_at_a_photo(
            poolings in 0usize..6,
            entries in proptest::collection::vec(
                (
                    proptest::sample::select(vec!["trunk", "taps", "mean", "std", "width", "fine-width", "dilations", "mean-after", "classes"]),
                    proptest::collection::vec(proptest::sample::select(vec![
                        "", "0", "1", "4", "5", "300", "-1", "1e-40", "3e38", "nan", "M", "sky", "relu1_1=conv1_1", "relu2_1=conv1_1", "relu2_1=conv2_1",
                    ]), 0..4),
                ),
                0..3,
            ),
            edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..3),
        ) {
            let values: Vec<(&str, String)> = entries.into_iter().map(|(key, words)| (key, words.join(" "))).collect();
            let spoilt: Vec<(&str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
            let mut bytes = crafted("relu1_1", poolings, &spoilt);
            for (at, value) in edits {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            if let Ok(network) = read(bytes) {
                prop_assert_eq!(looked(&network).channels(), network.classes().len());
            }
        }
    }
}
