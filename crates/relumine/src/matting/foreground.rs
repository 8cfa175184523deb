//! The colours of the foreground alone, where it mixes with the background.
//!
//! T. Germer, T. Uelwer, S. Conrad, S. Harmeling, "Fast Multi-Level Foreground Estimation", ICPR 2020: F and B minimise
//! Σ_i |α_i F_i + (1−α_i) B_i − I_i|² + Σ_{i, neighbour j} (δ + ω |α_i−α_j|) (|F_i−F_j|² + |B_i−B_j|²), solved from a single
//! pixel up, each level started from the one below and improved pixel by pixel in order (Gauss–Seidel). Settings are those
//! of the paper. Sequential.
//!
//! Differs from the paper: nothing; the start, the mean colours of what is surely foreground and background, and the clipping to 0..1
//! are those of the authors' implementation in PyMatting.

use crate::watch::CancelToken;
use crate::{Planes, Result};

/// δ, the weight of smoothness everywhere, and ω, that where α changes.
const SMOOTHNESS: f32 = 1e-5;
const GRADIENT: f32 = 1.0;
/// Sweeps at levels with sides of up to [`SMALL`] pixels, and at the others.
const SMALL_SWEEPS: usize = 10;
const LARGE_SWEEPS: usize = 2;
const SMALL: usize = 32;

/// The colours as they are estimated at one level, interleaved.
struct Estimate {
    height: usize,
    width: usize,
    foreground: Vec<[f32; 3]>,
    background: Vec<[f32; 3]>,
}

/// Estimates the foreground and the background, each 3×H×W in 0..1, of `photo`, three planes of encoded colours, under the
/// matte `alpha`, one plane of its size.
///
/// # Errors
/// [`Error::Cancelled`](crate::Error::Cancelled), polled at each row.
///
/// # Panics
/// If the photo has not three planes, or α has another size.
pub fn estimate_foreground(photo: &Planes, alpha: &Planes, token: &CancelToken) -> Result<(Planes, Planes)> {
    let (height, width) = (photo.height(), photo.width());
    assert_eq!((alpha.channels(), alpha.height(), alpha.width()), (1, height, width), "a matte of the photo");
    let [r, g, b] = photo.rgb();
    let colour = |at: usize| [r[at], g[at], b[at]];
    let alpha = alpha.plane(0);
    let mut estimate = Estimate {
        height: 1,
        width: 1,
        foreground: vec![mean(alpha, |alpha| alpha > 0.9, colour)],
        background: vec![mean(alpha, |alpha| alpha < 0.1, colour)],
    };
    let steps = (height.max(width) as f64).log2().ceil().max(1.0) as usize;
    for step in 0..=steps {
        let side = |side: usize| (side as f64).powf(step as f64 / steps as f64).round_ties_even() as usize;
        let (h, w) = (side(height), side(width));
        let (mut image, mut matte) = (Vec::with_capacity(h * w), Vec::with_capacity(h * w));
        for y in 0..h {
            token.check()?;
            let source = (0..w).map(|x| y * height / h * width + x * width / w);
            image.extend(source.clone().map(colour));
            matte.extend(source.map(|at| alpha[at]));
        }
        estimate = estimate.resized(h, w, token)?;
        let sweeps = if h.max(w) <= SMALL { SMALL_SWEEPS } else { LARGE_SWEEPS };
        for _ in 0..sweeps {
            estimate.sweep(&image, &matte, token)?;
        }
    }
    let planes = |colours: &[[f32; 3]]| -> Result<Planes> {
        let mut data = Vec::with_capacity(3 * colours.len());
        for c in 0..3 {
            for row in colours.chunks(width) {
                token.check()?;
                data.extend(row.iter().map(|colour| colour[c]));
            }
        }
        Ok(Planes::from_vec(3, height, width, data))
    };
    Ok((planes(&estimate.foreground)?, planes(&estimate.background)?))
}

/// Mean colour where α is `wanted`; black where it nowhere is.
fn mean(alpha: &[f32], wanted: impl Fn(f32) -> bool, colour: impl Fn(usize) -> [f32; 3]) -> [f32; 3] {
    let (mut sum, mut count) = ([0.0; 3], 1e-5);
    for at in (0..alpha.len()).filter(|&at| wanted(alpha[at])) {
        let colour = colour(at);
        (0..3).for_each(|c| sum[c] += f64::from(colour[c]));
        count += 1.0;
    }
    sum.map(|sum| (sum / count) as f32)
}

impl Estimate {
    /// Each pixel taking the colours of the nearest.
    fn resized(&self, height: usize, width: usize, token: &CancelToken) -> Result<Self> {
        let take = |colours: &[[f32; 3]]| -> Result<Vec<[f32; 3]>> {
            let mut taken = Vec::with_capacity(height * width);
            for y in 0..height {
                token.check()?;
                let row = &colours[y * self.height / height * self.width..][..self.width];
                taken.extend((0..width).map(|x| row[x * self.width / width]));
            }
            Ok(taken)
        };
        let (foreground, background) = (take(&self.foreground)?, take(&self.background)?);
        Ok(Self { height, width, foreground, background })
    }

    /// Solves each pixel's two colours for those of its neighbours as they are, in order.
    fn sweep(&mut self, image: &[[f32; 3]], alpha: &[f32], token: &CancelToken) -> Result<()> {
        let (height, width) = (self.height, self.width);
        for y in 0..height {
            token.check()?;
            for x in 0..width {
                let at = y * width + x;
                let (a, b) = (alpha[at], 1.0 - alpha[at]);
                let (mut aa, mut bb) = (a * a, b * b);
                let mut foreground = image[at].map(|colour| a * colour);
                let mut background = image[at].map(|colour| b * colour);
                let peers = [
                    at - usize::from(x > 0),
                    at + usize::from(x + 1 < width),
                    if y > 0 { at - width } else { at },
                    if y + 1 < height { at + width } else { at },
                ];
                for peer in peers {
                    let weight = SMOOTHNESS + GRADIENT * (a - alpha[peer]).abs();
                    aa += weight;
                    bb += weight;
                    for c in 0..3 {
                        foreground[c] += weight * self.foreground[peer][c];
                        background[c] += weight * self.background[peer][c];
                    }
                }
                let inverse = 1.0 / (aa * bb - a * b * a * b);
                for c in 0..3 {
                    let (f, g) = (foreground[c], background[c]);
                    self.foreground[at][c] = (inverse * (bb * f - a * b * g)).clamp(0.0, 1.0);
                    self.background[at][c] = (inverse * (aa * g - a * b * f)).clamp(0.0, 1.0);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_colours_are_found_under_a_ramp() {
        let (height, width) = (40, 70);
        let alpha: Vec<f32> =
            (0..height * width).map(|at| ((at % width) as f32 / 30.0 - 0.6).clamp(0.0, 1.0)).collect();
        let (front, behind) = ([0.9, 0.2, 0.1], [0.1, 0.3, 0.8]);
        let mixed = (0..3).flat_map(|c| alpha.iter().map(move |a| a * front[c] + (1.0 - a) * behind[c]));
        let photo = Planes::from_vec(3, height, width, mixed.collect());
        let alpha = Planes::from_vec(1, height, width, alpha);
        let (foreground, background) = estimate_foreground(&photo, &alpha, &CancelToken::new()).unwrap();
        for (at, a) in alpha.data().iter().enumerate() {
            for c in 0..3 {
                let (f, b) = (foreground.plane(c)[at], background.plane(c)[at]);
                assert!(*a < 0.05 || (f - front[c]).abs() < 0.01, "{f} instead of {} at {at}", front[c]);
                assert!(*a > 0.95 || (b - behind[c]).abs() < 0.01, "{b} instead of {} at {at}", behind[c]);
            }
        }
    }

    #[test]
    fn a_single_pixel_is_no_trouble() {
        let photo = Planes::filled(3, 1, 1, 0.25);
        let alpha = Planes::filled(1, 1, 1, 1.0);
        let (foreground, _) = estimate_foreground(&photo, &alpha, &CancelToken::new()).unwrap();
        assert!(foreground.data().iter().all(|f| (f - 0.25).abs() < 1e-3));
    }
}
