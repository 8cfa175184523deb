//! A picture whose end marker is missing: how much of it is there?
//!
//! It is decoded with something in place of what may be missing, twice, each time something else: rows that come out alike are in the
//! file, rows that differ are not.

use jpeg_decoder::{CodingProcess, ImageInfo};

use super::{damaged, end, samples};
use crate::{Notice, PhotoError};

/// Lines of the largest block that is coded at a time: 8 of each of 4 rows of samples.
const MOST_LINES: usize = 32;

/// Coefficients of a block.
const COEFFICIENTS: u8 = 64;

/// What is put in place of what may be missing: the zeros that the decoder reads behind an end marker, and others, of which one is
/// sure to be a code.
const OTHERS: [u8; 4] = [0x55, 0x33, 0x0F, 0x92];

/// Decodes `bytes`, which end without an end marker, and tells what is missing.
///
/// # Errors
/// Where more is missing than the last row of blocks.
pub(super) fn samples_without_end(bytes: &[u8], info: &ImageInfo) -> Result<(Vec<u8>, Notice), PhotoError> {
    let height = usize::from(info.height);
    // Half a marker.
    let bytes = bytes.strip_suffix(&[0xFF]).unwrap_or(bytes);
    if info.coding_process == CodingProcess::DctProgressive && !is_complete(bytes) {
        return Err(damaged("it ends before all of its scans"));
    }
    let ended = |filling: &[u8]| samples(&[bytes, filling, &[0xFF, 0xD9]].concat());
    let found = ended(&[])?;
    // As much as a row of blocks may need; what is too much is not read.
    let filling = (usize::from(info.width) * MOST_LINES * 4).max(1 << 12);
    let other = OTHERS.iter().find_map(|byte| ended(&vec![*byte; filling]).ok());
    let row = found.len() / height;
    let whole = match other {
        Some(other) => found.iter().zip(&other).position(|(a, b)| a != b).map_or(height, |at| at / row),
        None => 0,
    };
    // Colours are interpolated from row to row: of what is there, the last line may differ already.
    if whole == height {
        Ok((found, Notice::EndMissing))
    } else if whole + 1 + lines(bytes) >= height {
        Ok((found, Notice::RowsDamaged { first: whole, rows: height }))
    } else {
        Err(damaged(format!("of its {height} rows {whole} are there")))
    }
}

/// Lines of a row of blocks: 8 times the largest vertical sampling factor.
fn lines(bytes: &[u8]) -> usize {
    let frame =
        end::segments(bytes).find(|(marker, _)| matches!(marker, 0xC0..=0xC2)).map(|(_, content)| content);
    let factors = frame.and_then(|content| content.get(6..)).unwrap_or_default();
    8 * factors.chunks_exact(3).map(|component| usize::from(component[1] & 15)).max().unwrap_or(1)
}

/// Whether the scans of a progressive file bring all bits of all coefficients of all components.
fn is_complete(bytes: &[u8]) -> bool {
    let mut done: Vec<(u8, u64)> = Vec::new();
    for (marker, content) in end::segments(bytes) {
        match (marker, content) {
            (0xC2, [_, _, _, _, _, _, components @ ..]) => {
                done = components.chunks_exact(3).map(|component| (component[0], 0)).collect();
            }
            (0xDA, [count, rest @ ..]) => {
                let Some((components, &[first, last, bits, ..])) =
                    rest.split_at_checked(2 * usize::from(*count))
                else {
                    return false;
                };
                // The low four bits tell the lowest bit that the scan brings.
                if bits & 15 != 0 || last >= COEFFICIENTS || first > last {
                    continue;
                }
                let brought = (u64::MAX >> (COEFFICIENTS - 1 - last)) & (u64::MAX << first);
                for component in components.chunks_exact(2) {
                    done.iter_mut()
                        .filter(|(name, _)| *name == component[0])
                        .for_each(|(_, seen)| *seen |= brought);
                }
            }
            _ => {}
        }
    }
    !done.is_empty() && done.iter().all(|(_, seen)| *seen == u64::MAX)
}
