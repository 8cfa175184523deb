//! Differences back to samples (TIFF 6.0, section 14; Adobe's Technical Note 3 for floating-point numbers).

use super::layout::{Layout, Predictor};

/// Undoes what was done before compression, row by row, in the file's byte order.
pub(super) fn undo(layout: &Layout, big_endian: bool, bytes: &mut [u8]) {
    let (stride, size) = (layout.chunk_samples(), layout.bits / 8);
    for row in bytes.chunks_exact_mut(layout.row_bytes()) {
        match layout.predictor {
            Predictor::None => {}
            Predictor::Horizontal => horizontal(row, stride, size, big_endian),
            Predictor::FloatingPoint => floating_point(row, stride, size, big_endian),
        }
    }
}

fn horizontal(row: &mut [u8], stride: usize, size: usize, big_endian: bool) {
    match (size, big_endian) {
        (1, _) => accumulate::<1>(row, stride, |[a], [b]| [a.wrapping_add(b)]),
        (2, false) => accumulate(row, stride, |a, b| {
            u16::from_le_bytes(a).wrapping_add(u16::from_le_bytes(b)).to_le_bytes()
        }),
        (2, true) => accumulate(row, stride, |a, b| {
            u16::from_be_bytes(a).wrapping_add(u16::from_be_bytes(b)).to_be_bytes()
        }),
        (4, false) => accumulate(row, stride, |a, b| {
            u32::from_le_bytes(a).wrapping_add(u32::from_le_bytes(b)).to_le_bytes()
        }),
        (4, true) => accumulate(row, stride, |a, b| {
            u32::from_be_bytes(a).wrapping_add(u32::from_be_bytes(b)).to_be_bytes()
        }),
        (_, false) => accumulate(row, stride, |a, b| {
            u64::from_le_bytes(a).wrapping_add(u64::from_le_bytes(b)).to_le_bytes()
        }),
        (_, true) => accumulate(row, stride, |a, b| {
            u64::from_be_bytes(a).wrapping_add(u64::from_be_bytes(b)).to_be_bytes()
        }),
    }
}

/// Adds to each sample that of the pixel before.
fn accumulate<const N: usize>(row: &mut [u8], stride: usize, add: impl Fn([u8; N], [u8; N]) -> [u8; N]) {
    let samples = row.as_chunks_mut::<N>().0;
    for at in stride..samples.len() {
        samples[at] = add(samples[at - stride], samples[at]);
    }
}

/// The numbers' bytes lie plane by plane, the most significant first, as differences of bytes.
fn floating_point(row: &mut [u8], stride: usize, size: usize, big_endian: bool) {
    accumulate::<1>(row, stride, |[a], [b]| [a.wrapping_add(b)]);
    let planes = row.to_vec();
    let count = row.len() / size;
    for (plane, bytes) in planes.chunks_exact(count).enumerate() {
        let place = if big_endian { plane } else { size - 1 - plane };
        for (number, byte) in row.chunks_exact_mut(size).zip(bytes) {
            number[place] = *byte;
        }
    }
}
