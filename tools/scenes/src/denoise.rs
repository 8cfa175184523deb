//! Clears a rendering of its paths' noise: the edge-avoiding à-trous wavelet of H. Dammertz et al.
//! (2010), with the weights by variance of C. Schied et al., "Spatiotemporal variance-guided
//! filtering" (2017), for one frame.

use glam::Vec3;
use rayon::prelude::*;

/// One layer of light: its pixels' means and the variances of the means' brightness.
#[derive(Clone)]
pub(crate) struct Layer {
    pub light: Vec<Vec3>,
    pub variance: Vec<f32>,
}

/// What the filter knows about the pixels without noise.
pub(crate) struct Guide {
    pub width: usize,
    pub normal: Vec<Vec3>,
    pub place: Vec<Vec3>,
    /// Distance from the eye.
    pub depth: Vec<f32>,
}

/// Power of the cosine between faces by which they count as one. Pixels on edges, which hardly
/// any others match, are cleared by the first pass: it asks for less.
const ALIKE: [i32; 2] = [3, 32];
/// Brightness differences of this many standard errors are taken for noise.
const TRUST: f32 = 6.0;
/// Share of a pixel's distance from the eye by which neighbours may lie off its face's plane.
const RELIEF: f32 = 0.003;
const KERNEL: [f32; 3] = [0.375, 0.25, 0.0625];

/// The layer smoothed by `passes` of the filter, each twice as wide as the one before.
pub(crate) fn smooth(layer: &Layer, guide: &Guide, passes: u32) -> Layer {
    (0..passes).fold(despeckled(layer, guide.width), |layer, pass| filter(&layer, guide, 1 << pass))
}

/// The layer with noisy pixels that outshine all around them brought down to the brightest of these.
fn despeckled(layer: &Layer, width: usize) -> Layer {
    let (w, h) = (width as isize, (layer.light.len() / width) as isize);
    let mut calm = layer.clone();
    for (i, light) in calm.light.iter_mut().enumerate() {
        let (x, y) = (i as isize % w, i as isize / w);
        let mut most = 0.0f32;
        for v in (y - 1).max(0)..(y + 2).min(h) {
            for u in (x - 1).max(0)..(x + 2).min(w) {
                if (u, v) != (x, y) {
                    most = most.max(layer.light[(v * w + u) as usize].element_sum());
                }
            }
        }
        let sum = light.element_sum();
        if sum > most && layer.variance[i] > 0.0 {
            *light *= most / sum;
            calm.variance[i] *= (most / sum).powi(2);
        }
    }
    calm
}

fn filter(layer: &Layer, guide: &Guide, step: isize) -> Layer {
    let (w, h) = (guide.width as isize, (layer.light.len() / guide.width) as isize);
    let (alike_power, relief) = if step == 1 { (ALIKE[0], 5.0 * RELIEF) } else { (ALIKE[1], RELIEF) };
    let calm = blurred(&layer.variance, w, h);
    let (light, variance) = (0..layer.light.len())
        .into_par_iter()
        .map(|i| {
            let (x, y) = (i as isize % w, i as isize / w);
            let (here, normal, place) = (layer.light[i].element_sum(), guide.normal[i], guide.place[i]);
            let spread = TRUST * 3.0 * calm[i].sqrt() + 1e-6;
            let (mut sum, mut noise, mut total) = (Vec3::ZERO, 0.0, 0.0);
            for dy in -2..=2isize {
                for dx in -2..=2isize {
                    let (u, v) = (x + dx * step, y + dy * step);
                    if u < 0 || v < 0 || u >= w || v >= h {
                        continue;
                    }
                    let j = (v * w + u) as usize;
                    let off = (guide.place[j] - place).dot(normal).abs() / (relief * guide.depth[i]);
                    let alike = normal.dot(guide.normal[j]).max(0.0).powi(alike_power);
                    let even = (layer.light[j].element_sum() - here).abs() / spread;
                    let kernel = KERNEL[dx.unsigned_abs()] * KERNEL[dy.unsigned_abs()];
                    let weight = kernel * alike * (-off - even).exp();
                    sum += weight * layer.light[j];
                    noise += weight * weight * layer.variance[j];
                    total += weight;
                }
            }
            (sum / total, noise / (total * total))
        })
        .unzip();
    Layer { light, variance }
}

/// Means over seven by seven pixels: single variances are themselves noisy, and too small where the
/// few paths that bring most of the light missed.
fn blurred(values: &[f32], w: isize, h: isize) -> Vec<f32> {
    (0..values.len())
        .into_par_iter()
        .map(|i| {
            let (x, y) = (i as isize % w, i as isize / w);
            let (mut sum, mut count) = (0.0, 0.0);
            for v in (y - 3).max(0)..(y + 4).min(h) {
                for u in (x - 3).max(0)..(x + 4).min(w) {
                    sum += values[(v * w + u) as usize];
                    count += 1.0;
                }
            }
            sum / count
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::Rng;

    /// Two walls in front of one another, lit 1 and 3, with noise.
    fn noisy() -> (Layer, Guide) {
        let mut rng = Rng::new(8);
        let left = |i: usize| i % 40 < 20;
        let light =
            (0..1600).map(|i| Vec3::splat(if left(i) { 1.0 } else { 3.0 } + rng.range(-0.5, 0.5))).collect();
        let place = (0..1600).map(|i| Vec3::Z * if left(i) { 2.0 } else { 4.0 }).collect();
        let layer = Layer { light, variance: vec![1.0 / 12.0; 1600] };
        (layer, Guide { width: 40, normal: vec![Vec3::Z; 1600], place, depth: vec![3.0; 1600] })
    }

    #[test]
    fn noise_goes_and_the_edge_stays() {
        let (layer, guide) = noisy();
        let clear = smooth(&layer, &guide, 4);
        for (i, light) in clear.light.iter().enumerate() {
            let truth = if i % 40 < 20 { 1.0 } else { 3.0 };
            assert!((light.x - truth).abs() < 0.2, "{i}: {light}");
        }
    }

    #[test]
    fn what_has_no_noise_is_kept() {
        let (mut layer, guide) = noisy();
        layer.variance.fill(0.0);
        let clear = smooth(&layer, &guide, 4);
        assert!(clear.light.iter().zip(&layer.light).all(|(a, b)| (*a - *b).length() < 1e-4));
    }
}
