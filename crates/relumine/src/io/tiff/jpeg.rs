//! JPEG within TIFF (Technical Note 2 to TIFF 6.0): each strip or tile is a picture of its own, whose tables may be given once.

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::layout::{Colours, Layout, damaged};
use crate::PhotoError;

/// The samples of a chunk of so many rows, interleaved, in RGB where they are stored in YCbCr.
pub(super) fn samples(
    stream: &[u8],
    tables: Option<&[u8]>,
    layout: &Layout,
    rows: usize,
) -> Result<Vec<u8>, PhotoError> {
    if layout.bits != 8 {
        return Err(PhotoError::UnsupportedPixels {
            found: format!("JPEG of {} bits a channel", layout.bits),
        });
    }
    let whole = completed(stream, tables);
    let (width, channels) = (layout.chunks.width, layout.chunk_samples());
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(width)
        // Rows beyond those of the picture may be there.
        .set_max_height(layout.chunks.height.saturating_add(15));
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&whole), options);
    decoder.decode_headers().map_err(problem)?;
    let stored = decoder.input_colorspace().unwrap_or(ColorSpace::Unknown);
    // As they are stored: what they mean TIFF says, and not the stream.
    decoder.set_options(options.set_strict_mode(true).jpeg_set_out_colorspace(stored));
    let info = decoder.info().ok_or_else(|| damaged("a JPEG strip or tile has no header"))?;
    if usize::from(info.width) != width
        || usize::from(info.height) < rows
        || usize::from(info.components) != channels
    {
        return Err(damaged("a JPEG strip or tile has another size than the page says"));
    }
    let mut samples = decoder.decode().map_err(problem)?;
    if samples.len() < layout.chunk_bytes(rows) {
        return Err(damaged("a JPEG strip or tile is cut short"));
    }
    samples.truncate(layout.chunk_bytes(rows));
    if layout.colours == Colours::YCbCr {
        to_rgb(&mut samples);
    }
    Ok(samples)
}

/// YCbCr of ITU-R BT.601 in full range (JFIF) to RGB, rounded to the nearest level.
fn to_rgb(samples: &mut [u8]) {
    for pixel in samples.as_chunks_mut::<3>().0 {
        let [luma, blue, red] = pixel.map(|level| i32::from(level) << 16);
        let (luma, blue, red) = (luma + (1 << 15), (blue >> 16) - 128, (red >> 16) - 128);
        let rgb = [luma + 91881 * red, luma - 22554 * blue - 46802 * red, luma + 116130 * blue];
        *pixel = rgb.map(|level| (level >> 16).clamp(0, 255) as u8);
    }
}

/// A stream with its tables: what is between the marks of beginning and end goes behind the stream's own beginning.
fn completed(stream: &[u8], tables: Option<&[u8]>) -> Vec<u8> {
    let tables = tables.and_then(|tables| tables.strip_prefix(&[0xFF, 0xD8])).unwrap_or_default();
    let tables = tables.strip_suffix(&[0xFF, 0xD9]).unwrap_or(tables);
    let (start, rest) = stream.split_at(stream.len().min(2));
    [start, tables, rest].concat()
}

fn problem(error: DecodeErrors) -> PhotoError {
    match error {
        DecodeErrors::Unsupported(scheme) => PhotoError::UnsupportedPixels {
            found: format!("JPEG within TIFF of an unsupported kind ({scheme:?})"),
        },
        error => damaged(error.to_string()),
    }
}
