//! Photorealistic style transfer: your photo in the look of another, still a photograph.
//!
//! ```
//! use relumine::io::{Limits, Photo, SaveOptions};
//! use relumine::watch::Watch;
//! use relumine::{Apply, ChosenMethod, Device, Engine, PairOptions};
//!
//! fn main() -> relumine::Result<()> {
//!     let (engine, mut watch) = (Engine::new(Device::Auto, None)?, Watch::silent());
//!     let open = |name| Photo::open(name, &Limits::default());
//!     let (day, dusk) = (open("../../examples/photos/day.jpg")?, open("../../examples/photos/dusk.jpg")?);
//!
//!     let (content, reference) = (engine.analyse(&day), engine.analyse(&dusk));
//!     let pairing = engine.pair(&content, &[reference.into()], None, &PairOptions::default(), &mut watch)?;
//!     let look = engine.solve(&pairing, &ChosenMethod::default(), &mut watch)?;
//!     for strength in [0.5, 1.0] {
//!         let photo = look.apply(&day, &Apply::at(strength))?;
//!         photo.save(std::env::temp_dir().join(format!("dusk-{strength}.jpg")), &SaveOptions::default())?;
//!     }
//!     Ok(())
//! }
//! ```
//!
//! [`Engine::analyse`] begins to know a photo, [`Engine::pair`] finds which of its regions takes its look from which of the
//! reference's, [`Engine::solve`] finds the [`Look`], and [`Look::apply`] gives it to the photo, as often as one likes. What they give are values
//! that can be kept, cloned and sent. [`Engine::transfer`] is all of it in one call, [`TransferOptions`] all that shapes it. A [`Watch`](watch::Watch) follows long work and stops
//! it. The methods are [`METHODS`], and whatever implements [`Method`].

mod analysis;
mod colour;
mod compute;
mod counts;
mod engine;
pub mod error;
pub mod features;
#[cfg(feature = "wgpu")]
mod gpu;
mod grader;
pub mod grid;
pub mod io;
mod kept;
mod kernels;
mod layers;
mod look;
pub mod loss;
pub mod lut;
pub mod mask;
pub mod matting;
mod method;
pub mod metrics;
mod notice;
mod optim;
mod options;
mod pairing;
mod planes;
mod ranges;
mod real;
mod reference;
pub mod refine;
pub mod report;
mod resample;
mod saved;
pub mod segment;
mod smoothing;
mod vector_math;
pub mod watch;
mod weights;

pub use analysis::{Analysis, Made};
pub use compute::Compute;
pub use counts::Frame;
pub use engine::{Engine, Loaded, Matte, Transfer};
pub use error::{Error, LookError, LutError, MachineError, OptionsError, PhotoError, WeightsError};
pub use features::Tap;
pub use look::{Apply, Body, ColourPair, Keep, Layers, Look, Motion, Part, ReferenceShare};
pub use method::{
    ChosenMethod, Course, DeepPhotoOptions, Entry, Given, GradeOptions, LookOptions, METHODS, Method, Needs,
    NetworkNeed, NeuralOptions, Problem, Schedule, Solved, TransportOptions, Treatment, fields_of,
};
pub use notice::{Notice, Remark};
pub use optim::StopReason;
pub use options::{Device, TransferOptions};
pub use pairing::{
    Counterpart, Edges, GroundLook, Masks, PairOptions, PairedBy, Pairing, Region, RegionId, RegionOptions,
    RegionSource, RegionsSummary, Side, SkinLook, Unpaired, UnpairedLook,
};
pub use planes::Planes;
pub use reference::Reference;
pub use saved::{Honesty, LookFile, LutOptions, Placing, SavedLook, SavedRegion};
pub use weights::Weights;

/// What the functions of this crate return.
pub type Result<T, E = Error> = std::result::Result<T, E>;
