//! Slicing: each pixel's matrix by trilinear interpolation, applied to its colour; and the exact transpose.
//!
//! With vertices γ_v, tent weights w_v(pixel) over the eight vertices around (y, x, luma) and p = (r, g, b, 1)ᵀ:
//!
//! ```text
//! slice    out(pixel) = Σ_v w_v(pixel) γ_v p                 3×height×width from a 3×height×width image
//! adjoint  ∂/∂γ_v     = Σ_pixels w_v(pixel) ∂/∂out(pixel) pᵀ  a grid of 3×4 gradients
//! ```
//!
//! The rows of a photo lie between two rows of the grid: these are blended once a row, so a pixel blends four vertices.

use rayon::prelude::*;

use super::{Affine, Between, BilateralGrid, GridShape, assert_colour, lattice, part_of_lattice, splat};
use crate::Planes;
use crate::colour::luma;

/// Rows that one thread takes at a time.
const BAND: usize = 8;

impl BilateralGrid {
    /// The photo (3 planes, any size) as the grid renders it.
    pub fn slice(&self, photo: &Planes) -> Planes {
        let mut out = photo.clone();
        self.slice_band(&mut out, 0, photo.height());
        out
    }

    /// Renders, in place, the rows of a photo from `first_row` on, as many as `band` has (3×b×W), of a photo of `height` rows
    /// in all; with no memory but a row of the grid a thread.
    ///
    /// # Panics
    /// If the band has not three planes, or no pixels, or reaches beyond the photo.
    pub fn slice_band(&self, band: &mut Planes, first_row: usize, height: usize) {
        assert_colour(band);
        let end = first_row + band.height();
        assert!(end <= height, "rows {first_row}..{end} of a photo of {height}");
        let (width, area) = (band.width(), band.area());
        let ys = part_of_lattice(first_row..end, height, self.shape.height);
        let xs = lattice(width, self.shape.width);
        let (r, gb) = band.data_mut().split_at_mut(area);
        let (g, b) = gb.split_at_mut(area);
        let [r, g, b] = [r, g, b].map(|plane| plane.par_chunks_mut(BAND * width));
        r.zip(g).zip(b).zip(ys.par_chunks(BAND)).for_each(|(((r, g), b), ys)| {
            let mut row = vec![[0.0; 12]; self.shape.row()];
            let pixels =
                r.chunks_exact_mut(width).zip(g.chunks_exact_mut(width)).zip(b.chunks_exact_mut(width));
            for (((r, g), b), y) in pixels.zip(ys) {
                self.blend_rows(*y, &mut row);
                slice_row(&row, self.shape, &xs, [r, g, b]);
            }
        });
    }

    /// The gradient with respect to the grid's coefficients, given the one with respect to `slice(photo)`.
    pub fn adjoint(shape: GridShape, photo: &Planes, gradient: &Planes) -> Self {
        assert_eq!((gradient.channels(), gradient.height()), (3, photo.height()), "a gradient a sample");
        assert_eq!(gradient.width(), photo.width(), "a gradient a sample");
        let ([r, g, b], [dr, dg, db]) = (photo.rgb(), gradient.rgb());
        let vertices = splat::splat(shape, photo, |i| {
            let (r, g, b) = (r[i], g[i], b[i]);
            let (x, y, z) = (dr[i], dg[i], db[i]);
            [x * r, x * g, x * b, x, y * r, y * g, y * b, y, z * r, z * g, z * b, z]
        });
        Self::from_vertices(shape, vertices)
    }

    /// The row of the grid at height `y`.
    fn blend_rows(&self, y: Between, row: &mut [Affine]) {
        let [(above, wa), (below, wb)] = y.corners(self.shape.height);
        let length = self.shape.row();
        let above = self.vertices[above * length..][..length].as_flattened();
        let below = self.vertices[below * length..][..length].as_flattened();
        for ((out, a), b) in row.as_flattened_mut().iter_mut().zip(above).zip(below) {
            *out = wa * a + wb * b;
        }
    }
}

/// Renders one row of pixels in place, given the row of the grid at its height.
///
/// Matrices are made for a run of pixels before any is applied: each of the two loops is then plain vector code.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn slice_row(row: &[Affine], shape: GridShape, xs: &[Between], rgb: [&mut [f32]; 3]) {
    const RUN: usize = 16;
    let (next_x, next_z) = shape.strides();
    let [red, green, blue] = rgb.map(|plane| plane.chunks_mut(RUN));
    let mut matrices = [[0.0; 12]; RUN];
    for (((xs, red), green), blue) in xs.chunks(RUN).zip(red).zip(green).zip(blue) {
        let colours = red.iter().zip(green.iter()).zip(blue.iter());
        for ((matrix, x), ((r, g), b)) in matrices.iter_mut().zip(xs).zip(colours) {
            let z = shape.level(luma([*r, *g, *b]));
            let at = x.vertex * shape.depth + z.vertex;
            let (near, far) = (&row[at..=at + next_z], &row[at + next_x..=at + next_x + next_z]);
            let corners = [&near[0], &near[next_z], &far[0], &far[next_z]];
            let (right, up) = (x.fraction, z.fraction);
            let weights = [(1.0 - right) * (1.0 - up), (1.0 - right) * up, right * (1.0 - up), right * up];
            for (i, m) in matrix.iter_mut().enumerate() {
                *m = weights[0] * corners[0][i]
                    + weights[1] * corners[1][i]
                    + weights[2] * corners[2][i]
                    + weights[3] * corners[3][i];
            }
        }
        for (((m, red), green), blue) in matrices.iter().zip(red).zip(green).zip(blue) {
            let (r, g, b) = (*red, *green, *blue);
            *red = m[0] * r + m[1] * g + m[2] * b + m[3];
            *green = m[4] * r + m[5] * g + m[6] * b + m[7];
            *blue = m[8] * r + m[9] * g + m[10] * b + m[11];
        }
    }
}
