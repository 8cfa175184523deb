//! Matting: how far an image is from a locally affine function of a guide's colours, and closed-form mattes by it.
//!
//! The way of a matte: a [`Trimap`] says what is known → [`solve`] finds α of the rest → [`estimate_foreground`] frees the
//! colours from the background's → [`composite()`] puts them before another. [`Engine::matte`](crate::Engine::matte) is the
//! first three, checked and reported.

mod aggregation;
mod alpha;
mod chebyshev;
mod coarse;
mod composite;
mod conjugate_gradient;
mod foreground;
mod laplacian;
mod trimap;

pub use crate::real::Real;
pub use alpha::{MatteOptions, SolvedMatte, solve};
pub(crate) use coarse::CoarseLaplacian;
pub use composite::{composite, cover};
pub use conjugate_gradient::MatteStopReason;
pub use foreground::estimate_foreground;
pub use laplacian::Laplacian;
pub use trimap::{Known, Trimap};
