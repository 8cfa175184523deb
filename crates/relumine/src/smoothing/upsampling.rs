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
use crate::watch::CancelToken;

/// Regularises the slopes, in squared colour summed over a window: one level of 8 bits at each of nine pixels.
const RIDGE: f64 = 9.0 / (255.0 * 255.0);
/// Rows of a unit of parallel work.
const BAND: usize = 16;

/// What takes a small content to a small picture, to be applied to the content at any size.
#[derive(Clone, Debug)]
pub(crate) struct Upsampling {
    /// The averaged models: for each channel three slopes and an offset, 12×h×w.
    models: Planes,
}

impl Upsampling {
    /// From `small_content` to `small_output`, 3×h×w both: a picture, or any three planes, such as masks. Where the token cancels
    /// it ends early and is of no use.
    ///
    /// # Panics
    /// If the images are not three planes each, or differ in size.
    pub(crate) fn new(small_content: &Planes, small_output: &Planes, token: &CancelToken) -> Self {
        Self { models: averaged(&local_models(small_content, small_output, RIDGE, token)) }
    }

    /// The rows from `first_row` on of the picture at the size of a content of `height` rows, of which `content` holds
    /// these, 3×b×W.
    ///
    /// # Panics
    /// If the band has not three planes, or reaches beyond the content.
    pub(crate) fn band(&self, content: &Planes, first_row: usize, height: usize) -> Planes {
        self.rows(content, first_row, height, &CancelToken::new())
    }

    /// As [`band`](Self::band); where the token cancels, with rows that were not reached.
    fn rows(&self, content: &Planes, first_row: usize, height: usize, token: &CancelToken) -> Planes {
        let (models, width) = (&self.models, content.width());
        assert!(first_row + content.height() <= height, "a band of the {height} rows");
        let columns: Vec<Mix> = (0..width).map(|x| Mix::new(x, width, models.width())).collect();
        let [r, g, b] = content.rgb();
        let mut out = Planes::zeros_like(content);
        let mut planes = out.data_mut().chunks_mut(content.area());
        let [red, green, blue] = [(); 3].map(|()| planes.next().expect("three planes"));
        let [red, green, blue] = [red, green, blue].map(|plane| plane.par_chunks_mut(BAND * width));
        red.zip(green).zip(blue).enumerate().for_each(|(band, ((red, green), blue))| {
            if token.is_cancelled() {
                return;
            }
            let mut row = vec![[0.0; 12]; models.width()];
            for k in 0..red.len() / width {
                let y = band * BAND + k;
                blend_rows(models, Mix::new(first_row + y, height, models.height()), &mut row);
                for (x, column) in columns.iter().enumerate() {
                    let i = y * width + x;
                    for (c, out) in [&mut *red, &mut *green, &mut *blue].into_iter().enumerate() {
                        let [red, green, blue, one] = [0, 1, 2, 3]
                            .map(|j| column.of(row[column.from][4 * c + j], row[column.to][4 * c + j]));
                        out[k * width + x] = red * r[i] + green * g[i] + blue * b[i] + one;
                    }
                }
            }
        });
        out
    }
}

/// What takes `small_content` to `small_output` (3×h×w both), applied to `content` (3×H×W, any size). Where the token cancels
/// it ends early and is of no use.
///
/// # Panics
/// If the images are not three planes each, or the small ones differ in size.
pub(crate) fn upsample(
    small_content: &Planes,
    small_output: &Planes,
    content: &Planes,
    token: &CancelToken,
) -> Planes {
    Upsampling::new(small_content, small_output, token).rows(content, 0, content.height(), token)
}

/// Where a pixel of a large side lies between the pixels of a small one, pixels being areas.
#[derive(Clone, Copy)]
struct Mix {
    from: usize,
    to: usize,
    share: f32,
}

impl Mix {
    fn new(at: usize, large: usize, small: usize) -> Self {
        let position = ((at as f64 + 0.5) * small as f64 / large as f64 - 0.5).clamp(0.0, (small - 1) as f64);
        let from = position as usize;
        Self { from, to: (from + 1).min(small - 1), share: (position - from as f64) as f32 }
    }

    fn of(self, a: f32, b: f32) -> f32 {
        a + self.share * (b - a)
    }
}

fn blend_rows(models: &Planes, rows: Mix, out: &mut [[f32; 12]]) {
    let width = models.width();
    for k in 0..12 {
        let plane = models.plane(k);
        for ((model, a), b) in out.iter_mut().zip(&plane[rows.from * width..]).zip(&plane[rows.to * width..])
        {
            model[k] = rows.of(*a, *b);
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

    /// Three channels that vary independently and are the same picture at any size.
    fn waves(height: usize, width: usize) -> Planes {
        let sample = |channel: usize, y: usize, x: usize| {
            let (v, u) = ((y as f32 + 0.5) / height as f32, (x as f32 + 0.5) / width as f32);
            0.5 + 0.4 * [(9.0 * u).sin(), (8.0 * v).cos(), (7.0 * (u + v)).sin()][channel]
        };
        let samples =
            (0..3).flat_map(|c| (0..height).flat_map(move |y| (0..width).map(move |x| sample(c, y, x))));
        Planes::from_vec(3, height, width, samples.collect())
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
        let (content, small) = (waves(80, 106), waves(40, 53));
        let found = upsample(&small, &recoloured(&small), &content, &CancelToken::new());
        for (found, expected) in found.data().iter().zip(recoloured(&content).data()) {
            assert!((found - expected).abs() < 5e-3, "{found} instead of {expected}");
        }
    }

    #[test]
    fn flat_and_tiny_pictures_take_the_colours_of_the_output() {
        for (height, width) in [(1, 1), (1, 50), (7, 3)] {
            let small = Planes::filled(3, 1, 2.min(width), 0.5);
            let output = Planes::filled(3, 1, 2.min(width), 0.25);
            let content = Planes::filled(3, height, width, 0.5);
            let found = upsample(&small, &output, &content, &CancelToken::new());
            assert!(found.data().iter().all(|v| (v - 0.25).abs() < 1e-6), "{height}×{width}");
        }
    }

    #[test]
    fn bands_are_those_of_the_whole() {
        let (small, content) = (waves(12, 17), waves(70, 31));
        let mut output = small.clone();
        output.data_mut().iter_mut().enumerate().for_each(|(i, v)| *v *= 0.5 + (i % 7) as f32 / 10.0);
        let token = CancelToken::new();
        let whole = upsample(&small, &output, &content, &token);
        let upsampling = Upsampling::new(&small, &output, &token);
        for (first, count) in [(0, 70), (0, 1), (69, 1), (13, 40)] {
            let part = |of: &Planes| {
                let rows = (0..3).flat_map(|c| &of.plane(c)[first * 31..][..count * 31]);
                Planes::from_vec(3, count, 31, rows.copied().collect())
            };
            assert_eq!(
                upsampling.band(&part(&content), first, 70),
                part(&whole),
                "{count} rows from {first} on"
            );
        }
    }

    #[test]
    fn it_leaves_early_where_it_is_cancelled() {
        let token = CancelToken::new();
        token.cancel();
        let found = upsample(&waves(12, 17), &waves(12, 17), &waves(70, 31), &token);
        assert!(found.data().iter().all(|v| *v == 0.0), "no row was worked on");
    }
}
