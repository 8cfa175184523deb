//! How strongly the objective answers to each coefficient of a grid: the preconditioner of optimisers over grids.
//!
//! A pixel of colour c = (r, g, b, 1) is `Σ_v w_v A_v c`, w_v the trilinear weight of the vertex v. A term that weighs all pixels
//! alike thus has, by each row of A_v, the second derivatives `M_v = Σ_pixels w_v c cᵀ` if vertices are taken one by one (the weights
//! summed, not squared, which stands for the neighbours). Vertices of many pixels answer a thousand times as strongly as those of few, and of
//! the four coefficients of a row, which act on much the same values in a slab of equal luma, sums answer far more than
//! differences. The levels of one place answer together: contrasts outside of their bounds (`grid/contrast.rs`) are penalised by the square of
//! (levels − 1) (a_{z+1} · A_{z+1} − a_z · A_z), a_z = (g, g, g, 1) the grey of the level, which is far stiffer than the picture. So a
//! column of vertices, by each row of its matrices, has
//!
//! ```text
//! H = diag(M_z + ridge) + Σ_z d_z d_zᵀ t n_z,   d_z = (levels − 1) (a_{z+1} at z + 1, −a_z at z),   n_z the pixels between the levels
//! ```
//!
//! and so have the levels of a grade, with the bend of the grade: a block tri-diagonal matrix, which is factorised once and solved by
//! forward and backward substitution (G. H. Golub, C. F. Van Loan, *Matrix Computations*, 4th edition, 2013, section 4.5.1). Without a
//! preconditioner, a descent spends most of its steps on learning this.

use nalgebra::{Matrix4, Vector4};
use rayon::prelude::*;

use super::splat::splat;
use super::{BilateralGrid, GridShape, Shares, grey};
use crate::Planes;

/// What is added to the diagonal of M_v, in units of the mean number of pixels a vertex: where M_v says little, the
/// objective's other terms decide.
const RIDGE: f32 = 2.0;
/// t, how stiff a contrast is, in units of a picture's answer: little, as few contrasts are out of their bounds at a time.
const CONTRAST: f32 = 0.01;
/// How stiff the bend of a grade from level to level is, in units of the answer of its region.
const BEND: f32 = 0.01;

/// The inverses for a photo: of the levels of its regions' grades, which answer for all that is theirs, and then of the columns
/// of a grid whose blur across the photo ([`BilateralGrid::blur_across`]) is added to them.
#[derive(Clone, Debug)]
pub(crate) struct InverseCurvature {
    columns: Vec<Column>,
    depth: usize,
}

impl InverseCurvature {
    /// For grids of a shape over a photo (3×H×W), with grades laid by `shares`.
    pub(crate) fn new(shape: GridShape, photo: &Planes, shares: &Shares) -> Self {
        let products = products(shape, photo);
        // What a vertex answers for is blurred on the way to the picture and on the way back.
        let mut products = BilateralGrid::from_vertices(shape, products);
        let pixels = photo.area() as f32 / shape.vertices() as f32;
        let of_grades = shares.gather(&products);
        products.blur_across();
        products.blur_across();
        let depth = shape.depth;
        let columns = |products: &[[f32; 12]], bend: f32| -> Vec<Column> {
            let columns = products.par_chunks_exact(depth);
            columns.map(|products| Column::new(products, pixels, bend)).collect()
        };
        let mut all = columns(of_grades.as_chunks::<12>().0, BEND);
        all.extend(columns(products.vertices(), 0.0));
        Self { columns: all, depth }
    }

    /// Multiplies a gradient by the coefficients of the grades and of the grid, in place.
    pub(crate) fn precondition(&self, gradient: &mut [f32]) {
        let columns = gradient.as_chunks_mut::<12>().0.par_chunks_exact_mut(self.depth);
        columns
            .zip(&self.columns)
            .with_min_len(COLUMNS_AT_ONCE)
            .for_each(|(values, column)| column.solve(values));
    }
}

/// Fewest columns that a thread takes.
const COLUMNS_AT_ONCE: usize = 64;

/// The factorised H of a column.
#[derive(Clone, Debug)]
struct Column(Vec<Level>);

/// Of a level's block, with all levels below eliminated, the inverse, and that times the block that couples it to the next.
#[derive(Clone, Debug)]
struct Level {
    inverse: Matrix4<f32>,
    coupling: Matrix4<f32>,
}

impl Column {
    /// Of the products of colours at each level, in units of `pixels`, and with a bend.
    fn new(products: &[[f32; 12]], pixels: f32, bend: f32) -> Self {
        let depth = products.len();
        let blocks: Vec<(Matrix4<f64>, f64)> = products.iter().map(|m| colours(m, pixels)).collect();
        let bend = f64::from(bend) * blocks.iter().map(|(_, n)| n).sum::<f64>();
        let stiffness = |z: usize| {
            f64::from(CONTRAST) * ((depth - 1) as f64).powi(2) * 0.5 * (blocks[z].1 + blocks[z + 1].1)
        };
        let coupled = |z: usize, other: usize, stiffness: f64| {
            axis(z, depth) * axis(other, depth).transpose() * stiffness + Matrix4::identity() * bend
        };
        let mut levels = Vec::with_capacity(depth);
        let mut eliminated = Matrix4::zeros();
        for (z, (own, _)) in blocks.iter().enumerate() {
            let below = if z > 0 { coupled(z, z, stiffness(z - 1)) } else { Matrix4::zeros() };
            let (above, next) = if z + 1 < depth {
                (coupled(z, z, stiffness(z)), -coupled(z, z + 1, stiffness(z)))
            } else {
                (Matrix4::zeros(), Matrix4::zeros())
            };
            let block = own + below + above - eliminated;
            // Only what is not finite has no factors: the objective says so where it starts.
            let inverse = block
                .cholesky()
                .map_or_else(|| Matrix4::identity() / f64::from(RIDGE), |factors| factors.inverse());
            let coupling = inverse * next;
            eliminated = next.transpose() * coupling;
            levels.push(Level { inverse: inverse.cast(), coupling: coupling.cast() });
        }
        Self(levels)
    }

    /// H⁻¹ of a column's gradient, row by row, in place.
    fn solve(&self, values: &mut [[f32; 12]]) {
        for row in 0..3 {
            let at = 4 * row..4 * row + 4;
            for z in 1..values.len() {
                let below = Vector4::from_column_slice(&values[z - 1][at.clone()]);
                let part = self.0[z - 1].coupling.tr_mul(&below);
                values[z][at.clone()].iter_mut().zip(&part).for_each(|(value, part)| *value -= part);
            }
            let mut above = Vector4::zeros();
            for (values, Level { inverse, coupling }) in values.iter_mut().zip(&self.0).rev() {
                above = inverse * Vector4::from_column_slice(&values[at.clone()]) - coupling * above;
                values[at.clone()].copy_from_slice(above.as_slice());
            }
        }
    }
}

/// The sums of a photo's products of colours, c cᵀ row by row from the diagonal on, at each vertex.
fn products(shape: GridShape, photo: &Planes) -> Vec<[f32; 12]> {
    let [r, g, b] = photo.rgb();
    splat(shape, photo, |pixel| {
        let (r, g, b) = (r[pixel], g[pixel], b[pixel]);
        [r * r, r * g, r * b, r, g * g, g * b, g, b * b, b, 1.0, 0.0, 0.0]
    })
}

/// M_v with its ridge, of the sums of products at a vertex, and how many pixels it stands for, in units of `pixels`.
fn colours(sums: &[f32; 12], pixels: f32) -> (Matrix4<f64>, f64) {
    let [rr, rg, rb, r, gg, gb, g, bb, b, n, ..] = sums.map(|sum| f64::from(sum / pixels));
    let m = Matrix4::new(rr, rg, rb, r, rg, gg, gb, g, rb, gb, bb, b, r, g, b, n);
    (m + Matrix4::identity() * f64::from(RIDGE), n)
}

/// The grey of a level, as a matrix's row meets it.
fn axis(level: usize, depth: usize) -> Vector4<f64> {
    let grey = f64::from(grey(level, depth));
    Vector4::new(grey, grey, grey, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(photo: &Planes) -> Shares {
        Shares::new(SHAPE, photo, &Planes::filled(1, photo.height(), photo.width(), 1.0))
    }

    const SHAPE: GridShape = GridShape { depth: 3, height: 4, width: 5 };

    fn photo() -> Planes {
        let value = |i: usize| ((i * 7919 + i / 13) % 256) as f32 / 255.0;
        Planes::from_vec(3, 24, 30, (0..3 * 24 * 30).map(value).collect())
    }

    #[test]
    fn is_symmetric_and_positive() {
        let curvature = InverseCurvature::new(SHAPE, &photo(), &shares(&photo()));
        let noise = |seed: usize| -> Vec<f32> {
            (0..12 * (SHAPE.depth + SHAPE.vertices()))
                .map(|i| ((i * 31 + seed * 17) % 23) as f32 / 11.0 - 1.0)
                .collect()
        };
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        let (a, b) = (noise(1), noise(2));
        let (mut pa, mut pb) = (a.clone(), b.clone());
        curvature.precondition(&mut pa);
        curvature.precondition(&mut pb);
        assert!((dot(&pa, &b) - dot(&a, &pb)).abs() < 1e-3 * dot(&pa, &a));
        assert!(dot(&pa, &a) > 0.0 && dot(&pb, &b) > 0.0);
    }

    /// The gradient of ½ xᵀ H x, one square at a time.
    fn times_h(products: &[[f32; 12]], pixels: f32, bend: f64, x: &[[f32; 12]]) -> Vec<[f64; 12]> {
        let depth = products.len();
        let share = |z: usize| f64::from(products[z][9] / pixels);
        let all: f64 = (0..depth).map(share).sum();
        let mut out = vec![[0.0; 12]; depth];
        for row in 0..3 {
            let at = |z: usize| Vector4::from_fn(|i, _| f64::from(x[z][4 * row + i]));
            let mut add = |z: usize, sum: Vector4<f64>| (0..4).for_each(|i| out[z][4 * row + i] += sum[i]);
            for (z, sums) in products.iter().enumerate() {
                add(z, colours(sums, pixels).0 * at(z));
            }
            for z in 0..depth - 1 {
                let scale = (depth - 1) as f64;
                let (low, high) = (axis(z, depth) * scale, axis(z + 1, depth) * scale);
                let contrast = high.dot(&at(z + 1)) - low.dot(&at(z));
                let slope = contrast * f64::from(CONTRAST) * 0.5 * (share(z) + share(z + 1));
                let step = (at(z + 1) - at(z)) * bend * all;
                add(z + 1, high * slope + step);
                add(z, -low * slope - step);
            }
        }
        out
    }

    #[test]
    fn solves_what_it_says() {
        let products = products(SHAPE, &photo());
        let gradient: Vec<[f32; 12]> = (0..SHAPE.depth)
            .map(|z| std::array::from_fn(|i| ((z * 31 + i * 17) % 23) as f32 - 11.0))
            .collect();
        for (products, bend) in products.chunks_exact(SHAPE.depth).zip([0.0, BEND].into_iter().cycle()) {
            let mut x = gradient.clone();
            Column::new(products, 12.0, bend).solve(&mut x);
            let back = times_h(products, 12.0, f64::from(bend), &x);
            for (back, given) in back.as_flattened().iter().zip(gradient.as_flattened()) {
                assert!((back - f64::from(*given)).abs() < 1e-3, "{back} for {given}");
            }
        }
    }

    #[test]
    fn vertices_without_pixels_stay_finite() {
        let grey = Planes::filled(3, 9, 9, 0.5);
        let mut gradient = vec![1.0; 12 * (SHAPE.depth + SHAPE.vertices())];
        InverseCurvature::new(SHAPE, &grey, &shares(&grey)).precondition(&mut gradient);
        assert!(gradient.iter().all(|v| v.is_finite() && v.abs() < 1e2));
    }
}
