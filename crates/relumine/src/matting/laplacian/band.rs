//! The product with a matting Laplacian and its energy, over a band of rows: windows' models first, then what their pixels miss them by.

use std::ops::Range;

use multiversion::multiversion;

use super::{Laplacian, Real, STRIP};

/// Numbers of a window's affine model of one plane: slope in the window's coordinates and mean relative to the central pixel.
const MODEL: usize = 4;

/// Adds `scale · Lx` to the rows `rows`, given as `out`, and returns their part of the energy.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl", "x86_64+avx2+fma"))]
pub(super) fn accumulate_band<T: Real, const C: usize>(
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
                    let run = WindowRun {
                        pixel: (y, first),
                        window: (window_row, window_column),
                        len: last - first,
                    };
                    add_residuals(laplacian, x, run, models, stride, at, &mut residuals);
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
struct WindowRun {
    pixel: (usize, usize),
    window: (usize, usize),
    len: usize,
}

/// Colours in their windows' coordinates, one row a coordinate.
type Coordinates<T> = [[T; STRIP]; 3];

/// Writes the pixels' colours in their windows' coordinates, U⁻¹(I − μ).
#[inline(always)]
fn coordinates<T: Real>(laplacian: &Laplacian<T>, run: WindowRun, z: &mut Coordinates<T>) {
    let n = run.len;
    let (y, x) = run.window;
    let window = |k: usize| &laplacian.window_row(k, y, x)[..n];
    let (m0, m1, m2) = (window(0), window(1), window(2));
    let (u10, u20, u21) = (window(3), window(4), window(5));
    let [r, g, b] = &laplacian.guide;
    let pixel = run.pixel.0 * laplacian.width + run.pixel.1;
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
            let run = WindowRun { pixel: (v, u), window: (y, columns.start), len: n };
            coordinates(laplacian, run, &mut z);
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
    run: WindowRun,
    models: &[T],
    stride: usize,
    at: usize,
    residuals: &mut Residuals<T, C>,
) {
    let n = run.len;
    coordinates(laplacian, run, &mut residuals.z);
    let [z0, z1, z2] = &residuals.z;
    let (z0, z1, z2, squares) = (&z0[..n], &z1[..n], &z2[..n], &mut residuals.squares[at..][..n]);
    for ((c, plane), sums) in x.iter().enumerate().zip(&mut residuals.sums) {
        let model = |k: usize| &models[(c * MODEL + k) * stride..][..n];
        let (s0, s1, s2, mean) = (model(0), model(1), model(2), model(3));
        let value = &plane[run.pixel.0 * laplacian.width + run.pixel.1..][..n];
        let central = &plane[run.window.0 * laplacian.width + run.window.1..][..n];
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
