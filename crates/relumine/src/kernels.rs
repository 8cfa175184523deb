//! The hot loops: 3×3 convolutions, pooling and Gram products over channels-last feature maps.
//!
//! All `unsafe` of the crate lives below this module, in [`matrix`]: the one call into the `gemm` crate.
//! Results do not depend on the number of threads: sums are cut into parts by the shapes alone, and where bands follow the
//! number of threads each value is computed in one band, in the same steps whichever that is.
//! All poll a token and leave the rest once it is cancelled: whoever holds the token checks it before it believes the results.

mod convolution;
mod feature_map;
mod gram;
mod matrix;
mod pooling;
mod scratch;
mod winograd;

pub(crate) use convolution::Kernel;
pub(crate) use feature_map::FeatureMap;
pub(crate) use gram::{Symmetric, add_quadratic_gradient, weighted_gram};
pub(crate) use matrix::{Matrix, MatrixMut, multiply};
pub(crate) use pooling::{add_bias_relu, close_relu, close_row, max_pool, max_pool_backward};
pub(crate) use scratch::with_scratch;

/// Rows a band: at most `most`, and so that the threads get about equally many.
fn share(rows: usize, most: usize) -> usize {
    let bands = rows.div_ceil(most).next_multiple_of(rayon::current_num_threads());
    rows.div_ceil(bands).max(1)
}
