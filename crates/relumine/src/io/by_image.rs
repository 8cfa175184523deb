//! What the codecs of the crate `image` have in common.

use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageError, ImageResult};

use super::Limits;
use super::codec::Upright;
use crate::PhotoError;

/// Decodes the pixels once the header has passed the limits.
pub(super) fn pixels(mut decoder: impl ImageDecoder, limits: &Limits) -> Result<DynamicImage, PhotoError> {
    let (width, height) = decoder.dimensions();
    let color = decoder.color_type();
    limits.check(width, height, color.bytes_per_pixel().into())?;
    if !matches!(color.bytes_per_pixel() / color.channel_count(), 1 | 2) {
        return Err(PhotoError::UnsupportedPixels { found: "floating-point numbers".into() });
    }
    let mut bounds = image::Limits::no_limits();
    // The decoder's own buffers come beside the samples.
    bounds.max_alloc = Some(limits.max_bytes.saturating_mul(2));
    decoder.set_limits(bounds).map_err(|e| problem(e, limits))?;
    DynamicImage::from_decoder(decoder).map_err(|e| problem(e, limits))
}

/// What an error of a decoder means for the photo.
pub(super) fn problem(error: ImageError, limits: &Limits) -> PhotoError {
    match error {
        ImageError::Unsupported(what) => PhotoError::UnsupportedPixels { found: what.to_string() },
        ImageError::Limits(_) => limits.exceeded(),
        error => PhotoError::Damaged { reason: error.to_string() },
    }
}

/// Has an encoder write a picture with its profile.
pub(super) fn write(mut encoder: impl ImageEncoder, picture: &Upright<'_>) -> Result<(), PhotoError> {
    let mut write = || -> ImageResult<()> {
        if let Some(icc) = picture.icc {
            encoder.set_icc_profile(icc.to_vec()).map_err(ImageError::Unsupported)?;
        }
        Ok(())
    };
    let pixels = picture.pixels;
    write()
        .and_then(|()| {
            encoder.write_image(pixels.as_bytes(), pixels.width(), pixels.height(), pixels.color().into())
        })
        .map_err(|error| PhotoError::NotEncoded { reason: error.to_string() })
}
