//! Segmentation: which class of thing each pixel of a photo shows.

mod segformer;

pub use segformer::{ADE20K, SegFormer, Variant};
