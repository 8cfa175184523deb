//! Matting: how far an image is from a locally affine function of a guide's colours.

mod chebyshev;
mod laplacian;

pub use crate::real::Real;
pub use laplacian::Laplacian;
