//! Pixels on their way: red, green and blue in turn, a byte each or 16 bits with the least byte first.

use rayon::prelude::*;
use relumine::Planes;

/// Pixels that a thread takes at once.
const CHUNK: usize = 1 << 13;

/// Changes each colour of a frame, 0..1.
pub(super) fn recolour(frame: &mut [u8], deep: bool, change: impl Fn([f32; 3]) -> [f32; 3] + Sync) {
    if deep {
        frame.par_chunks_mut(6 * CHUNK).for_each(|chunk| {
            chunk.as_chunks_mut().0.iter_mut().for_each(|pixel| *pixel = to_16(change(of_16(*pixel))));
        });
    } else {
        frame.par_chunks_mut(3 * CHUNK).for_each(|chunk| {
            chunk.as_chunks_mut().0.iter_mut().for_each(|pixel| *pixel = to_8(change(of_8(*pixel))));
        });
    }
}

/// The colours of a frame, 3×H×W.
pub(super) fn planes(frame: &[u8], deep: bool, [width, height]: [usize; 2]) -> Planes {
    let mut planes = Planes::zeros(3, height, width);
    let (red, rest) = planes.data_mut().split_at_mut(width * height);
    let (green, blue) = rest.split_at_mut(width * height);
    let [red, green, blue] = [red, green, blue].map(|plane| plane.par_chunks_mut(CHUNK));
    let bytes = if deep { 6 } else { 3 };
    let chunks = frame.par_chunks(bytes * CHUNK).zip(red).zip(green).zip(blue);
    chunks.for_each(|(((chunk, red), green), blue)| {
        for (pixel, bytes) in chunk.chunks_exact(bytes).enumerate() {
            [red[pixel], green[pixel], blue[pixel]] = colour(bytes);
        }
    });
    planes
}

/// Writes colours, 3×H×W, to a frame of that size.
pub(super) fn put(planes: &Planes, frame: &mut [u8], deep: bool) {
    let rgb = planes.rgb();
    let bytes = if deep { 6 } else { 3 };
    frame.par_chunks_mut(bytes * CHUNK).enumerate().for_each(|(rank, chunk)| {
        for (pixel, out) in chunk.chunks_exact_mut(bytes).enumerate() {
            let colour = rgb.map(|plane| plane[rank * CHUNK + pixel].clamp(0.0, 1.0));
            if deep { out.copy_from_slice(&to_16(colour)) } else { out.copy_from_slice(&to_8(colour)) }
        }
    });
}

/// The colour of a pixel by its bytes, of whatever depth these are.
pub(super) fn colour(bytes: &[u8]) -> [f32; 3] {
    match *bytes {
        [r, g, b] => of_8([r, g, b]),
        [r, s, g, h, b, c] => of_16([r, s, g, h, b, c]),
        _ => [0.0; 3],
    }
}

fn of_8(pixel: [u8; 3]) -> [f32; 3] {
    pixel.map(|level| f32::from(level) / 255.0)
}

fn to_8(colour: [f32; 3]) -> [u8; 3] {
    colour.map(|value| (value * 255.0 + 0.5) as u8)
}

fn of_16([r, s, g, h, b, c]: [u8; 6]) -> [f32; 3] {
    [[r, s], [g, h], [b, c]].map(|level| f32::from(u16::from_le_bytes(level)) / 65535.0)
}

fn to_16(colour: [f32; 3]) -> [u8; 6] {
    let [[r, s], [g, h], [b, c]] = colour.map(|value| ((value * 65535.0 + 0.5) as u16).to_le_bytes());
    [r, s, g, h, b, c]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_come_back_at_both_depths() {
        let size = [130, 70];
        for (deep, bytes) in [(false, 3), (true, 6)] {
            let frame: Vec<u8> = (0..130 * 70 * bytes)
                .map(|byte| (byte as u32).wrapping_mul(2_654_435_761).to_le_bytes()[3])
                .collect();
            let planes = planes(&frame, deep, size);
            let mut again = vec![0; frame.len()];
            put(&planes, &mut again, deep);
            assert_eq!(again, frame);
            let mut inverted = frame.clone();
            recolour(&mut inverted, deep, |colour| colour.map(|value| 1.0 - value));
            assert!(inverted.iter().zip(&frame).all(|(a, b)| *a == 255 - b), "{deep}");
            let at = 71 * 130 - 131;
            assert_eq!(colour(&frame[at * bytes..][..bytes]), planes.rgb().map(|plane| plane[at]));
        }
    }
}
