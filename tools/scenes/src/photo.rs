//! From radiance to a photograph: bloom, exposure, film curve, vignette, grain, JPEG.

use glam::{FloatExt, Vec3};
use image::codecs::jpeg::JpegEncoder;
use image::{ImageError, RgbImage};
use rayon::prelude::*;

use crate::noise::{pair, unit};

/// How a view is exposed and developed.
#[derive(Clone, Copy)]
pub(crate) struct Film {
    /// Factor from radiance to the film.
    pub exposure: f32,
    /// White balance.
    pub balance: Vec3,
    /// Share of light that the lens spreads.
    pub bloom: f32,
    /// Colourfulness; 1 leaves it.
    pub saturation: f32,
    /// How much the picture's corners darken.
    pub vignette: f32,
    /// What is printed as paper white, of 0..1: below 1 a white ground comes out clean.
    pub white: f32,
}

/// Linear radiance, row by row.
pub(crate) struct Radiance {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<Vec3>,
}

/// Largest file that an example photo may make, bytes.
const LIMIT: usize = 450_000;

impl Film {
    /// A display value of this radiance, near enough to judge noise by.
    pub(crate) fn tone(&self, light: Vec3) -> f32 {
        let grey = (self.exposure * light.element_sum() / 3.0).max(0.0);
        (grey / (1.0 + grey)).sqrt()
    }

    /// Develops a picture.
    pub(crate) fn develop(&self, light: &Radiance) -> RgbImage {
        let (w, h) = (light.width, light.height);
        let spread = glare(light);
        let pixels: Vec<[u8; 3]> = (0..w * h)
            .into_par_iter()
            .map(|i| {
                let (x, y) =
                    ((i % w) as f32 / w as f32 - 0.5, (i / w) as f32 / w as f32 - 0.5 * h as f32 / w as f32);
                let c = light.pixels[i].lerp(spread[i], self.bloom);
                let fall = 1.0 / (1.0 + self.vignette * (x * x + y * y)).powi(2);
                let c = c * self.balance * self.exposure * fall;
                let c = curve(c);
                let grey = c.dot(Vec3::new(0.2126, 0.7152, 0.0722));
                let c = Vec3::splat(grey).lerp(c, self.saturation) / self.white;
                let c = c.clamp(Vec3::ZERO, Vec3::ONE);
                // Grain is strongest in the middle tones.
                let grain = gauss(i as u32) * (0.004 + 0.009 * (grey * (1.0 - grey)).sqrt());
                let c = c + grain;
                c.to_array().map(|v| (v * 255.0 + 0.5).clamp(0.0, 255.0) as u8)
            })
            .collect();
        RgbImage::from_raw(w as u32, h as u32, pixels.into_flattened()).expect("three bytes a pixel")
    }
}

/// Strength of the print's S-shape.
const CONTRAST: f32 = 0.42;

/// A filmic curve from scene-linear to display values: J. Hable's ("Filmic tonemapping for
/// real-time rendering", 2010), then the sRGB transfer's approximation by a power.
fn curve(c: Vec3) -> Vec3 {
    let f = |x: f32| {
        let (a, b, c, d, e, f) = (0.22, 0.30, 0.10, 0.20, 0.01, 0.30);
        (x * (a * x + c * b) + d * e) / (x * (a * x + b) + d * f) - e / f
    };
    let white = f(8.0);
    c.max(Vec3::ZERO).map(|x| {
        let v = (f(2.0 * x) / white).clamp(0.0, 1.0).powf(1.0 / 2.2);
        v.lerp(v * v * (3.0 - 2.0 * v), CONTRAST)
    })
}

/// Approximately normal noise of unit variance for pixel `i`.
fn gauss(i: u32) -> f32 {
    let sum: f32 = (0..4).map(|k| unit(pair(i, 0x6a11 + k))).sum();
    (sum - 2.0) * 3f32.sqrt()
}

/// The picture as a lens spreads it: a narrow and a wide blur, each of three box passes.
fn glare(light: &Radiance) -> Vec<Vec3> {
    let blur = |share: f32| {
        let radius = ((share * light.width as f32) as usize).max(1);
        let mut pixels = light.pixels.clone();
        for _ in 0..3 {
            pixels = box_rows(&pixels, light.width, radius);
            pixels = transpose(&pixels, light.width);
            pixels = box_rows(&pixels, light.height, radius);
            pixels = transpose(&pixels, light.height);
        }
        pixels
    };
    let (narrow, wide) = (blur(0.0022), blur(0.02));
    narrow.iter().zip(&wide).map(|(a, b)| a.lerp(*b, 0.5)).collect()
}

fn box_rows(pixels: &[Vec3], width: usize, radius: usize) -> Vec<Vec3> {
    pixels
        .par_chunks(width)
        .flat_map_iter(|row| {
            (0..width).scan((Vec3::ZERO, 0usize, 0usize), move |(sum, from, to), x| {
                while *to < (x + radius + 1).min(width) {
                    *sum += row[*to];
                    *to += 1;
                }
                while *from + radius < x {
                    *sum -= row[*from];
                    *from += 1;
                }
                Some(*sum / (*to - *from) as f32)
            })
        })
        .collect()
}

fn transpose(pixels: &[Vec3], width: usize) -> Vec<Vec3> {
    let height = pixels.len() / width;
    (0..pixels.len()).map(|i| pixels[i % height * width + i / height]).collect()
}

/// The picture as JPEG, of the best quality from 92 down whose file keeps the limit.
pub(crate) fn jpeg(picture: &RgbImage) -> Result<(Vec<u8>, u8), ImageError> {
    let mut quality = 92;
    loop {
        let mut bytes = Vec::new();
        picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality))?;
        if bytes.len() <= LIMIT || quality <= 60 {
            return Ok((bytes, quality));
        }
        quality -= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_rises_from_black_to_white() {
        assert!(curve(Vec3::ZERO).max_element() < 1e-3);
        let ramp: Vec<f32> = (0..50).map(|i| curve(Vec3::splat(i as f32 * 0.1)).x).collect();
        assert!(ramp.windows(2).all(|w| w[0] <= w[1]));
        assert_eq!(ramp[49], 1.0);
    }

    #[test]
    fn glare_keeps_an_even_picture() {
        let light = Radiance { width: 40, height: 30, pixels: vec![Vec3::splat(2.0); 1200] };
        assert!(glare(&light).iter().all(|c| (c.x - 2.0).abs() < 1e-3));
    }

    #[test]
    fn transposing_twice_gives_the_picture_back() {
        let pixels: Vec<Vec3> = (0..12).map(|i| Vec3::splat(i as f32)).collect();
        assert_eq!(transpose(&transpose(&pixels, 4), 3), pixels);
    }
}
