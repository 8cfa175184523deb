//! What each pixel's shares of the regions add up to, which filters of masks are to keep.

use crate::Planes;

/// Sums over the masks, R×H×W.
pub(super) fn sums(masks: &Planes) -> Vec<f32> {
    let mut sums = vec![0.0; masks.area()];
    for plane in 0..masks.channels() {
        sums.iter_mut().zip(masks.plane(plane)).for_each(|(sum, mask)| *sum += mask);
    }
    sums
}

/// Brings filtered masks, R×H×W, back into 0..1 and to the sums that they had before.
pub(super) fn keep_sums(before: &[f32], masks: &mut Planes) {
    masks.data_mut().iter_mut().for_each(|mask| *mask = mask.clamp(0.0, 1.0));
    let scales = before.iter().zip(sums(masks));
    let scales: Vec<f32> =
        scales.map(|(before, after)| if after > 0.0 { before / after } else { 0.0 }).collect();
    for plane in 0..masks.channels() {
        let pixels = masks.plane_mut(plane).iter_mut().zip(&scales);
        pixels.for_each(|(mask, scale)| *mask = (*mask * scale).min(1.0));
    }
}
