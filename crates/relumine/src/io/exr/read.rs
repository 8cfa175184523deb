//! Reading OpenEXR: the blocks of one layer, in the window that is shown.

use std::io::Cursor;

use ::exr::block::reader::ChunksReader;
use ::exr::block::{self, UncompressedBlock};
use ::exr::math::Vec2;
use ::exr::meta::BlockDescription;
use ::exr::meta::attribute::{Chromaticities, SampleType};
use ::exr::meta::header::Header;
use half::f16;
use image::{DynamicImage, ImageBuffer};

use super::layer::Layer;
use super::{problem, unsupported};
use crate::io::Limits;
use crate::io::alpha::divide;
use crate::{Notice, PhotoError};

/// The pixels of the photo among the layers, RGB with or without alpha, what they mean, and what there is to tell.
pub(super) fn first_layer(
    bytes: &[u8],
    limits: &Limits,
) -> Result<(DynamicImage, Option<Chromaticities>, Vec<Notice>), PhotoError> {
    let file = block::read(Cursor::new(bytes), false).map_err(problem)?;
    let mut layer = Layer::of(file.headers())?;
    let header = &file.headers()[layer.part];
    let mut canvas = Canvas::new(header, layer.alpha.is_some(), limits)?;
    let chromaticities = header.shared_attributes.chromaticities;
    let mut notices = std::mem::take(&mut layer.notices);
    if canvas.differs {
        notices.push(Notice::OtherWindow);
    }
    let part = layer.part;
    file.filter_chunks(false, |_, _, block| block.layer == part && block.level == Vec2(0, 0))
        .and_then(|chunks| {
            chunks.decompress_sequential(false, |meta, block| {
                canvas.put(&meta.headers[part], &layer, &block);
                Ok(())
            })
        })
        .map_err(problem)?;
    if layer.alpha.is_some() {
        divide(&mut canvas.samples, 4);
    }
    let (width, height) = (canvas.width as u32, canvas.height as u32);
    let pixels = if layer.alpha.is_some() {
        ImageBuffer::from_raw(width, height, canvas.samples).map(DynamicImage::ImageRgba32F)
    } else {
        ImageBuffer::from_raw(width, height, canvas.samples).map(DynamicImage::ImageRgb32F)
    };
    Ok((pixels.expect("as many samples"), chromaticities, notices))
}

/// The window that is shown (`displayWindow`), black and transparent where there are no data.
struct Canvas {
    width: usize,
    height: usize,
    channels: usize,
    /// Where the data lie in it (`dataWindow`).
    offset: (i64, i64),
    differs: bool,
    samples: Vec<f32>,
}

impl Canvas {
    fn new(header: &Header, has_alpha: bool, limits: &Limits) -> Result<Self, PhotoError> {
        let (shown, data) = (header.shared_attributes.display_window, header.own_attributes.layer_position);
        let channels = if has_alpha { 4 } else { 3 };
        let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
        for Vec2(width, height) in [shown.size, header.layer_size] {
            limits.check(side(width), side(height), channels as u64 * 4)?;
        }
        // A block is unpacked at once, with all channels of its part.
        let bytes = block_pixels(header).saturating_mul(header.channels.bytes_per_pixel) as u64;
        if bytes > limits.max_bytes {
            return Err(PhotoError::TooManyBytes { bytes, limit: limits.max_bytes });
        }
        let Vec2(width, height) = shown.size;
        let offset = |data: i32, shown: i32| i64::from(data) - i64::from(shown);
        let offset = (offset(data.0, shown.position.0), offset(data.1, shown.position.1));
        let overlaps =
            |offset: i64, data: usize, shown: usize| offset < shown as i64 && offset + data as i64 > 0;
        if !overlaps(offset.0, header.layer_size.0, width) || !overlaps(offset.1, header.layer_size.1, height)
        {
            return Err(unsupported("no data in the window that is shown"));
        }
        let differs = offset != (0, 0) || header.layer_size != shown.size;
        let samples = vec![0.0; width * height * channels];
        Ok(Self { width, height, channels, offset, differs, samples })
    }

    /// Takes over the samples of a block that are wanted and shown.
    fn put(&mut self, header: &Header, layer: &Layer, block: &UncompressedBlock) {
        for line in block.lines(&header.channels) {
            let channel = line.location.channel;
            let targets: &[usize] = match layer.colours.iter().position(|at| *at == channel) {
                Some(_) if layer.colours.len() == 1 => &[0, 1, 2],
                Some(colour) => &[[0], [1], [2]][colour],
                None if layer.alpha == Some(channel) => &[3],
                None => continue,
            };
            let row = line.location.position.1 as i64 + self.offset.1;
            let Some(row) = usize::try_from(row).ok().filter(|row| *row < self.height) else { continue };
            let row = &mut self.samples[row * self.width * self.channels..][..self.width * self.channels];
            let first = line.location.position.0 as i64 + self.offset.0;
            for (at, sample) in numbers(line.value, header.channels.list[channel].sample_type).enumerate() {
                let Ok(column) = usize::try_from(first + at as i64) else { continue };
                let Some(pixel) = row.chunks_exact_mut(self.channels).nth(column) else { break };
                targets.iter().for_each(|target| pixel[*target] = sample);
            }
        }
    }
}

/// Pixels of the largest block.
fn block_pixels(header: &Header) -> usize {
    let Vec2(width, height) = header.layer_size;
    match header.blocks {
        BlockDescription::ScanLines => width * header.compression.scan_lines_per_block().min(height),
        BlockDescription::Tiles(tiles) => tiles.tile_size.0.min(width) * tiles.tile_size.1.min(height),
    }
}

/// Samples of a line, in this machine's byte order. What is no number is no light.
fn numbers(bytes: &[u8], kind: SampleType) -> impl Iterator<Item = f32> {
    let size = if kind == SampleType::F16 { 2 } else { 4 };
    let number = move |bytes: &[u8]| match *bytes {
        [a, b] => f16::from_ne_bytes([a, b]).to_f32(),
        [a, b, c, d] => f32::from_ne_bytes([a, b, c, d]),
        _ => 0.0,
    };
    bytes.chunks_exact(size).map(number).map(|number| if number.is_nan() { 0.0 } else { number })
}
