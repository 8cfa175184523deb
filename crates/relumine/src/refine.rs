//! Refinement of the soft class probabilities of a photo.

mod dense;
mod model;
mod permutohedral;
mod vector_math;

pub use model::FullyConnected;

use crate::Planes;

/// temporary
pub fn dense_for_bench(p: &Planes, photo: &Planes) -> Planes {
    dense::mean_field(p, photo, &FullyConnected::default(), 10)
}
