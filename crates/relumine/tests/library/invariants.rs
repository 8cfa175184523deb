//! What must hold whatever the photos are, for the methods that need nothing but what is embedded.

use crate::examples::example;
use relumine::io::Photo;
use relumine::mask::Mask;
use relumine::watch::{CancelToken, Follow, Progress, Verdict, Watch};
use relumine::{
    Device, Engine, GradeOptions, LookOptions, METHODS, Planes, StopReason, Transfer, TransferOptions,
    TransportOptions,
};

/// The methods that need nothing but what is embedded, quick.
fn methods() -> [TransferOptions; 3] {
    let look = LookOptions { size: 160, iterations: Some(12), ..Default::default() };
    let closed = TransferOptions::new(TransportOptions::default());
    [closed, TransferOptions::new(GradeOptions::default()), TransferOptions::new(look)]
}

fn transfer(threads: usize, content: &Photo, reference: &Photo, options: &TransferOptions) -> Transfer {
    let engine = Engine::new(Device::Cpu, Some(threads)).unwrap();
    engine.transfer(content, reference, None, options, &mut Watch::silent()).unwrap()
}

fn worst(a: &Planes, b: &Planes) -> f32 {
    a.data().iter().zip(b.data()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn flat(height: usize, width: usize, colour: [f32; 3]) -> Photo {
    Photo::from_planes(Planes::from_vec(3, height, width, colour.map(|c| vec![c; height * width]).concat()))
}

#[test]
fn the_number_of_threads_changes_nothing_and_neither_does_a_second_run() {
    let (content, reference) = (example("day.jpg", 6), example("dusk.jpg", 6));
    for options in methods() {
        let method = &options.method;
        let one = transfer(1, &content, &reference, &options).photo;
        for threads in [1, 2, 3] {
            let again = transfer(threads, &content, &reference, &options).photo;
            assert_eq!(worst(one.colours(), again.colours()), 0.0, "{method} with {threads} threads");
        }
    }
}

#[test]
fn a_photo_as_its_own_reference_comes_back() {
    let photo = example("autumn.jpg", 8);
    for options in methods() {
        let method = &options.method;
        let found = transfer(2, &photo, &photo, &options).photo;
        // As files of 8 bits have them.
        let levels = |v: &f32| (v * 255.0).round();
        let pairs = found.colours().data().iter().zip(photo.colours().data());
        let most = pairs.map(|(found, before)| (levels(found) - levels(before)).abs()).fold(0.0, f32::max);
        assert_eq!(most, 0.0, "{method}");
    }
}

#[test]
fn a_reference_without_colours_gives_none_and_one_tone_gives_that_tone() {
    let (content, dusk) = (example("day.jpg", 8), example("dusk.jpg", 8));
    let luma = dusk.colours().luma().into_vec();
    let toned = |depth: [f32; 3]| {
        let planes = depth.map(|d| luma.iter().map(|l| l + d * l * (1.0 - l)).collect::<Vec<f32>>());
        Photo::from_planes(Planes::from_vec(3, dusk.height(), dusk.width(), planes.concat()))
    };
    let (grey, sepia) = (toned([0.0; 3]), toned([0.3, 0.0, -0.4]));
    for options in methods() {
        let method = &options.method;
        let [plain, brown] = [&grey, &sepia].map(|r| transfer(2, &content, r, &options).photo);
        let [r, g, b] = plain.colours().rgb();
        for ((r, g), b) in r.iter().zip(g).zip(b) {
            assert!((r - g).abs() < 1e-3 && (g - b).abs() < 1e-3, "{method}: {r} {g} {b}");
        }
        let [r, g, b] = brown.colours().rgb();
        let shown = r.iter().zip(g).zip(b).filter(|((_, g), _)| (0.2..0.8).contains(*g));
        let mut count = 0;
        for ((r, g), b) in shown {
            assert!(r > g && g > b, "{method}: {r} {g} {b}");
            count += 1;
        }
        assert!(count > 100, "{method}: hardly anything to look at");
    }
}

#[test]
fn strength_0_is_the_content_and_strengths_blend() {
    let (content, reference) = (example("day.jpg", 8), example("dusk.jpg", 8));
    for options in methods() {
        let method = &options.method;
        let at = |strength| {
            let mut options = options.clone();
            options.apply.strength = strength;
            transfer(2, &content, &reference, &options).photo.colours().clone()
        };
        let (none, half, full) = (at(0.0), at(0.5), at(1.0));
        assert_eq!(&none, content.colours(), "{method}");
        for ((half, full), before) in half.data().iter().zip(full.data()).zip(content.colours().data()) {
            assert!(
                (half - 0.5 * (full + before)).abs() < 1e-4,
                "{method}: {half} between {before} and {full}"
            );
        }
    }
}

#[test]
fn looks_come_out_sensible_where_there_is_little_to_hold_on_to() {
    let day = example("day.jpg", 10);
    let dusk = example("dusk.jpg", 10);
    let grey = {
        let luma = day.colours().luma();
        Photo::from_planes(Planes::from_vec(3, luma.height(), luma.width(), [luma.data(); 3].concat()))
    };
    let almost_flat = {
        let data = day.colours().data().iter().map(|v| 0.5 + 0.004 * v).collect();
        Photo::from_planes(Planes::from_vec(3, day.height(), day.width(), data))
    };
    let tiny = example("day.jpg", 18);
    let cases = [
        ("grey content", &grey, &dusk),
        ("grey reference", &day, &grey),
        ("almost flat content", &almost_flat, &dusk),
        ("almost flat reference", &day, &almost_flat),
        ("flat content", &flat(40, 60, [0.2, 0.4, 0.6]), &dusk),
        ("one colour as reference", &day, &flat(9, 9, [0.7, 0.1, 0.3])),
        ("black reference", &day, &flat(50, 50, [0.0; 3])),
        ("tiny content", &tiny, &dusk),
        ("one pixel", &flat(1, 1, [0.5; 3]), &dusk),
        ("a line", &flat(1, 700, [0.5, 0.2, 0.2]), &dusk),
        ("one pixel as reference", &day, &flat(1, 1, [0.9, 0.5, 0.1])),
    ];
    for (name, content, reference) in cases {
        for options in methods() {
            let method = &options.method;
            let found = transfer(2, content, reference, &options).photo;
            for v in found.colours().data() {
                assert!(v.is_finite() && (-0.75..=1.75).contains(v), "{name}, {method}: {v}");
            }
        }
    }
}

#[test]
fn the_report_tells_the_size_that_was_worked_at() {
    let (content, reference) = (example("day.jpg", 2), example("dusk.jpg", 6));
    let solved = methods().map(|options| transfer(2, &content, &reference, &options).report.sizes.solved);
    assert_eq!(solved, [[384, 256], [384, 256], [160, 107]]);
}

#[test]
fn regions_of_a_few_pixels_do_no_harm() {
    let (content, reference) = (example("day.jpg", 10), example("dusk.jpg", 10));
    let mask = |photo: &Photo| {
        let labels = (0..photo.height() * photo.width()).map(|i| u16::from(i < 12)).collect();
        Mask::from_labels(photo.height(), photo.width(), labels, vec![[255, 0, 0], [0, 0, 255]])
    };
    let (ours, theirs) = (mask(&content), mask(&reference));
    let engine = Engine::new(Device::Cpu, Some(2)).unwrap();
    for options in methods() {
        let (method, masks) = (&options.method, Some((&ours, &theirs)));
        let found = engine.transfer(&content, &reference, masks, &options, &mut Watch::silent()).unwrap();
        assert!(found.photo.colours().data().iter().all(|v| v.is_finite()), "{method}");
        assert_eq!(found.report.regions.regions.len(), 2, "the speck belongs to the rest");
    }
}

/// Asks for an end at the given iteration.
struct Stop(usize, Verdict, CancelToken);

impl Follow for Stop {
    fn progress(&mut self, at: &Progress) {
        if at.loss.is_some() && at.done >= self.0 {
            if self.1 == Verdict::Finish { self.2.finish() } else { self.2.cancel() }
        }
    }
}

#[test]
fn callers_can_finish_early_or_cancel() {
    let (content, reference) = (example("day.jpg", 10), example("dusk.jpg", 10));
    let engine = Engine::new(Device::Cpu, Some(2)).unwrap();
    let [.., look] = methods();
    let run = |verdict| {
        let token = CancelToken::new();
        let mut stop = Stop(2, verdict, token.clone());
        let mut watch = Watch::with_token(token).followed_by(&mut stop);
        engine.transfer(&content, &reference, None, &look, &mut watch)
    };
    let finished = run(Verdict::Finish).unwrap();
    assert_eq!(finished.report.iterations, 2);
    assert_eq!(finished.report.stopped, Some(StopReason::Finished));
    assert!(matches!(run(Verdict::Cancel), Err(relumine::Error::Cancelled)));
}

#[test]
fn parameters_of_the_refinement_are_checked_before_the_work() {
    let (content, reference) = (example("day.jpg", 10), example("dusk.jpg", 10));
    let [mut options, ..] = methods();
    options.pairing.segment.refine.fully_connected.appearance_weight = -1.0;
    let engine = Engine::new(Device::Cpu, Some(1)).unwrap();
    let (ours, theirs) = (engine.analyse(&content), [engine.analyse(&reference).into()]);
    let error = engine.check(&ours, &theirs, None, &options, &mut Watch::silent()).unwrap_err();
    assert!(error.to_string().starts_with("appearance_weight is -1"), "{error}");
}

#[test]
fn every_method_of_the_table_checks_itself() {
    for entry in METHODS {
        let checked = entry.method().check();
        assert_eq!(checked.is_err(), ["deep-photo", "neural"].contains(&entry.name), "{}", entry.name);
    }
}
