//! Strips and tiles → one picture: samples of 8, 16 or 32 bits (those in floating-point numbers), grey or RGB, alpha last and
//! unassociated.

use half::f16;
use image::{DynamicImage, ImageBuffer};

use super::chunks::Source;
use super::layout::{Colours, Layout, Numbers, damaged};
use super::palette;
use super::structure::{Directory, Structure};
use crate::io::alpha::{Divisible, divide};
use crate::io::codec::Embedded;
use crate::io::icc::Cmyk;
use crate::{Notice, PhotoError};

/// Decodes the pixels of a page, with what there is to tell of them.
pub(super) fn decode<'a>(
    structure: Structure<'a>,
    page: &Directory<'a>,
    layout: Layout,
    icc: &Embedded,
) -> Result<(DynamicImage, Vec<Notice>), PhotoError> {
    let notices = match layout.left_out() {
        0 => Vec::new(),
        channels => vec![Notice::ChannelsLeftOut { channels }],
    };
    let source = Source::new(structure, page, layout);
    let layout = &source.layout;
    let big_endian = structure.big_endian;
    let pixels = match (layout.numbers, layout.bits) {
        (Numbers::Unsigned, _) if layout.colours == Colours::Palette => palette::pixels(&source, page)?,
        (Numbers::Unsigned, 8) if layout.colours == Colours::Cmyk => {
            let cmyk = Cmyk::of(icc)?;
            let ink = assembled(&source, |row, line| narrow(row, 8, line))?;
            eight(layout.width as u32, layout.height as u32, 3, cmyk.to_srgb(&ink))
        }
        (_, bits) if layout.colours == Colours::Cmyk => {
            return Err(PhotoError::UnsupportedPixels { found: format!("CMYK of {bits} bits a channel") });
        }
        (Numbers::Unsigned, bits @ 1..=8) => {
            let samples = assembled(&source, |row, line| narrow(row, bits, line))?;
            made(layout, samples, |level| u8::MAX - level, eight)
        }
        (Numbers::Unsigned, bits) => {
            let samples = assembled(&source, |row, line| wide(row, bits, big_endian, line))?;
            made(layout, samples, |level| u16::MAX - level, sixteen)
        }
        (Numbers::Float, bits) => {
            let samples = assembled(&source, |row, line| floats(row, bits, big_endian, line))?;
            made(layout, samples, |level| 1.0 - level, float)
        }
    };
    Ok((pixels.ok_or_else(|| damaged("its pixels are not as many as it says"))?, notices))
}

/// The samples that make a pixel, in order; those in floating-point numbers are always RGB.
fn kept(layout: &Layout) -> Vec<usize> {
    let colours = match layout.colours {
        Colours::Rgb | Colours::YCbCr => vec![0, 1, 2],
        Colours::Cmyk => vec![0, 1, 2, 3],
        Colours::Grey { .. } if layout.numbers == Numbers::Float => vec![0; 3],
        Colours::Grey { .. } | Colours::Palette => vec![0],
    };
    colours.into_iter().chain(layout.alpha.map(|alpha| alpha.sample)).collect()
}

/// Interleaved samples of the whole picture; `unpack` makes those of one row of a chunk.
pub(super) fn assembled<T: Copy + Default>(
    source: &Source<'_>,
    unpack: impl Fn(&[u8], &mut Vec<T>),
) -> Result<Vec<T>, PhotoError> {
    let layout = &source.layout;
    let (kept, chunk) = (kept(layout), &layout.chunks);
    let mut samples = vec![T::default(); layout.width * layout.height * kept.len()];
    let mut line = Vec::new();
    let planes = if layout.planar { layout.samples } else { 1 };
    for index in 0..planes * layout.down() * layout.across() {
        let (plane, place) =
            (index / (layout.down() * layout.across()), index % (layout.down() * layout.across()));
        if layout.planar && !kept.contains(&plane) {
            continue;
        }
        let (top, left) = (place / layout.across() * chunk.height, place % layout.across() * chunk.width);
        let seen = chunk.height.min(layout.height - top);
        let bytes = source.chunk(index, if chunk.padded { chunk.height } else { seen })?;
        let columns = chunk.width.min(layout.width - left);
        for (row, bytes) in bytes.chunks_exact(layout.row_bytes()).take(seen).enumerate() {
            line.clear();
            unpack(bytes, &mut line);
            let first = ((top + row) * layout.width + left) * kept.len();
            let out = &mut samples[first..first + columns * kept.len()];
            place_row(layout, &kept, plane, &line, out);
        }
    }
    Ok(samples)
}

fn place_row<T: Copy>(layout: &Layout, kept: &[usize], plane: usize, line: &[T], out: &mut [T]) {
    let stored = layout.chunk_samples();
    if !layout.planar && kept.iter().copied().eq(0..stored) {
        out.copy_from_slice(&line[..out.len()]);
        return;
    }
    for (pixel, out) in line.chunks_exact(stored).zip(out.chunks_exact_mut(kept.len())) {
        for (sample, out) in kept.iter().zip(out) {
            match layout.planar {
                true if *sample == plane => *out = pixel[0],
                true => {}
                false => *out = pixel[*sample],
            }
        }
    }
}

/// Integers of up to 8 bits, spread to all of 8.
fn narrow(row: &[u8], bits: usize, line: &mut Vec<u8>) {
    if bits == 8 {
        line.extend_from_slice(row);
    } else {
        line.extend(packed(row, bits).map(|number| spread(number, bits, u8::MAX.into()) as u8));
    }
}

/// Integers of 9 to 16 bits, spread to all of 16.
fn wide(row: &[u8], bits: usize, big_endian: bool, line: &mut Vec<u16>) {
    if bits == 16 {
        line.extend(numbers(row, big_endian, u16::from_be_bytes, u16::from_le_bytes));
    } else {
        line.extend(packed(row, bits).map(|number| spread(number, bits, u16::MAX.into()) as u16));
    }
}

/// Floating-point numbers of any size as those of 32 bits; what is no number is 0.
fn floats(row: &[u8], bits: usize, big_endian: bool, line: &mut Vec<f32>) {
    let numeric = |number: f32| if number.is_nan() { 0.0 } else { number };
    match bits {
        16 => line.extend(
            numbers(row, big_endian, f16::from_be_bytes, f16::from_le_bytes)
                .map(|number| numeric(number.to_f32())),
        ),
        32 => line.extend(numbers(row, big_endian, f32::from_be_bytes, f32::from_le_bytes).map(numeric)),
        _ => line.extend(
            numbers(row, big_endian, f64::from_be_bytes, f64::from_le_bytes)
                .map(|number| numeric(number as f32)),
        ),
    }
}

fn numbers<const N: usize, T>(
    row: &[u8],
    big_endian: bool,
    from_big: fn([u8; N]) -> T,
    from_little: fn([u8; N]) -> T,
) -> impl Iterator<Item = T> {
    let from = if big_endian { from_big } else { from_little };
    row.as_chunks::<N>().0.iter().map(move |bytes| from(*bytes))
}

/// Numbers of so many bits, packed from the highest bit of each byte on.
pub(super) fn packed(row: &[u8], bits: usize) -> impl Iterator<Item = u32> {
    (0..row.len() * 8 / bits).map(move |index| {
        (index * bits..(index + 1) * bits)
            .fold(0, |number, bit| number << 1 | u32::from(row[bit / 8] >> (7 - bit % 8) & 1))
    })
}

fn spread(number: u32, bits: usize, full: u32) -> u32 {
    let most = (1 << bits) - 1;
    (number * full + most / 2) / most
}

fn made<T: Divisible>(
    layout: &Layout,
    mut samples: Vec<T>,
    inverse: impl Fn(T) -> T,
    image: impl FnOnce(u32, u32, usize, Vec<T>) -> Option<DynamicImage>,
) -> Option<DynamicImage> {
    let channels = kept(layout).len();
    if layout.colours == (Colours::Grey { white_is_zero: true }) {
        let colours = channels - usize::from(layout.alpha.is_some());
        for pixel in samples.chunks_exact_mut(channels) {
            pixel[..colours].iter_mut().for_each(|level| *level = inverse(*level));
        }
    }
    if layout.alpha.is_some_and(|alpha| alpha.associated) {
        divide(&mut samples, channels);
    }
    image(layout.width as u32, layout.height as u32, channels, samples)
}

/// A picture of interleaved samples of 8 bits.
pub(super) fn eight(width: u32, height: u32, channels: usize, samples: Vec<u8>) -> Option<DynamicImage> {
    match channels {
        1 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma8),
        2 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA8),
        3 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb8),
        _ => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba8),
    }
}

/// A picture of interleaved samples of 16 bits.
pub(super) fn sixteen(width: u32, height: u32, channels: usize, samples: Vec<u16>) -> Option<DynamicImage> {
    match channels {
        1 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma16),
        2 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA16),
        3 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb16),
        _ => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba16),
    }
}

fn float(width: u32, height: u32, channels: usize, samples: Vec<f32>) -> Option<DynamicImage> {
    match channels {
        3 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb32F),
        _ => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba32F),
    }
}
