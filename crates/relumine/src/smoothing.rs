//! The locally-affine smoothing that ends Deep Photo Style Transfer.
//!
//! F. Luan, S. Paris, E. Shechtman, K. Bala, "Deep Photo Style Transfer", CVPR 2017, as its published code does it (the paper does not
//! describe it). At each pixel the affine colour model that best takes the content to the output is fitted in a 3×3 window, cut off at the
//! borders, by least squares with a ridge of 1e-3 on the slope; models are then averaged with the weights of a joint bilateral filter on the content,
//! exp(−|Δposition|² / 2σ_s²) · exp(−mean over channels of (Δcolour)² / 2σ_c²) with σ_s = radius / 3 and σ_c = `edge`; the average is applied to the content.
//!
//! Memory: 12 planes for the models. Time: (2 radius + 1)² taps a pixel; nothing is approximated.
//!
//! Differs from the published code: sums are centred before the small systems are solved, which are never singular; models are
//! stored in f32 and each is applied before the sum, which is the same by linearity.

mod upsampling;

use multiversion::multiversion;
use nalgebra::{Matrix3, Vector3};
use rayon::prelude::*;

use crate::watch::{CancelToken, Watch};
use crate::{Planes, Result};

pub(crate) use upsampling::{Upsampling, upsample};

/// Regularises the slopes, in squared colour summed over a window: flat windows map to their mean.
const RIDGE: f64 = 1e-3;
/// Rows of a unit of parallel work.
const BAND: usize = 8;
/// Bands between two steps that are told.
const BATCH: usize = 8;
/// Columns worked on at a time, so that the models they need stay in the cache.
const STRIP: usize = 256;

/// Smooths `output`, three colour planes in 0..1 solved for `content`, keeping it an affine function of the content's colours everywhere.
///
/// The published settings are `radius` 15 (pixels) and `edge` 0.01 (colour, 0..1). The watch is told of rows done.
///
/// # Errors
/// [`Error::Cancelled`](crate::Error::Cancelled).
///
/// # Panics
/// If the images are not three planes of one size, or `radius` or `edge` is not positive.
pub(crate) fn smooth(
    content: &Planes,
    output: &Planes,
    radius: usize,
    edge: f32,
    watch: &mut Watch<'_>,
) -> Result<Planes> {
    let (height, width) = (content.height(), content.width());
    assert_eq!(
        (content.channels(), output.channels(), height, width),
        (3, 3, output.height(), output.width()),
        "two colour images of one size"
    );
    assert!(radius > 0 && edge > 0.0, "a filter of some extent");
    let models = &local_models(content, output, RIDGE, watch.token());
    let filter = JointBilateral { content, models, radius, edge };
    let mut smoothed = Planes::zeros_like(content);
    let mut chunks = [(); 3];
    let mut planes = smoothed.data_mut().chunks_mut(content.area());
    let mut rows = chunks.each_mut().map(|()| planes.next().expect("three planes").chunks_mut(BAND * width));
    let mut start = 0;
    while start < height {
        watch.step(start, height)?;
        let token = watch.token();
        let end = height.min(start + BATCH * BAND);
        let batch: Vec<(usize, [&mut [f32]; 3])> = (start..end)
            .step_by(BAND)
            .map(|y| (y, rows.each_mut().map(|plane| plane.next().expect("a chunk for each band"))))
            .collect();
        batch
            .into_par_iter()
            .filter(|_| !token.is_cancelled())
            .for_each(|(y, out)| filter_band(&filter, y, out));
        start = end;
    }
    watch.token().check()?;
    Ok(smoothed)
}

/// The best affine model of each pixel: for each output channel, three slopes and an offset; twelve planes. Where the
/// token cancels, those that were not reached are zero.
fn local_models(content: &Planes, output: &Planes, ridge: f64, token: &CancelToken) -> Planes {
    let (height, width) = (content.height(), content.width());
    let (source, target) = (content.rgb(), output.rgb());
    let rows: Vec<Vec<[f32; 12]>> = (0..height)
        .into_par_iter()
        .filter(|_| !token.is_cancelled())
        .map(|y| (0..width).map(|x| local_model(source, target, height, width, y, x, ridge)).collect())
        .collect();
    let mut models = Planes::zeros(12, height, width);
    for k in 0..12 {
        for (value, model) in models.plane_mut(k).iter_mut().zip(rows.iter().flatten()) {
            *value = model[k];
        }
    }
    models
}

fn local_model(
    source: [&[f32]; 3],
    target: [&[f32]; 3],
    height: usize,
    width: usize,
    y: usize,
    x: usize,
    ridge: f64,
) -> [f32; 12] {
    let window = || {
        (y.saturating_sub(1)..height.min(y + 2))
            .flat_map(move |v| (x.saturating_sub(1)..width.min(x + 2)).map(move |u| v * width + u))
    };
    let colour = |planes: [&[f32]; 3], i: usize| Vector3::from(planes.map(|plane| f64::from(plane[i])));
    let count = window().count() as f64;
    let mean = window().map(|i| colour(source, i)).sum::<Vector3<f64>>() / count;
    let target_mean = window().map(|i| colour(target, i)).sum::<Vector3<f64>>() / count;
    let mut scatter = Matrix3::identity() * ridge;
    let mut cross = Matrix3::zeros();
    for i in window() {
        let centred = colour(source, i) - mean;
        scatter += centred * centred.transpose();
        cross += centred * (colour(target, i) - target_mean).transpose();
    }
    // Column c holds the slopes of output channel c.
    let slopes = scatter.cholesky().map_or_else(Matrix3::zeros, |factor| factor.solve(&cross));
    let mut model = [0.0; 12];
    for c in 0..3 {
        let slope = slopes.column(c);
        for k in 0..3 {
            model[4 * c + k] = slope[k] as f32;
        }
        model[4 * c + 3] = (target_mean[c] - slope.dot(&mean)) as f32;
    }
    model
}

/// The joint bilateral filter.
struct JointBilateral<'a> {
    content: &'a Planes,
    models: &'a Planes,
    radius: usize,
    edge: f32,
}

/// Writes the rows from `top` on, as many as `out` has.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl", "x86_64+avx2+fma"))]
fn filter_band(filter: &JointBilateral, top: usize, out: [&mut [f32]; 3]) {
    let (height, width) = (filter.content.height(), filter.content.width());
    let reach = filter.radius as isize;
    let spread = filter.radius as f32 / 3.0;
    let nearness = std::f32::consts::LOG2_E / (2.0 * spread * spread);
    let likeness = std::f32::consts::LOG2_E / (3.0 * 2.0 * filter.edge * filter.edge);
    let [red, green, blue] = out;
    let rows = red.chunks_mut(width).zip(green.chunks_mut(width)).zip(blue.chunks_mut(width));
    for (y, ((red, green), blue)) in (top..).zip(rows) {
        for first in (0..width).step_by(STRIP) {
            let last = width.min(first + STRIP);
            let mut weights = [0.0; STRIP];
            let mut sums = [[0.0; STRIP]; 3];
            for v in y.saturating_sub(filter.radius)..height.min(y + filter.radius + 1) {
                let rise = y.abs_diff(v) as f32;
                for dx in -reach..=reach {
                    let from = first.max(dx.min(0).unsigned_abs());
                    let to = last.min(width.saturating_sub(dx.max(0).unsigned_abs()));
                    if from >= to {
                        continue;
                    }
                    let run = OffsetRun {
                        pixel: y * width + from,
                        neighbour: v * width + from.strict_add_signed(dx),
                        len: to - from,
                        exponent: -nearness * (rise * rise + (dx * dx) as f32),
                        likeness,
                    };
                    add_run(filter, &run, from - first, &mut weights, &mut sums);
                }
            }
            let weights = &weights[..last - first];
            for (plane, sums) in [&mut *red, &mut *green, &mut *blue].into_iter().zip(&sums) {
                for ((value, &sum), &weight) in plane[first..last].iter_mut().zip(sums).zip(weights) {
                    *value = sum / weight;
                }
            }
        }
    }
}

/// A run of `len` pixels and the neighbours, all at one offset, whose models they take in; both by index.
struct OffsetRun {
    pixel: usize,
    neighbour: usize,
    len: usize,
    /// Binary logarithm of the spatial weight.
    exponent: f32,
    /// What the binary logarithm of the weight loses for each unit of squared difference in colour.
    likeness: f32,
}

#[inline(always)]
fn add_run(
    filter: &JointBilateral<'_>,
    run: &OffsetRun,
    at: usize,
    weights: &mut [f32; STRIP],
    sums: &mut [[f32; STRIP]; 3],
) {
    let n = run.len;
    let mut weight = [0.0; STRIP];
    let weight = &mut weight[..n];
    let pixel = |c: usize| &filter.content.plane(c)[run.pixel..][..n];
    let neighbour = |c: usize| &filter.content.plane(c)[run.neighbour..][..n];
    let (p0, p1, p2) = (pixel(0), pixel(1), pixel(2));
    let (q0, q1, q2) = (neighbour(0), neighbour(1), neighbour(2));
    let total = &mut weights[at..][..n];
    for i in 0..n {
        let (d0, d1, d2) = (p0[i] - q0[i], p1[i] - q1[i], p2[i] - q2[i]);
        weight[i] = exp2(run.exponent - run.likeness * (d0 * d0 + d1 * d1 + d2 * d2));
        total[i] += weight[i];
    }
    for (c, sums) in sums.iter_mut().enumerate() {
        let model = |k: usize| &filter.models.plane(4 * c + k)[run.neighbour..][..n];
        let (a0, a1, a2, b) = (model(0), model(1), model(2), model(3));
        let sums = &mut sums[at..][..n];
        for i in 0..n {
            sums[i] += weight[i] * (a0[i] * p0[i] + a1[i] * p1[i] + a2[i] * p2[i] + b[i]);
        }
    }
}

/// 2ˣ for x ≤ 0 within 3e-7 of its value, in operations that vectorise; below 2⁻⁹⁶ it stays there: far from
/// mattering beside a pixel's own weight of 1, and far from subnormal products, which are slow.
#[inline(always)]
fn exp2(x: f32) -> f32 {
    /// Adding it rounds to whole numbers, which then stand in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    const LEAST: f32 = -96.0;
    let x = if x > LEAST { x } else { LEAST };
    let shifted = x + ROUND;
    let part = x - (shifted - ROUND);
    // Taylor series of 2^part on −½..½.
    let mut power = 1.540_353e-4;
    power = power * part + 1.333_355_8e-3;
    power = power * part + 9.618_129e-3;
    power = power * part + 5.550_411e-2;
    power = power * part + 2.402_265e-1;
    power = power * part + std::f32::consts::LN_2;
    power = power * part + 1.0;
    power * f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23))
}

#[cfg(test)]
mod tests {
    use safetensors::SafeTensors;

    use super::*;
    use crate::Error;
    use crate::watch::{Progress, Stage};

    fn fixture(fixtures: &SafeTensors<'_>, name: &str) -> Planes {
        let tensor = fixtures.tensor(name).unwrap();
        let [channels, height, width] = tensor.shape()[..] else { panic!("three axes") };
        Planes::from_vec(channels, height, width, bytemuck::pod_collect_to_vec(tensor.data()))
    }

    fn assert_near(found: &Planes, expected: &Planes, tolerance: f32) {
        for (i, (found, expected)) in found.data().iter().zip(expected.data()).enumerate() {
            assert!((found - expected).abs() <= tolerance, "{found} instead of {expected} at {i}");
        }
    }

    #[test]
    fn is_that_of_the_definition_in_f64() {
        let bytes = include_bytes!("../tests/fixtures/smoothing.safetensors");
        let fixtures = SafeTensors::deserialize(bytes).unwrap();
        let [content, output] = ["content", "output"].map(|name| fixture(&fixtures, name));
        for (radius, edge) in [(15, 0.01), (5, 0.1), (2, 1.0)] {
            let expected = fixture(&fixtures, &format!("smoothed.{radius}.{edge}"));
            let smoothed = smooth(&content, &output, radius, edge, &mut Watch::silent()).unwrap();
            assert_near(&smoothed, &expected, 2e-5);
        }
    }

    /// Contrast everywhere, wider than a strip and higher than a band.
    fn textured() -> Planes {
        let (height, width) = (BAND + 3, STRIP + 9);
        let data = (0..3 * height * width).map(|i| ((i * 7919 + i / 11) % 251) as f32 / 250.0);
        Planes::from_vec(3, height, width, data.collect())
    }

    #[test]
    fn affine_recolouring_of_a_textured_photo_stays() {
        let content = textured();
        let [r, g, b] = content.rgb();
        let mix =
            |a: f32, b_: f32, c: f32, d: f32| (0..r.len()).map(move |i| a * r[i] + b_ * g[i] + c * b[i] + d);
        let data = mix(0.7, 0.1, 0.0, 0.1).chain(mix(-0.2, 0.9, 0.1, 0.2)).chain(mix(0.0, 0.3, 0.5, 0.0));
        let output = Planes::from_vec(3, content.height(), content.width(), data.collect());
        let smoothed = smooth(&content, &output, 4, 0.2, &mut Watch::silent()).unwrap();
        // What the ridge takes from the slopes.
        assert_near(&smoothed, &output, 0.02);
    }

    #[test]
    fn flat_photos_take_the_mean_of_the_output() {
        let content = Planes::filled(3, 5, 6, 0.25);
        let smoothed =
            smooth(&content, &Planes::filled(3, 5, 6, 0.75), 3, 0.01, &mut Watch::silent()).unwrap();
        assert_near(&smoothed, &Planes::filled(3, 5, 6, 0.75), 1e-6);
    }

    #[test]
    fn it_tells_of_rows_and_can_be_cancelled() {
        let content = Planes::filled(3, 2 * BATCH * BAND + 1, 2, 0.5);
        let token = CancelToken::new();
        let mut told = Vec::new();
        let mut follower = |at: &Progress| {
            told.push((at.done, at.total));
            if at.done > 0 {
                token.cancel();
            }
        };
        let mut watch = Watch::with_token(token.clone()).followed_by(&mut follower);
        let smoothed = watch.stage(Stage::Smooth, |watch| smooth(&content, &content, 1, 0.1, watch));
        assert!(matches!(smoothed, Err(Error::Cancelled)));
        assert_eq!(told, [(0, 1), (0, 129), (64, 129)]);
    }

    #[test]
    fn does_not_depend_on_the_number_of_threads() {
        let content = textured();
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| smooth(&content, &content, 3, 0.1, &mut Watch::silent()).unwrap())
        };
        assert_eq!(run(1), run(3));
    }

    #[test]
    fn powers_of_two_are_exact_enough() {
        for step in 0..96_000 {
            let x = -(step as f32) / 1000.0;
            let exact = f64::from(x).exp2();
            assert!((f64::from(exp2(x)) - exact).abs() < 3e-7 * exact, "2^{x}");
        }
        assert_eq!(exp2(-1e9), exp2(-96.0));
        assert_eq!(exp2(f32::NEG_INFINITY), exp2(-96.0));
    }
}
