//! Splatting: vectors given at pixels, gathered at the vertices of a grid with trilinear weights; and from moments so
//! gathered, the affine map that fits best at each vertex.
//!
//! Splatting is the transpose of interpolation (Chen et al. 2007, section 3). Each band of pixels between two rows of
//! the grid is summed by itself, row by row, and the bands are added in order: the result does not depend on the
//! number of threads.

use nalgebra::{Matrix3, Vector3};
use rayon::prelude::*;

use super::{Affine, Between, BilateralGrid, GridShape, IDENTITY, add_scaled, assert_colour, lattice};
use crate::Planes;
use crate::colour::luma;

/// Sums `vector(pixel)` over all pixels with the trilinear weight of each vertex, guided by the photo's luma.
pub(super) fn splat<const N: usize>(
    shape: GridShape,
    photo: &Planes,
    vector: impl Fn(usize) -> [f32; N] + Sync,
) -> Vec<[f32; N]> {
    assert_colour(photo);
    let ys = lattice(photo.height(), shape.height);
    let xs = lattice(photo.width(), shape.width);
    let bands: Vec<[Vec<[f32; N]>; 2]> = (0..shape.height.max(2) - 1)
        .into_par_iter()
        .map(|band| {
            let mut sums = [(); 2].map(|()| vec![[0.0; N]; shape.row()]);
            let mut row = vec![[0.0; N]; shape.row()];
            let first = ys.partition_point(|y| y.vertex < band);
            for (i, y) in ys[first..].iter().enumerate().take_while(|(_, y)| y.vertex == band) {
                row.fill([0.0; N]);
                splat_row(&mut row, shape, &xs, photo, (first + i) * photo.width(), &vector);
                for (sum, weight) in sums.iter_mut().zip([1.0 - y.fraction, y.fraction]) {
                    for (s, v) in sum.as_flattened_mut().iter_mut().zip(row.as_flattened()) {
                        *s += weight * v;
                    }
                }
            }
            sums
        })
        .collect();
    let mut vertices = vec![[0.0; N]; shape.vertices()];
    for (band, sums) in bands.iter().enumerate() {
        for (sum, y) in sums.iter().zip([band, (band + 1).min(shape.height - 1)]) {
            for (v, s) in vertices[y * shape.row()..].as_flattened_mut().iter_mut().zip(sum.as_flattened()) {
                *v += s;
            }
        }
    }
    vertices
}

/// Splats one row of pixels, starting at the pixel `first`, into one row of a grid.
fn splat_row<const N: usize>(
    row: &mut [[f32; N]],
    shape: GridShape,
    xs: &[Between],
    photo: &Planes,
    first: usize,
    vector: &impl Fn(usize) -> [f32; N],
) {
    let (next_x, next_z) = shape.strides();
    let [r, g, b] = photo.rgb();
    for (i, x) in xs.iter().enumerate() {
        let pixel = first + i;
        let z = shape.level(luma([r[pixel], g[pixel], b[pixel]]));
        let at = x.vertex * shape.depth + z.vertex;
        let (right, far) = (x.fraction, z.fraction);
        let value = vector(pixel);
        add_scaled(&mut row[at], (1.0 - right) * (1.0 - far), &value);
        add_scaled(&mut row[at + next_z], (1.0 - right) * far, &value);
        add_scaled(&mut row[at + next_x], right * (1.0 - far), &value);
        add_scaled(&mut row[at + next_x + next_z], right * far, &value);
    }
}

/// Gathers (colour before, colour after) pairs over a grid and fits an affine map to them at each vertex.
///
/// Weighted least squares with a ridge towards a given map: with C the covariances of a vertex's samples,
/// `A = (C_qp + ρ A₀) (C_pp + ρ I)⁻¹`, offset by the means. Where the samples of a vertex say nothing about a
/// direction of colour space (they usually fill a thin slab of equal luma), the given map decides.
///
/// Moments are spread to neighbouring vertices before fitting, with weights that fall by a constant factor a vertex:
/// smoothing, normalisation and the filling of vertices that no pixel reaches, all in one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AffineFit {
    /// Number of vertices along each axis.
    pub(crate) shape: GridShape,
    /// Ridge ρ, a variance of sRGB-encoded colours.
    pub(crate) ridge: f64,
    /// Factor by which a sample's weight falls from vertex to vertex across the photo, in 0..1.
    pub(crate) spread: f32,
    /// The same along luma.
    pub(crate) spread_luma: f32,
}

/// 1, p (3), p pᵀ (6, upper triangle), q (1, p)ᵀ (12).
const MOMENTS: usize = 22;

/// What one pixel contributes to the fit.
#[inline(always)]
fn moments_of(before: [f32; 3], after: [f32; 3]) -> [f32; MOMENTS] {
    let [r, g, b] = before;
    let mut moments = [0.0; MOMENTS];
    moments[..10].copy_from_slice(&[1.0, r, g, b, r * r, r * g, r * b, g * g, g * b, b * b]);
    for (moments, q) in moments[10..].chunks_exact_mut(4).zip(after) {
        moments.copy_from_slice(&[q, q * r, q * g, q * b]);
    }
    moments
}

fn add(total: &mut [f64; MOMENTS], weight: f64, moments: &[f32; MOMENTS]) {
    for (total, moment) in total.iter_mut().zip(moments) {
        *total += weight * f64::from(*moment);
    }
}

impl AffineFit {
    /// Fits `after` (3 planes) as a function of `before` (3 planes), each pixel with its weight, leaning on the map `given`.
    pub(crate) fn fit(
        &self,
        before: &Planes,
        after: &Planes,
        weights: &[f32],
        given: &Affine,
    ) -> BilateralGrid {
        assert_eq!(weights.len(), before.area(), "a weight a pixel");
        let ([r, g, b], [qr, qg, qb]) = (before.rgb(), after.rgb());
        let mut moments = splat(self.shape, before, |i| {
            moments_of([r[i], g[i], b[i]], [qr[i], qg[i], qb[i]]).map(|moment| weights[i] * moment)
        });
        spread(&mut moments, self.shape, self.spread, self.spread_luma);
        let mut total = [0.0; MOMENTS];
        moments.iter().for_each(|m| add(&mut total, 1.0, m));
        let everywhere = solve(&total, self.ridge, given).unwrap_or(*given);
        let solve = |m: &[f32; MOMENTS]| solve(&m.map(f64::from), self.ridge, given).unwrap_or(everywhere);
        let vertices = moments.par_iter().map(solve);
        BilateralGrid::from_vertices(self.shape, vertices.collect())
    }

    /// The one affine map that fits best to all pixels, each with its weight, leaning on the identity.
    pub(crate) fn of_region(before: &Planes, after: &Planes, weights: &[f32], ridge: f64) -> Affine {
        assert_eq!(weights.len(), before.area(), "a weight a pixel");
        let ([r, g, b], [qr, qg, qb]) = (before.rgb(), after.rgb());
        let mut total = [0.0; MOMENTS];
        for (i, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
            let moments = moments_of([r[i], g[i], b[i]], [qr[i], qg[i], qb[i]]);
            add(&mut total, f64::from(*weight), &moments);
        }
        solve(&total, ridge, &IDENTITY).unwrap_or(IDENTITY)
    }
}

/// Spreads what is gathered at vertices to their neighbours, with weights that fall by a factor a vertex across the photo and along luma.
pub(super) fn spread<const N: usize>(vertices: &mut [[f32; N]], shape: GridShape, across: f32, luma: f32) {
    vertices.par_chunks_mut(shape.row()).for_each(|row| {
        row.chunks_mut(shape.depth).for_each(|column| spread_line(column, 1, luma));
        spread_line(row, shape.depth, across);
    });
    spread_line(vertices, shape.row(), across);
}

/// Spreads blocks of `stride` vectors along a line with weights that fall by `factor` a block: a causal recursive
/// filter, then an anticausal one. The sum of weights is not 1, and need not be: moments hold their own total weight.
fn spread_line<const N: usize>(line: &mut [[f32; N]], stride: usize, factor: f32) {
    let blocks = line.len() / stride;
    for block in 1..blocks {
        let (from, to) = line[(block - 1) * stride..][..2 * stride].split_at_mut(stride);
        leak(from, to, factor);
    }
    for block in (1..blocks).rev() {
        let (to, from) = line[(block - 1) * stride..][..2 * stride].split_at_mut(stride);
        leak(from, to, factor);
    }
}

fn leak<const N: usize>(from: &[[f32; N]], to: &mut [[f32; N]], factor: f32) {
    for (to, from) in to.as_flattened_mut().iter_mut().zip(from.as_flattened()) {
        *to += factor * from;
    }
}

/// The ridge regression of one vertex's moments towards a given map; `None` where next to nothing was gathered.
fn solve(moments: &[f64; MOMENTS], ridge: f64, given: &Affine) -> Option<Affine> {
    let weight = moments[0];
    // Sums so small have lost their digits to underflow.
    if weight < 1e-30 {
        return None;
    }
    let m = moments.map(|m| m / weight);
    let p = Vector3::new(m[1], m[2], m[3]);
    let second = Matrix3::new(m[4], m[5], m[6], m[5], m[7], m[8], m[6], m[8], m[9]);
    let covariance = second - p * p.transpose() + Matrix3::identity() * ridge;
    let q = Vector3::new(m[10], m[14], m[18]);
    let cross = Matrix3::from_fn(|out, channel| m[10 + 4 * out + 1 + channel]) - q * p.transpose();
    let given = Matrix3::from_fn(|out, channel| f64::from(given[4 * out + channel]));
    // Rounding can leave the covariance of a flat patch a little below zero, never below minus the ridge.
    let inverse = covariance.try_inverse()?;
    let linear = (cross + given * ridge) * inverse;
    let offset = q - linear * p;
    Some(std::array::from_fn(|i| {
        let (out, channel) = (i / 4, i % 4);
        (if channel == 3 { offset[out] } else { linear[(out, channel)] }) as f32
    }))
}
