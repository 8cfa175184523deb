//! How much of the content's structure is kept: the structural similarity of edges.
//!
//! Edges are magnitudes of the Sobel operator on the luma plane, borders mirrored. They are compared by SSIM (Z. Wang,
//! A. Bovik, H. Sheikh, E. Simoncelli, "Image quality assessment: from error visibility to structural similarity", IEEE
//! TIP 13(4), 2004).
//! Differs from the paper: windows of 7×7 that all weigh the same, sample covariances, a range of 4 (what the operator
//! gives at most along an axis), and the mean over windows inside the photo: scikit-image's defaults.

use rayon::prelude::*;

use crate::Planes;

/// Pixels a side of a window; a photo with fewer on a side has none.
pub(super) const WINDOW: usize = 7;
const RANGE: f64 = 4.0;
/// (K₁ L)² and (K₂ L)², which keep flat windows from dividing by nothing.
const C1: f64 = (0.01 * RANGE) * (0.01 * RANGE);
const C2: f64 = (0.03 * RANGE) * (0.03 * RANGE);
/// Luma of Rec. 601.
const LUMA: [f64; 3] = [0.299, 0.587, 0.114];

/// One plane of edge magnitudes.
#[derive(Debug)]
pub(super) struct Edges {
    height: usize,
    width: usize,
    magnitudes: Vec<f64>,
}

impl Edges {
    /// The edges of 3×H×W colours.
    pub(super) fn of(rgb: &Planes) -> Self {
        let (height, width) = (rgb.height(), rgb.width());
        let [r, g, b] = rgb.rgb();
        let luma: Vec<f64> = (0..rgb.area())
            .map(|p| LUMA[0] * f64::from(r[p]) + LUMA[1] * f64::from(g[p]) + LUMA[2] * f64::from(b[p]))
            .collect();
        let mut magnitudes = vec![0.0; luma.len()];
        magnitudes.par_chunks_mut(width).enumerate().for_each(|(y, out)| {
            let row = |y: usize| &luma[y * width..][..width];
            let [above, here, below] = [row(y.saturating_sub(1)), row(y), row((y + 1).min(height - 1))];
            for (x, out) in out.iter_mut().enumerate() {
                let (left, right) = (x.saturating_sub(1), (x + 1).min(width - 1));
                let down = |x: usize| below[x] - above[x];
                let smooth = |x: usize| above[x] + 2.0 * here[x] + below[x];
                *out = (down(left) + 2.0 * down(x) + down(right)).hypot(smooth(right) - smooth(left));
            }
        });
        Self { height, width, magnitudes }
    }

    /// The mean structural similarity to `other`: 1 for equal edges.
    ///
    /// # Panics
    /// If the sizes differ, or a side has fewer than [`WINDOW`] pixels.
    pub(super) fn similarity(&self, other: &Self) -> f64 {
        assert_eq!((self.height, self.width), (other.height, other.width), "edges of one size");
        let (rows, columns) = (self.height + 1 - WINDOW, self.width + 1 - WINDOW);
        assert!(rows > 0 && columns > 0, "a photo has a window");
        let row = |top: usize| (0..columns).map(|left| self.window(other, top, left)).sum::<f64>();
        let sums: Vec<f64> = (0..rows).into_par_iter().map(row).collect();
        sums.iter().sum::<f64>() / (rows * columns) as f64
    }

    fn window(&self, other: &Self, top: usize, left: usize) -> f64 {
        let [mut x, mut y, mut xx, mut yy, mut xy] = [0.0; 5];
        for row in top..top + WINDOW {
            let line = |edges: &Self| -> [f64; WINDOW] {
                std::array::from_fn(|k| edges.magnitudes[row * edges.width + left + k])
            };
            for (a, b) in line(self).into_iter().zip(line(other)) {
                x += a;
                y += b;
                xx += a * a;
                yy += b * b;
                xy += a * b;
            }
        }
        let n = (WINDOW * WINDOW) as f64;
        let (x, y) = (x / n, y / n);
        let covariance = |sum: f64, product: f64| (sum - n * product) / (n - 1.0);
        let (vx, vy, vxy) = (covariance(xx, x * x), covariance(yy, y * y), covariance(xy, x * y));
        (2.0 * x * y + C1) * (2.0 * vxy + C2) / ((x * x + y * y + C1) * (vx + vy + C2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_has_the_operators_response() {
        let step =
            Planes::from_vec(3, 8, 8, (0..3 * 64).map(|p| if p % 8 < 4 { 0.0 } else { 1.0 }).collect());
        let edges = Edges::of(&step);
        for (p, magnitude) in edges.magnitudes.iter().enumerate() {
            let expected = if (3..5).contains(&(p % 8)) { 4.0 } else { 0.0 };
            assert!((magnitude - expected).abs() < 1e-12, "{magnitude} at {p}");
        }
        assert!((edges.similarity(&edges) - 1.0).abs() < 1e-12);
    }
}
