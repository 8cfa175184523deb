//! Against PyMatting (`tools/reference/matte.py`), against what is known, and what holds for every photo and trimap.

use proptest::prelude::*;
use safetensors::SafeTensors;

use super::*;
use crate::Error;
use crate::matting::estimate_foreground;
use crate::watch::{CancelToken, Progress, Stage};

const FIXTURES: &[u8] = include_bytes!("../../../tests/fixtures/matte.safetensors");

/// Samples in 0..1 of a tensor of u8 or u16, as planes.
fn planes(name: &str) -> Planes {
    let fixtures = SafeTensors::deserialize(FIXTURES).unwrap();
    let tensor = fixtures.tensor(name).unwrap();
    let data = match tensor.dtype() {
        safetensors::Dtype::U8 => tensor.data().iter().map(|&v| f32::from(v) / 255.0).collect(),
        safetensors::Dtype::U16 => bytemuck::pod_collect_to_vec::<u8, u16>(tensor.data())
            .into_iter()
            .map(|v| f32::from(v) / 65535.0)
            .collect(),
        other => panic!("{name} holds {other:?}"),
    };
    match *tensor.shape() {
        [height, width] => Planes::from_vec(1, height, width, data),
        [channels, height, width] => Planes::from_vec(channels, height, width, data),
        ref other => panic!("{name} has shape {other:?}"),
    }
}

fn trimap(name: &str) -> Trimap {
    let levels = planes(&format!("{name}.trimap"));
    Trimap::from_levels(levels.height(), levels.width(), levels.data())
}

fn mean_difference(a: &Planes, b: &Planes) -> f64 {
    assert_eq!(a.data().len(), b.data().len());
    let sum: f64 = a.data().iter().zip(b.data()).map(|(a, b)| f64::from((a - b).abs())).sum();
    sum / a.data().len() as f64
}

fn solved(name: &str, options: &MatteOptions) -> SolvedMatte {
    solve(&planes(&format!("{name}.photo")), &trimap(name), options, &mut Watch::silent()).unwrap()
}

#[test]
fn alpha_is_that_of_pymatting_within_few_iterations() {
    for (name, ceiling) in [("synthetic", 120), ("branches", 250)] {
        let solution = solved(name, &MatteOptions::default());
        let difference = mean_difference(&solution.alpha, &planes(&format!("{name}.alpha")));
        assert_eq!(solution.stopped, MatteStopReason::Converged, "{name}");
        assert!(difference < 2e-4, "{name}: {difference:e} from PyMatting's");
        let iterations = solution.iterations;
        assert!((10..=ceiling).contains(&iterations), "{name}: {iterations} iterations");
    }
}

#[test]
fn a_known_alpha_is_found() {
    let solution = solved("synthetic", &MatteOptions::default());
    let difference = mean_difference(&solution.alpha, &planes("synthetic.true"));
    assert!(difference < 1e-3, "{difference:e} from the true alpha");
}

#[test]
fn the_foreground_is_that_of_pymatting() {
    let (foreground, _) =
        estimate_foreground(&planes("synthetic.photo"), &planes("synthetic.true"), &CancelToken::new())
            .unwrap();
    let difference = mean_difference(&foreground, &planes("synthetic.foreground"));
    assert!(difference < 1e-4, "{difference:e} from PyMatting's");
}

#[test]
fn it_stops_when_told() {
    let few = MatteOptions { iterations: 3, ..MatteOptions::default() };
    let solution = solved("branches", &few);
    assert_eq!((solution.stopped, solution.iterations), (MatteStopReason::IterationLimit, 3));
    assert!(solution.residual > few.tolerance);

    let (photo, trimap) = (planes("branches.photo"), trimap("branches"));
    let asked = |ask: fn(&CancelToken), before: usize| {
        let token = CancelToken::new();
        let mut follower = |at: &Progress| {
            if at.done == before {
                ask(&token);
            }
        };
        let mut watch = Watch::with_token(token.clone()).followed_by(&mut follower);
        watch.stage(Stage::Solve, |watch| solve(&photo, &trimap, &MatteOptions::default(), watch))
    };
    let solution = asked(CancelToken::finish, 2).unwrap();
    assert_eq!((solution.stopped, solution.iterations), (MatteStopReason::Finished, 2));
    for before in [0, 2] {
        assert!(matches!(asked(CancelToken::cancel, before), Err(Error::Cancelled)));
    }
}

#[test]
fn what_comes_before_the_iterations_is_cancelled() {
    let photo = planes("branches.photo");
    let token = CancelToken::new();
    token.cancel();
    assert!(matches!(Laplacian::<f64>::polled(&photo, 1e-7, 1, &token), Err(Error::Cancelled)));
    let mut watch = Watch::with_token(token.clone());
    let options = MatteOptions::default();
    assert!(matches!(solve(&photo, &trimap("branches"), &options, &mut watch), Err(Error::Cancelled)));
    let alpha = planes("synthetic.true");
    let foreground = estimate_foreground(&planes("synthetic.photo"), &alpha, &token);
    assert!(matches!(foreground, Err(Error::Cancelled)));
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| solved("branches", &MatteOptions::default()).alpha)
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn what_is_far_from_the_unknown_has_no_say() {
    let (photo, known) = (planes("branches.photo"), trimap("branches"));
    let (height, width) = (photo.height(), photo.width());
    // Known everywhere but in a patch, so that the rectangle around it is smaller than the photo.
    let levels = |y: usize, x: usize| match known.known()[y * width + x] {
        Known::Background => 0.0,
        Known::Unknown if (30..50).contains(&y) && (40..70).contains(&x) => 0.5,
        _ => 1.0,
    };
    let all: Vec<f32> = (0..height * width).map(|at| levels(at / width, at % width)).collect();
    let options = MatteOptions { tolerance: 1e-9, ..MatteOptions::default() };
    let solution =
        solve(&photo, &Trimap::from_levels(height, width, &all), &options, &mut Watch::silent()).unwrap();
    let unknown: Vec<bool> = all.iter().map(|&level| level == 0.5).collect();
    let part = Part::around(&unknown, (height, width));
    assert!(part.rows.len() <= 24 && part.columns.len() <= 34, "a part of {height}×{width}");
    let whole = Part { rows: 0..height, columns: 0..width };
    let mut alpha = all.clone();
    improve(&photo, &unknown, &whole, &options, &mut Watch::silent(), &mut alpha).unwrap();
    assert!(unknown.iter().filter(|&&unknown| unknown).count() > 50);
    for (found, expected) in solution.alpha.data().iter().zip(&alpha) {
        assert!((found - expected).abs() < 1e-5, "{found} instead of {expected}");
    }
}

#[test]
fn with_nothing_unknown_nothing_is_solved() {
    let trimap = Trimap::from_levels(2, 3, &[0.0, 1.0, 1.0, 0.0, 0.0, 1.0]);
    let photo = Planes::filled(3, 2, 3, 0.5);
    let solution = solve(&photo, &trimap, &MatteOptions::default(), &mut Watch::silent()).unwrap();
    assert_eq!((solution.iterations, solution.stopped), (0, MatteStopReason::Converged));
    assert_eq!(solution.alpha.data(), [0.0, 1.0, 1.0, 0.0, 0.0, 1.0]);
}

#[test]
fn options_out_of_range_are_refused() {
    for options in [
        MatteOptions { epsilon: 0.0, ..MatteOptions::default() },
        MatteOptions { epsilon: f64::NAN, ..MatteOptions::default() },
        MatteOptions { tolerance: 1.0, ..MatteOptions::default() },
        MatteOptions { iterations: 0, ..MatteOptions::default() },
    ] {
        assert!(options.check().is_err(), "{options:?}");
    }
}

#[test]
fn options_travel_by_name() {
    let options: MatteOptions = serde_json::from_str(r#"{"epsilon": 1e-5}"#).unwrap();
    assert_eq!(options, MatteOptions { epsilon: 1e-5, ..MatteOptions::default() });
    assert!(serde_json::from_str::<MatteOptions>(r#"{"radius": 2}"#).is_err());
    let json = serde_json::to_string(&options).unwrap();
    assert_eq!(serde_json::from_str::<MatteOptions>(&json).unwrap(), options);
}

/// A photo of a few levels, so that flat windows occur, and a trimap that knows a pixel of either side.
fn problem() -> impl Strategy<Value = (Planes, Trimap)> {
    (1usize..12, 2usize..12).prop_flat_map(|(height, width)| {
        let area = height * width;
        let photo = prop::collection::vec((0u8..4).prop_map(|level| f32::from(level) / 3.0), 3 * area);
        let levels = prop::collection::vec((0u8..3).prop_map(|level| f32::from(level) / 2.0), area);
        (photo, levels).prop_map(move |(photo, mut levels)| {
            levels[0] = 1.0;
            levels[area - 1] = 0.0;
            let trimap = Trimap::from_levels(height, width, &levels);
            (Planes::from_vec(3, height, width, photo), trimap)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn alpha_is_a_share_and_keeps_what_is_known((photo, trimap) in problem()) {
        // It must hold wherever the solution stops.
        let options = MatteOptions { iterations: 60, ..MatteOptions::default() };
        let solution = solve(&photo, &trimap, &options, &mut Watch::silent()).unwrap();
        for (alpha, known) in solution.alpha.data().iter().zip(trimap.known()) {
            match known {
                Known::Background => prop_assert_eq!(*alpha, 0.0),
                Known::Foreground => prop_assert_eq!(*alpha, 1.0),
                Known::Unknown => prop_assert!((0.0..=1.0).contains(alpha)),
            }
        }
    }
}
