//! A preconditioner for the matting Laplacian of the unknown pixels: one step of Jacobi, plus what a multigrid cycle over
//! aggregates of pixels finds.
//!
//! Y. Notay, "An aggregation-based algebraic multigrid method", ETNA 37, 2010, for the Galerkin operators of aggregates, here blocks
//! of 2×2; J. Xu, "Iterative methods by space decomposition and subspace correction", SIAM Review 34(4), 1992, for the sum of
//! corrections on the finest grid, which costs no product there; A. Baker, R. Falgout, T. Kolev, U. Yang, "Multigrid smoothers for
//! ultraparallel computing", SIAM J. Sci. Comput. 33(5), 2011, for the ℓ₁-Jacobi smoother, which never diverges.
//!
//! A window of 3×3 pixels always lies in 2×2 blocks, so the operator of the blocks has nine entries a row: it is summed over the
//! windows and the matrix of the pixels is never formed. Blocks of blocks have nine again, down to a single one.

use rayon::prelude::*;

use super::Laplacian;
use crate::Result;
use crate::watch::CancelToken;

/// Weight of the step of Jacobi on the pixels.
const JACOBI: f64 = 0.7;
/// Relaxation of ℓ₁-Jacobi on the blocks; below 2 it converges.
const RELAXATION: f64 = 1.5;
/// What a diagonal of no more than this belongs to is left alone.
const NOTHING: f64 = 1e-14;

/// The preconditioner.
pub(super) struct Aggregation {
    width: usize,
    /// [`JACOBI`] over the diagonal for unknown pixels, zero for others.
    jacobi: Vec<f64>,
    unknown: Vec<bool>,
    /// Finest first.
    levels: Vec<Level>,
}

/// A symmetric operator on a grid, each node coupled with its eight neighbours. Grids are stored with a border of zeros.
struct Level {
    height: usize,
    width: usize,
    /// Couplings with the node itself and those at (0, 1), (1, −1), (1, 0), (1, 1); the others follow by symmetry.
    stencil: [Vec<f64>; 5],
    /// [`RELAXATION`] over the sums of the rows' magnitudes.
    smoother: Vec<f64>,
}

impl Aggregation {
    /// For the rows and columns of `laplacian`, of radius 1, that are `unknown`.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled), polled at each row.
    pub(super) fn new(laplacian: &Laplacian<f64>, unknown: &[bool], token: &CancelToken) -> Result<Self> {
        let (height, width) = laplacian.shape();
        let mut diagonal = vec![0.0; height * width];
        let mut finest = Level::zeros(height.div_ceil(2), width.div_ceil(2));
        for y in 1..height.saturating_sub(1) {
            token.check()?;
            for x in 1..width.saturating_sub(1) {
                let pixel = |i: usize| (y + i / 3 - 1) * width + x + i % 3 - 1;
                if !(0..9).any(|i| unknown[pixel(i)]) {
                    continue;
                }
                let (z, inverse) = laplacian.window_coordinates(y, x);
                let product =
                    |a: &[f64; 3], b: &[f64; 3]| -> f64 { (0..3).map(|k| a[k] * inverse[k] * b[k]).sum() };
                let (top, left) = ((y - 1) / 2, (x - 1) / 2);
                let mut count = [0.0; 4];
                let mut sum = [[0.0; 3]; 4];
                for i in (0..9).filter(|&i| unknown[pixel(i)]) {
                    diagonal[pixel(i)] += 1.0 - 1.0 / 9.0 - product(&z[i], &z[i]);
                    let block = 2 * ((y + i / 3 - 1) / 2 - top) + (x + i % 3 - 1) / 2 - left;
                    count[block] += 1.0;
                    (0..3).for_each(|k| sum[block][k] += z[i][k]);
                }
                for a in 0..4 {
                    for b in a..4 {
                        let own = if a == b { count[a] } else { 0.0 };
                        let value = own - count[a] * count[b] / 9.0 - product(&sum[a], &sum[b]);
                        finest.add((top + a / 2, left + a % 2), (top + b / 2, left + b % 2), value);
                    }
                }
            }
        }
        let mut levels = Vec::new();
        let mut level = finest;
        while level.height * level.width > 1 {
            let next = level.coarser(token)?;
            levels.push(level.with_smoother(token)?);
            level = next;
        }
        levels.push(level.with_smoother(token)?);
        let jacobi = diagonal.iter().map(|&d| if d > NOTHING { JACOBI / d } else { 0.0 }).collect();
        Ok(Self { width, jacobi, unknown: unknown.to_vec(), levels })
    }

    /// Writes an estimate of A⁻¹r into `z`, both planes that are zero where pixels are known. Where the token
    /// cancels it is a worse one.
    pub(super) fn apply(&self, r: &[f64], z: &mut [f64], token: &CancelToken) {
        let finest = &self.levels[0];
        let mut coarse = finest.vector();
        restrict(r, self.width, 0, finest, &mut coarse);
        let found = self.cycle(0, &coarse, token);
        let stride = finest.stride();
        z.par_chunks_mut(self.width).enumerate().for_each(|(y, z)| {
            let blocks = &found[(y / 2 + 1) * stride + 1..];
            let start = y * self.width;
            for (x, z) in z.iter_mut().enumerate() {
                let at = start + x;
                *z = if self.unknown[at] { self.jacobi[at] * r[at] + blocks[x / 2] } else { 0.0 };
            }
        });
    }

    /// One V-cycle from level `at` down, with one step of the smoother before and after.
    fn cycle(&self, at: usize, r: &[f64], token: &CancelToken) -> Vec<f64> {
        let level = &self.levels[at];
        let mut x: Vec<f64> = r.iter().zip(&level.smoother).map(|(r, s)| r * s).collect();
        let Some(next) = self.levels.get(at + 1) else {
            // A single node: ℓ₁-Jacobi without relaxation is its inverse.
            x.iter_mut().for_each(|x| *x /= RELAXATION);
            return x;
        };
        if token.is_cancelled() {
            return x;
        }
        let mut residual = level.vector();
        level.residual(r, &x, &mut residual);
        let mut coarse = next.vector();
        restrict(&residual, level.stride(), 1, next, &mut coarse);
        let found = self.cycle(at + 1, &coarse, token);
        for y in 0..level.height {
            let blocks = &found[(y / 2 + 1) * next.stride() + 1..];
            let row = &mut x[(y + 1) * level.stride() + 1..][..level.width];
            for (i, x) in row.iter_mut().enumerate() {
                *x += blocks[i / 2];
            }
        }
        level.residual(r, &x, &mut residual);
        for ((x, r), s) in x.iter_mut().zip(&residual).zip(&level.smoother) {
            *x += r * s;
        }
        x
    }
}

/// Sums `fine`, rows of `stride` numbers with `border` of them and as many rows around, over the blocks of `level`.
fn restrict(fine: &[f64], stride: usize, border: usize, level: &Level, coarse: &mut [f64]) {
    let rows = fine.len() / stride - 2 * border;
    let width = stride - 2 * border;
    coarse.par_chunks_mut(level.stride()).enumerate().skip(1).take(level.height).for_each(|(y, coarse)| {
        for fine_y in 2 * (y - 1)..rows.min(2 * y) {
            let row = &fine[(fine_y + border) * stride + border..][..width];
            for (coarse, pair) in coarse[1..].iter_mut().zip(row.chunks(2)) {
                *coarse += pair.iter().sum::<f64>();
            }
        }
    });
}

impl Level {
    fn zeros(height: usize, width: usize) -> Self {
        let grid = || vec![0.0; (height + 2) * (width + 2)];
        Self { height, width, stencil: std::array::from_fn(|_| grid()), smoother: grid() }
    }

    /// Numbers from a row to the next.
    fn stride(&self) -> usize {
        self.width + 2
    }

    fn vector(&self) -> Vec<f64> {
        vec![0.0; self.smoother.len()]
    }

    /// Adds `value` to the coupling of two neighbouring nodes (row, column), and to its mirror image.
    fn add(&mut self, a: (usize, usize), b: (usize, usize), value: f64) {
        // A block that the grid lacks has no pixels, and nothing is coupled with it.
        if value == 0.0 {
            return;
        }
        let (first, second) = if a <= b { (a, b) } else { (b, a) };
        let kind = match (second.0 - first.0, second.1 as isize - first.1 as isize) {
            (0, 0) => 0,
            (0, _) => 1,
            (_, -1) => 2,
            (_, 0) => 3,
            _ => 4,
        };
        let stride = self.stride();
        self.stencil[kind][(first.0 + 1) * stride + first.1 + 1] += value;
    }

    /// The Galerkin operator of blocks of 2×2 nodes.
    fn coarser(&self, token: &CancelToken) -> Result<Self> {
        let mut coarse = Self::zeros(self.height.div_ceil(2), self.width.div_ceil(2));
        for y in 0..self.height {
            token.check()?;
            for x in 0..self.width {
                let at = (y + 1) * self.stride() + x + 1;
                let own = (y / 2, x / 2);
                coarse.add(own, own, self.stencil[0][at]);
                for (kind, (dy, dx)) in [(1, (0, 1)), (2, (1, -1)), (3, (1, 0)), (4, (1, 1))] {
                    let value = self.stencil[kind][at];
                    if value != 0.0 {
                        let other = ((y + dy) / 2, x.strict_add_signed(dx) / 2);
                        // Within a block the coupling counts with its mirror image.
                        coarse.add(own, other, if own == other { 2.0 * value } else { value });
                    }
                }
            }
        }
        Ok(coarse)
    }

    fn with_smoother(mut self, token: &CancelToken) -> Result<Self> {
        let stride = self.stride();
        for y in 1..=self.height {
            token.check()?;
            for at in y * stride + 1..y * stride + 1 + self.width {
                if self.stencil[0][at] > NOTHING {
                    let sum: f64 = self.couplings(at).iter().map(|(value, _)| value.abs()).sum();
                    self.smoother[at] = RELAXATION / sum;
                }
            }
        }
        Ok(self)
    }

    /// The nine couplings of a node that is not of the border, each with the place of its peer.
    #[inline(always)]
    fn couplings(&self, at: usize) -> [(f64, usize); 9] {
        let stride = self.stride();
        let [own, right, below_left, below, below_right] = &self.stencil;
        [
            (own[at], at),
            (right[at], at + 1),
            (right[at - 1], at - 1),
            (below_left[at], at + stride - 1),
            (below_left[at + 1 - stride], at + 1 - stride),
            (below[at], at + stride),
            (below[at - stride], at - stride),
            (below_right[at], at + stride + 1),
            (below_right[at - stride - 1], at - stride - 1),
        ]
    }

    /// Writes r − Ax into `out`.
    fn residual(&self, r: &[f64], x: &[f64], out: &mut [f64]) {
        let stride = self.stride();
        out.par_chunks_mut(stride).enumerate().skip(1).take(self.height).for_each(|(y, out)| {
            for (column, out) in out.iter_mut().enumerate().skip(1).take(self.width) {
                let at = y * stride + column;
                let product: f64 = self.couplings(at).iter().map(|&(value, peer)| value * x[peer]).sum();
                *out = r[at] - product;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Planes;

    const HEIGHT: usize = 9;
    const WIDTH: usize = 11;

    fn problem() -> (Laplacian<f64>, Vec<bool>) {
        let level = |i: usize| ((i * 7919 + i / 11 * 31) % 251) as f32 / 250.0;
        let photo = Planes::from_vec(3, HEIGHT, WIDTH, (0..3 * HEIGHT * WIDTH).map(level).collect());
        let unknown = (0..HEIGHT * WIDTH).map(|i| i % 7 != 3 && i > 4).collect();
        (Laplacian::new(&photo, 1e-5, 1), unknown)
    }

    /// A plane of noise where pixels are unknown.
    fn noise(unknown: &[bool], seed: usize) -> Vec<f64> {
        let value = |i: usize| ((i * 104_729 + seed * 7919) % 199) as f64 / 99.0 - 1.0;
        unknown.iter().enumerate().map(|(i, &unknown)| if unknown { value(i) } else { 0.0 }).collect()
    }

    fn dot(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn the_operator_of_the_blocks_is_that_of_their_pixels() {
        let (laplacian, unknown) = problem();
        let aggregation = Aggregation::new(&laplacian, &unknown, &CancelToken::new()).unwrap();
        assert_eq!(aggregation.levels.len(), 4, "5×6, 3×3, 2×2 and 1×1 blocks");
        for (at, size) in [(0, 2), (1, 4), (2, 8)] {
            let level = &aggregation.levels[at];
            let blocks: Vec<f64> = (0..level.height * level.width).map(|i| ((i * 37) % 11) as f64).collect();
            let value = |y: usize, x: usize| blocks[y / size * level.width + x / size];
            let spread: Vec<f64> = (0..HEIGHT * WIDTH)
                .map(|i| if unknown[i] { value(i / WIDTH, i % WIDTH) } else { 0.0 })
                .collect();
            let mut x = level.vector();
            for (i, value) in blocks.iter().enumerate() {
                x[(i / level.width + 1) * level.stride() + i % level.width + 1] = *value;
            }
            let mut product = level.vector();
            level.residual(&level.vector(), &x, &mut product);
            let energy = -dot(&x, &product);
            let expected = laplacian.energy(&spread);
            assert!((energy - expected).abs() < 1e-9 * expected, "{energy} instead of {expected}");
        }
    }

    #[test]
    fn is_symmetric_and_positive() {
        let (laplacian, unknown) = problem();
        let aggregation = Aggregation::new(&laplacian, &unknown, &CancelToken::new()).unwrap();
        let apply = |r: &[f64]| {
            let mut z = vec![0.0; r.len()];
            aggregation.apply(r, &mut z, &CancelToken::new());
            z
        };
        let (u, v) = (noise(&unknown, 1), noise(&unknown, 2));
        let (uv, vu) = (dot(&u, &apply(&v)), dot(&v, &apply(&u)));
        assert!((uv - vu).abs() < 1e-9 * dot(&u, &apply(&u)), "{uv} and {vu}");
        assert!(dot(&u, &apply(&u)) > 0.0 && dot(&v, &apply(&v)) > 0.0);
    }

    #[test]
    fn building_it_is_cancelled() {
        let (laplacian, unknown) = problem();
        let token = CancelToken::new();
        token.cancel();
        assert!(matches!(Aggregation::new(&laplacian, &unknown, &token), Err(crate::Error::Cancelled)));
    }
}
