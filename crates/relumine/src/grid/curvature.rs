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
//! and so have the levels of a grade, with the bend of the grade. A residual answers to its price too (`grid/price.rs`), which is far stiffer
//! yet, and differs between the mean of the three rows, which is light, and what they are beside it, which is chroma: its rows are turned to these.
//! H is a block tri-diagonal matrix, which is factorised once and solved by
//! forward and backward substitution (G. H. Golub, C. F. Van Loan, *Matrix Computations*, 4th edition, 2013, section 4.5.1). Without a
//! preconditioner, a descent spends most of its steps on learning this.

use nalgebra::{Matrix4, Vector4};
use rayon::prelude::*;

use super::price::{CHROMA, LIGHT, Price};
use super::splat::splat;
use super::{BilateralGrid, GridShape, Shares, grey};
use crate::Planes;

/// What is added to the diagonal of M_v, in units of the mean number of pixels a vertex: where M_v says little, the
/// objective's other terms decide.
const RIDGE: f64 = 2.0;
/// t, how stiff a contrast is, in units of a picture's answer: little, as few contrasts are out of their bounds at a time.
const CONTRAST: f64 = 0.01;
/// How stiff the bend of a grade from level to level is, in units of the answer of its region.
const BEND: f64 = 0.01;
/// How many times as strongly the objective answers to a grade, which changes all of a region at once, as to so many single vertices.
const GRADES: f32 = 2.0;
/// How strongly the objective answers to a pixel, the weights of `look` being what they are: what prices are compared with.
const PICTURE: f64 = 100.0;

/// The inverses for a photo: of the levels of its regions' grades, which answer for all that is theirs, and then of the columns
/// of a residual, whose blur across the photo ([`BilateralGrid::blur_across`]) is added to them.
#[derive(Clone, Debug)]
pub(crate) struct InverseCurvature {
    grades: Vec<Column>,
    /// Of the residual's rows: of their mean, and of what they are beside it.
    grey: Vec<Column>,
    chroma: Vec<Column>,
    depth: usize,
}

impl InverseCurvature {
    /// For grids of a shape over a photo (3×H×W), with grades laid by `shares`, and a residual of a price.
    pub(crate) fn new(shape: GridShape, photo: &Planes, shares: &Shares, price: Option<&Price>) -> Self {
        let products = products(shape, photo);
        // What a vertex answers for is blurred on the way to the picture and on the way back.
        let mut products = BilateralGrid::from_vertices(shape, products);
        let pixels = photo.area() as f32 / shape.vertices() as f32;
        let grades = shares.gather(&products);
        let grades = grades.as_chunks::<12>().0.par_chunks_exact(shape.depth).map(|products| {
            let picture = Picture::new(products, pixels / GRADES);
            let bend = BEND * picture.pixels();
            Column::new(&picture, bend, |_| Matrix4::zeros())
        });
        let grades = grades.collect();
        products.blur_across();
        products.blur_across();
        let columns = products.vertices().par_chunks_exact(shape.depth).enumerate();
        let columns = columns.map(|(column, products)| {
            let picture = Picture::new(products, pixels);
            let bend = price.map_or(0.0, |price| price.bend(shape.depth) / PICTURE);
            let of = |rows: usize| {
                Column::new(&picture, bend, |z| {
                    price.map_or(Matrix4::zeros(), |price| {
                        let answer = &price.answer(column * shape.depth + z, shape.depth)[rows];
                        let axis = axis(z, shape.depth);
                        let along_grey = axis * axis.transpose() * answer.along_grey;
                        (Matrix4::identity() * answer.all + along_grey) / PICTURE
                    })
                })
            };
            (of(LIGHT), of(CHROMA))
        });
        let (grey, chroma) = columns.unzip();
        Self { grades, grey, chroma, depth: shape.depth }
    }

    /// Multiplies a gradient by the coefficients of the grades and of the residual, in place.
    pub(crate) fn precondition(&self, gradient: &mut [f32]) {
        let (of_grades, of_residual) = gradient.split_at_mut(12 * self.depth * self.grades.len());
        let columns = of_grades.as_chunks_mut::<12>().0.par_chunks_exact_mut(self.depth);
        columns.zip(&self.grades).for_each(|(values, column)| {
            (0..3).for_each(|row| column.solve(row, values));
        });
        let columns = of_residual.as_chunks_mut::<12>().0.par_chunks_exact_mut(self.depth);
        columns.zip(self.grey.par_iter().zip(&self.chroma)).with_min_len(COLUMNS_AT_ONCE).for_each(
            |(values, (grey, chroma))| {
                values.iter_mut().for_each(|matrix| turn(matrix, &TO_OPPONENT));
                grey.solve(0, values);
                chroma.solve(1, values);
                chroma.solve(2, values);
                values.iter_mut().for_each(|matrix| turn(matrix, &FROM_OPPONENT));
            },
        );
    }
}

/// Rows of red, green and blue → their mean and what they are beside it: orthonormal.
const TO_OPPONENT: [[f32; 3]; 3] = {
    const HALF: f32 = std::f32::consts::FRAC_1_SQRT_2;
    const THIRD: f32 = 0.577_350_26;
    const SIXTH: f32 = 0.408_248_3;
    [[THIRD; 3], [HALF, -HALF, 0.0], [SIXTH, SIXTH, -2.0 * SIXTH]]
};

/// The inverse, which is the transpose.
const FROM_OPPONENT: [[f32; 3]; 3] = {
    let [[ra, ga, ba], [rb, gb, bb], [rc, gc, bc]] = TO_OPPONENT;
    [[ra, rb, rc], [ga, gb, gc], [ba, bb, bc]]
};

/// Multiplies the rows of a matrix, in place.
fn turn(matrix: &mut [f32; 12], by: &[[f32; 3]; 3]) {
    for k in 0..4 {
        let [r, g, b] = [matrix[k], matrix[4 + k], matrix[8 + k]];
        for (row, [of_r, of_g, of_b]) in by.iter().enumerate() {
            matrix[4 * row + k] = of_r * r + of_g * g + of_b * b;
        }
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

/// What the levels of a column answer to the picture: M_z with its ridge, and n_z.
struct Picture(Vec<(Matrix4<f64>, f64)>);

impl Picture {
    /// Of the products of colours at each level, in units of `pixels`.
    fn new(products: &[[f32; 12]], pixels: f32) -> Self {
        Self(products.iter().map(|sums| colours(sums, pixels)).collect())
    }

    fn pixels(&self) -> f64 {
        self.0.iter().map(|(_, pixels)| pixels).sum()
    }
}

impl Column {
    /// Of levels that answer to the picture, to their differences by `bend`, and each by itself as `paid` says.
    fn new(Picture(levels): &Picture, bend: f64, paid: impl Fn(usize) -> Matrix4<f64>) -> Self {
        let depth = levels.len();
        let stiffness =
            |z: usize| CONTRAST * ((depth - 1) as f64).powi(2) * 0.5 * (levels[z].1 + levels[z + 1].1);
        let coupled = |z: usize, other: usize, stiffness: f64| {
            axis(z, depth) * axis(other, depth).transpose() * stiffness + Matrix4::identity() * bend
        };
        let mut factors = Vec::with_capacity(depth);
        let mut eliminated = Matrix4::zeros();
        for (z, (own, _)) in levels.iter().enumerate() {
            let below = if z > 0 { coupled(z, z, stiffness(z - 1)) } else { Matrix4::zeros() };
            let (above, next) = if z + 1 < depth {
                (coupled(z, z, stiffness(z)), -coupled(z, z + 1, stiffness(z)))
            } else {
                (Matrix4::zeros(), Matrix4::zeros())
            };
            let block = own + paid(z) + below + above - eliminated;
            // Only what is not finite has no factors: the objective says so where it starts.
            let inverse =
                block.cholesky().map_or_else(|| Matrix4::identity() / RIDGE, |factors| factors.inverse());
            let coupling = inverse * next;
            eliminated = next.transpose() * coupling;
            factors.push(Level { inverse: inverse.cast(), coupling: coupling.cast() });
        }
        Self(factors)
    }

    /// H⁻¹ of a column's gradient by one row of its matrices, in place.
    fn solve(&self, row: usize, values: &mut [[f32; 12]]) {
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
    (m + Matrix4::identity() * RIDGE, n)
}

/// The grey of a level, as a matrix's row meets it.
fn axis(level: usize, depth: usize) -> Vector4<f64> {
    let grey = f64::from(grey(level, depth));
    Vector4::new(grey, grey, grey, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: GridShape = GridShape { depth: 3, height: 4, width: 5 };
    const ALL: usize = 12 * (SHAPE.depth + SHAPE.depth * SHAPE.height * SHAPE.width);

    fn photo() -> Planes {
        let value = |i: usize| ((i * 7919 + i / 13) % 256) as f32 / 255.0;
        Planes::from_vec(3, 24, 30, (0..3 * 24 * 30).map(value).collect())
    }

    fn price() -> Price {
        Price::new(50.0, (0..SHAPE.vertices()).map(|i| (i * 31 % 7) as f32 / 6.0).collect())
    }

    fn curvature(photo: &Planes, price: Option<&Price>) -> InverseCurvature {
        let shares = Shares::new(SHAPE, photo, &Planes::filled(1, photo.height(), photo.width(), 1.0));
        InverseCurvature::new(SHAPE, photo, &shares, price)
    }

    fn noise(seed: usize) -> Vec<f32> {
        (0..ALL).map(|i| ((i * 31 + seed * 17) % 23) as f32 / 11.0 - 1.0).collect()
    }

    #[test]
    fn is_symmetric_and_positive() {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        for price in [None, Some(price())] {
            let curvature = curvature(&photo(), price.as_ref());
            let (a, b) = (noise(1), noise(2));
            let (mut pa, mut pb) = (a.clone(), b.clone());
            curvature.precondition(&mut pa);
            curvature.precondition(&mut pb);
            assert!((dot(&pa, &b) - dot(&a, &pb)).abs() < 1e-3 * dot(&pa, &a));
            assert!(dot(&pa, &a) > 0.0 && dot(&pb, &b) > 0.0);
        }
    }

    /// A residual that adds so much of each colour everywhere, after the grades' coefficients.
    fn adds(colour: [f32; 3]) -> Vec<f32> {
        let matrix: [f32; 12] = std::array::from_fn(|i| if i % 4 == 3 { colour[i / 4] } else { 0.0 });
        (0..ALL).map(|i| if i < 12 * SHAPE.depth { 0.0 } else { matrix[i % 12] }).collect()
    }

    #[test]
    fn what_is_dear_is_moved_less_and_chroma_less_than_light() {
        let (free, paid) = (curvature(&photo(), None), curvature(&photo(), Some(&price())));
        let step = |curvature: &InverseCurvature, colour: [f32; 3]| {
            let mut step = adds(colour);
            curvature.precondition(&mut step);
            step.iter().zip(adds(colour)).map(|(step, slope)| step * slope).sum::<f32>()
        };
        let (light, chroma) = ([0.1; 3], [0.12, -0.12, 0.035]);
        let shrinks = |colour| step(&paid, colour) / step(&free, colour);
        assert!(shrinks(light) < 0.9, "{}", shrinks(light));
        assert!(shrinks(chroma) < 0.7 * shrinks(light), "{} {}", shrinks(chroma), shrinks(light));
        let (mut of_free, mut of_paid) = (noise(3), noise(3));
        free.precondition(&mut of_free);
        paid.precondition(&mut of_paid);
        assert_eq!(of_free[..12 * SHAPE.depth], of_paid[..12 * SHAPE.depth], "grades are not paid for");
    }

    #[test]
    fn rows_come_back_as_they_were() {
        let matrix: [f32; 12] = std::array::from_fn(|i| i as f32 - 4.5);
        let mut turned = matrix;
        turn(&mut turned, &TO_OPPONENT);
        assert!((turned[0] - (matrix[0] + matrix[4] + matrix[8]) / 3.0_f32.sqrt()).abs() < 1e-5);
        turn(&mut turned, &FROM_OPPONENT);
        turned.iter().zip(matrix).for_each(|(back, given)| assert!((back - given).abs() < 1e-5));
    }

    /// The gradient of ½ xᵀ H x, one square at a time.
    fn times_h(picture: &Picture, bend: f64, paid: f64, x: &[[f32; 12]]) -> Vec<[f64; 12]> {
        let depth = x.len();
        let mut out = vec![[0.0; 12]; depth];
        for row in 0..3 {
            let at = |z: usize| Vector4::from_fn(|i, _| f64::from(x[z][4 * row + i]));
            let mut add = |z: usize, sum: Vector4<f64>| (0..4).for_each(|i| out[z][4 * row + i] += sum[i]);
            for (z, (own, _)) in picture.0.iter().enumerate() {
                add(z, own * at(z) + at(z) * paid);
            }
            for z in 0..depth - 1 {
                let scale = (depth - 1) as f64;
                let (low, high) = (axis(z, depth) * scale, axis(z + 1, depth) * scale);
                let contrast = high.dot(&at(z + 1)) - low.dot(&at(z));
                let slope = contrast * CONTRAST * 0.5 * (picture.0[z].1 + picture.0[z + 1].1);
                let step = (at(z + 1) - at(z)) * bend;
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
        for (column, products) in products.chunks_exact(SHAPE.depth).enumerate() {
            let (bend, paid) = [(0.0, 0.0), (0.3, 0.0), (0.3, 2.0)][column % 3];
            let picture = Picture::new(products, 12.0);
            let factors = Column::new(&picture, bend, |_| Matrix4::identity() * paid);
            let mut x = gradient.clone();
            (0..3).for_each(|row| factors.solve(row, &mut x));
            let back = times_h(&picture, bend, paid, &x);
            for (back, given) in back.as_flattened().iter().zip(gradient.as_flattened()) {
                assert!((back - f64::from(*given)).abs() < 1e-3, "{back} for {given}");
            }
        }
    }

    #[test]
    fn vertices_without_pixels_stay_finite() {
        let grey = Planes::filled(3, 9, 9, 0.5);
        let mut gradient = vec![1.0; ALL];
        curvature(&grey, Some(&price())).precondition(&mut gradient);
        assert!(gradient.iter().all(|v| v.is_finite() && v.abs() < 1e2));
    }
}
