//! Soft borders: masks blurred by a tent, two box averages in each direction.
//!
//! Every weight depends on the position alone, so masks that sum to 1 still do.

use rayon::prelude::*;

use crate::Planes;

/// Spreads each border over about `width` pixels; below one pixel, nothing changes.
pub(super) fn soften(masks: &Planes, width: f32) -> Planes {
    let mut out = masks.clone();
    let radius = (width / 2.0).round() as usize;
    if radius == 0 {
        return out;
    }
    let (rows, columns) = (masks.height(), masks.width());
    out.data_mut().par_chunks_exact_mut(rows * columns).for_each(|plane| {
        let mut line = vec![0.0; rows.max(columns)];
        for _ in 0..2 {
            for row in plane.chunks_exact_mut(columns) {
                box_average(row, 1, columns, radius, &mut line);
            }
            for column in 0..columns {
                box_average(&mut plane[column..], columns, rows, radius, &mut line);
            }
        }
    });
    out
}

/// Averages each of `count` samples, `stride` apart, with those within `radius / 2` before and after; ends repeat.
fn box_average(samples: &mut [f32], stride: usize, count: usize, radius: usize, line: &mut [f32]) {
    let reach = radius.div_ceil(2);
    let at = |i: isize| (i.clamp(0, count as isize - 1) as usize) * stride;
    let reach_signed = reach as isize;
    let mut sum: f64 = (-reach_signed..=reach_signed).map(|i| f64::from(samples[at(i)])).sum();
    for (i, out) in line[..count].iter_mut().enumerate() {
        let i = i as isize;
        *out = (sum / (2 * reach + 1) as f64) as f32;
        sum += f64::from(samples[at(i + reach_signed + 1)]) - f64::from(samples[at(i - reach_signed)]);
    }
    for (i, value) in line[..count].iter().enumerate() {
        samples[i * stride] = value.clamp(0.0, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_edge_becomes_a_ramp_of_the_width_asked_for() {
        let step = Planes::from_vec(1, 1, 40, (0..40).map(|x| f32::from(u8::from(x >= 20))).collect());
        let soft = soften(&step, 8.0);
        let row = soft.data();
        assert!(row.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!((row[19] + row[20] - 1.0).abs() < 1e-6);
        let between = row.iter().filter(|v| **v > 0.001 && **v < 0.999).count();
        assert!((6..=10).contains(&between), "{row:?}");
        assert_eq!(soften(&step, 0.9), step);
    }

    proptest! {
        #[test]
        fn masks_still_sum_to_one(
            (height, width) in (1_usize..30, 1_usize..30),
            softness in 0.0_f32..60.0,
            split in 1_usize..7,
        ) {
            let inside: Vec<f32> = (0..height * width).map(|i| f32::from(u8::from(i % split == 0))).collect();
            let outside = inside.iter().map(|v| 1.0 - v);
            let masks = Planes::from_vec(2, height, width, inside.iter().copied().chain(outside).collect());
            let soft = soften(&masks, softness);
            for (a, b) in soft.plane(0).iter().zip(soft.plane(1)) {
                prop_assert!((0.0..=1.0).contains(a) && (a + b - 1.0).abs() < 1e-5, "{a} + {b}");
            }
        }
    }
}
