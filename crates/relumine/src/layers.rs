//! Layers that networks are made of: dense ones and strided convolutions, over maps of tokens.

mod convolution;
mod linear;
mod tokens;

pub(crate) use convolution::StridedConvolution;
pub(crate) use linear::Linear;
pub(crate) use tokens::{BAND, Tokens};

use crate::Result;

/// Reads a tensor of a name and a shape.
pub(crate) type ReadTensor<'a> = dyn FnMut(&str, &[usize]) -> Result<Vec<f32>> + 'a;
