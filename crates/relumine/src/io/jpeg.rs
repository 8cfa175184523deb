//! JPEG: 8 bits a channel, lossy, no alpha.
//!
//! A file that was cut short is an error, not a picture that ends in grey: all but its last row of blocks must be there ([`tail`]).

mod end;
mod extended_xmp;
mod icc_profile;
mod insert;
mod segments;
mod tail;

use image::{DynamicImage, GrayImage, RgbImage};
use jpeg_decoder::{Decoder, Error, ImageInfo, PixelFormat, UnsupportedFeature};
use jpeg_encoder::{ColorType, Encoder, EncodingError, SamplingFactor};

use self::segments::Segments;
use super::codec::{About, Codec, Decoded, Embedded, Upright};
use super::icc::Cmyk;
use super::{Limits, METADATA_BYTES, SaveOptions, Subsampling};
use crate::{Notice, PhotoError};
use end::End;

pub(super) struct Jpeg;

impl Codec for Jpeg {
    fn about(&self) -> &'static About {
        &About {
            name: "JPEG",
            extensions: &["jpg", "jpeg", "jpe", "jfif"],
            max_bit_depth: 8,
            has_alpha: false,
            max_side: u16::MAX as u32,
            max_exif_bytes: insert::MAX_EXIF_BYTES,
            max_xmp_bytes: METADATA_BYTES as usize,
            max_iptc_bytes: insert::MAX_IPTC_BYTES,
        }
    }

    fn recognises(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(&[0xFF, 0xD8, 0xFF])
    }

    fn decode(&self, bytes: &[u8], limits: &Limits) -> Result<Decoded, PhotoError> {
        let end = End::of(bytes)?;
        let mut decoder = Decoder::new(bytes);
        decoder.read_info().map_err(problem)?;
        let info = decoder.info().expect("the header was read");
        limits.check(info.width.into(), info.height.into(), info.pixel_format.pixel_bytes() as u64)?;
        let Segments { icc, metadata, mut notices, by_adobe } = Segments::of(bytes, &end);
        let cmyk = (info.pixel_format == PixelFormat::CMYK32).then(|| Cmyk::of(&icc)).transpose()?;
        let samples = if end.is_marked {
            samples(&bytes[..end.at])?
        } else {
            let (samples, notice) = tail::samples_without_end(&bytes[..end.at], &info)?;
            notices.push(notice);
            samples
        };
        if let Some(cmyk) = cmyk {
            let pixels = from_ink(samples, &info, by_adobe, &cmyk)?;
            notices.push(Notice::ConvertedFromCmyk);
            return Ok(Decoded { pixels, icc: Embedded::None, metadata, orientation: None, notices });
        }
        Ok(Decoded { pixels: pixels(samples, &info)?, icc, metadata, orientation: None, notices })
    }

    fn encode(&self, picture: &Upright<'_>, options: &SaveOptions) -> Result<Vec<u8>, PhotoError> {
        let file =
            encode(picture, options).map_err(|error| PhotoError::NotEncoded { reason: error.to_string() })?;
        Ok(insert::with_metadata(file, picture.metadata))
    }
}

/// Decodes a whole file; channels interleaved.
fn samples(bytes: &[u8]) -> Result<Vec<u8>, PhotoError> {
    Decoder::new(bytes).decode().map_err(problem)
}

fn pixels(samples: Vec<u8>, info: &ImageInfo) -> Result<DynamicImage, PhotoError> {
    let (width, height) = (info.width.into(), info.height.into());
    match info.pixel_format {
        PixelFormat::L8 => GrayImage::from_raw(width, height, samples).map(DynamicImage::ImageLuma8),
        PixelFormat::RGB24 => RgbImage::from_raw(width, height, samples).map(DynamicImage::ImageRgb8),
        PixelFormat::L16 | PixelFormat::CMYK32 => None,
    }
    .ok_or_else(|| damaged("it decodes to another size than it declares"))
}

fn from_ink(
    mut samples: Vec<u8>,
    info: &ImageInfo,
    by_adobe: bool,
    cmyk: &Cmyk,
) -> Result<DynamicImage, PhotoError> {
    // Adobe writes light, others ink; the decoder takes all of them to be Adobe's.
    if !by_adobe {
        samples.iter_mut().for_each(|ink| *ink = 255 - *ink);
    }
    RgbImage::from_raw(info.width.into(), info.height.into(), cmyk.to_srgb(&samples))
        .map(DynamicImage::ImageRgb8)
        .ok_or_else(|| damaged("it decodes to another size than it declares"))
}

fn encode(picture: &Upright<'_>, options: &SaveOptions) -> Result<Vec<u8>, EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, options.quality);
    encoder.set_sampling_factor(match options.subsampling {
        Subsampling::None => SamplingFactor::F_1_1,
        Subsampling::Horizontal => SamplingFactor::F_2_1,
        Subsampling::Both => SamplingFactor::F_2_2,
    });
    encoder.set_progressive(options.progressive);
    encoder.set_optimized_huffman_tables(true);
    if let Some(icc) = picture.icc {
        encoder.add_icc_profile(icc)?;
    }
    let pixels = picture.pixels;
    let kind = if pixels.color().has_color() { ColorType::Rgb } else { ColorType::Luma };
    let side = |side: u32| u16::try_from(side).expect("a side that fits the format");
    encoder.encode(pixels.as_bytes(), side(pixels.width()), side(pixels.height()), kind)?;
    Ok(bytes)
}

fn problem(error: Error) -> PhotoError {
    match error {
        Error::Unsupported(UnsupportedFeature::ArithmeticEntropyCoding) => {
            unsupported("in a JPEG that is coded arithmetically")
        }
        Error::Unsupported(UnsupportedFeature::Hierarchical) => unsupported("in a hierarchical JPEG"),
        Error::Unsupported(UnsupportedFeature::DNL) => {
            unsupported("in a JPEG that tells its height after them")
        }
        Error::Unsupported(other) => unsupported(format!("in a JPEG with {other:?}")),
        error => damaged(error),
    }
}

fn unsupported(found: impl Into<String>) -> PhotoError {
    PhotoError::UnsupportedPixels { found: found.into() }
}

fn damaged(reason: impl std::fmt::Display) -> PhotoError {
    PhotoError::Damaged { reason: reason.to_string() }
}
