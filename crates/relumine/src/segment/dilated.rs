//! relumine's own segmenter: a compact feature network, then a [`Head`] of dilated convolutions on taps of it.
//!
//! Trained by `tools/train/segment_train.py`. Probabilities come at an eighth of the size that the network sees.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::Path;

use super::Segmenter;
use super::head::{Head, Shape};
use crate::compute::Compute;
use crate::features::{Network, TensorFile, Workspace};
use crate::resample::{Filter, resize};
use crate::{Error, Planes, Tap, WeightsError};

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
    /// What the head looks at, finest first.
    taps: Vec<Tap>,
    head: Head,
    classes: Vec<String>,
}

impl DilatedNetwork {
    /// The network that is embedded.
    ///
    /// # Errors
    /// [`Error::Weights`] if the program was built from damaged weights.
    pub fn embedded() -> Result<Self, Error> {
        Self::from_bytes(relumine_weights::SEGMENTER.bytes)
            .map_err(|problem| Error::Weights { path: "embedded segmenter".into(), problem })
    }

    /// Loads a file that `tools/train/segment_export.py` wrote.
    ///
    /// # Errors
    /// [`Error::Weights`] where it cannot be read or is of another kind.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let open = || Self::read(&mut BufReader::new(File::open(path).map_err(WeightsError::Unreadable)?));
        open().map_err(|problem| Error::Weights { path: path.to_owned(), problem })
    }

    /// As [`load`](Self::load), from memory.
    ///
    /// # Errors
    /// Where the bytes are of another kind, or lack what is needed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WeightsError> {
        Self::read(&mut Cursor::new(bytes))
    }

    fn read<R: Read + Seek>(reader: &mut R) -> Result<Self, WeightsError> {
        let file = TensorFile::open(&mut *reader)?;
        if file.metadata("format") != Some("relumine-segmenter") {
            let reason = "its header does not say `relumine-segmenter`".into();
            return Err(WeightsError::UnknownFormat { reason });
        }
        let damaged =
            |key: &str| WeightsError::UnknownFormat { reason: format!("its header has no sound `{key}`") };
        let text = |key: &str| file.metadata(key).ok_or_else(|| damaged(key));
        let number = |key: &str, most: usize| {
            let value = text(key)?.parse().ok().filter(|n| (1..=most).contains(n));
            value.ok_or_else(|| damaged(key))
        };
        let classes: Vec<String> = text("classes")?.split_whitespace().map(str::to_owned).collect();
        let dilation = |word: &str| word.parse().ok().filter(|d| (1..=FARTHEST).contains(d));
        let dilations: Option<Vec<usize>> = text("dilations")?.split_whitespace().map(dilation).collect();
        let dilations = dilations.filter(|d| (1..=DEEPEST).contains(&d.len()));
        let shape = Shape {
            features: 0,
            width: number("width", WIDEST)?,
            dilations: dilations.ok_or_else(|| damaged("dilations"))?,
            mean_after: number("mean-after", DEEPEST)?,
            classes: classes.len(),
        };
        if !(1..=MOST_CLASSES).contains(&classes.len()) {
            return Err(damaged("classes"));
        }
        let tap = |word: &str| word.split_once('=')?.0.parse().ok();
        let taps: Option<Vec<Tap>> = text("taps")?.split_whitespace().map(tap).collect();
        let taps = taps.filter(|taps| !taps.is_empty() && taps.is_sorted()).ok_or_else(|| damaged("taps"))?;
        drop(file);
        reader.rewind().map_err(WeightsError::Unreadable)?;
        let trunk = Network::read(&Compute::Cpu, &mut *reader, &taps)?;
        reader.rewind().map_err(WeightsError::Unreadable)?;
        let features = taps.iter().map(|tap| trunk.channels(*tap)).sum();
        let head = Head::read(&mut TensorFile::open(reader)?, &Shape { features, ..shape })?;
        Ok(Self { trunk, taps, head, classes })
    }

    /// Logits, C×h×w at the size of the finest tap, of a photo, 3×H×W with sides that are multiples of [`CELL`].
    fn logits(&self, photo: &Planes) -> Planes {
        let convolutions: Vec<usize> =
            self.taps.iter().map(|tap| self.trunk.tap(*tap).convolution()).collect();
        let depth = convolutions.iter().max().expect("a segmenter has taps") + 1;
        let mut workspace = Workspace::new(&self.trunk, photo.height(), photo.width(), depth);
        workspace.forward(&self.trunk, photo);
        let features: Vec<_> = convolutions.iter().map(|at| workspace.features(*at)).collect();
        let (classes, logits) = (self.classes.len(), self.head.logits(&features));
        let planes = (0..classes).flat_map(|c| logits[c..].iter().step_by(classes).copied());
        Planes::from_vec(classes, features[0].height(), features[0].width(), planes.collect())
    }
}

impl Segmenter for DilatedNetwork {
    fn name(&self) -> &str {
        "relumine segmenter"
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn probabilities(&self, photo: &Planes) -> Planes {
        let (height, width) = seen(photo.height(), photo.width());
        let mut out = self.logits(&resize(photo, height, width, Filter::Bilinear));
        super::softmax(&mut out);
        out
    }
}

/// The size that the network sees of a photo: multiples of [`CELL`].
fn seen(height: usize, width: usize) -> (usize, usize) {
    let (long, short) = (height.max(width) as f64, height.min(width) as f64);
    let scale = (LONG / long).max(SHORT / short).min(LONGEST / long);
    let side = |pixels: usize| {
        let cells = (pixels as f64 * scale).max(SHORT) / CELL as f64;
        cells.round() as usize * CELL
    };
    (side(height), side(width))
}

#[cfg(test)]
mod tests {
    use safetensors::SafeTensors;

    use super::*;
    use crate::features::{fixture, numbers};

    #[test]
    fn logits_are_those_of_pytorch() {
        let network = DilatedNetwork::from_bytes(&fixture("segmenter.safetensors")).unwrap();
        let bytes = fixture("segmenter-expected.safetensors");
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let photo = numbers(&file, "photo").into_iter().map(|v| v as f32).collect();
        let found = network.logits(&Planes::from_vec(3, 80, 96, photo));
        let expected = numbers(&file, "logits");
        assert_eq!(found.data().len(), expected.len());
        let largest = expected.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        for (found, expected) in found.data().iter().zip(&expected) {
            assert!((f64::from(*found) - expected).abs() < 1e-4 * largest, "{found} instead of {expected}");
        }
    }

    #[test]
    fn any_photo_is_seen_at_a_size_that_the_network_takes() {
        assert_eq!(seen(3000, 4000), (288, 384));
        assert_eq!(seen(16, 16), (384, 384));
        assert_eq!(seen(100, 2000), (64, 1280));
        assert_eq!(seen(1, 60_000), (64, 2048));
    }
}
