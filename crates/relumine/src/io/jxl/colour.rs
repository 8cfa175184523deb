//! The colours of a JPEG XL image, by its profile or by numbers (ISO/IEC 18181-1, colour encoding), as a profile.

use jxl_oxide::color::{
    ColourEncoding, ColourSpace, EnumColourEncoding, Primaries, RenderingIntent, TransferFunction, WhitePoint,
};
use jxl_oxide::{HdrType, JxlImage};

use crate::PhotoError;
use crate::io;
use crate::io::codec::Embedded;
use crate::io::icc::Profile;
use crate::io::icc::space::{self, D65, Transfer};

/// What is told of colours, and what the decoder yields.
pub(super) struct Told {
    pub(super) icc: Embedded,
    /// Where the decoder yields extended sRGB, which is to be taken to the profile.
    pub(super) from_srgb: Option<Profile>,
}

impl Told {
    /// Has the decoder yield colours of the profile, or, where it cannot, sRGB.
    ///
    /// # Errors
    /// For what is not for this kind of display, PQ and HLG, and for CMYK.
    pub(super) fn of(image: &mut JxlImage) -> Result<Self, PhotoError> {
        let refuse = |found: &str| Err(PhotoError::UnsupportedPixels { found: found.into() });
        match image.hdr_type() {
            Some(HdrType::Pq) => return refuse("HDR in PQ, to be tone-mapped to SDR first"),
            Some(HdrType::Hlg) => return refuse("HDR in HLG, to be tone-mapped to SDR first"),
            None => {}
        }
        if image.pixel_format().has_black() {
            return refuse("CMYK");
        }
        let metadata = &image.image_header().metadata;
        match &metadata.colour_encoding {
            ColourEncoding::Enum(told) if told.colour_space == ColourSpace::Xyb => {
                image.request_color_encoding(EnumColourEncoding::srgb(RenderingIntent::Relative));
                Ok(Self { icc: Embedded::None, from_srgb: None })
            }
            ColourEncoding::Enum(told) => Ok(Self { icc: by_numbers(told), from_srgb: None }),
            ColourEncoding::IccProfile(_) => Ok(by_profile(image)),
        }
    }
}

/// Lossy images are in a space of their own, from which the decoder leads to few others.
fn by_profile(image: &mut JxlImage) -> Told {
    let metadata = &image.image_header().metadata;
    let (is_own, is_grey) = (metadata.xyb_encoded, metadata.grayscale());
    let Some(icc) = image.original_icc().map(<[u8]>::to_vec) else {
        return Told { icc: Embedded::Unreadable, from_srgb: None };
    };
    if !is_own {
        return Told { icc: Embedded::Bytes(icc), from_srgb: None };
    }
    let intent = RenderingIntent::Relative;
    if is_grey {
        image.request_color_encoding(EnumColourEncoding::gray_srgb(intent));
        return Told { icc: Embedded::None, from_srgb: None };
    }
    image.request_color_encoding(EnumColourEncoding::srgb(intent));
    match Profile::new(icc.clone(), 3).ok().filter(Profile::holds_rgb) {
        Some(profile) => Told { icc: Embedded::Bytes(icc), from_srgb: Some(profile) },
        None => Told { icc: Embedded::None, from_srgb: None },
    }
}

fn by_numbers(told: &EnumColourEncoding) -> Embedded {
    let transfer = match told.tf {
        TransferFunction::Srgb => Transfer::Srgb,
        TransferFunction::Bt709 => Transfer::Bt709,
        TransferFunction::Linear => Transfer::Power(1.0),
        TransferFunction::Dci => Transfer::Power(2.6),
        TransferFunction::Gamma { g: g @ 1.., inverted } => {
            let gamma = g as f32 / 1e7;
            Transfer::Power(if inverted { 1.0 / gamma } else { gamma })
        }
        _ => return Embedded::Unreadable,
    };
    let is_srgb_curve = matches!(transfer, Transfer::Srgb);
    let is_line = matches!(transfer, Transfer::Power(1.0));
    let name = "JPEG XL colours";
    match told.colour_space {
        ColourSpace::Grey if is_srgb_curve => return Embedded::None,
        ColourSpace::Grey => return Embedded::Bytes(space::grey(name, &transfer)),
        ColourSpace::Rgb if is_srgb_curve && told.is_srgb_gamut() => return Embedded::None,
        ColourSpace::Rgb if is_line && told.is_srgb_gamut() => {
            return Embedded::Bytes(io::ColourSpace::Linear.profile(false));
        }
        ColourSpace::Rgb => {}
        _ => return Embedded::Unreadable,
    }
    let white = match told.white_point {
        WhitePoint::D65 => D65,
        WhitePoint::E => [1.0 / 3.0; 2],
        WhitePoint::Dci => [0.314, 0.351],
        WhitePoint::Custom(white) => white.as_float(),
    };
    let primaries = match told.primaries {
        Primaries::Srgb => space::BT709,
        Primaries::Bt2100 => space::BT2020,
        Primaries::P3 => space::P3,
        Primaries::Custom { red, green, blue } => [red, green, blue].map(|primary| primary.as_float()),
    };
    Embedded::Bytes(space::rgb(name, primaries, white, &transfer))
}
