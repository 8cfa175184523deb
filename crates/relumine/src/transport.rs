//! The closed-form method: each region gets the colours of its counterpart, in one step and without a network.
//!
//! Per region, the linear Monge–Kantorovich map between the colour distributions in Oklab; pixels at the border of
//! regions blend the maps of both. A bilateral grid of affine maps in sRGB is then fitted to what became of each
//! pixel, which makes the result locally affine in colour, hence photorealistic, and applicable at any size.
//!
//! Differs from Pitié & Kokaram: one map a region, in Oklab, and through the bilateral grid. Mapped colours are held
//! within the gamut before the fit, so that the grid bends highlights and shadows instead of clipping them.

use rayon::prelude::*;

use crate::Planes;
use crate::colour::{ColourMap, Moments, from_oklab, to_oklab};
use crate::grid::{Affine, AffineFit, BilateralGrid, GridShape};
use crate::regions::soften;

/// How the grid is fitted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TransportOptions {
    /// Number of vertices along each axis.
    pub(crate) grid: GridShape,
    /// Width of the transition at borders of regions, as a share of the content's long side.
    pub(crate) softness: f32,
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self { grid: GridShape { depth: 12, height: 32, width: 32 }, softness: 0.02 }
    }
}

/// Ridge of the fit: below this variance of colour, a vertex follows the map of its region as a whole.
const RIDGE: f64 = 1e-3;

/// Fall of a sample's weight from vertex to vertex, across the photo and along luma.
const SPREAD: f32 = 0.3;
const SPREAD_LUMA: f32 = 0.3;

/// The grid that gives each region of the content the mean and covariance of its counterpart in the reference.
///
/// `content` and `reference` are small versions of the photos (3 planes; a long side of some hundred pixels is
/// enough), `content_masks` and `reference_masks` one plane a region at the same sizes, in 0..1; those of the
/// content sum to 1 at each pixel. A region without a pixel in either photo keeps its colours. The region `rest`, if there is
/// one, has no counterpart: it takes the map that the content as a whole takes to the reference as a whole.
pub(crate) fn transport(
    content: &Planes,
    content_masks: &Planes,
    reference: &Planes,
    reference_masks: &Planes,
    rest: Option<usize>,
    options: &TransportOptions,
) -> BilateralGrid {
    let regions = content_masks.channels();
    assert_eq!(regions, reference_masks.channels(), "regions come in pairs");
    let (content_lab, reference_lab) = (to_oklab(content), to_oklab(reference));
    let maps: Vec<Option<ColourMap>> = (0..regions)
        .into_par_iter()
        .map(|region| {
            let whole = (rest == Some(region)).then(|| vec![1.0; content.area()]);
            let mask = whole.as_deref().unwrap_or(content_masks.plane(region));
            let from = Moments::weighted(&content_lab, mask)?;
            let to = Moments::weighted(&reference_lab, reference_masks.plane(region))?;
            Some(ColourMap::between(&from, &to))
        })
        .collect();
    let side = content.height().max(content.width()) as f32;
    let masks = soften(content_masks, options.softness * side);
    let mapped = from_oklab(&blend_maps(&content_lab, &maps, &masks));
    let mapped = within_gamut(content, mapped);
    let whole: Vec<Affine> = (0..regions)
        .into_par_iter()
        .map(|region| AffineFit::of_region(content, &mapped, masks.plane(region), RIDGE))
        .collect();
    let fit = AffineFit { shape: options.grid, ridge: RIDGE, spread: SPREAD, spread_luma: SPREAD_LUMA };
    fit.fit(content, &mapped, |pixel| {
        let mut given = [0.0; 12];
        for (region, matrix) in whole.iter().enumerate() {
            let share = masks.plane(region)[pixel];
            given.iter_mut().zip(matrix).for_each(|(g, m)| *g += share * m);
        }
        given
    })
}

/// Each pixel's colour under the maps of its regions, weighted by how much it belongs to each.
fn blend_maps(lab: &Planes, maps: &[Option<ColourMap>], masks: &Planes) -> Planes {
    let [l, a, b] = lab.rgb();
    let mut out = Planes::zeros_like(lab);
    for (region, map) in maps.iter().enumerate() {
        for (i, share) in masks.plane(region).iter().enumerate().filter(|(_, share)| **share > 0.0) {
            let colour = [l[i], a[i], b[i]];
            let mapped = map.map_or(colour, |map| map.apply(colour));
            for (channel, value) in mapped.into_iter().enumerate() {
                out.plane_mut(channel)[i] += share * value;
            }
        }
    }
    out
}

/// Holds mapped colours within 0..1, or, where the content itself goes beyond, within the content's own value.
fn within_gamut(content: &Planes, mut mapped: Planes) -> Planes {
    for (after, before) in mapped.data_mut().iter_mut().zip(content.data()) {
        *after = after.clamp(before.min(0.0), before.max(1.0));
    }
    mapped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::resample::{Filter, fit, resize};

    const LEVEL: f32 = 1.0 / 255.0;

    /// A landscape of sorts: a bright sky above a dark textured ground.
    fn landscape(height: usize, width: usize) -> Planes {
        let sample = |channel: usize, y: usize, x: usize| {
            let (v, u) = (y as f32 / height as f32, x as f32 / width as f32);
            if v < 0.5 {
                [0.4, 0.6, 0.9][channel] + 0.3 * v + 0.05 * (9.0 * u).sin()
            } else {
                [0.3, 0.25, 0.1][channel] + 0.15 * (31.0 * u + channel as f32).sin() * (17.0 * v).cos()
            }
        };
        let samples =
            (0..3).flat_map(|c| (0..height).flat_map(move |y| (0..width).map(move |x| sample(c, y, x))));
        Planes::from_vec(3, height, width, samples.collect())
    }

    fn halves(height: usize, width: usize) -> Planes {
        let sky =
            (0..height * width).map(|i| f32::from(u8::from(i / width < height / 2))).collect::<Vec<_>>();
        let ground = sky.iter().map(|v| 1.0 - v).collect::<Vec<_>>();
        Planes::from_vec(2, height, width, [sky, ground].concat())
    }

    fn one(image: &Planes) -> Planes {
        Planes::filled(1, image.height(), image.width(), 1.0)
    }

    /// The photo rendered at its own size, solved at a long side of at most 96 pixels, without masks.
    fn whole(content: &Planes, reference: &Planes) -> Planes {
        let small = |image: &Planes| {
            let (height, width) =
                fit(image.height(), image.width(), 96.min(image.height().max(image.width())));
            resize(image, height, width, Filter::Area)
        };
        let (c, r) = (small(content), small(reference));
        transport(&c, &one(&c), &r, &one(&r), None, &TransportOptions::default()).slice(content)
    }

    fn worst(a: &Planes, b: &Planes) -> f32 {
        a.data().iter().zip(b.data()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    fn assert_sensible(image: &Planes) {
        for v in image.data() {
            assert!(v.is_finite() && (-0.1..=1.1).contains(v), "{v}");
        }
    }

    fn mean(image: &Planes) -> [f32; 3] {
        image.rgb().map(|plane| plane.iter().sum::<f32>() / plane.len() as f32)
    }

    #[test]
    fn a_photo_as_its_own_reference_comes_back() {
        let photo = landscape(120, 180);
        assert!(worst(&whole(&photo, &photo), &photo) < LEVEL);
        let masks = halves(120, 180);
        let grid = transport(&photo, &masks, &photo, &masks, None, &TransportOptions::default());
        assert!(worst(&grid.slice(&photo), &photo) < LEVEL);
    }

    #[test]
    fn each_region_takes_the_mean_of_its_counterpart() {
        let content = landscape(90, 120);
        let reference = Planes::from_vec(3, 60, 80, {
            let halves = |sky: f32, ground: f32| [vec![sky; 2400], vec![ground; 2400]].concat();
            [halves(0.8, 0.1), halves(0.4, 0.2), halves(0.2, 0.3)].concat()
        });
        let grid = transport(
            &content,
            &halves(90, 120),
            &reference,
            &halves(60, 80),
            None,
            &TransportOptions::default(),
        );
        let out = grid.slice(&content);
        for (row, expected) in [(20, [0.8, 0.4, 0.2]), (70, [0.1, 0.2, 0.3])] {
            for (plane, expected) in out.rgb().iter().zip(expected) {
                let row = &plane[row * 120..][..120];
                let mean = row.iter().sum::<f32>() / 120.0;
                assert!((mean - expected).abs() < 0.03, "{mean} instead of {expected}");
            }
        }
    }

    #[test]
    fn a_one_colour_reference_gives_its_colour() {
        let out = whole(&landscape(60, 90), &Planes::from_vec(3, 1, 1, vec![0.2, 0.5, 0.7]));
        assert_sensible(&out);
        for (got, expected) in mean(&out).iter().zip([0.2, 0.5, 0.7]) {
            assert!((got - expected).abs() < 0.05, "{got} instead of {expected}");
        }
    }

    #[test]
    fn a_grey_reference_takes_the_colour_away() {
        let grey = (0..3 * 64).map(|i| (i % 64) as f32 / 63.0).collect();
        let out = whole(&landscape(60, 90), &Planes::from_vec(3, 8, 8, grey));
        assert_sensible(&out);
        let [r, g, b] = mean(&out);
        assert!((r - g).abs() < 0.02 && (g - b).abs() < 0.02, "{r} {g} {b}");
    }

    #[test]
    fn thin_and_tiny_photos_are_sensible() {
        let reference = landscape(40, 50);
        for (height, width) in [(1, 1), (1, 5000), (5000, 1), (2, 2)] {
            let content = landscape(height, width);
            assert_sensible(&whole(&content, &reference));
            assert_sensible(&whole(&reference, &content));
            assert!(worst(&whole(&content, &content), &content) < LEVEL, "{height}×{width}");
        }
    }

    #[test]
    fn a_region_without_pixels_changes_nothing() {
        let photo = landscape(30, 40);
        let nowhere = Planes::zeros(1, 30, 40);
        let grid = transport(&photo, &one(&photo), &photo, &nowhere, None, &TransportOptions::default());
        assert!(worst(&grid.slice(&photo), &photo) < LEVEL);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn few_colours_stay_finite_and_in_range(
            colours in proptest::collection::vec(proptest::array::uniform3(0.0_f32..=1.0), 1..5),
            others in proptest::collection::vec(proptest::array::uniform3(0.0_f32..=1.0), 1..5),
        ) {
            let flat = |colours: &[[f32; 3]]| {
                let samples = (0..3).flat_map(|c| (0..400).map(move |i| (c, i)));
                Planes::from_vec(3, 20, 20, samples.map(|(c, i)| colours[i / 20 % colours.len()][c]).collect())
            };
            let out = whole(&flat(&colours), &flat(&others));
            prop_assert!(out.data().iter().all(|v| v.is_finite() && (-0.1..=1.1).contains(v)));
        }
    }

    #[test]
    fn the_rest_takes_the_map_of_the_whole() {
        let (content, reference) = (landscape(60, 90), landscape(40, 60));
        let darker = {
            let mut planes = reference.clone();
            planes.data_mut().iter_mut().for_each(|v| *v *= 0.5);
            planes
        };
        let masks = halves(60, 90);
        let theirs =
            Planes::from_vec(2, 40, 60, [halves(40, 60).plane(0).to_vec(), vec![1.0; 2400]].concat());
        let settings = TransportOptions::default();
        let whole =
            transport(&content, &one(&content), &darker, &one(&darker), None, &settings).slice(&content);
        let rest = transport(&content, &masks, &darker, &theirs, Some(1), &settings).slice(&content);
        let region = transport(&content, &masks, &darker, &theirs, None, &settings).slice(&content);
        // Away from the border.
        let at = |planes: &Planes, y: usize| -> [f32; 3] { [0, 1, 2].map(|c| planes.plane(c)[y * 90 + 40]) };
        let apart =
            |a: [f32; 3], b: [f32; 3]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart(at(&rest, 52), at(&whole, 52)) < 4.0 * LEVEL);
        assert!(apart(at(&region, 52), at(&whole, 52)) > 12.0 * LEVEL, "the ground would turn to sky");
    }
}
