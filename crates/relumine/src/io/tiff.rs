//! TIFF: 8 or 16 bits a channel, of several pages the first. Pixels are decoded by the crate `image` where it knows their kind.

mod grey_alpha;
mod metadata;
mod write;

use std::io::Cursor;

use image::codecs::tiff::TiffDecoder;
use image::{ExtendedColorType, ImageDecoder};
use tiff::TiffError;
use tiff::decoder::{self, Decoder};
use tiff::tags::Tag;

use super::codec::{About, Codec, Decoded, Embedded, Upright};
use super::{Limits, METADATA_BYTES, by_image};
use crate::{Notice, PhotoError};

pub(super) struct Tiff;

type File<'a> = Decoder<Cursor<&'a [u8]>>;

/// Pages that are looked at, at the most.
const PAGES: usize = 1000;

/// Bits of the tag NewSubfileType (TIFF 6.0, section 8): a page is a smaller version, or the mask, of another.
const BELONGS_TO_ANOTHER: u32 = 0b101;

impl Codec for Tiff {
    fn about(&self) -> &'static About {
        &About {
            name: "TIFF",
            extensions: &["tif", "tiff"],
            max_bit_depth: 16,
            has_alpha: true,
            max_side: i32::MAX as u32,
            max_exif_bytes: i32::MAX as usize,
            max_xmp_bytes: i32::MAX as usize,
            max_iptc_bytes: i32::MAX as usize,
        }
    }

    fn recognises(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*")
    }

    fn decode(&self, bytes: &[u8], limits: &Limits) -> Result<Decoded, PhotoError> {
        let problem = |error| problem(error, limits);
        let mut file = Decoder::new(Cursor::new(bytes)).map_err(problem)?.with_limits(bounds(limits));
        let (width, height) = file.dimensions().map_err(problem)?;
        let icc = profile(&mut file);
        let mut notices = Vec::new();
        let pages = other_pages(&mut file);
        if pages > 0 {
            notices.push(Notice::OtherPagesLeftOut { pages });
        }
        let pixels = match grey_alpha::bit_depth(&mut file) {
            Some(bits) => {
                limits.check(width, height, u64::from(2 * bits / 8))?;
                grey_alpha::pixels(&mut file).map_err(problem)?
            }
            None => pixels(bytes, limits)?,
        };
        Ok(Decoded { pixels, icc, metadata: metadata::found(bytes), orientation: None, notices })
    }

    fn encode(&self, picture: &Upright<'_>, _quality: u8) -> Result<Vec<u8>, PhotoError> {
        let mut bytes = Cursor::new(Vec::new());
        write::write(&mut bytes, picture)
            .map_err(|error| PhotoError::NotEncoded { reason: error.to_string() })?;
        Ok(bytes.into_inner())
    }
}

fn pixels(bytes: &[u8], limits: &Limits) -> Result<image::DynamicImage, PhotoError> {
    let decoder = TiffDecoder::new(Cursor::new(bytes)).map_err(|error| by_image::problem(error, limits))?;
    if matches!(decoder.original_color_type(), ExtendedColorType::Cmyk8 | ExtendedColorType::Cmyk16) {
        return Err(PhotoError::UnsupportedPixels { found: "CMYK".into() });
    }
    by_image::pixels(decoder, limits)
}

fn bounds(limits: &Limits) -> decoder::Limits {
    let in_memory = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    let mut bounds = decoder::Limits::default();
    bounds.decoding_buffer_size = in_memory(limits.max_bytes);
    bounds.intermediate_buffer_size = in_memory(limits.max_bytes);
    bounds.ifd_value_size = in_memory(limits.max_bytes.min(METADATA_BYTES));
    bounds
}

fn profile(file: &mut File<'_>) -> Embedded {
    let present = file.image_ifd().find_entry(Tag::IccProfile).is_some();
    Embedded::found(file.get_tag_u8_vec(Tag::IccProfile).ok(), present)
}

/// Pages behind the first that are pictures in their own right, as far as they can be found.
fn other_pages(file: &mut File<'_>) -> usize {
    let mut next = file.ifd_pointer();
    let mut own = Vec::new();
    while let Some(directory) = next.filter(|_| own.len() < PAGES).and_then(|at| file.read_directory(at).ok())
    {
        let kind = file.read_directory_tags(&directory).find_tag_unsigned(Tag::NewSubfileType);
        own.push(kind.ok().flatten().unwrap_or(0) & BELONGS_TO_ANOTHER == 0);
        next = directory.next();
    }
    own.into_iter().skip(1).filter(|own| *own).count()
}

fn problem(error: TiffError, limits: &Limits) -> PhotoError {
    match error {
        TiffError::UnsupportedError(what) => PhotoError::UnsupportedPixels { found: what.to_string() },
        TiffError::LimitsExceeded => limits.exceeded(),
        error => PhotoError::Damaged { reason: error.to_string() },
    }
}
