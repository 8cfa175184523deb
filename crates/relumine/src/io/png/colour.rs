//! The colour space that a PNG tells by other means than a profile (PNG, third edition, 4.3: cICP, iCCP, sRGB, gAMA and cHRM, the first
//! of them that is there).

use super::unsupported;
use crate::PhotoError;
use crate::io::codec::Embedded;
use crate::io::icc::space::{self, D65, Transfer, grey, rgb};

/// What the chunks before the pixels say.
#[derive(Default)]
pub(super) struct Told {
    /// Primaries, transfer, matrix, full range (Rec. ITU-T H.273).
    pub(super) cicp: Option<[u8; 4]>,
    pub(super) has_profile: bool,
    pub(super) is_srgb: bool,
    /// Times 100,000, the exponent of the encoding.
    pub(super) gamma: Option<u32>,
    /// Times 100,000: x and y of white, red, green, blue.
    pub(super) chromaticities: Option<[u32; 8]>,
}

/// White and primaries of BT.709, as cHRM writes them.
const BT709: [u32; 8] = [31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000];

/// Exponents near 1/2.2 without primaries are what sRGB was written as before there was a chunk for it.
const SRGB_GAMMA: std::ops::RangeInclusive<u32> = 45000..=46000;

impl Told {
    pub(super) fn of<'a>(chunks: impl Iterator<Item = ([u8; 4], &'a [u8])>) -> Self {
        let mut told = Self::default();
        for (name, content) in chunks {
            match &name {
                b"cICP" => told.cicp = content.first_chunk().copied(),
                b"iCCP" => told.has_profile = true,
                b"sRGB" => told.is_srgb = true,
                b"gAMA" => told.gamma = numbers(content).map(|[gamma]: [u32; 1]| gamma),
                b"cHRM" => told.chromaticities = numbers(content),
                _ => {}
            }
        }
        told
    }

    /// The profile that stands for it, where it is not the embedded one or sRGB.
    ///
    /// # Errors
    /// For what is not for this kind of display: PQ, HLG.
    pub(super) fn profile(&self, is_grey: bool) -> Result<Option<Embedded>, PhotoError> {
        if let Some([primaries, transfer, matrix, range]) = self.cicp {
            return by_numbers(primaries, transfer, matrix, range, is_grey).map(Some);
        }
        if self.has_profile || self.is_srgb {
            return Ok(None);
        }
        let chromaticities = self.chromaticities.unwrap_or(BT709);
        let transfer = match self.gamma {
            Some(0) => return Ok(Some(Embedded::Unreadable)),
            Some(gamma)
                if !SRGB_GAMMA.contains(&gamma)
                    || self.chromaticities.is_some_and(|given| given != BT709) =>
            {
                Transfer::Power(1e5 / gamma as f32)
            }
            _ => Transfer::Srgb,
        };
        if matches!(transfer, Transfer::Srgb) && chromaticities == BT709 {
            return Ok(None);
        }
        let [white, primaries @ ..] = place(chromaticities);
        Ok(Some(profile("PNG colours", primaries, white, &transfer, is_grey)))
    }
}

/// The profile for code points of H.273.
fn by_numbers(
    primaries: u8,
    transfer: u8,
    matrix: u8,
    range: u8,
    is_grey: bool,
) -> Result<Embedded, PhotoError> {
    let transfer = match transfer {
        1 | 6 | 14 | 15 => Transfer::Bt709,
        4 => Transfer::Power(2.2),
        5 => Transfer::Power(2.8),
        8 => Transfer::Power(1.0),
        13 => Transfer::Srgb,
        16 => return Err(unsupported("HDR in PQ, to be tone-mapped to SDR first")),
        18 => return Err(unsupported("HDR in HLG, to be tone-mapped to SDR first")),
        _ => return Ok(Embedded::Unreadable),
    };
    let (white, primaries) = match primaries {
        1 => (D65, space::BT709),
        5 => (D65, [[0.64, 0.33], [0.29, 0.60], [0.15, 0.06]]),
        6 | 7 => (D65, [[0.630, 0.340], [0.310, 0.595], [0.155, 0.070]]),
        9 => (D65, space::BT2020),
        11 => ([0.314, 0.351], space::P3),
        12 => (D65, space::P3),
        _ => return Ok(Embedded::Unreadable),
    };
    if matrix != 0 || range != 1 {
        return Ok(Embedded::Unreadable);
    }
    Ok(profile("PNG colours", primaries, white, &transfer, is_grey))
}

fn profile(
    name: &str,
    primaries: [[f32; 2]; 3],
    white: [f32; 2],
    transfer: &Transfer,
    is_grey: bool,
) -> Embedded {
    Embedded::Bytes(if is_grey { grey(name, transfer) } else { rgb(name, primaries, white, transfer) })
}

/// White, red, green and blue as (x, y).
fn place(chromaticities: [u32; 8]) -> [[f32; 2]; 4] {
    std::array::from_fn(|at| [0, 1].map(|axis| chromaticities[2 * at + axis] as f32 / 1e5))
}

fn numbers<const N: usize>(content: &[u8]) -> Option<[u32; N]> {
    let (numbers, []) = content.as_chunks::<4>() else { return None };
    numbers.try_into().ok().map(|numbers: [[u8; 4]; N]| numbers.map(u32::from_be_bytes))
}
