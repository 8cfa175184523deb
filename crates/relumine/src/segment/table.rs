//! The kinds of segmenters that weights may be of.

use std::sync::Arc;

use super::{DilatedNetwork, SegFormer, Segmenter};
use crate::features::TensorFile;
use crate::{Result, WeightsError};

/// A kind of segmenter.
pub(super) struct SegmenterKind {
    /// What files of it hold, for people.
    pub(super) name: &'static str,
    /// Whether a file is of this kind, damaged or not.
    pub(super) recognises: fn(&TensorFile) -> bool,
    /// Reads a file of this kind.
    pub(super) read: fn(&mut TensorFile) -> Result<Arc<dyn Segmenter>>,
}

/// One line a kind; the first that recognises a file has it.
#[rustfmt::skip]
pub(super) const KINDS: &[SegmenterKind] = &[
    SegmenterKind { name: DilatedNetwork::KIND, recognises: DilatedNetwork::recognises, read: |file| Ok(Arc::new(DilatedNetwork::read(file)?)) },
    SegmenterKind { name: SegFormer::KIND, recognises: SegFormer::recognises, read: |file| Ok(Arc::new(SegFormer::read(file)?)) },
];

/// Reads a file of one of these kinds.
///
/// # Errors
/// [`WeightsError::UnknownNetwork`] where it is of none, and those of the kind.
pub(super) fn read<'k>(
    kinds: impl IntoIterator<Item = &'k SegmenterKind>,
    file: &mut TensorFile,
) -> Result<Arc<dyn Segmenter>> {
    let mut names = Vec::new();
    for kind in kinds {
        if (kind.recognises)(file) {
            return (kind.read)(file);
        }
        names.push(kind.name);
    }
    let expected = names.join(" or ");
    Err(file.error(WeightsError::UnknownNetwork { sample: file.sample(), expected }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::{fixture, problem, synthetic};
    use crate::watch::CancelToken;
    use crate::{Planes, Weights};

    /// Sees one class everywhere, which its file names.
    #[derive(Debug)]
    struct Toy(Vec<String>);

    impl Toy {
        const KIND: SegmenterKind = SegmenterKind {
            name: "a toy",
            recognises: |file| file.metadata("toy").is_some(),
            read: |file| Ok(Arc::new(Self(vec![file.metadata("toy").unwrap_or_default().to_owned()]))),
        };
    }

    impl Segmenter for Toy {
        fn name(&self) -> &str {
            "toy"
        }

        fn classes(&self) -> &[String] {
            &self.0
        }

        fn looks_at(&self, height: usize, width: usize) -> (usize, usize) {
            (height, width)
        }

        fn probabilities(&self, photo: &Planes, _: &CancelToken) -> Planes {
            Planes::filled(1, photo.height(), photo.width(), 1.0)
        }
    }

    fn open(bytes: Vec<u8>) -> TensorFile {
        let weights = Weights::Bytes(bytes.into());
        TensorFile::open(&weights, &relumine_weights::SEGMENTER, &CancelToken::new()).unwrap()
    }

    fn file(header: &[(&str, &str)]) -> Vec<u8> {
        let header = header.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        synthetic::file(&synthetic::convolutions([("conv1_1", 4)]), Some(header))
    }

    #[test]
    fn a_kind_more_is_a_line_more() {
        let longer: Vec<&SegmenterKind> = KINDS.iter().chain([&Toy::KIND]).collect();
        let toy = file(&[("toy", "sky")]);
        assert_eq!(read(longer.iter().copied(), &mut open(toy.clone())).unwrap().classes(), ["sky"]);
        let ours = read(longer, &mut open(fixture("segmenter.safetensors"))).unwrap();
        assert_eq!(ours.name(), "relumine segmenter");
        let error = problem(read(KINDS, &mut open(toy)).unwrap_err());
        assert!(matches!(&error, WeightsError::UnknownNetwork { .. }), "{error}");
        assert!(KINDS.iter().all(|kind| error.to_string().contains(kind.name)), "{error}");
    }

    #[test]
    fn a_damaged_file_is_told_from_one_of_no_kind() {
        let damaged = file(&[("format", "relumine-segmenter"), ("classes", "sky"), ("dilations", "one")]);
        let error = problem(read(KINDS, &mut open(damaged)).unwrap_err());
        assert!(matches!(&error, WeightsError::UnsoundHeader { .. }), "{error}");
        assert!(error.to_string().contains("damaged"), "{error}");
        let cut = synthetic::convolutions([("segformer.encoder.patch_embeddings.0.proj", 32)]);
        let error = problem(read(KINDS, &mut open(synthetic::file(&cut, None))).unwrap_err());
        assert!(
            error.to_string().contains("SegFormer") && !error.to_string().contains("relumine's"),
            "{error}"
        );
    }
}
