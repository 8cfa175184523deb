//! How much of the content's structure is kept: the structural similarity of edges.
//!
//! Edges are magnitudes M = √(g_x² + g_y² + 10⁻⁶) of the Sobel operator on the luma plane, borders mirrored. They are compared by
//! SSIM (Z. Wang, A. Bovik, H. Sheikh, E. Simoncelli, "Image quality assessment: from error visibility to structural
//! similarity", IEEE TIP 13(4), 2004), window by window: with means m, variances v and covariance c of the content's edges x
//! and the other's y there,
//!
//! S = (2 m_x m_y + C₁)(2 c + C₂) / ((m_x² + m_y² + C₁)(v_x + v_y + C₂)).
//!
//! Differs from the paper: windows of 7×7 that all weigh the same, sample covariances, a range of 4 (what the operator
//! gives at most along an axis), and the mean over windows inside the photo: scikit-image's defaults. The 10⁻⁶, far below C₁, makes
//! S smooth.

use multiversion::multiversion;
use rayon::prelude::*;

use crate::Planes;
use crate::colour::LUMA;

/// Pixels a side of a window; a photo with fewer on a side has none.
pub(crate) const WINDOW: usize = 7;
const PIXELS: f32 = (WINDOW * WINDOW) as f32;
/// (K₁ L)² and (K₂ L)² with the range L, which keep flat windows from dividing by nothing.
const C1: f32 = (0.01 * 4.0) * (0.01 * 4.0);
const C2: f32 = (0.03 * 4.0) * (0.03 * 4.0);

/// Compares edges with those of one photo.
#[derive(Clone, Debug)]
pub(crate) struct EdgeSimilarity {
    height: usize,
    width: usize,
    magnitudes: Vec<f32>,
    /// Sums of magnitudes and of their squares, one a window.
    sums: Vec<f32>,
    squares: Vec<f32>,
}

impl EdgeSimilarity {
    /// Takes 3×H×W colours; `None` where there is no window.
    pub(crate) fn new(photo: &Planes) -> Option<Self> {
        let (height, width) = (photo.height(), photo.width());
        if height.min(width) < WINDOW {
            return None;
        }
        let (_, magnitudes) = sobel(photo);
        let sums = over_windows(width, &magnitudes, &magnitudes, |x, _| x);
        let squares = over_windows(width, &magnitudes, &magnitudes, |x, _| x * x);
        Some(Self { height, width, magnitudes, sums, squares })
    }

    /// The mean similarity of the edges of a picture of the photo's size: 1 for equal edges.
    pub(crate) fn of(&self, picture: &Planes) -> f64 {
        1.0 - self.evaluate(picture, 1.0, None)
    }

    /// `weight` × (1 − mean similarity); its derivative by the picture is added to the gradient.
    pub(crate) fn dissimilarity(&self, picture: &Planes, weight: f64, gradient: &mut Planes) -> f64 {
        self.evaluate(picture, weight, Some(gradient))
    }

    fn evaluate(&self, picture: &Planes, weight: f64, gradient: Option<&mut Planes>) -> f64 {
        assert_eq!((picture.height(), picture.width()), (self.height, self.width), "edges of one size");
        let (slopes, magnitudes) = sobel(picture);
        let sums = over_windows(self.width, &magnitudes, &self.magnitudes, |y, _| y);
        let squares = over_windows(self.width, &magnitudes, &self.magnitudes, |y, _| y * y);
        let products = over_windows(self.width, &magnitudes, &self.magnitudes, |y, x| y * x);
        let windows = sums.len();
        let scale = -(weight / windows as f64) as f32;
        let columns = self.width + 1 - WINDOW;
        // By the picture's magnitude Y, X being the photo's, each window has the derivative a + b X + c Y.
        let mut derivative = [vec![0.0; windows], products, squares];
        let [a, b, c] = &mut derivative;
        let rows = a.par_chunks_mut(columns).zip(b.par_chunks_mut(columns)).zip(c.par_chunks_mut(columns));
        let ours = self.sums.par_chunks(columns).zip(self.squares.par_chunks(columns));
        let similarity: Vec<f64> = rows
            .zip(ours)
            .zip(sums.par_chunks(columns))
            .map(|((((a, b), c), ours), sums)| compare(a, b, c, ours, sums, scale))
            .collect();
        let similarity = similarity.iter().sum::<f64>() / windows as f64;
        if let Some(gradient) = gradient {
            let [a, b, c] = derivative.map(|plane| over_pixels(columns, &plane));
            let by_magnitude: Vec<f32> = (0..magnitudes.len())
                .map(|p| a[p] + b[p] * self.magnitudes[p] + c[p] * magnitudes[p])
                .collect();
            add_gradient(self.width, &by_magnitude, &magnitudes, &slopes, gradient);
        }
        weight * (1.0 - similarity)
    }
}

/// A row of windows: takes the photo's sums and squares, the picture's sums, in `b` products and in `c` the picture's
/// squares, and puts `scale` × the derivative into a, b and c. The sum of the similarities.
#[multiversion(targets("x86_64+avx512f+avx512vl+fma", "x86_64+avx2+fma", "aarch64+neon"))]
fn compare(
    a: &mut [f32],
    b: &mut [f32],
    c: &mut [f32],
    ours: (&[f32], &[f32]),
    sums: &[f32],
    scale: f32,
) -> f64 {
    const SAMPLE: f32 = 1.0 / (PIXELS - 1.0);
    let mut total = 0.0;
    for ((((a, b), c), (x, xx)), y) in a.iter_mut().zip(b).zip(c).zip(ours.0.iter().zip(ours.1)).zip(sums) {
        let (x, y) = (x / PIXELS, y / PIXELS);
        let variance = |squares: f32, mean: f32| (squares - PIXELS * mean * mean) * SAMPLE;
        let (vx, vy, cov) = (variance(*xx, x), variance(*c, y), (*b - PIXELS * x * y) * SAMPLE);
        let (a1, a2) = (2.0 * x * y + C1, 2.0 * cov + C2);
        let (b1, b2) = (x * x + y * y + C1, vx + vy + C2);
        let s = a1 * a2 / (b1 * b2);
        let by_covariance = scale * 2.0 * a1 / (b1 * b2) * SAMPLE;
        let by_variance = scale * -s / b2 * (2.0 * SAMPLE);
        let by_mean = scale * (2.0 * x * a2 / (b1 * b2) - 2.0 * y * s / b1);
        *a = by_mean / PIXELS - by_covariance * x - by_variance * y;
        *b = by_covariance;
        *c = by_variance;
        total += s;
    }
    f64::from(total)
}

/// g_x, g_y and M of every pixel.
fn sobel(rgb: &Planes) -> ([Vec<f32>; 2], Vec<f32>) {
    let (height, width) = (rgb.height(), rgb.width());
    let luma = rgb.luma();
    let zeros = || vec![0.0; luma.area()];
    let (mut gx, mut gy, mut magnitudes) = (zeros(), zeros(), zeros());
    let rows = gx.par_chunks_mut(width).zip(gy.par_chunks_mut(width)).zip(magnitudes.par_chunks_mut(width));
    rows.enumerate().for_each(|(y, ((gx, gy), magnitude))| {
        let row = |y: usize| &luma.data()[y * width..][..width];
        let [above, here, below] = [row(y.saturating_sub(1)), row(y), row((y + 1).min(height - 1))];
        let down: Vec<f32> = below.iter().zip(above).map(|(b, a)| b - a).collect();
        let smooth: Vec<f32> = (0..width).map(|x| above[x] + 2.0 * here[x] + below[x]).collect();
        for x in 0..width {
            let (left, right) = (x.saturating_sub(1), (x + 1).min(width - 1));
            gx[x] = smooth[right] - smooth[left];
            gy[x] = down[left] + 2.0 * down[x] + down[right];
            magnitude[x] = (gx[x] * gx[x] + gy[x] * gy[x] + 1e-6).sqrt();
        }
    });
    ([gx, gy], magnitudes)
}

/// The adjoint of [`sobel`] at its results, from the derivative by the magnitudes onto the gradient by the colours.
fn add_gradient(
    width: usize,
    by_magnitude: &[f32],
    magnitudes: &[f32],
    [gx, gy]: &[Vec<f32>; 2],
    gradient: &mut Planes,
) {
    let height = magnitudes.len() / width;
    let mut luma = vec![0.0; magnitudes.len()];
    let by_slope = |slope: &[f32], p: usize| by_magnitude[p] * slope[p] / magnitudes[p];
    // Along each row first: what the row gives by its vertical sums and by its vertical differences.
    let (mut sums, mut differences) = (vec![0.0; width], vec![0.0; width]);
    for y in 0..height {
        sums.fill(0.0);
        differences.fill(0.0);
        for x in 0..width {
            let (left, right) = (x.saturating_sub(1), (x + 1).min(width - 1));
            let (dx, dy) = (by_slope(gx, y * width + x), by_slope(gy, y * width + x));
            sums[right] += dx;
            sums[left] -= dx;
            differences[left] += dy;
            differences[x] += 2.0 * dy;
            differences[right] += dy;
        }
        for (row, of_sums, of_differences) in
            [(y.saturating_sub(1), 1.0, -1.0), (y, 2.0, 0.0), ((y + 1).min(height - 1), 1.0, 1.0)]
        {
            let row = &mut luma[row * width..][..width];
            for ((l, s), d) in row.iter_mut().zip(&sums).zip(&differences) {
                *l += of_sums * s + of_differences * d;
            }
        }
    }
    for (channel, share) in LUMA.into_iter().enumerate() {
        gradient.plane_mut(channel).iter_mut().zip(&luma).for_each(|(g, l)| *g += share * l);
    }
}

/// The sum of `f` of two planes over each window.
fn over_windows(width: usize, one: &[f32], other: &[f32], f: impl Fn(f32, f32) -> f32 + Sync) -> Vec<f32> {
    let (rows, columns) = (one.len() / width + 1 - WINDOW, width + 1 - WINDOW);
    let mut out = vec![0.0; rows * columns];
    out.par_chunks_mut(columns).enumerate().for_each(|(top, out)| {
        let mut down = vec![0.0; width];
        for y in top..top + WINDOW {
            let lines = one[y * width..].iter().zip(&other[y * width..]);
            down.iter_mut().zip(lines).for_each(|(sum, (a, b))| *sum += f(*a, *b));
        }
        add_runs(&down, out);
    });
    out
}

/// For each pixel the sum over the windows that it is in: the adjoint of [`over_windows`].
fn over_pixels(columns: usize, windows: &[f32]) -> Vec<f32> {
    let (rows, width) = (windows.len() / columns, columns + WINDOW - 1);
    let mut out = vec![0.0; (rows + WINDOW - 1) * width];
    out.par_chunks_mut(width).enumerate().for_each(|(y, out)| {
        let mut down = vec![0.0; columns + 2 * (WINDOW - 1)];
        for top in y.saturating_sub(WINDOW - 1)..=y.min(rows - 1) {
            let line = &windows[top * columns..][..columns];
            down[WINDOW - 1..].iter_mut().zip(line).for_each(|(sum, v)| *sum += v);
        }
        add_runs(&down, out);
    });
    out
}

/// Adds to each output the `WINDOW` values from there on.
fn add_runs(values: &[f32], out: &mut [f32]) {
    for shift in 0..WINDOW {
        out.iter_mut().zip(&values[shift..]).for_each(|(sum, v)| *sum += v);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(phase: f32) -> Planes {
        let value =
            |i: usize| 0.5 + 0.3 * (i as f32 * 0.9 + phase).sin() + 0.2 * (i as f32 * 0.077 * phase).cos();
        Planes::from_vec(3, 11, 13, (0..3 * 11 * 13).map(value).collect())
    }

    #[test]
    fn a_step_has_the_operators_response() {
        let step =
            Planes::from_vec(3, 8, 8, (0..3 * 64).map(|p| if p % 8 < 4 { 0.0 } else { 1.0 }).collect());
        for (p, magnitude) in sobel(&step).1.into_iter().enumerate() {
            let expected = if (3..5).contains(&(p % 8)) { 4.0 } else { 1e-3 };
            assert!((magnitude - expected).abs() < 1e-6, "{magnitude} at {p}");
        }
        assert!((EdgeSimilarity::new(&step).unwrap().of(&step) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_photo_narrower_than_a_window_has_none() {
        assert!(EdgeSimilarity::new(&Planes::zeros(3, WINDOW - 1, 40)).is_none());
        assert!(EdgeSimilarity::new(&Planes::zeros(3, WINDOW, WINDOW)).is_some());
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences_and_is_added() {
        let edges = EdgeSimilarity::new(&picture(1.0)).unwrap();
        let mut other = picture(2.0);
        let mut gradient = Planes::filled(3, 11, 13, 1.0);
        let value = edges.dissimilarity(&other, 5.0, &mut gradient);
        assert!((value - 5.0 * (1.0 - edges.of(&other))).abs() < 1e-9);
        for i in (0..other.data().len()).step_by(5) {
            let here = other.data()[i];
            let mut at = |v: f32| {
                other.data_mut()[i] = v;
                5.0 * (1.0 - edges.of(&other))
            };
            let numeric = (at(here + 4e-3) - at(here - 4e-3)) / 8e-3;
            other.data_mut()[i] = here;
            let exact = f64::from(gradient.data()[i]) - 1.0;
            assert!((numeric - exact).abs() < 2e-3 * (1e-1 + exact.abs()), "{i}: {numeric} against {exact}");
        }
    }
}
