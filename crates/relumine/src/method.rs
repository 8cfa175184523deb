//! The methods: how the look of a pair of photos is found.
//!
//! A method is the struct of its options: it says what it [needs](Method::needs), checks itself, and solves. Each is a folder or
//! file of its own here, and a line in [`METHODS`].

mod chosen;
pub(crate) mod deep_photo;
mod descent;
mod given;
pub(crate) mod grade;
mod levels;
pub(crate) mod look;
pub(crate) mod neural;
mod pixels;
mod skin;
mod solved;
mod table;
#[cfg(test)]
mod testing;
pub(crate) mod transport;

use std::fmt;

use serde_json::{Map, Value};

pub use chosen::ChosenMethod;
pub use deep_photo::DeepPhotoOptions;
pub use given::{Given, Problem, Treatment};
pub use grade::GradeOptions;
pub use look::LookOptions;
pub use neural::NeuralOptions;
pub use pixels::Schedule;
pub use solved::{Course, Solved};
pub use table::{Entry, METHODS};
pub use transport::TransportOptions;

pub(crate) use solved::{PixelChange, Solution};

use crate::watch::Watch;
use crate::{OptionsError, Result, Tap, Weights};

/// How the look of a pair of photos is found.
pub trait Method: fmt::Debug + Send + Sync {
    /// The name by which it is chosen.
    fn name(&self) -> &'static str;

    /// Its options by name, as [`fields_of`] makes them of a struct that serialises.
    fn fields(&self) -> Map<String, Value>;

    /// Finds what is wrong with the options by themselves.
    ///
    /// # Errors
    /// The first that is out of its range, or missing.
    fn check(&self) -> Result<(), OptionsError>;

    /// What it needs.
    fn needs(&self) -> Needs;

    /// Whether its looks have grades, by which they apply to any photo and can be saved.
    fn has_grades(&self) -> bool {
        false
    }

    /// Finds the look of a pair, of which everything that can be wrong has been looked at.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled), [`Error::NotFinite`](crate::Error::NotFinite) of an objective, and
    /// [`MachineError::GpuFailed`](crate::MachineError::GpuFailed).
    fn solve(&self, given: &Given<'_>, watch: &mut Watch<'_>) -> Result<Solved>;
}

/// What a method needs to solve.
#[derive(Clone, Debug, PartialEq)]
pub struct Needs {
    /// Long side, in pixels, at which it works; never more than the photo has.
    pub size: usize,
    /// Whether it tells regions apart.
    pub regions: bool,
    /// The feature network that it compares photos by.
    pub network: Option<NetworkNeed>,
}

/// A feature network, as far as a method needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkNeed {
    /// Where it comes from.
    pub weights: Weights,
    /// The layers that are looked at.
    pub taps: Vec<Tap>,
}

/// The options of a method by name.
///
/// # Panics
/// If the options do not serialise to a map with names as keys.
pub fn fields_of(options: &impl serde::Serialize) -> Map<String, Value> {
    match serde_json::to_value(options) {
        Ok(Value::Object(fields)) => fields,
        other => panic!("options of a method are a struct, not {other:?}"),
    }
}
