//! How much of the content's detail is gone, and how much is turned into its negative.
//!
//! In a Gaussian window about each pixel the L* of content and result have standard deviations s_c, s_r and a correlation ρ. Detail is
//! where s_c > 2. Of it, *lost* is where ρ < 0.5 or s_r < 0.35, *inverted* where ρ < −0.2 and s_r > 1.

use super::gaussian::blur;

/// Standard deviation of the window in pixels.
const WINDOW: f64 = 2.0;

/// The shares of the content's detail that are lost and inverted, 0..1; zeros for a content without detail.
pub(super) fn lost_and_inverted(content: &[f64], result: &[f64], width: usize) -> (f64, f64) {
    let products: Vec<_> = content.iter().zip(result).map(|(c, r)| [*c, *r, c * c, r * r, c * r]).collect();
    let (mut detail, mut lost, mut inverted) = (0, 0, 0);
    for [c, r, cc, rr, cr] in blur(&products, width, WINDOW) {
        let (variance_c, variance_r) = (cc - c * c, rr - r * r);
        if variance_c <= 2.0 * 2.0 {
            continue;
        }
        let correlation = (cr - c * r) / (variance_c * variance_r).max(1e-12).sqrt();
        detail += 1;
        lost += usize::from(correlation < 0.5 || variance_r < 0.35 * 0.35);
        inverted += usize::from(correlation < -0.2 && variance_r > 1.0);
    }
    let share = |count: usize| count as f64 / detail.max(1) as f64;
    (share(lost), share(inverted))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 24;

    /// L* of stripes of some amplitude about 50.
    fn stripes(amplitude: f64) -> Vec<f64> {
        (0..WIDTH * 20).map(|p| 50.0 + amplitude * ((p % WIDTH) as f64 * 0.9).sin()).collect()
    }

    #[test]
    fn a_picture_keeps_its_own_detail_and_so_does_any_rising_tone() {
        let content = stripes(20.0);
        let toned: Vec<_> = content.iter().map(|l| 0.3 * l + 60.0).collect();
        for result in [&content, &toned] {
            assert_eq!(lost_and_inverted(&content, result, WIDTH), (0.0, 0.0));
        }
    }

    #[test]
    fn flattened_detail_is_lost_and_not_inverted() {
        assert_eq!(lost_and_inverted(&stripes(20.0), &stripes(0.2), WIDTH), (1.0, 0.0));
    }

    #[test]
    fn a_negative_is_lost_and_inverted() {
        assert_eq!(lost_and_inverted(&stripes(20.0), &stripes(-20.0), WIDTH), (1.0, 1.0));
    }

    #[test]
    fn what_has_no_detail_loses_none() {
        assert_eq!(lost_and_inverted(&stripes(1.0), &stripes(-20.0), WIDTH), (0.0, 0.0));
    }

    #[test]
    fn half_a_picture_lost_is_about_half_its_detail() {
        let content = stripes(20.0);
        let half: Vec<_> =
            content.iter().enumerate().map(|(p, l)| if p < content.len() / 2 { *l } else { 50.0 }).collect();
        let (lost, inverted) = lost_and_inverted(&content, &half, WIDTH);
        assert!((0.4..0.6).contains(&lost) && inverted == 0.0, "{lost}, {inverted}");
    }
}
