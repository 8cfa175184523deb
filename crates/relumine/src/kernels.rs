//! The hot loops: 3×3 convolutions, pooling and Gram products over channels-last feature maps.
//!
//! All `unsafe` of the crate lives below this module, in [`matrix`]: the one call into the `gemm` crate.
//! Work is cut into bands whose size depends on the shapes alone, so results do not depend on the number of threads.

mod convolution;
mod feature_map;
mod gram;
mod matrix;
mod pooling;
mod scratch;
mod winograd;

pub(crate) use convolution::Kernel;
#[cfg(feature = "wgpu")]
pub(crate) use convolution::rotated;
pub(crate) use feature_map::FeatureMap;
pub(crate) use gram::{Symmetric, add_quadratic_gradient, weighted_gram};
pub(crate) use matrix::{Matrix, MatrixMut, multiply};
pub(crate) use pooling::{add_bias_relu, close_relu, close_row, max_pool, max_pool_backward};
pub(crate) use scratch::with_scratch;
