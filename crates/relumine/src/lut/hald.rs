//! HaldCLUT: a lattice as a picture, which whatever edits pictures can edit.
//!
//! Source: E. Eskelinen, *HaldCLUT*, 2005. A picture of level L has L³ × L³ pixels, which row by row are the L²×L²×L² nodes of a lattice over
//! 0..1, red fastest. Samples are bare numbers: profiles mean nothing, and none is written.

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};

use super::lattice::{UNIT, is_sound};
use super::{Lattice, Lut};
use crate::io::{Format, Limits, decode};
use crate::{LutError, PhotoError};

/// Levels that a picture may have.
pub(super) const LEVELS: std::ops::RangeInclusive<u8> = 2..=16;

/// Pixels of a picture of the last level.
const LARGEST: u64 = 4096 * 4096;

/// Reads a PNG or TIFF file of any depth.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Lut, LutError> {
    // Larger pictures, photos mostly, need not be decoded to be refused.
    let within = Limits { max_pixels: limits.max_pixels.min(LARGEST), ..*limits };
    let picture = decode(bytes, &[Format::PNG, Format::TIFF], &within).map_err(|problem| match problem {
        PhotoError::TooManyPixels { width, height, limit } if limit < limits.max_pixels => {
            LutError::NotHald { width, height }
        }
        PhotoError::UnknownFormat | PhotoError::NotSupported { .. } => LutError::UnknownFormat,
        problem => problem.into(),
    })?;
    let (width, height) = (picture.pixels.width(), picture.pixels.height());
    let level = LEVELS.map(u32::from).find(|level| level.pow(3) == width && width == height);
    let level = level.ok_or(LutError::NotHald { width, height })?;
    let samples = picture.pixels.into_rgb32f().into_raw();
    if !samples.iter().all(|sample| is_sound(*sample)) {
        return Err(LutError::NotColours);
    }
    Ok(Lut::new(Lattice::from_values((level * level) as usize, UNIT, samples.as_chunks().0.to_vec())))
}

/// A 16-bit PNG of a level among [`LEVELS`].
pub(super) fn write(lut: &Lut, level: u8) -> Vec<u8> {
    let (lattice, side) = (lut.resampled(usize::from(level).pow(2)), u32::from(level).pow(3));
    // Clamped by the cast.
    let samples = lattice.values().as_flattened().iter().map(|value| (value * 65535.0).round() as u16);
    let samples: Vec<u16> = samples.collect();
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes)
        .write_image(bytemuck::cast_slice(&samples), side, side, ExtendedColorType::Rgb16)
        .expect("a picture of its own size, in memory");
    bytes
}

#[cfg(test)]
mod tests;
