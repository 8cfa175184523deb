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

mod band;

use std::array::from_fn;
use std::ops::Range;

use rayon::prelude::*;

use self::band::accumulate_band;
use super::Real;
use crate::watch::CancelToken;
use crate::{Planes, Result};

/// Rows of a band, the unit of parallel work: fixed, so that results do not depend on the number of threads.
const BAND: usize = 16;
/// Columns worked on at a time, so that what a row of windows needs stays in the nearest cache.
const STRIP: usize = 64;

/// Numbers kept of a window: mean of the guide relative to the central pixel, U₁₀ U₂₀ U₂₁, and the inverse of D.
const WINDOW: usize = 9;

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

/// The tiles that are worked on, one flag each, until the token cancels.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    tiles: &'a [bool],
    token: &'a CancelToken,
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
        Self::polled(guide, epsilon, radius, &CancelToken::new()).expect("nobody else has the token")
    }

    /// As [`new`](Self::new), for photos at their own size: polled at each row.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    ///
    /// # Panics
    /// As [`new`](Self::new).
    pub fn polled(guide: &Planes, epsilon: f64, radius: usize, token: &CancelToken) -> Result<Self> {
        assert!(guide.area() > 0, "a guide has pixels");
        assert!(radius > 0, "a window has neighbours");
        assert!(epsilon > 0.0, "without regularisation flat windows have no model");
        let (height, width) = (guide.height(), guide.width());
        let mut windows = vec![T::default(); height * WINDOW * width];
        windows.par_chunks_mut(WINDOW * width).enumerate().for_each(|(y, row)| {
            if (radius..height.saturating_sub(radius)).contains(&y) && !token.is_cancelled() {
                for x in radius..width.saturating_sub(radius) {
                    for (k, value) in window(guide, epsilon, radius, y, x).into_iter().enumerate() {
                        row[k * width + x] = T::from_f64(value);
                    }
                }
            }
        });
        token.check()?;
        let guide = guide.rgb().map(|plane| plane.par_iter().map(|&value| T::from(value)).collect());
        token.check()?;
        Ok(Self { height, width, radius, epsilon: T::from_f64(epsilon), guide, windows })
    }

    /// Writes Lx into `out`; both are one plane, row-major.
    ///
    /// # Panics
    /// If a plane has not the guide's number of pixels.
    pub fn product(&self, x: &[T], out: &mut [T]) {
        out.fill(T::default());
        self.accumulate([x], T::from_f64(1.0), [out], None);
    }

    /// Writes Lx into `out` in those [tiles](Self::tiles) alone that are true; the others are zero. Where the token cancels,
    /// so are those that were not reached.
    ///
    /// # Panics
    /// If a plane has not the guide's number of pixels, or there is not one flag a tile.
    pub(super) fn product_in(&self, tiles: &[bool], x: &[T], out: &mut [T], token: &CancelToken) {
        assert_eq!(tiles.len(), self.height.div_ceil(BAND) * self.width.div_ceil(STRIP), "a flag a tile");
        out.fill(T::default());
        self.accumulate([x], T::from_f64(1.0), [out], Some(Wanted { tiles, token }));
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

    /// Adds `scale · Lx` to `out` for `C` planes at once, in the tiles that are wanted, all if none are told, and
    /// returns these tiles' part of Σ xᵀLx.
    fn accumulate<const C: usize>(
        &self,
        x: [&[T]; C],
        scale: T,
        out: [&mut [T]; C],
        wanted: Option<Wanted<'_>>,
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
                if wanted.is_some_and(|wanted| wanted.token.is_cancelled()) {
                    return 0.0;
                }
                let across = self.width.div_ceil(STRIP);
                let tiles = wanted.map(|wanted| &wanted.tiles[band * across..][..across]);
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

#[cfg(test)]
mod tests;
