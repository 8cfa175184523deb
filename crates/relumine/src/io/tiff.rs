//! TIFF: 8 or 16 bits a channel, or 32 in floating-point numbers; of several pages the photo.
//!
//! It is read here and not by the crate `tiff`, which writes it: that one gives up on planar tiles, palettes, predictors in some byte
//! orders and streams without their end code. Decompression is that of `weezl`, `flate2`, `ruzstd`, `fax` and `jpeg-decoder`.

mod chunks;
mod jpeg;
mod layout;
pub(super) mod metadata;
mod pages;
mod palette;
mod pixels;
mod predictor;
pub(super) mod structure;
mod write;

use std::io::Cursor;

use image::metadata::Orientation;

use super::codec::{About, Codec, Decoded, Embedded, Output, Upright};
use super::{Limits, SaveOptions};
use crate::{Notice, PhotoError};
use layout::{Colours, Layout, damaged};
pub(super) use pages::is_reduced;
use structure::{Directory, Structure, tag};

pub(super) struct Tiff;

impl Codec for Tiff {
    fn about(&self) -> &'static About {
        &About {
            name: "TIFF",
            extensions: &["tif", "tiff"],
            max_bit_depth: 32,
            has_alpha: true,
            max_side: i32::MAX as u32,
            max_exif_bytes: i32::MAX as usize,
            max_xmp_bytes: i32::MAX as usize,
            max_iptc_bytes: i32::MAX as usize,
        }
    }

    fn recognises(&self, bytes: &[u8]) -> bool {
        [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|signature| bytes.starts_with(*signature))
    }

    fn decode(&self, bytes: &[u8], limits: &Limits) -> Result<Decoded, PhotoError> {
        let structure = Structure::new(bytes).ok_or_else(|| damaged("it ends within its header"))?;
        let pages = pages::find(&structure).ok_or_else(|| damaged("it has no page with pixels"))?;
        let page = pages.photo;
        if page.is_cut {
            return Err(damaged("it ends within its directory"));
        }
        let layout = Layout::of(&page, limits)?;
        // Where the photo is not the first page, that one may tell of it.
        let first = structure.first();
        let of_either = |tag| [Some(&page), first.as_ref()].into_iter().flatten().find(|page| page.has(tag));
        let mut icc = match of_either(tag::ICC_PROFILE) {
            Some(page) => Embedded::found(page.bytes(tag::ICC_PROFILE).map(<[u8]>::to_vec), true),
            None => Embedded::None,
        };
        let is_ink = layout.colours == Colours::Cmyk;
        let (pixels, mut notices) = pixels::decode(structure, &page, layout, &icc)?;
        if pages.others > 0 {
            notices.push(Notice::OtherPagesLeftOut { pages: pages.others });
        }
        if is_ink {
            icc = Embedded::None;
            notices.push(Notice::ConvertedFromCmyk);
        }
        let orientation = of_either(tag::ORIENTATION).map(orientation);
        Ok(Decoded { pixels, icc, metadata: metadata::found(bytes), orientation, notices })
    }

    fn encode(&self, picture: &Upright<'_>, options: &SaveOptions) -> Result<Vec<u8>, PhotoError> {
        let mut bytes = Cursor::new(Vec::new());
        self.encode_into(picture, options, &mut bytes)?;
        Ok(bytes.into_inner())
    }

    fn encode_into(
        &self,
        picture: &Upright<'_>,
        _options: &SaveOptions,
        out: &mut dyn Output,
    ) -> Result<(), PhotoError> {
        write::write(out, picture).map_err(|error| PhotoError::NotEncoded { reason: error.to_string() })
    }
}

/// How to turn a page's pixels upright.
pub(super) fn orientation(page: &Directory<'_>) -> Orientation {
    let told = page.unsigned(tag::ORIENTATION).and_then(|told| u8::try_from(told).ok());
    told.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms)
}
