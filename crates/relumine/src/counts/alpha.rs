//! Colours weighted by alpha: small pictures of what is seen, Σ α c / Σ α, and where nothing is seen what is seen around.

use crate::Planes;

/// Alpha up to which a place is filled from around: what is left of it in a mean is rounding.
const NOTHING: f32 = 1e-4;

/// Colours times alpha, and alpha: 4×H×W of 3×H×W and 1×H×W. What is hidden is zero, whatever colours it has.
pub(crate) fn premultiplied(colours: &Planes, alpha: &Planes) -> Planes {
    let times = |channel: usize| {
        let pixels = colours.plane(channel).iter().zip(alpha.data());
        pixels.map(|(c, a)| if *a > 0.0 { c * a } else { 0.0 })
    };
    let data = (0..3).flat_map(times).chain(alpha.data().iter().copied()).collect();
    Planes::from_vec(4, colours.height(), colours.width(), data)
}

/// Colours, 3×H×W, of what was [premultiplied] and resampled; holes are filled.
pub(crate) fn divided(resampled: &Planes) -> Planes {
    let area = resampled.area();
    let mut weighted = resampled.clone();
    for pixel in 0..area {
        let alpha = weighted.plane(3)[pixel];
        for channel in 0..4 {
            let value = &mut weighted.plane_mut(channel)[pixel];
            *value = if alpha > NOTHING { *value / alpha } else { 0.0 };
        }
    }
    let filled = filled(weighted);
    Planes::from_vec(3, filled.height(), filled.width(), filled.data()[..3 * area].to_vec())
}

/// Colours times weight, and weight, 4×H×W, with a weight of 0 or 1: places of weight 0 get the mean of what is around, coarse to
/// fine (pull-push: Gortler et al. 1996, The Lumigraph), mid grey where there is nothing anywhere.
fn filled(mut weighted: Planes) -> Planes {
    let (height, width) = (weighted.height(), weighted.width());
    if weighted.plane(3).iter().all(|weight| *weight > 0.0) {
        return weighted;
    }
    if height * width == 1 {
        weighted.data_mut().copy_from_slice(&[0.5, 0.5, 0.5, 1.0]);
        return weighted;
    }
    let (rows, columns) = (height.div_ceil(2), width.div_ceil(2));
    let mut coarse = Planes::zeros(4, rows, columns);
    for pixel in 0..height * width {
        let block = pixel / width / 2 * columns + pixel % width / 2;
        for channel in 0..4 {
            coarse.plane_mut(channel)[block] += weighted.plane(channel)[pixel];
        }
    }
    for block in 0..rows * columns {
        let weight = coarse.plane(3)[block].max(1.0);
        (0..4).for_each(|channel| coarse.plane_mut(channel)[block] /= weight);
    }
    let coarse = filled(coarse);
    for pixel in (0..height * width).filter(|pixel| weighted.plane(3)[*pixel] == 0.0).collect::<Vec<_>>() {
        let colour = between(&coarse, pixel / width, pixel % width);
        for (channel, value) in colour.into_iter().chain([1.0]).enumerate() {
            weighted.plane_mut(channel)[pixel] = value;
        }
    }
    weighted
}

/// A colour of the coarse picture at a pixel of one of twice the size, between the four blocks around.
fn between(coarse: &Planes, row: usize, column: usize) -> [f32; 3] {
    let nearest = |place: usize, count: usize| {
        let own = place / 2;
        let other = if place.is_multiple_of(2) { own.saturating_sub(1) } else { (own + 1).min(count - 1) };
        [(own, 0.75), (other, 0.25)]
    };
    let mut colour = [0.0; 3];
    for (y, share_y) in nearest(row, coarse.height()) {
        for (x, share_x) in nearest(column, coarse.width()) {
            for (channel, sum) in colour.iter_mut().enumerate() {
                *sum += share_y * share_x * coarse.plane(channel)[y * coarse.width() + x];
            }
        }
    }
    colour
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resample::{Filter, resize};

    fn small(colours: &Planes, alpha: &Planes, (height, width): (usize, usize)) -> Planes {
        divided(&resize(&premultiplied(colours, alpha), height, width, Filter::Area))
    }

    #[test]
    fn means_are_of_what_is_seen() {
        let colours = Planes::from_vec(3, 1, 4, [0.2, 0.4, 0.6, 0.9].repeat(3));
        let alpha = Planes::from_vec(1, 1, 4, vec![1.0, 0.0, 0.25, 0.75]);
        let small = small(&colours, &alpha, (1, 2));
        for plane in small.rgb() {
            assert!((plane[0] - 0.2).abs() < 1e-6 && (plane[1] - 0.825).abs() < 1e-6, "{plane:?}");
        }
    }

    #[test]
    fn what_is_hidden_changes_nothing_bit_for_bit() {
        let alpha: Vec<f32> =
            (0..600).map(|i| if (i / 7) % 5 < 3 { 0.0 } else { (i % 3) as f32 / 2.0 }).collect();
        let alpha = Planes::from_vec(1, 20, 30, alpha);
        let with = |hidden: f32| {
            let sample = |i: usize| if alpha.data()[i % 600] > 0.0 { (i % 17) as f32 / 16.0 } else { hidden };
            let colours = Planes::from_vec(3, 20, 30, (0..1800).map(sample).collect());
            [(20, 30), (7, 11), (1, 1)].map(|size| small(&colours, &alpha, size))
        };
        let first = with(0.0);
        for hidden in [1.0, 0.5, -0.1, 1.3] {
            assert_eq!(with(hidden), first);
        }
    }

    #[test]
    fn holes_are_filled_from_around_and_emptiness_is_grey() {
        let colours = Planes::from_vec(3, 1, 9, [0.1, 0.1, 0.7, 0.7, 0.7, 0.7, 0.7, 0.9, 0.9].repeat(3));
        let alpha = Planes::from_vec(1, 1, 9, vec![1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]);
        let filled = small(&colours, &alpha, (1, 9));
        let row = filled.plane(1);
        assert!(
            row.windows(2).all(|pair| pair[0] <= pair[1] + 1e-6) && row[4] > 0.2 && row[4] < 0.8,
            "{row:?}"
        );
        assert_eq!((row[0], row[8]), (0.1, 0.9));
        let nothing = small(&colours, &Planes::zeros(1, 1, 9), (1, 5));
        assert!(nothing.data().iter().all(|v| *v == 0.5));
    }
}
