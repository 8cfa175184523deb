//! JPEG: 8 bits a channel, lossy, no alpha.
//!
//! A file that was cut short is an error, not a picture that ends in grey: all but its last row of blocks must be there ([`tail`]).

mod end;
mod tail;

use image::{DynamicImage, GrayImage, RgbImage};
use jpeg_decoder::{Decoder, Error, ImageInfo, PixelFormat, UnsupportedFeature};
use jpeg_encoder::{ColorType, Encoder, EncodingError, SamplingFactor};

use super::codec::{About, Codec, Decoded, Embedded, Upright};
use super::icc::Cmyk;
use super::{Limits, SaveOptions, Subsampling};
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
            // A segment's 64 KiB less its length field and the mark `Exif\0\0`.
            max_exif_bytes: 0xFFFF - 2 - 6,
        }
    }

    fn recognises(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(&[0xFF, 0xD8, 0xFF])
    }

    fn decode(&self, bytes: &[u8], limits: &Limits) -> Result<Decoded, PhotoError> {
        let segments = Segments::of(bytes);
        let end = End::of(bytes)?;
        let mut decoder = Decoder::new(bytes);
        decoder.read_info().map_err(problem)?;
        let info = decoder.info().expect("the header was read");
        limits.check(info.width.into(), info.height.into(), info.pixel_format.pixel_bytes() as u64)?;
        let icc = Embedded::found(decoder.icc_profile(), segments.has_icc);
        let exif = Embedded::found(decoder.exif_data().map(<[u8]>::to_vec), segments.has_exif);
        let mut notices = Vec::new();
        let cmyk = (info.pixel_format == PixelFormat::CMYK32).then(|| cmyk(&icc)).transpose()?;
        let samples = if end.is_marked {
            samples(&bytes[..end.at])?
        } else {
            let (samples, notice) = tail::samples_without_end(&bytes[..end.at], &info)?;
            notices.push(notice);
            samples
        };
        if let Some(cmyk) = cmyk {
            let pixels = from_ink(samples, &info, segments.by_adobe, &cmyk)?;
            notices.push(Notice::ConvertedFromCmyk);
            return Ok(Decoded { pixels, icc: Embedded::None, exif, orientation: None, notices });
        }
        Ok(Decoded { pixels: pixels(samples, &info)?, icc, exif, orientation: None, notices })
    }

    fn encode(&self, picture: &Upright<'_>, options: &SaveOptions) -> Result<Vec<u8>, PhotoError> {
        encode(picture, options).map_err(|error| PhotoError::NotEncoded { reason: error.to_string() })
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

/// What makes RGB of ink.
fn cmyk(icc: &Embedded) -> Result<Cmyk, PhotoError> {
    let Embedded::Bytes(icc) = icc else { return Err(unsupported("CMYK without a colour profile")) };
    let unusable = |reason| unsupported(format!("CMYK whose colour profile cannot be used ({reason})"));
    Cmyk::new(icc).map_err(unusable)
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
    if let Some(exif) = picture.exif {
        encoder.add_exif_metadata(exif.bytes())?;
    }
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

/// What a walk over the segments of a JPEG file finds.
#[derive(Default)]
struct Segments {
    has_icc: bool,
    has_exif: bool,
    /// Whether it says that Adobe wrote it, whose CMYK is of light, not of ink.
    by_adobe: bool,
}

impl Segments {
    fn of(bytes: &[u8]) -> Self {
        let mut found = Self::default();
        for (marker, content) in end::segments(bytes) {
            found.has_icc |= marker == 0xE2 && content.starts_with(b"ICC_PROFILE\0");
            found.has_exif |= marker == 0xE1 && content.starts_with(b"Exif\0");
            found.by_adobe |= marker == 0xEE && content.starts_with(b"Adobe");
        }
        found
    }
}
