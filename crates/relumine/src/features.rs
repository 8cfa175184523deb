//! Feature networks: what a photo looks like to a convolutional network.
//!
//! A file of weights is recognised by its keys as VGG-19 or as relumine's own network, of which [`Network`] loads what
//! the chosen layers need. What it sees in a photo are its [`Features`].

mod architecture;
pub(crate) mod convolutions;
mod network;
pub(crate) mod normalisation;
mod on_cpu;
mod seen;
mod tap;
pub(crate) mod weights;

pub use network::Network;
pub(crate) use network::TapPoint;
pub(crate) use on_cpu::OnCpu;
pub use seen::Features;
pub use tap::Tap;
pub(crate) use weights::TensorFile;

#[cfg(test)]
pub(crate) mod synthetic;
#[cfg(test)]
pub(crate) use architecture::TORCHVISION_GAIN;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::{fixture, load, numbers, problem, relative_error};
