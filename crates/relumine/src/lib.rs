//! Photorealistic style transfer: your photo in the look of another, still a photograph.
//!
//! ```
//! use relumine::io::{Limits, Photo, SaveOptions};
//! use relumine::{Device, Engine, Silent, TransferOptions};
//!
//! fn main() -> relumine::Result<()> {
//!     let limits = Limits::default();
//!     let content = Photo::open("../../examples/photos/day.jpg", &limits)?;
//!     let reference = Photo::open("../../examples/photos/dusk.jpg", &limits)?;
//!     let options = TransferOptions { strength: 0.8, ..TransferOptions::default() };
//!     let engine = Engine::new(Device::Auto, None)?;
//!     let transfer = engine.transfer(&content, &reference, None, &options, &mut Silent)?;
//!     transfer.photo.save(std::env::temp_dir().join("dusk.jpg"), &SaveOptions::default())?;
//!     println!("{} took {:?}", transfer.report.method, transfer.report.seconds);
//!     Ok(())
//! }
//! ```
//!
//! [`Engine::plan`] checks everything that can be wrong before [`Engine::run`] does the work; [`Engine::transfer`] is both.
//! [`Mask`](mask::Mask)s, or what [`segment`] recognises, pair the regions of two photos; a [`Progress`] follows long work and stops it. The methods are those of
//! [`Method`], their defaults those of [`TransferOptions::new`].

mod colour;
mod compute;
mod engine;
pub mod error;
pub mod features;
#[cfg(feature = "wgpu")]
mod gpu;
pub mod grid;
pub mod io;
mod kernels;
pub mod loss;
pub mod mask;
pub mod matting;
mod method;
pub mod metrics;
mod notice;
mod optim;
mod options;
mod planes;
mod progress;
mod ranges;
mod real;
pub mod refine;
mod regions;
pub mod report;
mod resample;
pub mod segment;
mod smoothing;
mod transport;
mod vector_math;
pub mod watch;
mod weights;

pub use engine::{Engine, Matte, Plan, Transfer};
pub use error::{Error, MachineError, OptionsError, PhotoError, WeightsError};
pub use features::Tap;
pub use notice::{Notice, Remark};
pub use optim::StopReason;
pub use options::{Device, Edges, Masks, Method, Objective, Schedule, TransferOptions, UnpairedLook};
pub use planes::Planes;
pub use progress::{Progress, Silent, Stage, Step, Verdict};
pub use regions::{PairedBy, Region, RegionSource, RegionsSummary, Side, Unpaired};
pub use weights::Weights;

/// What the functions of this crate return.
pub type Result<T, E = Error> = std::result::Result<T, E>;
