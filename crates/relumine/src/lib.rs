//! Photorealistic style transfer: your photo in the look of another, still a photograph.
#![allow(dead_code)]

mod colour;
mod engine;
pub mod error;
pub mod features;
pub mod grid;
pub mod io;
mod kernels;
pub mod loss;
pub mod mask;
pub mod matting;
mod method;
pub mod metrics;
mod optim;
mod options;
mod planes;
mod progress;
mod real;
pub mod refine;
mod regions;
pub mod report;
mod resample;
mod smoothing;
mod transport;

pub use engine::{Engine, Plan, Transfer};
pub use error::{Error, MachineError, OptionsError, PhotoError, WeightsError};
pub use features::Tap;
pub use optim::StopReason;
pub use options::{Device, Method, Objective, Schedule, TransferOptions};
pub use planes::Planes;
pub use progress::{Progress, Silent, Stage, Step, Verdict};
pub use regions::{Region, RegionsSummary, Side, Unpaired};

/// What the functions of this crate return.
pub type Result<T, E = Error> = std::result::Result<T, E>;
