//! Dense f32 products through the `gemm` crate, which picks AVX-512, AVX2 or NEON at run time.
#![allow(unsafe_code)]

use gemm::Parallelism;

/// A strided view of `rows × columns` values; rows may overlap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// Views the values `data[i · stride + j]`.
    pub(crate) fn new(data: &'a [f32], rows: usize, columns: usize, stride: usize) -> Self {
        assert!(rows > 0 && columns > 0, "an empty matrix");
        assert!(
            (rows - 1) * stride + columns <= data.len(),
            "{rows}×{columns} by {stride} of {}",
            data.len()
        );
        Self { data, rows, columns, row_stride: stride, column_stride: 1 }
    }

    /// The transposed view.
    pub(crate) fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }
}

/// A strided view of `rows × columns` values to write; rows do not overlap.
#[derive(Debug)]
pub(crate) struct MatrixMut<'a> {
    data: &'a mut [f32],
    rows: usize,
    columns: usize,
    stride: usize,
}

impl<'a> MatrixMut<'a> {
    /// Views the values `data[i · stride + j]`.
    pub(crate) fn new(data: &'a mut [f32], rows: usize, columns: usize, stride: usize) -> Self {
        assert!(rows > 0 && columns > 0, "an empty matrix");
        assert!(stride >= columns, "rows of {columns} overlap at a stride of {stride}");
        assert!(
            (rows - 1) * stride + columns <= data.len(),
            "{rows}×{columns} by {stride} of {}",
            data.len()
        );
        Self { data, rows, columns, stride }
    }
}

/// `out = a · b`, or `out += a · b` where it accumulates. Runs on the calling thread.
pub(crate) fn multiply(out: MatrixMut<'_>, a: Matrix<'_>, b: Matrix<'_>, accumulate: bool) {
    assert_eq!((a.rows, a.columns, b.columns), (out.rows, b.rows, out.columns), "shapes of a matrix product");
    let stride = |s: usize| isize::try_from(s).expect("a stride within a slice fits isize");
    // SAFETY: the constructors of the views have checked that every (i, j) they hold lies within their slices, the
    // shapes agree by the assertion above, `out` is borrowed mutably (so it overlaps neither `a` nor `b`) and its
    // rows do not overlap each other. With `read_dst` false, `out` is only written.
    unsafe {
        gemm::gemm(
            out.rows,
            out.columns,
            a.columns,
            out.data.as_mut_ptr(),
            1,
            stride(out.stride),
            accumulate,
            a.data.as_ptr(),
            stride(a.column_stride),
            stride(a.row_stride),
            b.data.as_ptr(),
            stride(b.column_stride),
            stride(b.row_stride),
            1.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(n: usize, seed: u32) -> Vec<f32> {
        (0..n as u32).map(|i| ((i * 7919 + seed * 104_729) % 1009) as f32 / 504.5 - 1.0).collect()
    }

    proptest! {
        #[test]
        fn a_product_equals_the_plain_loops(
            rows in 1usize..40, inner in 1usize..70, columns in 1usize..40, overlap in 0usize..70,
            transposed in any::<bool>(), accumulate in any::<bool>(), gap in 0usize..5,
        ) {
            // Overlapping rows of the left factor are how a convolution walks over its input.
            let stride = inner - overlap.min(inner - 1);
            let a = values((rows - 1) * stride + inner, 1);
            let b = values(inner * columns, 2);
            let pitch = columns + gap;
            let before = values(rows * pitch, 3);
            let mut out = before.clone();
            let right = if transposed { Matrix::new(&b, columns, inner, inner).transposed() } else { Matrix::new(&b, inner, columns, columns) };
            multiply(MatrixMut::new(&mut out, rows, columns, pitch), Matrix::new(&a, rows, inner, stride), right, accumulate);
            for i in 0..rows {
                for j in 0..pitch {
                    let at = i * pitch + j;
                    if j >= columns {
                        prop_assert_eq!(out[at], before[at], "the gap between rows is not touched");
                        continue;
                    }
                    let product: f64 = (0..inner).map(|k| {
                        let b = if transposed { b[j * inner + k] } else { b[k * columns + j] };
                        f64::from(a[i * stride + k]) * f64::from(b)
                    }).sum();
                    let expected = product + if accumulate { f64::from(before[at]) } else { 0.0 };
                    prop_assert!((f64::from(out[at]) - expected).abs() < 1e-4, "{} instead of {expected}", out[at]);
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "overlap")]
    fn overlapping_rows_cannot_be_written() {
        MatrixMut::new(&mut [0.0; 8], 2, 4, 3);
    }

    #[test]
    #[should_panic(expected = "2×4 by 5 of 8")]
    fn a_view_beyond_its_slice_is_refused() {
        Matrix::new(&[0.0; 8], 2, 4, 5);
    }
}
