//! JPEG XL (ISO/IEC 18181), by the crate `jxl-oxide`: 8 or 16 bits a channel, or 32 in floating-point numbers, read alone.

mod boxes;
mod colour;
mod samples;

use image::metadata::Orientation;
use jxl_oxide::image::{BitDepth, ExtraChannelType};
use jxl_oxide::{AllocTracker, ImageHeader, JxlImage, JxlThreadPool};

use super::codec::{About, Codec, Decoded, Upright};
use super::{Limits, SaveOptions, names};
use crate::{Notice, PhotoError};
use boxes::Boxes;
use colour::Told;

pub(super) struct JpegXl;

const CODESTREAM: &[u8] = b"\xFF\x0A";
const CONTAINER: &[u8] = b"\0\0\0\x0CJXL \r\n\x87\n";

/// Bytes that decoding takes beside what grows with the pixels.
const OVERHEAD: usize = 64 << 20;

/// Bytes a sample that decoding takes: a few planes in floating-point numbers.
const BYTES_A_SAMPLE: u64 = 24;

impl Codec for JpegXl {
    fn about(&self) -> &'static About {
        &About {
            name: "JPEG XL",
            extensions: &["jxl"],
            max_bit_depth: 32,
            has_alpha: true,
            max_side: 1 << 30,
            max_exif_bytes: i32::MAX as usize,
            max_xmp_bytes: i32::MAX as usize,
            max_iptc_bytes: 0,
        }
    }

    fn recognises(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(CODESTREAM) || bytes.starts_with(CONTAINER)
    }

    fn decode(&self, bytes: &[u8], limits: &Limits) -> Result<Decoded, PhotoError> {
        let boxes = Boxes::of(bytes);
        // Before a decoder sees it, which might allocate by what the header says.
        if let Ok(size) = imagesize::blob_size(bytes) {
            let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
            limits.check(side(size.width), side(size.height), 1)?;
        }
        let memory = AllocTracker::with_limit(OVERHEAD);
        let image = JxlImage::builder().pool(JxlThreadPool::none()).alloc_tracker(memory.clone());
        let mut image = image.read(&*boxes.codestream).map_err(damaged)?;
        let header = image.image_header();
        let samples = check(header, limits)?;
        memory
            .expand_limit(usize::try_from(samples.saturating_mul(BYTES_A_SAMPLE)).unwrap_or(usize::MAX / 2));
        let mut notices = Vec::new();
        if image.num_loaded_keyframes() > 1 {
            notices.push(Notice::FirstFrameOnly);
        }
        if let channels @ 1.. = left_out(header) {
            notices.push(Notice::ChannelsLeftOut { channels });
        }
        if image.num_loaded_keyframes() == 0 {
            return Err(damaged("it ends within its picture"));
        }
        let told = Told::of(&mut image)?;
        let pixels = samples::decode(&image, &told)?;
        // The decoder turns pixels as its own header says; what EXIF data say beside does not count (18181-1, orientation).
        let orientation = Some(Orientation::NoTransforms);
        Ok(Decoded { pixels, icc: told.icc, metadata: boxes.metadata, orientation, notices })
    }

    fn encode(&self, _picture: &Upright<'_>, _options: &SaveOptions) -> Result<Vec<u8>, PhotoError> {
        let reason = format!("JPEG XL is read alone; write {}", names(|_| true));
        Err(PhotoError::NotEncoded { reason })
    }
}

/// Refuses by its header what is beyond the limits; says how many samples there are of all channels.
fn check(header: &ImageHeader, limits: &Limits) -> Result<u64, PhotoError> {
    let (width, height) = (header.size.width, header.size.height);
    let kept = if header.metadata.grayscale() { 1 } else { 3 } + u64::from(header.metadata.alpha().is_some());
    let kept = if is_float(header) { 4 } else { kept };
    limits.check(width, height, kept * bytes_a_sample(header))?;
    Ok(u64::from(width) * u64::from(height) * (3 + header.metadata.ec_info.len() as u64))
}

/// Bytes of a sample as it is decoded: 1, 2, or 4 of floating-point numbers.
fn bytes_a_sample(header: &ImageHeader) -> u64 {
    match header.metadata.bit_depth {
        BitDepth::IntegerSample { bits_per_sample: ..=8 } => 1,
        BitDepth::IntegerSample { bits_per_sample: ..=16 } => 2,
        _ => 4,
    }
}

fn is_float(header: &ImageHeader) -> bool {
    bytes_a_sample(header) == 4
}

/// How many channels are neither colours nor the first alpha; spot colours are mixed in.
fn left_out(header: &ImageHeader) -> usize {
    let channels = &header.metadata.ec_info;
    let is_shown = |kind: &ExtraChannelType| matches!(kind, ExtraChannelType::SpotColour { .. });
    let others = channels.iter().filter(|channel| !is_shown(&channel.ty)).count();
    others - usize::from(header.metadata.alpha().is_some())
}

fn damaged(reason: impl std::fmt::Display) -> PhotoError {
    PhotoError::Damaged { reason: format!("JPEG XL: {reason}") }
}
