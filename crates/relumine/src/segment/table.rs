//! The kinds of segmenters that weights may be of.

use std::sync::Arc;

use super::{DilatedNetwork, SegFormer, Segmenter};
use crate::features::TensorFile;
use crate::{Result, WeightsError};

/// A kind of segmenter.
pub(super) struct Kind {
    /// What files of it hold, for people.
    pub(super) name: &'static str,
    /// Whether a file is of this kind, damaged or not.
    pub(super) recognises: fn(&TensorFile) -> bool,
    /// Reads a file of this kind.
    pub(super) read: fn(&mut TensorFile) -> Result<Arc<dyn Segmenter>>,
}

/// One line a kind; the first that recognises a file has it.
#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    Kind { name: DilatedNetwork::KIND, recognises: DilatedNetwork::recognises, read: |file| Ok(Arc::new(DilatedNetwork::read(file)?)) },
    Kind { name: SegFormer::KIND, recognises: SegFormer::recognises, read: |file| Ok(Arc::new(SegFormer::read(file)?)) },
];

/// Reads a file of one of these kinds.
///
/// # Errors
/// [`WeightsError::UnknownNetwork`] where it is of none, and those of the kind.
pub(super) fn read(kinds: &[Kind], file: &mut TensorFile) -> Result<Arc<dyn Segmenter>> {
    match kinds.iter().find(|kind| (kind.recognises)(file)) {
        Some(kind) => (kind.read)(file),
        None => {
            let expected = kinds.iter().map(|kind| kind.name).collect::<Vec<_>>().join(" or ");
            Err(file.error(WeightsError::UnknownNetwork { sample: file.sample(), expected }))
        }
    }
}
