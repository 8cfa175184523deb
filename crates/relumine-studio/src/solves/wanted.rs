//! Which look is asked for.

use axum::http::StatusCode;
use relumine::{TransferOptions, Weights};
use serde::Deserialize;

use crate::{Failure, Studio};

/// What is asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    pub(super) photo: String,
    #[serde(default)]
    pub(super) reference: Option<String>,
    #[serde(default)]
    pub(super) look: Option<String>,
    pub(super) options: TransferOptions,
    #[serde(default)]
    pub(super) masks: Option<MaskIds>,
    /// The learned grade of the whole, at once, instead of what the options say.
    #[serde(default)]
    pub(super) quick: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MaskIds {
    pub(super) content: String,
    pub(super) reference: String,
}

/// What a photo takes its look from.
pub(super) enum Source<'w> {
    Reference(&'w str),
    /// Off the shelf.
    Kept(&'w str),
}

impl Wanted {
    pub(super) fn source(&self) -> Result<Source<'_>, Failure> {
        match (&self.reference, &self.look) {
            (Some(reference), None) => Ok(Source::Reference(reference)),
            (None, Some(look)) => Ok(Source::Kept(look)),
            _ => Err(Failure::bad(
                "a photo takes its look from a reference or from a kept look: name one of them",
            )),
        }
    }
}

/// Finds what can be wrong before the work. A page may ask for nothing that names files of this machine.
pub(super) fn check(studio: &Studio, wanted: &Wanted) -> Result<(), Failure> {
    let options = &wanted.options;
    options.check()?;
    studio.pictures.get(&wanted.photo)?;
    match wanted.source()? {
        Source::Reference(reference) => drop(studio.pictures.get(reference)?),
        Source::Kept(look) => drop(studio.looks.get(look)?),
    }
    let networks = options.method.needs().network.map(|need| need.weights);
    let embedded = |weights: &Weights| matches!(weights, Weights::Embedded);
    if !(networks.iter().all(embedded) && embedded(&options.pairing.segmenter)) {
        let message =
            "other networks than the embedded are chosen on the command line (relumine transfer --network)";
        return Err(Failure::new(StatusCode::UNPROCESSABLE_ENTITY, message));
    }
    Ok(())
}
