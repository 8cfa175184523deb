//! JPEG within TIFF (Technical Note 2 to TIFF 6.0): each strip or tile is a picture of its own, whose tables may be given once.

use jpeg_decoder::{ColorTransform, Decoder, Error};

use super::layout::{Colours, Layout, damaged};
use crate::PhotoError;

/// The samples of a chunk of so many rows, interleaved, in RGB where they are stored in YCbCr.
pub(super) fn samples(
    stream: &[u8],
    tables: Option<&[u8]>,
    layout: &Layout,
    rows: usize,
) -> Result<Vec<u8>, PhotoError> {
    let (width, channels) = (layout.chunks.width, layout.chunk_samples());
    if layout.bits != 8 || !matches!(channels, 1 | 3) {
        let found = format!("JPEG of {channels} channels of {} bits", layout.bits);
        return Err(PhotoError::UnsupportedPixels { found });
    }
    let whole = completed(stream, tables);
    let mut decoder = Decoder::new(&*whole);
    // What the samples mean TIFF says, and not the stream.
    decoder.set_color_transform(match layout.colours {
        Colours::YCbCr => ColorTransform::YCbCr,
        _ if channels == 3 => ColorTransform::RGB,
        _ => ColorTransform::Grayscale,
    });
    decoder.read_info().map_err(problem)?;
    let info = decoder.info().ok_or_else(|| damaged("a JPEG strip or tile has no header"))?;
    // Rows beyond those of the picture may be there, to the end of a block.
    let height = rows..=layout.chunks.height.saturating_add(15);
    if usize::from(info.width) != width
        || !height.contains(&info.height.into())
        || info.pixel_format.pixel_bytes() != channels
    {
        return Err(damaged("a JPEG strip or tile has another size than the page says"));
    }
    let mut samples = decoder.decode().map_err(problem)?;
    if samples.len() < layout.chunk_bytes(rows) {
        return Err(damaged("a JPEG strip or tile is cut short"));
    }
    samples.truncate(layout.chunk_bytes(rows));
    Ok(samples)
}

/// A stream with its tables: what is between the marks of beginning and end goes behind the stream's own beginning.
fn completed(stream: &[u8], tables: Option<&[u8]>) -> Vec<u8> {
    let tables = tables.and_then(|tables| tables.strip_prefix(&[0xFF, 0xD8])).unwrap_or_default();
    let tables = tables.strip_suffix(&[0xFF, 0xD9]).unwrap_or(tables);
    let (start, rest) = stream.split_at(stream.len().min(2));
    // Some writers leave out the end.
    [start, tables, rest, &[0xFF, 0xD9]].concat()
}

fn problem(error: Error) -> PhotoError {
    match error {
        Error::Unsupported(feature) => {
            PhotoError::UnsupportedPixels { found: format!("JPEG within TIFF with {feature:?}") }
        }
        error => damaged(error.to_string()),
    }
}
