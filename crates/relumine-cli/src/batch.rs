//! The same work on many photos: which they are, what their outputs are called, several at a time, past what fails, and on from where
//! it was stopped.
//!
//! The way of a batch: photos are found (`sources`) and their outputs named (`naming`); what is there already is refused, skipped or
//! replaced (`plan`), by what the folder's `manifest` knows of it; then each is worked on (`run`) and told of (`log`, `outcome`). What is
//! done to a photo is for whoever runs the batch to say ([`Work`]).

mod log;
mod manifest;
mod naming;
mod order;
mod outcome;
mod plan;
mod run;
mod sources;
#[cfg(test)]
mod testing;

pub(crate) use manifest::Identity;
pub(crate) use naming::Naming;
pub(crate) use plan::{Existing, Plan};
pub(crate) use run::{How, Work, run};
pub(crate) use sources::Folders;
