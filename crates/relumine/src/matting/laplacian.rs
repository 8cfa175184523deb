//! The matting Laplacian, without its matrix.
//!
//! A. Levin, D. Lischinski, Y. Weiss, "A Closed-Form Solution to Natural Image Matting", IEEE TPAMI 30(2), 2008,
//! equation 12. For a plane p over a colour guide I of the same `height × width`, summed over every window k of
//! (2r+1)² pixels that lies wholly inside the image,
//!
//! ```text
//! pᵀLp = Σ_k min over a, b of  Σ_{i∈k} (p_i − a·I_i − b)² + ε|a|²
//! ```
//!
//! so the energy of p is zero where p is locally an affine function of the guide's colours. With μ_k, p̄_k the window's
//! means and Δ_k = Σ_{i∈k} (I_i−μ_k)(I_i−μ_k)ᵀ + ε𝟏, the minimum is at a_k = Δ_k⁻¹ Σ_i (I_i−μ_k)(p_i−p̄_k), and the product is
//! the sum of the residuals that each pixel has in the windows it lies in: (Lp)_i = Σ_{k∋i} p_i − p̄_k − a_k·(I_i−μ_k).
//! The matrix, of 25 (r = 1) or (4r+1)² entries a pixel, is never formed: 12 numbers a pixel are kept.
//!
//! **Precision.** Differences to the window's central pixel are taken before anything is multiplied: sums of products of
//! uncentred colours, as box filters give them, lose every digit on flat patches. Colours are expressed in the
//! coordinates z = U⁻¹(I−μ) of the factorisation Δ = U D Uᵀ (U unit lower triangular, D diagonal): a hard edge between
//! greys makes Δ⁻¹ have entries of 1/ε that all but cancel, which its factors do not.
//! The energy is summed as Σ residual² + ε|a|², terms that cannot cancel, rather than as pᵀ(Lp), which on flat patches is a small
//! difference of large products.
//!
//! Differs from the paper: nothing; ε is divided by the window's pixels together with the covariance, as there.

use std::array::from_fn;
use std::ops::Range;

use multiversion::multiversion;
use rayon::prelude::*;

use super::Real;
use crate::Planes;

/// Rows of a band, the unit of parallel work: fixed, so that results do not depend on the number of threads.
const BAND: usize = 16;
/// Columns worked on at a time, so that what a row of windows needs stays in the nearest cache.
const STRIP: usize = 64;

/// Numbers kept of a window: mean of the guide relative to the central pixel, U₁₀ U₂₀ U₂₁, and the inverse of D.
const WINDOW: usize = 9;
/// Numbers of a window's affine model of one plane: slope in the window's coordinates and mean relative to the central pixel.
const MODEL: usize = 4;

/// The matting Laplacian of a guide photo.
#[derive(Clone, Debug)]
pub struct Laplacian<T> {
    height: usize,
    width: usize,
    radius: usize,
    epsilon: T,
    guide: [Vec<T>; 3],
    /// For each row of pixels, [`WINDOW`] rows of numbers of the windows centred there; zero where there is no window.
    windows: Vec<T>,
}

impl<T: Real> Laplacian<T> {
    /// Prepares the windows of `guide`, three colour planes in 0..1.
    ///
    /// `epsilon` > 0 regularises the affine models (1e-7 in the paper's experiments; larger is smoother);
    /// windows have `2 radius + 1` pixels a side. A guide smaller than a window has a Laplacian of zero.
    ///
    /// # Panics
    /// If `guide` has not three planes or no pixels, `radius` is 0, or `epsilon` is not positive.
    pub fn new(guide: &Planes, epsilon: f64, radius: usize) -> Self {
        assert!(guide.area() > 0, "a guide has pixels");
        assert!(radius > 0, "a window has neighbours");
        assert!(epsilon > 0.0, "without regularisation flat windows have no model");
        let (height, width) = (guide.height(), guide.width());
        let mut windows = vec![T::default(); height * WINDOW * width];
        windows.par_chunks_mut(WINDOW * width).enumerate().for_each(|(y, row)| {
            if (radius..height.saturating_sub(radius)).contains(&y) {
                for x in radius..width.saturating_sub(radius) {
                    for (k, value) in window(guide, epsilon, radius, y, x).into_iter().enumerate() {
                        row[k * width + x] = T::from_f64(value);
                    }
                }
            }
        });
        let guide = guide.rgb().map(|plane| plane.iter().map(|&value| T::from(value)).collect());
        Self { height, width, radius, epsilon: T::from_f64(epsilon), guide, windows }
    }

    /// Writes Lx into `out`; both are one plane, row-major.
    ///
    /// # Panics
    /// If a plane has not the guide's number of pixels.
    pub fn product(&self, x: &[T], out: &mut [T]) {
        out.fill(T::default());
        self.accumulate([x], T::from_f64(1.0), [out], None);
    }

    /// Writes Lx into `out` in those [tiles](Self::tiles) alone that are true; the others stay as they are.
    ///
    /// # Panics
    /// If a plane has not the guide's number of pixels, or there is not one flag a tile.
    pub(super) fn product_in(&self, tiles: &[bool], x: &[T], out: &mut [T]) {
        assert_eq!(tiles.len(), self.height.div_ceil(BAND) * self.width.div_ceil(STRIP), "a flag a tile");
        out.fill(T::default());
        self.accumulate([x], T::from_f64(1.0), [out], Some(tiles));
    }

    /// Which tiles, the parts of the work, row-major, hold a pixel that is `wanted`.
    pub(super) fn tiles(&self, wanted: &[bool]) -> Vec<bool> {
        let across = self.width.div_ceil(STRIP);
        let mut tiles = vec![false; self.height.div_ceil(BAND) * across];
        for (y, row) in wanted.chunks(self.width).enumerate() {
            for (strip, part) in row.chunks(STRIP).enumerate() {
                tiles[y / BAND * across + strip] |= part.contains(&true);
            }
        }
        tiles
    }

    /// The colours of the nine pixels around `(y, x)`, row-major, in the coordinates of the window there, and the
    /// inverse of D: (I_i − μ)ᵀ Δ⁻¹ (I_j − μ) is Σ_k z_ik z_jk / D_k.
    ///
    /// # Panics
    /// If the radius is not 1, or no window is centred there.
    pub(super) fn window_coordinates(&self, y: usize, x: usize) -> ([[T; 3]; 9], [T; 3]) {
        assert_eq!(self.radius, 1, "nine pixels a window");
        let [m0, m1, m2, u10, u20, u21, d0, d1, d2]: [T; WINDOW] = from_fn(|k| self.window_row(k, y, x)[0]);
        let offset = |c: usize, i: usize| {
            let pixel = (y + i / 3 - 1) * self.width + x + i % 3 - 1;
            self.guide[c][pixel] - self.guide[c][y * self.width + x]
        };
        let z = from_fn(|i| {
            let first = offset(0, i) - m0;
            let second = offset(1, i) - m1 - u10 * first;
            [first, second, offset(2, i) - m2 - u20 * first - u21 * second]
        });
        (z, [d0, d1, d2])
    }

    /// xᵀLx, never negative.
    ///
    /// # Panics
    /// If the plane has not the guide's number of pixels.
    pub fn energy(&self, x: &[T]) -> f64 {
        self.accumulate([x], T::from_f64(1.0), [&mut vec![T::default(); x.len()]], None)
    }

    /// Adds `scale · Lx` to `out` for `C` planes at once, in those tiles alone that are true where they are told, and
    /// returns these tiles' part of Σ xᵀLx.
    fn accumulate<const C: usize>(
        &self,
        x: [&[T]; C],
        scale: T,
        out: [&mut [T]; C],
        tiles: Option<&[bool]>,
    ) -> f64 {
        let area = self.height * self.width;
        for plane in 0..C {
            assert_eq!((x[plane].len(), out[plane].len()), (area, area), "planes of the guide's size");
        }
        let mut chunks = out.map(|plane| plane.chunks_mut(BAND * self.width));
        let bands: Vec<[&mut [T]; C]> = (0..self.height.div_ceil(BAND))
            .map(|_| chunks.each_mut().map(|plane| plane.next().expect("a chunk for each band")))
            .collect();
        let energies: Vec<f64> = bands
            .into_par_iter()
            .enumerate()
            .map(|(band, out)| {
                let rows = band * BAND..self.height.min((band + 1) * BAND);
                let across = self.width.div_ceil(STRIP);
                let tiles = tiles.map(|tiles| &tiles[band * across..][..across]);
                accumulate_band(self, x, scale, rows, out, tiles)
            })
            .collect();
        energies.iter().sum()
    }

    /// Height and width of the guide.
    pub(crate) fn shape(&self) -> (usize, usize) {
        (self.height, self.width)
    }

    /// Half the side of a window, in pixels.
    pub(super) fn radius(&self) -> usize {
        self.radius
    }

    /// The centres of the windows that reach into `pixels` of a side of `length` pixels.
    fn centres(&self, pixels: &Range<usize>, length: usize) -> Range<usize> {
        let start = pixels.start.saturating_sub(self.radius).max(self.radius);
        start..(pixels.end + self.radius).min(length.saturating_sub(self.radius)).max(start)
    }

    /// Number `k` of the windows centred on row `y`, from column `x` on.
    fn window_row(&self, k: usize, y: usize, x: usize) -> &[T] {
        &self.windows[(y * WINDOW + k) * self.width..][..self.width][x..]
    }
}

impl Laplacian<f32> {
    /// The energy `weight · Σ xᵀLx` over the three planes of `x`; adds its gradient, `2 · weight · Lx`, to `gradient`.
    ///
    /// # Panics
    /// If `x` or `gradient` are not three planes of the guide's size.
    pub fn energy_and_gradient(&self, x: &Planes, weight: f64, gradient: &mut Planes) -> f64 {
        let area = self.height * self.width;
        assert_eq!((gradient.channels(), gradient.area()), (3, area), "a gradient of the image's shape");
        let (red, rest) = gradient.data_mut().split_at_mut(area);
        let (green, blue) = rest.split_at_mut(area);
        weight * self.accumulate(x.rgb(), (2.0 * weight) as f32, [red, green, blue], None)
    }
}

/// What is kept of the window around `(y, x)`, computed in f64 whatever it is stored in.
fn window(guide: &Planes, epsilon: f64, radius: usize, y: usize, x: usize) -> [f64; WINDOW] {
    let planes = guide.rgb();
    let width = guide.width();
    let offset = |c: usize, y: usize, x: usize| f64::from(planes[c][y * width + x]);
    let central: [f64; 3] = from_fn(|c| offset(c, y, x));
    let neighbours = || {
        (y - radius..=y + radius)
            .flat_map(move |v| (x - radius..=x + radius).map(move |u| (v, u)))
            .map(|(v, u)| -> [f64; 3] { from_fn(|c| offset(c, v, u) - central[c]) })
    };
    let mut mean = [0.0; 3];
    for colour in neighbours() {
        (0..3).for_each(|c| mean[c] += colour[c]);
    }
    let pixels = ((2 * radius + 1) * (2 * radius + 1)) as f64;
    let mean = mean.map(|sum| sum / pixels);

    let mut scatter = [[0.0; 3]; 3];
    for colour in neighbours() {
        let centred: [f64; 3] = from_fn(|c| colour[c] - mean[c]);
        for row in 0..3 {
            for column in 0..=row {
                scatter[row][column] += centred[row] * centred[column];
            }
        }
    }
    (0..3).for_each(|c| scatter[c][c] += epsilon);

    let d0 = scatter[0][0];
    let (u10, u20) = (scatter[1][0] / d0, scatter[2][0] / d0);
    // In exact arithmetic each pivot is at least ε.
    let d1 = (scatter[1][1] - u10 * scatter[1][0]).max(epsilon);
    let u21 = (scatter[2][1] - u20 * scatter[1][0]) / d1;
    let d2 = (scatter[2][2] - u20 * scatter[2][0] - u21 * u21 * d1).max(epsilon);
    [mean[0], mean[1], mean[2], u10, u20, u21, 1.0 / d0, 1.0 / d1, 1.0 / d2]
}

/// Adds `scale · Lx` to the rows `rows`, given as `out`, and returns their part of the energy.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl", "x86_64+avx2+fma"))]
fn accumulate_band<T: Real, const C: usize>(
    laplacian: &Laplacian<T>,
    x: [&[T]; C],
    scale: T,
    rows: Range<usize>,
    mut out: [&mut [T]; C],
    tiles: Option<&[bool]>,
) -> f64 {
    let width = laplacian.width;
    let window_rows = laplacian.centres(&rows, laplacian.height);
    let mut models = vec![T::default(); window_rows.len() * C * MODEL * (STRIP + 2 * laplacian.radius)];
    let zero = [T::default(); STRIP];
    let mut residuals = Residuals { z: [zero; 3], sums: [zero; C], squares: zero };
    let mut energy = 0.0;
    for start in (0..width).step_by(STRIP) {
        if tiles.is_some_and(|tiles| !tiles[start / STRIP]) {
            continue;
        }
        let columns = start..width.min(start + STRIP);
        let window_columns = laplacian.centres(&columns, width);
        if window_columns.is_empty() || window_rows.is_empty() {
            continue;
        }
        let stride = window_columns.len();
        for (y, models) in window_rows.clone().zip(models.chunks_exact_mut(C * MODEL * stride)) {
            for first in window_columns.clone().step_by(STRIP) {
                let part = first..window_columns.end.min(first + STRIP);
                let models = &mut models[first - window_columns.start..];
                fit_models(laplacian, x, y, part.clone(), models, stride);
                if rows.contains(&y) {
                    let owned = part.start.max(columns.start)..part.end.min(columns.end);
                    let models = &models[owned.start.saturating_sub(first)..];
                    energy += slope_energy::<T, C>(laplacian, y, owned, models, stride);
                }
            }
        }
        for y in rows.clone() {
            residuals.sums = [[T::default(); STRIP]; C];
            residuals.squares = [T::default(); STRIP];
            for dy in 0..=2 * laplacian.radius {
                let Some(window_row) = (y + dy).checked_sub(laplacian.radius) else { continue };
                if !window_rows.contains(&window_row) {
                    continue;
                }
                let models = &models[(window_row - window_rows.start) * C * MODEL * stride..];
                for dx in 0..=2 * laplacian.radius {
                    let first = columns.start.max((2 * laplacian.radius).saturating_sub(dx));
                    let last = columns.end.min(width.saturating_sub(dx));
                    if first >= last {
                        continue;
                    }
                    let at = first - columns.start;
                    let window_column = first + dx - laplacian.radius;
                    let models = &models[window_column - window_columns.start..];
                    let pair =
                        Pair { pixel: (y, first), window: (window_row, window_column), len: last - first };
                    add_residuals(laplacian, x, pair, models, stride, at, &mut residuals);
                }
            }
            energy += sum(&residuals.squares[..columns.len()]);
            for (plane, sums) in out.iter_mut().zip(&residuals.sums) {
                let row = &mut plane[(y - rows.start) * width..][columns.clone()];
                for (value, &sum) in row.iter_mut().zip(sums) {
                    *value += scale * sum;
                }
            }
        }
    }
    energy
}

/// A run of `len` pixels in a row and the windows, as many, that they are seen from, each by its (row, first column).
#[derive(Clone, Copy)]
struct Pair {
    pixel: (usize, usize),
    window: (usize, usize),
    len: usize,
}

/// Colours in their windows' coordinates, one row a coordinate.
type Coordinates<T> = [[T; STRIP]; 3];

/// Writes the pixels' colours in their windows' coordinates, U⁻¹(I − μ).
#[inline(always)]
fn coordinates<T: Real>(laplacian: &Laplacian<T>, pair: Pair, z: &mut Coordinates<T>) {
    let n = pair.len;
    let (y, x) = pair.window;
    let window = |k: usize| &laplacian.window_row(k, y, x)[..n];
    let (m0, m1, m2) = (window(0), window(1), window(2));
    let (u10, u20, u21) = (window(3), window(4), window(5));
    let [r, g, b] = &laplacian.guide;
    let pixel = pair.pixel.0 * laplacian.width + pair.pixel.1;
    let (p0, p1, p2) = (&r[pixel..][..n], &g[pixel..][..n], &b[pixel..][..n]);
    let central = y * laplacian.width + x;
    let (c0, c1, c2) = (&r[central..][..n], &g[central..][..n], &b[central..][..n]);
    let [z0, z1, z2] = z;
    let (z0, z1, z2) = (&mut z0[..n], &mut z1[..n], &mut z2[..n]);
    for i in 0..n {
        let first = p0[i] - c0[i] - m0[i];
        let second = p1[i] - c1[i] - m1[i] - u10[i] * first;
        z0[i] = first;
        z1[i] = second;
        z2[i] = p2[i] - c2[i] - m2[i] - u20[i] * first - u21[i] * second;
    }
}

/// Fits the affine models of the windows centred on row `y` and `columns` (at most [`STRIP`]), for each plane of `x`.
#[inline(always)]
fn fit_models<T: Real, const C: usize>(
    laplacian: &Laplacian<T>,
    x: [&[T]; C],
    y: usize,
    columns: Range<usize>,
    models: &mut [T],
    stride: usize,
) {
    let n = columns.len();
    let (radius, width) = (laplacian.radius, laplacian.width);
    let mut sums = [[[T::default(); STRIP]; MODEL]; C];
    let mut z = [[T::default(); STRIP]; 3];
    for v in y - radius..=y + radius {
        for u in columns.start - radius..=columns.start + radius {
            let pair = Pair { pixel: (v, u), window: (y, columns.start), len: n };
            coordinates(laplacian, pair, &mut z);
            let [z0, z1, z2] = &z;
            let (z0, z1, z2) = (&z0[..n], &z1[..n], &z2[..n]);
            for (plane, [s0, s1, s2, mean]) in x.iter().zip(&mut sums) {
                let value = &plane[v * width + u..][..n];
                let central = &plane[y * width + columns.start..][..n];
                let (s0, s1, s2, mean) = (&mut s0[..n], &mut s1[..n], &mut s2[..n], &mut mean[..n]);
                for i in 0..n {
                    let difference = value[i] - central[i];
                    s0[i] += z0[i] * difference;
                    s1[i] += z1[i] * difference;
                    s2[i] += z2[i] * difference;
                    mean[i] += difference;
                }
            }
        }
    }
    let share = T::from_f64(1.0 / ((2 * radius + 1) * (2 * radius + 1)) as f64);
    for (c, sums) in sums.iter().enumerate() {
        for (k, sums) in sums.iter().enumerate() {
            let model = &mut models[(c * MODEL + k) * stride..][..n];
            if k < 3 {
                let inverse = laplacian.window_row(6 + k, y, columns.start);
                for ((value, &sum), &inverse) in model.iter_mut().zip(sums).zip(inverse) {
                    *value = sum * inverse;
                }
            } else {
                for (value, &sum) in model.iter_mut().zip(sums) {
                    *value = sum * share;
                }
            }
        }
    }
}

/// ε|a|² over the windows centred on row `y` and `columns`, whose models come first in `models`.
#[inline(always)]
fn slope_energy<T: Real, const C: usize>(
    laplacian: &Laplacian<T>,
    y: usize,
    columns: Range<usize>,
    models: &[T],
    stride: usize,
) -> f64 {
    let n = columns.len();
    if columns.is_empty() {
        return 0.0;
    }
    let window = |k: usize| &laplacian.window_row(k, y, columns.start)[..n];
    let (u10, u20, u21) = (window(3), window(4), window(5));
    let mut squares = [T::default(); STRIP];
    for c in 0..C {
        let model = |k: usize| &models[(c * MODEL + k) * stride..][..n];
        let (s0, s1, s2) = (model(0), model(1), model(2));
        for i in 0..n {
            // Back from the window's coordinates to colours: a = U⁻ᵀ s.
            let blue = s2[i];
            let green = s1[i] - u21[i] * blue;
            let red = s0[i] - u10[i] * green - u20[i] * blue;
            squares[i] += laplacian.epsilon * (red * red + green * green + blue * blue);
        }
    }
    sum(&squares[..n])
}

/// What the pixels of a strip's row gather from the windows around them.
struct Residuals<T, const C: usize> {
    z: Coordinates<T>,
    /// Their residuals, for each plane.
    sums: [[T; STRIP]; C],
    /// Their squared residuals, over all planes.
    squares: [T; STRIP],
}

/// Adds the residuals of the pixels, the strip's from `at` on, in their windows' models.
#[inline(always)]
fn add_residuals<T: Real, const C: usize>(
    laplacian: &Laplacian<T>,
    x: [&[T]; C],
    pair: Pair,
    models: &[T],
    stride: usize,
    at: usize,
    residuals: &mut Residuals<T, C>,
) {
    let n = pair.len;
    coordinates(laplacian, pair, &mut residuals.z);
    let [z0, z1, z2] = &residuals.z;
    let (z0, z1, z2, squares) = (&z0[..n], &z1[..n], &z2[..n], &mut residuals.squares[at..][..n]);
    for ((c, plane), sums) in x.iter().enumerate().zip(&mut residuals.sums) {
        let model = |k: usize| &models[(c * MODEL + k) * stride..][..n];
        let (s0, s1, s2, mean) = (model(0), model(1), model(2), model(3));
        let value = &plane[pair.pixel.0 * laplacian.width + pair.pixel.1..][..n];
        let central = &plane[pair.window.0 * laplacian.width + pair.window.1..][..n];
        let sums = &mut sums[at..][..n];
        for i in 0..n {
            let fitted = mean[i] + s0[i] * z0[i] + s1[i] * z1[i] + s2[i] * z2[i];
            let residual = value[i] - central[i] - fitted;
            sums[i] += residual;
            squares[i] += residual * residual;
        }
    }
}

/// The sum in f64, in a fixed order that leaves the adders no chain to wait for.
#[inline(always)]
fn sum<T: Real>(values: &[T]) -> f64 {
    let mut lanes = [0.0; 8];
    for chunk in values.chunks(8) {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane += value.into();
        }
    }
    lanes.iter().sum()
}

#[cfg(test)]
mod tests;
