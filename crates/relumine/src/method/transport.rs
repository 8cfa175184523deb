//! The closed-form method: each region gets the colours of its counterpart, in one step and without a network.
//!
//! Per region, the linear Monge–Kantorovich map between the colour distributions in Oklab; pixels at the border of
//! regions blend the maps of both. A bilateral grid of affine maps in sRGB is then fitted to what became of each
//! pixel, which makes the result locally affine in colour, hence photorealistic, and applicable at any size.
//!
//! Differs from Pitié & Kokaram: one map a region, in Oklab, and through the bilateral grid. Mapped colours are held
//! within the gamut before the fit, so that the grid bends highlights and shadows instead of clipping them.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::grade::BOLD;
use super::{Course, Given, Method, Needs, Problem, Solved, Treatment, fields_of, grade};
use crate::colour::{ColourMap, Moments, from_oklab, to_oklab};
use crate::grid::{AffineFit, BilateralGrid, Grade, GridShape, Shares};
use crate::watch::{CancelToken, Stage, Watch};
use crate::{OptionsError, Planes, Result};

/// The closed form: a Monge–Kantorovich colour map a region, splatted into a bilateral grid. Needs no network, and has no options.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransportOptions {}

/// Long side of what statistics are taken from.
const SIZE: usize = 384;

/// Number of vertices along each axis.
const GRID: GridShape = GridShape { depth: 12, height: 32, width: 32 };

impl Method for TransportOptions {
    fn name(&self) -> &'static str {
        "transport"
    }

    fn fields(&self) -> Map<String, Value> {
        fields_of(self)
    }

    fn check(&self) -> Result<(), OptionsError> {
        Ok(())
    }

    fn has_grades(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs { size: SIZE, regions: true, network: None }
    }

    fn solve(&self, given: &Given<'_>, watch: &mut Watch<'_>) -> Result<Solved> {
        let (grades, grid) = solved(given, watch)?;
        Ok(Solved::graded(grades, grid, Course::default()))
    }
}

/// Ridge of the fit: below this variance of colour, a level follows the map of its region as a whole.
const RIDGE: f64 = 1e-3;

/// The grid, from photos of the size that statistics are taken from; what the methods of pixels start from.
pub(super) fn grid(given: &Given<'_>, watch: &mut Watch<'_>) -> Result<BilateralGrid> {
    Ok(solved(given, watch)?.1)
}

fn solved(given: &Given<'_>, watch: &mut Watch<'_>) -> Result<(Vec<Grade>, BilateralGrid)> {
    let problem = given.problem(SIZE, watch)?;
    watch.stage(Stage::Transport, |watch| {
        let grades = grades(&problem, watch.token())?;
        let grid = Shares::new(GRID, &problem.content, &problem.content_masks).laid(&grades);
        Ok((grades, grid))
    })
}

/// Each region's map; its learned grade where it has none.
fn grades(problem: &Problem, token: &CancelToken) -> Result<Vec<Grade>> {
    let maps = maps(problem, token)?;
    // The network is not asked where nothing needs its answer.
    if maps.iter().all(Option::is_some) {
        return Ok(maps.into_iter().flatten().collect());
    }
    let learned = grade::grades(problem, BOLD, token)?;
    Ok(maps.into_iter().zip(learned).map(|(map, learned)| map.unwrap_or(learned)).collect())
}

/// The grades that `look` starts from, from photos of the size that statistics are taken from: each region's map as far as its counterpart
/// is trusted, else its learned grade.
pub(super) fn start(given: &Given<'_>, watch: &mut Watch<'_>) -> Result<Vec<Grade>> {
    let problem = given.problem(SIZE, watch)?;
    watch.stage(Stage::Transport, |watch| {
        let token = watch.token();
        let (maps, learned) = rayon::join(|| maps(&problem, token), || grade::grades(&problem, BOLD, token));
        let between = |((map, learned), trust): ((Option<Grade>, Grade), &f32)| match map {
            Some(map) => learned.toward(&map, *trust),
            None => learned,
        };
        Ok(maps?.into_iter().zip(learned?).zip(&problem.trusts).map(between).collect())
    })
}

/// The maps that give each region of the content the mean and covariance of its counterpart in the reference; none for what has no
/// counterpart, is kept, or has no pixel in either photo.
fn maps(problem: &Problem, token: &CancelToken) -> Result<Vec<Option<Grade>>> {
    let Problem { content, reference, content_masks: masks, reference_masks, treatments, .. } = problem;
    let regions = masks.channels();
    assert_eq!((regions, regions), (reference_masks.channels(), treatments.len()), "regions come in pairs");
    let (content_lab, reference_lab) = (to_oklab(content), to_oklab(reference));
    token.check()?;
    let grade = |region: usize| {
        if treatments[region] != Treatment::Paired || token.is_cancelled() {
            return None;
        }
        let mask = masks.plane(region);
        let from = Moments::weighted(&content_lab, mask)?;
        let to = Moments::weighted(&reference_lab, reference_masks.plane(region))?;
        let mapped = mapped(content, &content_lab, &ColourMap::between(&from, &to));
        let given = AffineFit::of_region(content, &mapped, mask, RIDGE);
        Some(Grade::fitted(content, &mapped, mask, &Grade::from_levels(vec![given; Grade::LEVELS])))
    };
    let maps: Vec<Option<Grade>> = (0..regions).into_par_iter().map(grade).collect();
    token.check()?;
    Ok(maps)
}

/// The content's colours under a map of Oklab.
fn mapped(content: &Planes, lab: &Planes, map: &ColourMap) -> Planes {
    let [l, a, b] = lab.rgb();
    let mut out = Planes::zeros_like(lab);
    for i in 0..lab.area() {
        for (channel, value) in map.apply([l[i], a[i], b[i]]).into_iter().enumerate() {
            out.plane_mut(channel)[i] = value;
        }
    }
    within_gamut(content, from_oklab(&out))
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

    /// The grid of two photos with their masks; the region `rest` has no counterpart.
    fn transported(
        content: &Planes,
        masks: &Planes,
        reference: &Planes,
        theirs: &Planes,
        rest: Option<usize>,
    ) -> BilateralGrid {
        let treatment = |region| if rest == Some(region) { Treatment::Whole } else { Treatment::Paired };
        let treatments = (0..masks.channels()).map(treatment).collect();
        let [content, masks, reference, theirs] = [content, masks, reference, theirs].map(Planes::clone);
        let problem = Problem::of(content, masks, reference, theirs, treatments);
        let grades = grades(&problem, &CancelToken::new()).unwrap();
        Shares::new(GRID, &problem.content, &problem.content_masks).laid(&grades)
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
        transported(&c, &one(&c), &r, &one(&r), None).slice(content)
    }

    fn worst(a: &Planes, b: &Planes) -> f32 {
        a.data().iter().zip(b.data()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    fn assert_sensible(image: &Planes) {
        for v in image.data() {
            assert!(v.is_finite() && (-0.15..=1.15).contains(v), "{v}");
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
        let grid = transported(&photo, &masks, &photo, &masks, None);
        assert!(worst(&grid.slice(&photo), &photo) < LEVEL);
    }

    #[test]
    fn each_region_takes_the_mean_of_its_counterpart() {
        let content = landscape(90, 120);
        let reference = Planes::from_vec(3, 60, 80, {
            let halves = |sky: f32, ground: f32| [vec![sky; 2400], vec![ground; 2400]].concat();
            [halves(0.8, 0.1), halves(0.4, 0.2), halves(0.2, 0.3)].concat()
        });
        let grid = transported(&content, &halves(90, 120), &reference, &halves(60, 80), None);
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
        let grid = transported(&photo, &one(&photo), &photo, &nowhere, None);
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
    fn the_rest_takes_the_learned_grade_and_not_the_map_of_everything() {
        let (content, reference) = (landscape(60, 90), landscape(40, 60));
        let darker = {
            let mut planes = reference.clone();
            planes.data_mut().iter_mut().for_each(|v| *v *= 0.5);
            planes
        };
        let masks = halves(60, 90);
        let theirs =
            Planes::from_vec(2, 40, 60, [halves(40, 60).plane(0).to_vec(), vec![1.0; 2400]].concat());
        let problem = |treatments: [Treatment; 2]| {
            let [content, masks, reference, theirs] =
                [&content, &masks, &darker, &theirs].map(|planes| planes.clone());
            Problem::of(content, masks, reference, theirs, treatments.into())
        };
        let token = CancelToken::new();
        let rest = problem([Treatment::Paired, Treatment::Whole]);
        let found = grades(&rest, &token).unwrap();
        assert_eq!(found[1], grade::grades(&rest, BOLD, &token).unwrap()[1]);
        let paired = grades(&problem([Treatment::Paired; 2]), &token).unwrap();
        assert_eq!(found[0], paired[0]);
        assert_ne!(found[1], paired[1], "the ground would turn to sky");
    }
}
