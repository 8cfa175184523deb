//! Colour statistics and the linear map between them.
//!
//! The maps are linear in Oklab (Ottosson, "A perceptual color space for image processing", 2020). A linear map needs
//! a space in which lightness and the two chroma axes are straight and independent to the eye, so that a stretch of
//! the lightness does not shift hues, and a turn of the hues does not show as brightness. Oklab was made for that;
//! unlike CIELAB it does not bend blue into purple, and being built of cube roots it goes on smoothly beyond the
//! sRGB gamut, where logarithmic spaces blow up shadows.

mod luma;
mod moments;
mod monge_kantorovich;
mod oklab;
pub(crate) mod srgb;
mod tone;

pub(crate) use luma::{LUMA, luma};
pub(crate) use moments::Moments;
pub(crate) use monge_kantorovich::ColourMap;
pub(crate) use oklab::{from_oklab, of_oklab, oklab, to_oklab};
pub(crate) use tone::Tone;
