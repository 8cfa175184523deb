//! Photorealistic style transfer: your photo in the look of another, still a photograph.
#![allow(dead_code)]

mod colour;
pub mod error;
mod features;
mod grid;
pub mod io;
mod kernels;
mod loss;
mod mask;
mod matting;
mod optim;
mod planes;
mod progress;
pub mod refine;
mod regions;
mod resample;
mod smoothing;
mod transport;

pub use error::{Error, MachineError, OptionsError, PhotoError, WeightsError};
pub use planes::Planes;
pub use progress::{Progress, Silent, Stage, Step, Verdict};

/// What the functions of this crate return.
pub type Result<T, E = Error> = std::result::Result<T, E>;
