//! Bytes of a file → samples, upright, with the profile and EXIF data that came along.
//!
//! The header is read first and refused by its size before anything is allocated for the pixels.

use std::io::{Cursor, Read};
use std::path::Path;

use image::codecs::{png::PngDecoder, tiff::TiffDecoder, webp::WebPDecoder};
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageError, ImageFormat};

use super::metadata::{self, Exif};
use super::{Limits, Notice, jpeg, tiff};
use crate::{Error, PhotoError, Result};

/// Most bytes that a PNG's metadata (profile, texts) may unpack to.
const METADATA_BYTES: u64 = 64 << 20;

/// Metadata of a file, before anything is known about their worth.
pub(super) enum Embedded {
    None,
    /// They are there, but not even their container can be read.
    Unreadable,
    Bytes(Vec<u8>),
}

impl Embedded {
    /// `present`: whether the file holds such metadata, readable or not.
    pub(super) fn found(bytes: Option<Vec<u8>>, present: bool) -> Self {
        match bytes {
            Some(bytes) => Self::Bytes(bytes),
            None if present => Self::Unreadable,
            None => Self::None,
        }
    }
}

/// What a format's decoder yields.
pub(super) struct Decoded {
    pub(super) pixels: DynamicImage,
    pub(super) icc: Embedded,
    pub(super) exif: Embedded,
    pub(super) notices: Vec<Notice>,
}

/// A decoded picture, upright.
pub(crate) struct Picture {
    /// 8 or 16 bits a channel; grey or RGB, with or without alpha.
    pub(crate) pixels: DynamicImage,
    /// Bytes of the ICC profile, unchecked.
    pub(super) icc: Option<Vec<u8>>,
    pub(super) exif: Option<Exif>,
    pub(super) notices: Vec<Notice>,
}

/// Reads a file, unless it is larger than the limit.
pub(crate) fn read(path: &Path, limits: &Limits) -> Result<Vec<u8>> {
    let refuse = |problem| Error::Photo { path: path.into(), problem };
    let unreadable = |error| refuse(PhotoError::Unreadable(error));
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let bytes = file.metadata().map_err(unreadable)?.len();
    let too_many = |bytes| refuse(PhotoError::TooManyBytes { bytes, limit: limits.max_bytes });
    if bytes > limits.max_bytes {
        return Err(too_many(bytes));
    }
    // Pipes tell no size, so what is read is limited as well.
    let mut content = Vec::with_capacity(usize::try_from(bytes).unwrap_or(0));
    let read = file.take(limits.max_bytes.saturating_add(1)).read_to_end(&mut content).map_err(unreadable)?;
    if read as u64 > limits.max_bytes { Err(too_many(read as u64)) } else { Ok(content) }
}

/// Decodes the bytes of a JPEG, PNG, TIFF or WebP file, which is told by its content, not its name.
pub(crate) fn decode(bytes: &[u8], limits: &Limits) -> Result<Picture, PhotoError> {
    if bytes.is_empty() {
        return Err(PhotoError::Empty);
    }
    if bytes.len() as u64 > limits.max_bytes {
        return Err(PhotoError::TooManyBytes { bytes: bytes.len() as u64, limit: limits.max_bytes });
    }
    let mut orientation = None;
    let mut decoded = match image::guess_format(bytes) {
        Ok(ImageFormat::Jpeg) => jpeg::decode(bytes, limits)?,
        Ok(ImageFormat::Png) => decode_png(bytes, limits)?,
        Ok(ImageFormat::WebP) => decode_webp(bytes, limits)?,
        Ok(ImageFormat::Tiff) => {
            let (decoded, turn) = decode_tiff(bytes, limits)?;
            orientation = Some(turn);
            decoded
        }
        _ => return Err(PhotoError::UnknownFormat),
    };
    if let (None, Embedded::Bytes(exif)) = (orientation, &decoded.exif) {
        orientation = Some(metadata::orientation(exif));
    }
    decoded.pixels.apply_orientation(orientation.unwrap_or(Orientation::NoTransforms));
    let mut notices = decoded.notices;
    let mut exif = None;
    match decoded.exif {
        Embedded::None => {}
        Embedded::Unreadable => notices.push(Notice::ExifIgnored { reason: "they cannot be read".into() }),
        Embedded::Bytes(bytes) => match Exif::new(bytes) {
            Ok(read) => exif = Some(read),
            Err(error) => notices.push(Notice::ExifIgnored { reason: error.to_string() }),
        },
    }
    let icc = match decoded.icc {
        Embedded::None => None,
        Embedded::Unreadable => {
            notices.push(Notice::ProfileIgnored { reason: "it cannot be read".into() });
            None
        }
        Embedded::Bytes(bytes) => Some(bytes),
    };
    Ok(Picture { pixels: decoded.pixels, icc, exif, notices })
}

/// Refuses a picture by what its header says.
pub(super) fn check_size(
    width: u32,
    height: u32,
    bytes_a_pixel: u64,
    limits: &Limits,
) -> Result<(), PhotoError> {
    if width == 0 || height == 0 {
        return Err(PhotoError::ZeroSized { width, height });
    }
    let pixels = u64::from(width) * u64::from(height);
    if pixels > limits.max_pixels {
        return Err(PhotoError::TooManyPixels { width, height, limit: limits.max_pixels });
    }
    let bytes = pixels.saturating_mul(bytes_a_pixel);
    if bytes > limits.max_bytes {
        return Err(PhotoError::TooManyBytes { bytes, limit: limits.max_bytes });
    }
    Ok(())
}

fn decode_png(bytes: &[u8], limits: &Limits) -> Result<Decoded, PhotoError> {
    let mut header = image::Limits::no_limits();
    header.max_alloc = Some(limits.max_bytes.min(METADATA_BYTES));
    let mut decoder = PngDecoder::with_limits(Cursor::new(bytes), header).map_err(|e| problem(e, limits))?;
    let icc = Embedded::found(decoder.icc_profile().unwrap_or(None), has_png_chunk(bytes, *b"iCCP"));
    let exif = Embedded::found(decoder.exif_metadata().unwrap_or(None), has_png_chunk(bytes, *b"eXIf"));
    let animated = decoder.is_apng().unwrap_or(false);
    let notices = if animated { vec![Notice::FirstFrameOnly] } else { Vec::new() };
    Ok(Decoded { pixels: pixels(decoder, limits)?, icc, exif, notices })
}

fn decode_webp(bytes: &[u8], limits: &Limits) -> Result<Decoded, PhotoError> {
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(|e| problem(e, limits))?;
    let notices = if decoder.has_animation() { vec![Notice::FirstFrameOnly] } else { Vec::new() };
    let embedded = |read: image::ImageResult<Option<Vec<u8>>>| match read {
        Ok(bytes) => Embedded::found(bytes, false),
        Err(_) => Embedded::Unreadable,
    };
    let icc = embedded(decoder.icc_profile());
    let exif = embedded(decoder.exif_metadata());
    Ok(Decoded { pixels: pixels(decoder, limits)?, icc, exif, notices })
}

fn decode_tiff(bytes: &[u8], limits: &Limits) -> Result<(Decoded, Orientation), PhotoError> {
    let (pixels, icc, orientation) = match tiff::GreyAlpha::of(bytes) {
        Some(mut decoder) => {
            let (width, height) = decoder.dimensions();
            check_size(width, height, decoder.bytes_a_pixel(), limits)?;
            let (icc, orientation) = (decoder.icc_profile(), decoder.orientation());
            (decoder.pixels(limits.max_bytes).map_err(|e| problem(e, limits))?, icc, orientation)
        }
        None => {
            let mut decoder = TiffDecoder::new(Cursor::new(bytes)).map_err(|e| problem(e, limits))?;
            if matches!(decoder.original_color_type(), ExtendedColorType::Cmyk8 | ExtendedColorType::Cmyk16) {
                return Err(PhotoError::UnsupportedPixels { found: "CMYK".into() });
            }
            let icc = decoder.icc_profile().unwrap_or(None);
            let orientation = decoder.orientation().ok();
            (pixels(decoder, limits)?, icc, orientation)
        }
    };
    let mut notices = Vec::new();
    let exif = Exif::from_tiff(bytes).unwrap_or_else(|error| {
        notices.push(Notice::ExifIgnored { reason: error.to_string() });
        None
    });
    let exif = exif.map_or(Embedded::None, |exif| Embedded::Bytes(exif.bytes().to_vec()));
    let decoded = Decoded { pixels, icc: Embedded::found(icc, false), exif, notices };
    Ok((decoded, orientation.unwrap_or(Orientation::NoTransforms)))
}

/// Decodes the pixels once the header has passed the limits.
fn pixels(mut decoder: impl ImageDecoder, limits: &Limits) -> Result<DynamicImage, PhotoError> {
    let (width, height) = decoder.dimensions();
    let color = decoder.color_type();
    check_size(width, height, color.bytes_per_pixel().into(), limits)?;
    if !matches!(color.bytes_per_pixel() / color.channel_count(), 1 | 2) {
        return Err(PhotoError::UnsupportedPixels { found: "floating-point numbers".into() });
    }
    let mut bounds = image::Limits::no_limits();
    // The decoder's own buffers come beside the samples.
    bounds.max_alloc = Some(limits.max_bytes.saturating_mul(2));
    decoder.set_limits(bounds).map_err(|e| problem(e, limits))?;
    DynamicImage::from_decoder(decoder).map_err(|e| problem(e, limits))
}

fn problem(error: ImageError, limits: &Limits) -> PhotoError {
    match error {
        ImageError::Unsupported(what) => PhotoError::UnsupportedPixels { found: what.to_string() },
        ImageError::Limits(_) => {
            PhotoError::TooManyBytes { bytes: limits.max_bytes.saturating_add(1), limit: limits.max_bytes }
        }
        error => PhotoError::Damaged { reason: error.to_string() },
    }
}

/// Whether a PNG file has a chunk of this name before its pixels.
fn has_png_chunk(bytes: &[u8], name: [u8; 4]) -> bool {
    let mut rest = bytes.get(8..).unwrap_or_default();
    while let Some((head, content)) = rest.split_first_chunk::<8>() {
        let [a, b, c, d, kind @ ..] = *head;
        if kind == name {
            return true;
        }
        let next = u32::from_be_bytes([a, b, c, d]) as usize + 4;
        match content.get(next..) {
            Some(after) if kind != *b"IDAT" => rest = after,
            _ => return false,
        }
    }
    false
}
