//! OpenEXR, by the crate `exr`: linear light in floating-point numbers of 16 or 32 bits, of several layers the first with colours.
//!
//! Alpha is associated in files (OpenEXR, "Technical Introduction"), and not in a photo.

mod layer;
mod light;
mod read;
mod write;

use std::io::Cursor;

use ::exr::error::Error;
use ::exr::meta::attribute::Chromaticities;
use image::metadata::Orientation;

use super::codec::{About, Codec, Decoded, Embedded, Output, Upright};
use super::icc::space::{BT709, D65, Transfer, rgb};
use super::{ColourSpace, Limits, SaveOptions};
use crate::PhotoError;

pub(super) struct OpenExr;

impl Codec for OpenExr {
    fn about(&self) -> &'static About {
        &About {
            name: "OpenEXR",
            extensions: &["exr"],
            max_bit_depth: 32,
            has_alpha: true,
            // The format's own is larger, and readers' is not.
            max_side: 1 << 24,
            max_exif_bytes: 0,
            max_xmp_bytes: 0,
            max_iptc_bytes: 0,
        }
    }

    fn recognises(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(b"\x76\x2F\x31\x01")
    }

    fn decode(&self, bytes: &[u8], limits: &Limits) -> Result<Decoded, PhotoError> {
        let (pixels, chromaticities, notices) = read::first_layer(bytes, limits)?;
        let icc = profile(chromaticities);
        let orientation = Some(Orientation::NoTransforms);
        Ok(Decoded { pixels, icc, metadata: Default::default(), orientation, notices })
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
        write::write(picture, out).map_err(|error| PhotoError::NotEncoded { reason: error.to_string() })
    }
}

/// The profile of linear light with these primaries, those of BT.709 where none are told.
fn profile(told: Option<Chromaticities>) -> Embedded {
    let Some(told) = told else { return Embedded::Bytes(ColourSpace::Linear.profile(false)) };
    let [white, primaries @ ..] =
        [told.white, told.red, told.green, told.blue].map(|place| [place.0, place.1]);
    if (white, primaries) == (D65, BT709) {
        return Embedded::Bytes(ColourSpace::Linear.profile(false));
    }
    let is_place = |place: &[f32; 2]| place.iter().all(|part| (-1.0..=2.0).contains(part));
    if !is_place(&white) || white[1] < 0.01 || !primaries.iter().all(is_place) {
        return Embedded::Unreadable;
    }
    // A primary at y = 0 is dark and has a place all the same.
    let primaries = primaries.map(|[x, y]| [x, if y.abs() < 1e-6 { 1e-6 } else { y }]);
    Embedded::Bytes(rgb("OpenEXR colours, linear", primaries, white, &Transfer::Power(1.0)))
}

const HOW: &str = "convert it, e.g. by `oiiotool in.exr --flatten --ch R,G,B -d float -o out.tif`";

fn unsupported(what: &str) -> PhotoError {
    PhotoError::NotSupported { format: format!("OpenEXR with {what}"), how: HOW }
}

fn problem(error: Error) -> PhotoError {
    match error {
        Error::NotSupported(what) => unsupported(what.trim_end_matches(" not supported yet")),
        error => PhotoError::Damaged { reason: error.to_string() },
    }
}
