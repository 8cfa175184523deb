//! Decoding TIFF with two interleaved channels, grey, black being zero, and alpha, which `image` does not decode.

use image::{DynamicImage, ImageBuffer};
use tiff::decoder::DecodingResult;
use tiff::tags::{PhotometricInterpretation, Tag};
use tiff::{ColorType, TiffError, TiffResult};

use super::File;

/// Bits a channel, 8 or 16; `None` if the first page is anything else.
pub(super) fn bit_depth(file: &mut File<'_>) -> Option<u8> {
    let ColorType::Multiband { bit_depth: bits @ (8 | 16), num_samples: 2 } = file.colortype().ok()? else {
        return None;
    };
    let mut tag = |tag| file.find_tag_unsigned::<u16>(tag).ok().flatten();
    let is_grey = tag(Tag::PhotometricInterpretation)? == PhotometricInterpretation::BlackIsZero.to_u16();
    let is_interleaved = tag(Tag::PlanarConfiguration).is_none_or(|configuration| configuration == 1);
    (is_grey && is_interleaved).then_some(bits)
}

/// Decodes the pixels of a file that [is of this kind](bit_depth).
pub(super) fn pixels(file: &mut File<'_>) -> TiffResult<DynamicImage> {
    let (width, height) = file.dimensions()?;
    let pixels = match file.read_image()? {
        DecodingResult::U8(samples) => {
            ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA8)
        }
        DecodingResult::U16(samples) => {
            ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA16)
        }
        _ => None,
    };
    pixels.ok_or(TiffError::IntSizeError)
}
