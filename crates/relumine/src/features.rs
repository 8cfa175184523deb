//! Feature networks: what a photo looks like to a convolutional network.
//!
//! A file of weights ([`weights`]) is recognised by its keys ([`architecture`]), of which [`Network`] loads what the
//! chosen taps need; [`Workspace`] holds one photo's way through it, forward to the taps and back to the photo.

mod architecture;
mod network;
mod pass;
mod tap;
mod weights;

pub(crate) use network::{Network, TapPoint};
pub(crate) use pass::Workspace;
pub use tap::Tap;

#[cfg(test)]
pub(crate) mod synthetic;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::{fixture, numbers, relative_error};
