//! Renders a view: its light and its mask.

use glam::{Vec2, Vec3};
use image::{Rgb, RgbImage};
use rayon::prelude::*;

use crate::mask::Region;
use crate::materials::Look;
use crate::noise::Rng;
use crate::photo::Radiance;
use crate::sky::Sky;
use crate::town;
use crate::trace::{World, disc};
use crate::views::View;

/// Radius in pixels of the footprint over which a pixel gathers light.
const FOOTPRINT: f32 = 0.72;

/// Fewest paths for a pixel, and the standard error of its tone at which more are not needed.
const FEWEST: u32 = 8;
const ERROR: f32 = 0.009;

/// The light of a view with at most `samples` paths a pixel, and the mask of what its pixels' centres show.
pub(crate) fn render(view: &View, width: u32, height: u32, samples: u32) -> (Radiance, RgbImage) {
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
    let mut mask = RgbImage::new(width, height);
    mask.par_enumerate_pixels_mut().for_each(|(x, y, pixel)| {
        let ray = view.camera.ray(Vec2::new(x as f32 + 0.5, y as f32 + 0.5), size);
        let region = town.scene.nearest(&ray).map_or(Region::Sky, |hit| hit.region);
        *pixel = Rgb(region.colour());
    });
    (Radiance { width: width as usize, height: height as usize, pixels }, mask)
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
}
