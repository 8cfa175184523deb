//! Renders a view: its light and its mask.

use glam::{Vec2, Vec3};
use image::{Rgb, RgbImage};
use rayon::prelude::*;

use crate::denoise::{Guide, Layer, smooth};
use crate::indoors::{Indoors, Sample};
use crate::mask::Region;
use crate::materials::Look;
use crate::noise::Rng;
use crate::photo::Radiance;
use crate::room;
use crate::scene::Scene;
use crate::sky::Sky;
use crate::still;
use crate::town;
use crate::trace::{World, disc};
use crate::views::{Place, View};

/// Radius in pixels of the footprint over which a pixel gathers light.
const FOOTPRINT: f32 = 0.72;

/// Fewest paths for a pixel, and the standard error of its tone at which more are not needed.
const FEWEST: u32 = 8;
const ERROR: f32 = 0.009;

/// The light of a view with at most `samples` paths a pixel, and the mask of what its pixels' centres show.
pub(crate) fn render(view: &View, width: u32, height: u32, samples: u32) -> (Radiance, RgbImage) {
    let set = match view.place {
        Place::Town => return render_town(view, width, height, samples),
        Place::Room => room::build(view.lit),
        Place::Studio => still::build(),
    };
    let sky = Sky::new(&view.weather);
    let sky = if let Some(share) = view.blue_hour { sky.set(share) } else { sky };
    let look = Look { season: view.season, lit: view.lit, ambient: sky.ambient };
    let mut indoors = Indoors {
        scene: &set.scene,
        lights: &set.lights,
        sky: &sky,
        sun: view.weather.sun,
        look,
        brightest: view.brightest,
        panorama: Vec::new(),
    };
    indoors.look_out();
    let size = Vec2::new(width as f32, height as f32);
    let pixels: Vec<Pixel> = (0..width * height)
        .into_par_iter()
        .map(|i| {
            let corner = Vec2::new((i % width) as f32, (i / width) as f32);
            let mut pixel = Pixel::default();
            for s in 0..samples {
                let mut rng = Rng::for_sample(i, s);
                let (x, y) = disc(&mut rng);
                let at = corner + 0.5 + FOOTPRINT * Vec2::new(x, y);
                let ray = view.camera.ray(at, size);
                pixel.add(&indoors.sample(ray, &mut rng), ray.dir);
            }
            pixel
        })
        .collect();
    let light = clear(&pixels, width as usize, samples as f32);
    (light, mask(view, &set.scene, width, height))
}

/// Sums over a pixel's paths.
#[derive(Clone, Default)]
struct Pixel {
    lit: Vec3,
    albedo: Vec3,
    coat: Vec3,
    normal: Vec3,
    place: Vec3,
    depth: f32,
    /// Squares of the brightness of ground and coat.
    squares: [f32; 2],
}

impl Pixel {
    fn add(&mut self, s: &Sample, dir: Vec3) {
        self.lit += s.ground * s.albedo;
        self.albedo += s.albedo;
        self.coat += s.coat;
        self.normal += s.normal;
        self.place += dir * s.depth.min(FAR);
        self.depth += s.depth.min(FAR);
        self.squares[0] += (s.ground * s.albedo).element_sum().powi(2);
        self.squares[1] += s.coat.element_sum().powi(2);
    }
}

/// Depth in metres beyond which all is equally far.
const FAR: f32 = 60.0;
/// Passes of the filter over what lies under coats, and over what they mirror.
const PASSES: [u32; 2] = [5, 4];

/// The picture of these sums over `n` paths, cleared of noise: the ground's light apart from its
/// albedo, which the filter would blur.
fn clear(pixels: &[Pixel], width: usize, n: f32) -> Radiance {
    let variance = |sum: Vec3, squares: f32| {
        let mean = sum.element_sum() / n;
        ((squares / n - mean * mean).max(0.0) / n) / 9.0
    };
    let guide = Guide {
        width,
        normal: pixels.iter().map(|p| p.normal.normalize_or(Vec3::Z)).collect(),
        place: pixels.iter().map(|p| p.place / n).collect(),
        depth: pixels.iter().map(|p| p.depth / n).collect(),
    };
    let bottom = Vec3::splat(1e-3 * n);
    let ground = Layer {
        light: pixels.iter().map(|p| p.lit / p.albedo.max(bottom)).collect(),
        variance: pixels
            .iter()
            .map(|p| variance(p.lit, p.squares[0]) / (p.albedo.max(bottom).element_sum() / (3.0 * n)).powi(2))
            .collect(),
    };
    let coat = Layer {
        light: pixels.iter().map(|p| p.coat / n).collect(),
        variance: pixels.iter().map(|p| variance(p.coat, p.squares[1])).collect(),
    };
    let (ground, coat) = (smooth(&ground, &guide, PASSES[0]), smooth(&coat, &guide, PASSES[1]));
    let light = pixels
        .iter()
        .zip(ground.light.iter().zip(&coat.light))
        .map(|(p, (ground, coat))| *ground * p.albedo.max(bottom) / n + *coat)
        .collect();
    Radiance { width, height: pixels.len() / width, pixels: light }
}

fn render_town(view: &View, width: u32, height: u32, samples: u32) -> (Radiance, RgbImage) {
    let town = town::build(view.season);
    let sky = Sky::new(&view.weather);
    let look = Look { season: view.season, lit: view.lit, ambient: sky.ambient };
    let world = World {
        scene: &town.scene,
        lamps: &town.lamps,
        sky: &sky,
        sun: view.weather.sun,
        look,
        air: view.air,
        brightest: view.brightest,
    };
    let size = Vec2::new(width as f32, height as f32);
    let corner = |i: u32| Vec2::new((i % width) as f32, (i / width) as f32);
    let pixels = (0..width * height)
        .into_par_iter()
        .map(|i| {
            let (mut sum, mut shown, mut squares) = (Vec3::ZERO, 0.0, 0.0);
            for s in 0..samples {
                let mut rng = Rng::for_sample(i, s);
                let (x, y) = disc(&mut rng);
                let at = corner(i) + 0.5 + FOOTPRINT * Vec2::new(x, y);
                let light = world.radiance(view.camera.ray(at, size), &mut rng);
                sum += light;
                let tone = view.film.tone(light);
                shown += tone;
                squares += tone * tone;
                let n = (s + 1) as f32;
                let variance = (squares / n - (shown / n).powi(2)).max(0.0) / n;
                if s + 1 >= FEWEST && variance < ERROR * ERROR {
                    return sum / n;
                }
            }
            sum / samples as f32
        })
        .collect();
    (
        Radiance { width: width as usize, height: height as usize, pixels },
        mask(view, &town.scene, width, height),
    )
}

fn mask(view: &View, scene: &Scene, width: u32, height: u32) -> RgbImage {
    let size = Vec2::new(width as f32, height as f32);
    let mut mask = RgbImage::new(width, height);
    mask.par_enumerate_pixels_mut().for_each(|(x, y, pixel)| {
        let mut ray = view.camera.ray(Vec2::new(x as f32 + 0.5, y as f32 + 0.5), size);
        let mut hit = scene.nearest(&ray);
        while let Some(glass) = hit.filter(|hit| !hit.material.shades()) {
            ray.origin = glass.point + 1e-3 * ray.dir;
            hit = scene.nearest(&ray);
        }
        *pixel = Rgb(hit.map_or(Region::Sky, |hit| hit.region).colour());
    });
    mask
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views;

    #[test]
    fn a_small_render_repeats_and_its_mask_has_the_regions_colours_alone() {
        let view = &views::all()[2];
        let (first, mask) = render(view, 32, 21, 2);
        let (second, again) = render(view, 32, 21, 2);
        assert_eq!(first.pixels, second.pixels);
        assert_eq!(mask, again);
        assert!(first.pixels.iter().all(|c| c.is_finite() && c.min_element() >= 0.0));
        use Region::{Buildings, Ground, Objects, Sky, Vegetation, Water};
        let colours = [Sky, Water, Buildings, Vegetation, Ground, Objects].map(Region::colour);
        assert!(mask.pixels().all(|p| colours.contains(&p.0)));
        for region in [Sky, Water, Buildings, Vegetation] {
            assert!(mask.pixels().any(|p| p.0 == region.colour()), "{region:?} is not in the picture");
        }
    }

    #[test]
    fn a_room_repeats_and_shows_its_regions() {
        let views = views::all();
        for (name, regions) in [
            ("evening", &[Region::Buildings, Region::Ground, Region::Objects][..]),
            ("product", &[Region::Ground, Region::Objects][..]),
        ] {
            let view = views.iter().find(|v| v.name == name).expect("a view");
            let (first, mask) = render(view, 24, 16, 1);
            assert_eq!(first.pixels, render(view, 24, 16, 1).0.pixels);
            assert!(first.pixels.iter().all(|c| c.is_finite() && c.min_element() >= 0.0));
            for region in regions {
                assert!(mask.pixels().any(|p| p.0 == region.colour()), "{region:?} is not in {name}");
            }
        }
    }
}
