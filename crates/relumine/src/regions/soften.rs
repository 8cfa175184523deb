//! Soft borders: masks blurred by a tent, two box averages in each direction.
//!
//! Every weight depends on the position alone, so masks that sum to 1 still do.

use crate::Planes;

/// Spreads each border over about `width` pixels; below one pixel, nothing changes.
pub(crate) fn soften(masks: &Planes, width: f32) -> Planes {
    let mut out = masks.clone();
    let radius = (width / 2.0).round() as usize;
    if radius == 0 {
        return out;
    }
    let (rows, columns) = (masks.height(), masks.width());
    let mut line = vec![0.0; rows.max(columns)];
    for channel in 0..masks.channels() {
        let plane = out.plane_mut(channel);
        for _ in 0..2 {
            for row in plane.chunks_exact_mut(columns) {
                box_average(row, 1, columns, radius, &mut line);
            }
            for column in 0..columns {
                box_average(&mut plane[column..], columns, rows, radius, &mut line);
            }
        }
    }
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
