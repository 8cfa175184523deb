//! The bilateral grid: one affine colour transformation for each place and brightness of a photo.
//!
//! Sources: Chen, Paris & Durand, "Real-time edge-aware image processing with the bilateral grid" (SIGGRAPH 2007);
//! Gharbi, Chen, Barron, Hasinoff & Durand, "Deep bilateral learning for real-time image enhancement" (SIGGRAPH
//! 2017), where, as here, the grid holds 3×4 matrices.
//!
//! A vertex (y, x, z) stands for the pixels around one point of the photo whose luma is around z. Looking the grid up
//! at a pixel's own (y, x, luma) by trilinear interpolation gives the pixel's matrix `M`, and the output is
//! `M (r, g, b, 1)ᵀ`. As luma differs across an edge, so does the matrix: edges of the photo stay edges.
//! Coordinates align corners: the first and last pixel of a row lie on the first and last vertex; luma 0 and 1 on the
//! first and last level, with luma outside 0..1 held at these ends.

use std::ops::Range;

use crate::Planes;
use crate::colour::{LUMA, luma};

mod blur;
mod chroma_gain;
mod contrast;
mod curvature;
mod grade;
mod price;
mod shares;
mod slice;
mod smoothness;
mod splat;
#[cfg(test)]
mod tests;
mod tint;
mod unrest;
mod veil;

pub(crate) use chroma_gain::ChromaGain;
pub(crate) use contrast::{ContrastBounds, departure, stillness};
pub(crate) use curvature::InverseCurvature;
pub use grade::Grade;
pub(crate) use price::Price;
pub(crate) use shares::Shares;
pub(crate) use splat::AffineFit;

/// A 3×4 matrix, row-major: three rows of (red, green, blue, 1) coefficients on sRGB-encoded colours.
pub type Affine = [f32; 12];

/// The matrix that leaves colours as they are.
pub const IDENTITY: Affine = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0];

/// The number of vertices along luma, height and width of a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GridShape {
    /// Levels of luma.
    pub depth: usize,
    /// Vertices down the photo.
    pub height: usize,
    /// Vertices across the photo.
    pub width: usize,
}

impl GridShape {
    /// Number of vertices.
    pub fn vertices(self) -> usize {
        self.depth * self.height * self.width
    }

    /// Vertices of one row of the grid, all levels of luma.
    fn row(self) -> usize {
        self.width * self.depth
    }

    /// Index of a vertex. Luma varies fastest: the four vertices around a pixel in one row are two short runs.
    fn index(self, z: usize, y: usize, x: usize) -> usize {
        (y * self.width + x) * self.depth + z
    }

    /// How far the next vertex along x and along luma is in memory; 0 where there is no other vertex.
    fn strides(self) -> (usize, usize) {
        (if self.width > 1 { self.depth } else { 0 }, usize::from(self.depth > 1))
    }

    /// Where a luma lies between the levels.
    #[inline(always)]
    fn level(self, luma: f32) -> Between {
        let position = luma.clamp(0.0, 1.0) * (self.depth - 1) as f32;
        let vertex = (position as u32 as usize).min(self.depth.saturating_sub(2));
        Between { vertex, fraction: position - vertex as f32 }
    }
}

/// A bilateral grid of 3×4 affine colour matrices.
#[derive(Clone, Debug, PartialEq)]
pub struct BilateralGrid {
    shape: GridShape,
    /// One matrix a vertex, in the order (y, x, luma), luma fastest.
    vertices: Vec<Affine>,
}

impl BilateralGrid {
    /// A grid that does the same everywhere.
    pub fn constant(shape: GridShape, matrix: &Affine) -> Self {
        assert!(shape.vertices() > 0, "a grid has at least one vertex, not {shape:?}");
        Self { shape, vertices: vec![*matrix; shape.vertices()] }
    }

    /// A grid that leaves photos as they are.
    pub fn identity(shape: GridShape) -> Self {
        Self::constant(shape, &IDENTITY)
    }

    /// Takes one matrix a vertex, in the order (y, x, luma), luma fastest.
    pub fn from_vertices(shape: GridShape, vertices: Vec<Affine>) -> Self {
        assert_eq!(vertices.len(), shape.vertices(), "one matrix a vertex of {shape:?}");
        Self { shape, vertices }
    }

    /// Number of vertices along each axis.
    pub fn shape(&self) -> GridShape {
        self.shape
    }

    /// One matrix a vertex, in the order (y, x, luma), luma fastest.
    pub fn vertices(&self) -> &[Affine] {
        &self.vertices
    }

    fn vertices_mut(&mut self) -> &mut [Affine] {
        &mut self.vertices
    }

    /// All coefficients as one vector, as an optimiser sees them.
    pub fn coefficients(&self) -> &[f32] {
        self.vertices.as_flattened()
    }

    /// All coefficients as one vector, to write.
    pub fn coefficients_mut(&mut self) -> &mut [f32] {
        self.vertices.as_flattened_mut()
    }

    /// Moves towards the identity: 0 leaves nothing of the grid, 1 all of it, and outputs blend linearly in between.
    pub fn blend_with_identity(&mut self, strength: f32) {
        for vertex in &mut self.vertices {
            for (coefficient, identity) in vertex.iter_mut().zip(IDENTITY) {
                *coefficient = identity + strength * (*coefficient - identity);
            }
        }
    }

    /// The grid looked up at the vertices of another shape. Where each side grows from n to k (n - 1) + 1 vertices
    /// the finer grid slices to the same picture.
    pub fn resampled(&self, shape: GridShape) -> Self {
        let (ys, xs, zs) = (
            lattice(shape.height, self.shape.height),
            lattice(shape.width, self.shape.width),
            lattice(shape.depth, self.shape.depth),
        );
        let mut vertices = Vec::with_capacity(shape.vertices());
        for y in &ys {
            for x in &xs {
                for z in &zs {
                    let mut vertex = [0.0; 12];
                    for (y, wy) in y.corners(self.shape.height) {
                        for (x, wx) in x.corners(self.shape.width) {
                            for (z, wz) in z.corners(self.shape.depth) {
                                add_scaled(
                                    &mut vertex,
                                    wy * wx * wz,
                                    &self.vertices[self.shape.index(z, y, x)],
                                );
                            }
                        }
                    }
                    vertices.push(vertex);
                }
            }
        }
        Self { shape, vertices }
    }
}

/// Where a sample lies between the vertices of one axis.
#[derive(Clone, Copy, Debug)]
struct Between {
    /// The vertex at or before it.
    vertex: usize,
    /// How far it is on the way to the next, 0..1.
    fraction: f32,
}

impl Between {
    /// The two vertices around the sample with their weights; at the last vertex, that vertex twice.
    fn corners(self, vertices: usize) -> [(usize, f32); 2] {
        let next = (self.vertex + 1).min(vertices - 1);
        [(self.vertex, 1.0 - self.fraction), (next, self.fraction)]
    }
}

/// Where `samples` evenly spaced samples lie on an axis of `vertices` vertices, corners aligned.
fn lattice(samples: usize, vertices: usize) -> Vec<Between> {
    part_of_lattice(0..samples, samples, vertices)
}

/// Where those in `part` of so many samples lie.
fn part_of_lattice(part: Range<usize>, samples: usize, vertices: usize) -> Vec<Between> {
    let scale = (vertices - 1) as f64 / (samples.max(2) - 1) as f64;
    part.map(|sample| {
        let position = sample as f64 * scale;
        let vertex = (position as u32 as usize).min(vertices.saturating_sub(2));
        Between { vertex, fraction: (position - vertex as f64) as f32 }
    })
    .collect()
}

/// Luma of a level of so many.
fn grey(level: usize, levels: usize) -> f32 {
    level as f32 / (levels.max(2) - 1) as f32
}

/// What a matrix makes of a grey.
fn of_grey(matrix: &Affine, grey: f32) -> [f32; 3] {
    [0, 4, 8].map(|row| (matrix[row] + matrix[row + 1] + matrix[row + 2]) * grey + matrix[row + 3])
}

/// What a matrix makes of a colour.
fn of_colour(matrix: &Affine, [r, g, b]: [f32; 3]) -> [f32; 3] {
    [0, 4, 8].map(|row| matrix[row] * r + matrix[row + 1] * g + matrix[row + 2] * b + matrix[row + 3])
}

/// Adds to `slopes` the gradient, by a matrix, of `scale` times the sum by `axis` of what it makes of a colour.
fn add_slope(slopes: &mut Affine, scale: f32, axis: &[f32; 3], [r, g, b]: [f32; 3]) {
    for (row, part) in slopes.chunks_exact_mut(4).zip(axis) {
        let by = scale * part;
        row.iter_mut().zip([r, g, b, 1.0]).for_each(|(slope, input)| *slope += by * input);
    }
}

/// How much chroma a colour has, the square of what it is beside its luma, and half the slope of that.
fn chroma_squared(colour: [f32; 3]) -> (f32, [f32; 3]) {
    let light = luma(colour);
    let chroma = colour.map(|v| v - light);
    let all: f32 = chroma.iter().sum();
    (chroma.iter().map(|v| v * v).sum(), std::array::from_fn(|c| chroma[c] - LUMA[c] * all))
}

fn add_scaled<const N: usize>(sum: &mut [f32; N], scale: f32, term: &[f32; N]) {
    for (s, t) in sum.iter_mut().zip(term) {
        *s += scale * t;
    }
}

/// Checks that planes are a colour image with at least one pixel.
fn assert_colour(image: &Planes) {
    assert_eq!(image.channels(), 3, "the grid maps colours: three planes");
    assert!(image.area() > 0, "there is at least one pixel");
}
