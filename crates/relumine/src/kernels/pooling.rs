//! 2×2 max pooling with stride 2; an odd last row or column is dropped.

use rayon::prelude::*;

use super::FeatureMap;

/// Rows of output a task.
const BAND: usize = 4;

/// Writes the maximum of each 2×2 cell of `input` to `output`.
pub(crate) fn max_pool(input: &FeatureMap, output: &mut FeatureMap) {
    let expected = (input.height() / 2, input.width() / 2, input.channels());
    assert_eq!((output.height(), output.width(), output.channels()), expected, "shape of pooled features");
    let (pitch, channels) = (output.pitch(), output.channels());
    output.framed_rows_mut().par_chunks_mut(pitch * BAND).enumerate().for_each(|(band, rows)| {
        for (r, row) in rows.chunks_exact_mut(pitch).enumerate() {
            let y = 2 * (band * BAND + r);
            let interior = &mut row[channels..pitch - channels];
            for (x, out) in interior.chunks_exact_mut(channels).enumerate() {
                let [a, b] = cell_row(input.row(y), x, channels);
                let [c, d] = cell_row(input.row(y + 1), x, channels);
                for i in 0..channels {
                    out[i] = a[i].max(b[i]).max(c[i].max(d[i]));
                }
            }
        }
    });
}

/// Takes the gradient by the pooled features back to the ReLU's argument below the pooling.
///
/// `input` is what was pooled, the output of a ReLU; `gradient` receives the result. Where it already holds the
/// gradient of a loss by `input` itself, `accumulate` keeps it. Of equal values the first in reading order gets
/// the gradient; where `input` is zero the ReLU lets nothing through.
pub(crate) fn max_pool_backward(input: &FeatureMap, upstream: &FeatureMap, gradient: &mut FeatureMap, accumulate: bool) {
    assert!(input.same_shape(gradient), "a gradient has its features' shape");
    let expected = (input.height() / 2, input.width() / 2, input.channels());
    assert_eq!((upstream.height(), upstream.width(), upstream.channels()), expected, "shape of pooled features");
    let (pitch, channels) = (gradient.pitch(), gradient.channels());
    gradient.framed_rows_mut().par_chunks_mut(2 * pitch * BAND).enumerate().for_each(|(band, rows)| {
        for (r, pair) in rows.chunks_mut(2 * pitch).enumerate() {
            let y = band * BAND + r;
            let (top, bottom) = pair.split_at_mut(pitch);
            if !accumulate {
                top.fill(0.0);
                bottom.fill(0.0);
            }
            if y < upstream.height() {
                let (above, below) = (input.row(2 * y), input.row(2 * y + 1));
                for (x, up) in upstream.row(y).chunks_exact(channels).enumerate() {
                    let [a, b] = cell_row(above, x, channels);
                    let [c, d] = cell_row(below, x, channels);
                    let (ga, gb) = top[(1 + 2 * x) * channels..][..2 * channels].split_at_mut(channels);
                    let (gc, gd) = bottom[(1 + 2 * x) * channels..][..2 * channels].split_at_mut(channels);
                    for i in 0..channels {
                        let largest = a[i].max(b[i]).max(c[i].max(d[i]));
                        let first_a = a[i] == largest;
                        let first_b = !first_a & (b[i] == largest);
                        let first_c = !(first_a | first_b) & (c[i] == largest);
                        let first_d = !(first_a | first_b | first_c);
                        ga[i] += if first_a { up[i] } else { 0.0 };
                        gb[i] += if first_b { up[i] } else { 0.0 };
                        gc[i] += if first_c { up[i] } else { 0.0 };
                        gd[i] += if first_d { up[i] } else { 0.0 };
                    }
                }
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

/// [`close_relu`] for one row.
pub(crate) fn close_row(gradient: &mut [f32], activation: &[f32]) {
    for (g, a) in gradient.iter_mut().zip(activation) {
        *g = if *a > 0.0 { *g } else { 0.0 };
    }
}

/// The two positions of pooling cell `x` in one row.
fn cell_row(row: &[f32], x: usize, channels: usize) -> [&[f32]; 2] {
    let (a, b) = row[2 * x * channels..][..2 * channels].split_at(channels);
    [a, b]
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
        max_pool(&input, &mut output);
        assert_eq!(output.row(0), [5.0, 4.0]);
    }

    #[test]
    fn the_gradient_goes_to_the_first_largest_and_only_through_an_open_relu() {
        let input = map(3, 4, &[7., 7., 0., 0., 7., 1., 0., 0., 1., 1., 0., 1.]);
        let upstream = map(1, 2, &[10.0, 20.0]);
        let mut gradient = map(3, 4, &[1.0; 12]);
        max_pool_backward(&input, &upstream, &mut gradient, true);
        assert_eq!(gradient.row(0), [11.0, 1.0, 0.0, 0.0]);
        assert_eq!(gradient.row(1), [1.0, 1.0, 0.0, 0.0]);
        assert_eq!(gradient.row(2), [1.0, 1.0, 0.0, 1.0]);
        max_pool_backward(&input, &upstream, &mut gradient, false);
        assert_eq!(gradient.row(0), [10.0, 0.0, 0.0, 0.0]);
        assert_eq!(gradient.row(2), [0.0; 4]);
    }
}
