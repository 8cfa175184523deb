//! Guided upsampling: a picture solved at a small size, at the size of the photo itself.
//!
//! K. He, J. Sun, "Fast Guided Filter", 2015: the local affine colour models from the small content to the small picture
//! are averaged over a window, interpolated bilinearly, and applied to the content at its own size, whose detail the
//! result therefore has.
//!
//! Differs from the paper: the models are 3×4 matrices on colour (its colour guide, for three outputs at once).

use rayon::prelude::*;

use super::local_models;
use crate::Planes;

/// Regularises the slopes, in squared colour summed over a window: one level of 8 bits at each of nine pixels.
const RIDGE: f64 = 9.0 / (255.0 * 255.0);
/// Rows of a unit of parallel work.
const BAND: usize = 16;

/// What takes `small_content` to `small_output` (3 planes of one size), applied to `content` (3×H×W, any size).
///
/// # Panics
/// If the images are not three planes each, or the small ones differ in size.
pub(crate) fn upsample(small_content: &Planes, small_output: &Planes, content: &Planes) -> Planes {
    let models = averaged(&local_models(small_content, small_output, RIDGE));
    let (height, width) = (content.height(), content.width());
    let columns: Vec<Between> = (0..width).map(|x| Between::new(x, width, models.width())).collect();
    let [r, g, b] = content.rgb();
    let mut out = Planes::zeros_like(content);
    let mut planes = out.data_mut().chunks_mut(content.area());
    let mut bands = [(); 3].map(|()| planes.next().expect("three planes").chunks_mut(BAND * width));
    let bands: Vec<(usize, [&mut [f32]; 3])> = (0..height)
        .step_by(BAND)
        .map(|top| (top, bands.each_mut().map(|plane| plane.next().expect("a chunk a band"))))
        .collect();
    bands.into_par_iter().for_each(|(top, mut out)| {
        let mut row = vec![[0.0; 12]; models.width()];
        for k in 0..out[0].len() / width {
            blend_rows(&models, Between::new(top + k, height, models.height()), &mut row);
            for (x, column) in columns.iter().enumerate() {
                let i = (top + k) * width + x;
                for (c, out) in out.iter_mut().enumerate() {
                    let [red, green, blue, one] = [0, 1, 2, 3]
                        .map(|j| column.mix(row[column.from][4 * c + j], row[column.to][4 * c + j]));
                    out[k * width + x] = red * r[i] + green * g[i] + blue * b[i] + one;
                }
            }
        }
    });
    out
}

/// Where a pixel of a large side lies between the pixels of a small one, pixels being areas.
#[derive(Clone, Copy)]
struct Between {
    from: usize,
    to: usize,
    share: f32,
}

impl Between {
    fn new(at: usize, large: usize, small: usize) -> Self {
        let position = ((at as f64 + 0.5) * small as f64 / large as f64 - 0.5).clamp(0.0, (small - 1) as f64);
        let from = position as usize;
        Self { from, to: (from + 1).min(small - 1), share: (position - from as f64) as f32 }
    }

    fn mix(self, a: f32, b: f32) -> f32 {
        a + self.share * (b - a)
    }
}

fn blend_rows(models: &Planes, rows: Between, out: &mut [[f32; 12]]) {
    let width = models.width();
    for k in 0..12 {
        let plane = models.plane(k);
        for ((model, a), b) in out.iter_mut().zip(&plane[rows.from * width..]).zip(&plane[rows.to * width..])
        {
            model[k] = rows.mix(*a, *b);
        }
    }
}

/// The mean over 3×3 neighbours, cut off at the borders.
fn averaged(planes: &Planes) -> Planes {
    let (height, width) = (planes.height(), planes.width());
    let mut out = Planes::zeros_like(planes);
    for k in 0..planes.channels() {
        let plane = planes.plane(k);
        out.plane_mut(k).par_chunks_mut(width).enumerate().for_each(|(y, row)| {
            let rows = y.saturating_sub(1)..height.min(y + 2);
            for (x, mean) in row.iter_mut().enumerate() {
                let columns = x.saturating_sub(1)..width.min(x + 2);
                let count = rows.len() * columns.len();
                let sum: f32 =
                    rows.clone().map(|v| plane[v * width..][columns.clone()].iter().sum::<f32>()).sum();
                *mean = sum / count as f32;
            }
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resample::{Filter, resize};

    fn textured(height: usize, width: usize) -> Planes {
        let data = (0..3 * height * width).map(|i| ((i * 7919 + i / 11) % 251) as f32 / 250.0);
        Planes::from_vec(3, height, width, data.collect())
    }

    #[test]
    fn an_affine_recolouring_is_the_same_at_any_size() {
        let recoloured = |p: &Planes| {
            let [r, g, b] = p.rgb();
            let red = r.iter().zip(b).map(|(r, b)| 0.6 * r + 0.3 * b + 0.05);
            let green = g.iter().map(|g| 0.2 + 0.5 * g);
            let blue = r.iter().zip(b).map(|(r, b)| 0.9 * b - 0.1 * r);
            Planes::from_vec(3, p.height(), p.width(), red.chain(green).chain(blue).collect())
        };
        let content = textured(40, 53);
        let small = resize(&content, 20, 27, Filter::Area);
        let found = upsample(&small, &recoloured(&small), &content);
        for (found, expected) in found.data().iter().zip(recoloured(&content).data()) {
            assert!((found - expected).abs() < 5e-3, "{found} instead of {expected}");
        }
    }

    #[test]
    fn flat_and_tiny_pictures_take_the_colours_of_the_output() {
        for (height, width) in [(1, 1), (1, 50), (7, 3)] {
            let small = Planes::filled(3, 1, 2.min(width), 0.5);
            let output = Planes::filled(3, 1, 2.min(width), 0.25);
            let found = upsample(&small, &output, &Planes::filled(3, height, width, 0.5));
            assert!(found.data().iter().all(|v| (v - 0.25).abs() < 1e-6), "{height}×{width}");
        }
    }
}
