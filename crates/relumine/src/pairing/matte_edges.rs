//! Borders that follow the photo: hair, branches and leaves before a sky belong to their regions pixel by pixel.
//!
//! A. Levin, D. Lischinski, Y. Weiss, "A Closed-Form Solution to Natural Image Matting", IEEE TPAMI 30(2), 2008, section 4: the
//! α that minimises αᵀLα + δ |α − m|² for a mask m, which is δ (L + δ)⁻¹ m; as K. He, J. Sun, X. Tang, "Single Image Haze
//! Removal Using Dark Channel Prior", CVPR 2009, refine their map. Being linear, and leaving constants alone, it keeps the sum
//! of masks.

use super::sums::{keep_sums, sums};
use crate::matting::Laplacian;
use crate::watch::CancelToken;
use crate::{Planes, Result};

/// ε of the matting Laplacian.
const EPSILON: f64 = 1e-5;
/// δ, how closely the mask is kept, and the products with the Laplacian.
const KEEP: f32 = 0.02;
const STEPS: usize = 40;

/// Replaces each of `masks`, R×H×W, by its soft matte over `photo`, 3×H×W. Values stay in 0..1, the sums over the masks
/// as they are.
///
/// # Errors
/// [`Error::Cancelled`](crate::Error::Cancelled); the masks are then of no use.
pub(super) fn follow_edges(photo: &Planes, masks: &mut Planes, token: &CancelToken) -> Result<()> {
    let laplacian = Laplacian::<f32>::new(photo, EPSILON, 1);
    let count = masks.channels();
    let before = sums(masks);
    for first in (0..count).step_by(3) {
        let of = |k: usize| masks.plane((first + k).min(count - 1)).iter().map(|m| KEEP * m);
        let three = (0..3).flat_map(of).collect();
        let mut three = Planes::from_vec(3, masks.height(), masks.width(), three);
        laplacian.approximate_inverse(KEEP, STEPS, &mut three, token);
        token.check()?;
        for plane in first..count.min(first + 3) {
            masks.plane_mut(plane).copy_from_slice(three.plane(plane - first));
        }
    }
    keep_sums(&before, masks);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEIGHT: usize = 40;
    const WIDTH: usize = 60;

    /// A dark lower half with dark twigs, one pixel wide, that rise from it into a light sky.
    fn twigs() -> (Planes, Vec<bool>) {
        let dark: Vec<bool> = (0..HEIGHT * WIDTH)
            .map(|i| i / WIDTH >= HEIGHT / 2 || (i % WIDTH % 7 == 3 && i / WIDTH >= HEIGHT / 2 - 6))
            .collect();
        let levels = dark.iter().map(|dark| if *dark { 0.2 } else { 0.8 });
        (Planes::from_vec(3, HEIGHT, WIDTH, std::iter::repeat_n(levels, 3).flatten().collect()), dark)
    }

    /// Two masks with a straight border that is a few pixels off.
    fn rough() -> Planes {
        let upper = |i: usize| f32::from(u8::from(i / WIDTH < HEIGHT / 2 - 3));
        let planes = (0..HEIGHT * WIDTH).map(upper).chain((0..HEIGHT * WIDTH).map(|i| 1.0 - upper(i)));
        Planes::from_vec(2, HEIGHT, WIDTH, planes.collect())
    }

    fn wrong(masks: &Planes, dark: &[bool]) -> usize {
        masks.plane(1).iter().zip(dark).filter(|(mask, dark)| (**mask > 0.5) != **dark).count()
    }

    #[test]
    fn twigs_come_to_what_they_grow_from() {
        let (photo, dark) = twigs();
        let mut masks = rough();
        let before = wrong(&masks, &dark);
        follow_edges(&photo, &mut masks, &CancelToken::new()).unwrap();
        let after = wrong(&masks, &dark);
        assert!(after * 4 < before, "{after} wrong pixels instead of {before}");
        for pixel in 0..masks.area() {
            let (a, b) = (masks.plane(0)[pixel], masks.plane(1)[pixel]);
            assert!((0.0..=1.0).contains(&a) && (0.0..=1.0).contains(&b) && (a + b - 1.0).abs() < 1e-4);
        }
    }

    #[test]
    fn masks_that_cover_everything_stay() {
        let (photo, _) = twigs();
        let mut masks = Planes::filled(4, HEIGHT, WIDTH, 0.25);
        follow_edges(&photo, &mut masks, &CancelToken::new()).unwrap();
        assert!(masks.data().iter().all(|m| (m - 0.25).abs() < 1e-4));
    }

    #[test]
    fn a_photo_without_any_window_keeps_its_masks() {
        let mut masks = Planes::from_vec(2, 1, 2, vec![1.0, 0.0, 0.0, 1.0]);
        follow_edges(&Planes::filled(3, 1, 2, 0.5), &mut masks, &CancelToken::new()).unwrap();
        assert!((masks.data()[0] - 1.0).abs() < 1e-4 && masks.data()[1].abs() < 1e-4);
    }
}
