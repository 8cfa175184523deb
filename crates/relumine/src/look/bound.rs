//! Whether a photo is the content that a look of pixels is bound to, at whatever size.

use crate::io::Photo;
use crate::resample::{Filter, resize};
use crate::watch::CancelToken;
use crate::{Planes, Result};

/// Mean difference of samples, in 0..1, up to which two photos at one size are one: what another resampling and a JPEG's losses
/// make, and far less than another picture of the same place.
const SAME: f64 = 0.02;
/// By how much, relatively, the proportions of sides may differ: what rounding to whole pixels makes.
const PROPORTIONS: f64 = 0.02;

/// By how much smaller than the content they are compared: details are what resampling in other ways makes differ.
const SMALLER: usize = 4;

/// Whether what counts of `photo` shows what `content`, 3×h×w, is of.
///
/// # Errors
/// [`Error::Cancelled`](crate::Error::Cancelled).
pub(super) fn is_same(photo: &Photo, content: &Planes, token: &CancelToken) -> Result<bool> {
    let (height, width) = (content.height(), content.width());
    let frame = photo.frame();
    let proportions = |height: usize, width: usize| height as f64 / width as f64;
    let ratio = proportions(frame.height, frame.width) / proportions(height, width);
    // Of few pixels a side, rounding alone makes more.
    let tolerance = PROPORTIONS.max(1.0 / height.min(width) as f64);
    if (ratio - 1.0).abs() > tolerance {
        return Ok(false);
    }
    let photo = photo.resized(&frame, (height, width), Filter::Area, token)?;
    let small =
        |planes: &Planes| resize(planes, height.div_ceil(SMALLER), width.div_ceil(SMALLER), Filter::Area);
    let (photo, content) = (small(&photo), small(content));
    let apart = photo.data().iter().zip(content.data()).map(|(a, b)| f64::from((a - b).abs()));
    Ok(apart.sum::<f64>() / content.data().len() as f64 <= SAME)
}
