//! 2×2 max pooling with stride 2; an odd last row or column is dropped.

use multiversion::multiversion;
use rayon::prelude::*;

use super::FeatureMap;
use crate::watch::CancelToken;

/// Rows of output a task.
const BAND: usize = 4;

/// Writes the maximum of each 2×2 cell of `input` to `output`; once the token is cancelled, no more of them.
pub(crate) fn max_pool(input: &FeatureMap, output: &mut FeatureMap, token: &CancelToken) {
    let expected = (input.height() / 2, input.width() / 2, input.channels());
    assert_eq!((output.height(), output.width(), output.channels()), expected, "shape of pooled features");
    let (pitch, channels) = (output.pitch(), output.channels());
    output.framed_rows_mut().par_chunks_mut(pitch * BAND).enumerate().for_each(|(band, rows)| {
        if token.is_cancelled() {
            return;
        }
        for (r, row) in rows.chunks_exact_mut(pitch).enumerate() {
            let y = 2 * (band * BAND + r);
            pool_rows([input.row(y), input.row(y + 1)], &mut row[channels..pitch - channels], channels);
        }
    });
}

/// Takes the gradient by the pooled features back to the ReLU's argument below the pooling.
///
/// `input` is what was pooled, the output of a ReLU; `gradient` receives the result. Where it already holds the
/// gradient of a loss by `input` itself, `accumulate` keeps it. Of equal values the first in reading order gets
/// the gradient; where `input` is zero the ReLU lets nothing through. Once the token is cancelled, the rest is left.
pub(crate) fn max_pool_backward(
    input: &FeatureMap,
    upstream: &FeatureMap,
    gradient: &mut FeatureMap,
    accumulate: bool,
    token: &CancelToken,
) {
    assert!(input.same_shape(gradient), "a gradient has its features' shape");
    let expected = (input.height() / 2, input.width() / 2, input.channels());
    assert_eq!(
        (upstream.height(), upstream.width(), upstream.channels()),
        expected,
        "shape of pooled features"
    );
    let (pitch, channels) = (gradient.pitch(), gradient.channels());
    gradient.framed_rows_mut().par_chunks_mut(2 * pitch * BAND).enumerate().for_each(|(band, rows)| {
        if token.is_cancelled() {
            return;
        }
        for (r, pair) in rows.chunks_mut(2 * pitch).enumerate() {
            let y = band * BAND + r;
            let (top, bottom) = pair.split_at_mut(pitch);
            if !accumulate {
                top.fill(0.0);
                bottom.fill(0.0);
            }
            if y < upstream.height() {
                let gradients = [&mut top[channels..], &mut bottom[channels..]];
                add_to_first_largest(
                    [input.row(2 * y), input.row(2 * y + 1)],
                    upstream.row(y),
                    gradients,
                    channels,
                );
            }
            for (k, row) in [top, bottom].into_iter().enumerate() {
                if !row.is_empty() {
                    close_row(&mut row[channels..pitch - channels], input.row(2 * y + k));
                }
            }
        }
    });
}

/// Takes a gradient by the output of a ReLU to one by its argument: zero wherever the output is.
pub(crate) fn close_relu(output: &FeatureMap, gradient: &mut FeatureMap) {
    assert!(output.same_shape(gradient), "a gradient has its features' shape");
    let (pitch, channels) = (output.pitch(), output.channels());
    gradient.framed_rows_mut().par_chunks_exact_mut(pitch).enumerate().for_each(|(y, row)| {
        close_row(&mut row[channels..pitch - channels], output.row(y));
    });
}

/// Adds `bias`, a value a channel, to a row of positions and takes their ReLU.
#[multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn add_bias_relu(row: &mut [f32], bias: &[f32]) {
    for position in row.chunks_exact_mut(bias.len()) {
        for (value, bias) in position.iter_mut().zip(bias) {
            let sum = *value + bias;
            *value = if sum > 0.0 { sum } else { 0.0 };
        }
    }
}

/// [`close_relu`] for one row.
#[multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn close_row(gradient: &mut [f32], activation: &[f32]) {
    for (g, a) in gradient.iter_mut().zip(activation) {
        *g = if *a > 0.0 { *g } else { 0.0 };
    }
}

/// The maxima of the 2×2 cells of two rows.
#[multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
fn pool_rows(rows: [&[f32]; 2], pooled: &mut [f32], channels: usize) {
    for (x, out) in pooled.chunks_exact_mut(channels).enumerate() {
        let cell = cell(rows, x, channels);
        for (i, out) in out.iter_mut().enumerate() {
            *out = largest(&cell, i);
        }
    }
}

/// Adds a row of `upstream` to the gradients of the two rows that were pooled: at the first position of each cell that holds
/// the largest value, channel by channel.
#[multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
fn add_to_first_largest(rows: [&[f32]; 2], upstream: &[f32], gradients: [&mut [f32]; 2], channels: usize) {
    let [top, bottom] = gradients;
    let pairs = top.chunks_exact_mut(2 * channels).zip(bottom.chunks_exact_mut(2 * channels));
    for (x, (up, (top, bottom))) in upstream.chunks_exact(channels).zip(pairs).enumerate() {
        let cell = cell(rows, x, channels);
        let ((a, b), (c, d)) = (top.split_at_mut(channels), bottom.split_at_mut(channels));
        // Equal lengths that the compiler can see let it vectorise the loop.
        let (b, d) = (&mut b[..channels], &mut d[..channels]);
        for (i, up) in up.iter().enumerate() {
            let largest = largest(&cell, i);
            let (in_a, in_b, in_c) = (cell[0][i] == largest, cell[1][i] == largest, cell[2][i] == largest);
            a[i] += if in_a { *up } else { 0.0 };
            b[i] += if !in_a & in_b { *up } else { 0.0 };
            c[i] += if !in_a & !in_b & in_c { *up } else { 0.0 };
            d[i] += if !in_a & !in_b & !in_c { *up } else { 0.0 };
        }
    }
}

/// The four positions of the pooling cell with number `x` of two rows, in reading order.
#[inline(always)]
fn cell(rows: [&[f32]; 2], x: usize, channels: usize) -> [&[f32]; 4] {
    let [(a, b), (c, d)] = rows.map(|row| row[2 * x * channels..][..2 * channels].split_at(channels));
    [a, b, c, d]
}

#[inline(always)]
fn largest(cell: &[&[f32]; 4], i: usize) -> f32 {
    // Not `f32::max`, whose care for NaN costs more than the comparison.
    let larger = |a: f32, b: f32| if a > b { a } else { b };
    larger(larger(cell[0][i], cell[1][i]), larger(cell[2][i], cell[3][i]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(height: usize, width: usize, values: &[f32]) -> FeatureMap {
        let mut map = FeatureMap::zeros(height, width, values.len() / (height * width));
        let channels = map.channels();
        for y in 0..height {
            map.row_mut(y).copy_from_slice(&values[y * width * channels..][..width * channels]);
        }
        map
    }

    #[test]
    fn the_largest_of_each_cell_is_kept_and_odd_edges_dropped() {
        let input = map(3, 5, &[1., 2., 3., 0., 9., 0., 5., 1., 4., 9., 9., 9., 9., 9., 9.]);
        let mut output = FeatureMap::zeros(1, 2, 1);
        max_pool(&input, &mut output, &CancelToken::new());
        assert_eq!(output.row(0), [5.0, 4.0]);
    }

    #[test]
    fn the_gradient_goes_to_the_first_largest_and_only_through_an_open_relu() {
        let input = map(3, 4, &[7., 7., 0., 0., 7., 1., 0., 0., 1., 1., 0., 1.]);
        let upstream = map(1, 2, &[10.0, 20.0]);
        let mut gradient = map(3, 4, &[1.0; 12]);
        max_pool_backward(&input, &upstream, &mut gradient, true, &CancelToken::new());
        assert_eq!(gradient.row(0), [11.0, 1.0, 0.0, 0.0]);
        assert_eq!(gradient.row(1), [1.0, 1.0, 0.0, 0.0]);
        assert_eq!(gradient.row(2), [1.0, 1.0, 0.0, 1.0]);
        max_pool_backward(&input, &upstream, &mut gradient, false, &CancelToken::new());
        assert_eq!(gradient.row(0), [10.0, 0.0, 0.0, 0.0]);
        assert_eq!(gradient.row(2), [0.0; 4]);
    }

    #[test]
    fn what_is_cancelled_is_left() {
        let (input, token) = (map(2, 2, &[1.0; 4]), CancelToken::new());
        token.cancel();
        let mut pooled = map(1, 1, &[7.0]);
        max_pool(&input, &mut pooled, &token);
        assert_eq!(pooled.row(0), [7.0]);
        let mut gradient = map(2, 2, &[7.0; 4]);
        max_pool_backward(&input, &pooled, &mut gradient, false, &token);
        assert_eq!(gradient.row(0), [7.0; 2]);
    }
}
