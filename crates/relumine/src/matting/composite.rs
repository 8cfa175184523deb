//! A foreground before another background: αF + (1−α)B.
//!
//! In encoded colours, not in light: the matting equation was solved for encoded colours, so only there does the foreground
//! before its own background give the photo back. In light, mixed pixels (hair, branches) would come out brighter than the photo had them.

use crate::Planes;
use crate::resample::{Filter, resize};

/// Puts `foreground` before `background`, both three planes of encoded colours, under the matte `alpha`, one plane.
///
/// # Panics
/// If sizes differ.
pub fn composite(foreground: &Planes, alpha: &Planes, background: &Planes) -> Planes {
    let shape = |planes: &Planes| (planes.channels(), planes.height(), planes.width());
    assert_eq!(shape(foreground), shape(background), "a foreground and a background of one size");
    assert_eq!(shape(alpha), (1, foreground.height(), foreground.width()), "a matte of their size");
    let mut out = foreground.clone();
    for (out, background) in
        out.data_mut().chunks_mut(alpha.area()).zip(background.data().chunks(alpha.area()))
    {
        for ((out, alpha), background) in out.iter_mut().zip(alpha.data()).zip(background) {
            *out = alpha * *out + (1.0 - alpha) * background;
        }
    }
    out
}

/// A background scaled, its proportions kept, until it covers `height × width`, and cut to that around its middle.
///
/// # Panics
/// If a side is zero.
pub fn cover(background: &Planes, height: usize, width: usize) -> Planes {
    let (old_height, old_width) = (background.height(), background.width());
    if (old_height, old_width) == (height, width) {
        return background.clone();
    }
    // The largest part of these proportions, cut before it is scaled: of a panorama all would be too much to scale.
    let scale = (old_height as f64 / height as f64).min(old_width as f64 / width as f64);
    let side = |side: usize, old: usize| ((side as f64 * scale).round() as usize).clamp(1, old);
    let (part_height, part_width) = (side(height, old_height), side(width, old_width));
    let (top, left) = ((old_height - part_height) / 2, (old_width - part_width) / 2);
    let mut data = Vec::with_capacity(background.channels() * part_height * part_width);
    for channel in 0..background.channels() {
        for row in background.plane(channel).chunks(old_width).skip(top).take(part_height) {
            data.extend_from_slice(&row[left..][..part_width]);
        }
    }
    let part = Planes::from_vec(background.channels(), part_height, part_width, data);
    resize(&part, height, width, Filter::Lanczos3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_weighs_the_two() {
        let alpha = Planes::from_vec(1, 1, 3, vec![0.0, 0.25, 1.0]);
        let out = composite(&Planes::filled(3, 1, 3, 1.0), &alpha, &Planes::filled(3, 1, 3, 0.5));
        assert_eq!(out.plane(2), [0.5, 0.625, 1.0]);
    }

    #[test]
    fn the_middle_covers() {
        let wide = Planes::from_vec(1, 2, 6, [0.0, 0.0, 1.0, 1.0, 0.0, 0.0].repeat(2));
        let covered = cover(&wide, 4, 4);
        assert_eq!((covered.height(), covered.width()), (4, 4));
        assert!(covered.data().iter().all(|value| (value - 1.0).abs() < 1e-6));
        assert_eq!(cover(&wide, 2, 6), wide);
        assert_eq!(cover(&wide, 1, 20).area(), 20);
    }
}
