//! How strongly a picture answers to each vertex of a grid: the preconditioner of optimisers over grids.
//!
//! A pixel of colour c = (r, g, b, 1) is `Σ_v w_v A_v c`, w_v the trilinear weight of the vertex v. A term that weighs all pixels
//! alike thus has, by each row of A_v, the second derivatives `M_v = Σ_pixels w_v c cᵀ` if vertices are taken one by one (the weights
//! summed, not squared, which stands for the neighbours). Vertices of many pixels answer a thousand times as strongly as those of few, and of
//! the four coefficients of a row, which act on much the same values in a slab of equal luma, sums answer far more than
//! differences. Without a preconditioner, a descent spends most of its steps on learning this.

use nalgebra::{Matrix4, Vector4};

use super::splat::splat;
use super::{BilateralGrid, GridShape, Shares};
use crate::Planes;

/// What is added to the diagonal of M_v, in units of the mean number of pixels a vertex: where M_v says little, the
/// objective's other terms decide.
const RIDGE: f32 = 0.1;

/// The inverses of all M_v of a photo: of the levels of its regions' grades, which answer for all that is theirs, and then of the vertices
/// of a grid whose blur across the photo ([`BilateralGrid::blur_across`]) is added to them.
#[derive(Clone, Debug)]
pub(crate) struct InverseCurvature {
    inverses: Vec<Matrix4<f32>>,
}

impl InverseCurvature {
    /// For grids of a shape over a photo (3×H×W), with grades laid by `shares`.
    pub(crate) fn new(shape: GridShape, photo: &Planes, shares: &Shares) -> Self {
        let [r, g, b] = photo.rgb();
        let products = splat(shape, photo, |pixel| {
            let (r, g, b) = (r[pixel], g[pixel], b[pixel]);
            [r * r, r * g, r * b, r, g * g, g * b, g, b * b, b, 1.0, 0.0, 0.0]
        });
        // What a vertex answers for is blurred on the way to the picture and on the way back.
        let mut products = BilateralGrid::from_vertices(shape, products);
        let pixels = photo.area() as f32 / shape.vertices() as f32;
        let of_grades = shares.gather(&products);
        products.blur_across();
        products.blur_across();
        let inverse = |m: &[f32; 12]| {
            let [rr, rg, rb, r, gg, gb, g, bb, b, n, ..] = m.map(|sum| sum / pixels);
            let m = Matrix4::new(rr, rg, rb, r, rg, gg, gb, g, rb, gb, bb, b, r, g, b, n);
            let ridged = m + Matrix4::identity() * RIDGE;
            ridged.cholesky().map_or_else(|| Matrix4::identity() / RIDGE, |factors| factors.inverse())
        };
        let all = of_grades.as_chunks::<12>().0.iter().chain(products.vertices());
        Self { inverses: all.map(inverse).collect() }
    }

    /// Multiplies a gradient by the coefficients of the grades and of the grid, in place.
    pub(crate) fn precondition(&self, gradient: &mut [f32]) {
        for (vertex, inverse) in gradient.as_chunks_mut::<12>().0.iter_mut().zip(&self.inverses) {
            for row in vertex.as_chunks_mut::<4>().0 {
                *row = (inverse * Vector4::from(*row)).into();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::IDENTITY;
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

    #[test]
    fn takes_the_slope_of_a_shift_of_all_colours_to_about_that_shift() {
        // L = ½ Σ |O - I - d|² at O = I: a Newton step would be the offset d.
        let photo = photo();
        let shift = [0.1_f32, -0.2, 0.05];
        let mut slope = Planes::zeros_like(&photo);
        for (channel, d) in shift.into_iter().enumerate() {
            slope.plane_mut(channel).fill(-d);
        }
        let mut gradient = BilateralGrid::adjoint(SHAPE, &photo, &slope);
        gradient.blur_across();
        let curvature = InverseCurvature::new(SHAPE, &photo, &shares(&photo));
        // The grade's part comes first, and is let be.
        let mut of_all = [vec![0.0; 12 * SHAPE.depth], gradient.coefficients().to_vec()].concat();
        curvature.precondition(&mut of_all);
        let mut step = gradient;
        step.coefficients_mut().copy_from_slice(&of_all[12 * SHAPE.depth..]);
        let pixels = photo.area() as f32 / SHAPE.vertices() as f32;
        let coefficients = step.coefficients_mut().iter_mut().zip(IDENTITY.iter().cycle());
        coefficients.for_each(|(v, identity)| *v = identity - *v / pixels);
        step.blur_across();
        let moved = step.slice(&photo);
        for (channel, d) in shift.into_iter().enumerate() {
            let mean = moved.plane(channel).iter().zip(photo.plane(channel)).map(|(a, b)| a - b).sum::<f32>()
                / photo.area() as f32;
            assert!((mean - d).abs() < 0.25 * d.abs(), "{mean} for {d}");
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
