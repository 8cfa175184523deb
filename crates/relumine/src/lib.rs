//! Photorealistic style transfer: your photo in the look of another, still a photograph.
#![allow(dead_code)]

pub mod error;
mod colour;
pub mod features;
mod grid;
pub mod io;
mod kernels;
pub mod loss;
mod mask;
mod matting;
mod optim;
mod planes;
mod progress;
mod regions;
mod resample;
mod smoothing;
mod transport;

pub use error::{Error, MachineError, OptionsError, PhotoError, WeightsError};
pub use planes::Planes;
pub use progress::{Progress, Silent, Stage, Step, Verdict};

/// What the functions of this crate return.
pub type Result<T, E = Error> = std::result::Result<T, E>;
