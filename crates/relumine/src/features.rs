//! Feature networks: what a photo looks like to a convolutional network.
//!
//! A file of weights is recognised by its keys as VGG-19 or as relumine's own network, of which [`Network`] loads what
//! the chosen layers need.

mod architecture;
mod network;
mod pass;
mod tap;
pub(crate) mod weights;

pub(crate) use network::Convolutions;
pub use network::Network;
pub(crate) use network::TapPoint;
pub(crate) use pass::Workspace;
pub use tap::Tap;
pub(crate) use weights::TensorFile;

#[cfg(test)]
pub(crate) mod synthetic;
#[cfg(test)]
pub(crate) use architecture::TORCHVISION_GAIN;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::{fixture, numbers, relative_error};
