//! The values of a transfer, each with a life of its own: analysed once, paired, solved once, applied often.

use crate::examples::example;
use crate::tiny::tiny_vgg;
use relumine::io::{Limits, Photo, SaveOptions};
use relumine::mask::Mask;
use relumine::watch::{CancelToken, Progress, Stage, Watch};
use relumine::{
    Analysis, Apply, ChosenMethod, Counterpart, DeepPhotoOptions, Device, Edges, Engine, Error, LookOptions,
    Masks, NeuralOptions, Notice, OptionsError, PairOptions, Pairing, Planes, Reference, RegionId,
    RegionOptions, RegionSource, Tap, TransferOptions, TransportOptions, UnpairedLook,
};

fn engine() -> Engine {
    Engine::new(Device::Cpu, Some(2)).unwrap()
}

fn quick_look() -> ChosenMethod {
    LookOptions { size: 64, iterations: Some(4), ..Default::default() }.into()
}

/// A photo at half its size, each pixel the mean of four.
fn halved(photo: &Photo) -> Photo {
    let (planes, height, width) = (photo.colours(), photo.height() / 2, photo.width() / 2);
    let mean = |plane: &[f32], y: usize, x: usize| {
        let at = |dy: usize, dx: usize| plane[(2 * y + dy) * planes.width() + 2 * x + dx];
        0.25 * (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1))
    };
    let pixels = (0..3).flat_map(|c| (0..height * width).map(move |i| (c, i / width, i % width)));
    let data = pixels.map(|(c, y, x)| mean(planes.plane(c), y, x)).collect();
    Photo::from_planes(Planes::from_vec(3, height, width, data))
}

fn quick_pixels() -> [ChosenMethod; 2] {
    let (size, iterations, network) = (64, Some(3), Some(tiny_vgg()));
    let layers = vec![Tap::STYLE[0]];
    let (content_layers, style_layers) = (layers.clone(), layers);
    let deep = DeepPhotoOptions {
        size,
        iterations,
        network: network.clone(),
        content_layers: content_layers.clone(),
        style_layers: style_layers.clone(),
        ..Default::default()
    };
    let neural =
        NeuralOptions { size, iterations, network, content_layers, style_layers, ..Default::default() };
    [deep.into(), neural.into()]
}

fn pair(engine: &Engine, content: &Photo, reference: &Photo, options: &PairOptions) -> Pairing {
    let [content, reference] = [content, reference].map(|photo| engine.analyse(photo));
    engine.pair(&content, &[reference.into()], None, options, &mut Watch::silent()).unwrap()
}

fn worst(a: &Planes, b: &Planes) -> f32 {
    assert_eq!((a.height(), a.width()), (b.height(), b.width()));
    a.data().iter().zip(b.data()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn values_are_light_and_can_be_sent() {
    fn light<T: Clone + Send + Sync + 'static>() {}
    light::<Photo>();
    light::<Analysis>();
    light::<Pairing>();
    light::<relumine::Look>();
    light::<Engine>();
    light::<ChosenMethod>();
    light::<TransferOptions>();
    light::<CancelToken>();
}

#[test]
fn one_reference_and_thirty_contents() {
    let engine = engine();
    let (reference, day) = (engine.analyse(&example("dusk.jpg", 10)), example("day.jpg", 10));
    let mut after_the_first = None;
    for k in 0..30 {
        let data = day.colours().data().iter().map(|v| v * (1.0 - 0.01 * k as f32)).collect();
        let content = Photo::from_planes(Planes::from_vec(3, day.height(), day.width(), data));
        let content = engine.analyse(&content);
        let references = [Reference::from(reference.clone())];
        let mut watch = Watch::silent();
        let pairing = engine.pair(&content, &references, None, &PairOptions::default(), &mut watch).unwrap();
        let look = engine.solve(&pairing, &quick_look(), &mut watch).unwrap();
        look.apply(content.photo(), &Apply::default()).unwrap();
        assert_eq!(content.made().seen, 1);
        assert_eq!(*after_the_first.get_or_insert(reference.made()), reference.made(), "content {k}");
    }
    let made = reference.made();
    assert_eq!((made.seen, made.features), (1, 3), "the segmenter looks once, the network at three levels");
    let names: Vec<String> = engine.loaded().into_iter().map(|loaded| loaded.name).collect();
    assert_eq!(names, ["relumine segmenter", "relumine features"]);
}

#[test]
fn a_look_is_applied_again_at_other_strengths_sizes_and_to_others() {
    let (engine, small, large) = (engine(), example("day.jpg", 8), example("day.jpg", 3));
    let pairing = pair(&engine, &small, &example("dusk.jpg", 8), &PairOptions::default());
    let look = engine.solve(&pairing, &quick_look(), &mut Watch::silent()).unwrap();
    let at = |photo: &Photo, strength| look.apply(photo, &Apply::at(strength)).unwrap().colours().clone();
    let (full, half) = (at(&small, 1.0), at(&small, 0.5));
    for ((half, full), before) in half.data().iter().zip(full.data()).zip(small.colours().data()) {
        assert!((half - 0.5 * (full + before)).abs() < 1e-4);
    }
    assert_eq!(at(&small, 0.0), *small.colours());
    assert_eq!(at(&small, 1.0), full, "a second time");

    let enlarged = at(&large, 1.0);
    assert_eq!((enlarged.height(), enlarged.width()), (large.height(), large.width()));
    let change = |after: &Planes, before: &Planes| {
        let sums = after.rgb().map(|plane| plane.iter().sum::<f32>() / plane.len() as f32);
        let before = before.rgb().map(|plane| plane.iter().sum::<f32>() / plane.len() as f32);
        [0, 1, 2].map(|c| sums[c] - before[c])
    };
    let (a, b) = (change(&full, small.colours()), change(&enlarged, large.colours()));
    assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 0.01), "{a:?} and {b:?}");
    assert!(a.iter().any(|change| change.abs() > 0.02), "there is a change to compare");
    let autumn = example("autumn.jpg", 8);
    assert!(worst(&at(&autumn, 1.0), autumn.colours()) > 0.05, "a grid applies to another photo");
}

#[test]
fn looks_of_pixels_are_bound_to_their_content() {
    let (engine, large) = (engine(), example("day.jpg", 5));
    let day = halved(&large);
    let pairing = pair(&engine, &day, &example("dusk.jpg", 10), &PairOptions::default());
    for method in quick_pixels() {
        let look = engine.solve(&pairing, &method, &mut Watch::silent()).unwrap();
        let full = look.apply(&day, &Apply::default()).unwrap();
        let half = look.apply(&day, &Apply::at(0.5)).unwrap();
        for ((half, full), before) in
            half.colours().data().iter().zip(full.colours().data()).zip(day.colours().data())
        {
            assert!((half - 0.5 * (full + before)).abs() < 1e-4, "{method}");
        }
        let enlarged = look.apply(&large, &Apply::default()).unwrap();
        assert_eq!(enlarged.height(), large.height());
        assert!(worst(enlarged.colours(), large.colours()) > 0.05, "{method}");
        let other = look.apply(&example("winter.jpg", 10), &Apply::default());
        let error = other.unwrap_err();
        assert!(matches!(error, Error::Options(OptionsError::BoundLook { .. })), "{error}");
        assert!(error.to_string().contains(method.name()), "{error}");
    }
}

#[test]
fn rows_give_the_same_as_planes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("day.png");
    example("day.jpg", 6).save(&path, &SaveOptions::default()).unwrap();
    let photo = Photo::open(&path, &Limits::default()).unwrap();
    let engine = engine();
    let options = PairOptions { unpaired: UnpairedLook::Keep, ..PairOptions::default() };
    let mut pairing = pair(&engine, &photo, &example("dusk.jpg", 6), &options);
    pairing.set_options(pairing.regions()[0].id, RegionOptions { strength: 0.3, excluded: false }).unwrap();
    for method in [quick_look(), TransportOptions::default().into(), quick_pixels()[0].clone()] {
        let look = engine.solve(&pairing, &method, &mut Watch::silent()).unwrap();
        for apply in [Apply::default(), Apply::at(0.7)] {
            let planes = look.apply(&photo, &apply).unwrap();
            let mut rows = photo.recolour();
            look.apply_rows(&mut photo.rows(), &mut rows, &apply, &mut Watch::silent()).unwrap();
            let rows = rows.finish();
            let format = relumine::io::Format::PNG;
            let to_samples = |photo| look.apply_to_samples(photo, &apply, &mut Watch::silent()).unwrap();
            let alone = to_samples(Photo::open(&path, &Limits::default()).unwrap());
            let photos = [&planes, &rows, &to_samples(photo.clone()), &alone];
            let files = photos.map(|photo| photo.encode(format, &SaveOptions::default()).unwrap());
            assert!(files.iter().all(|file| *file == files[0]), "{method} at {}", apply.strength);
        }
    }
}

#[test]
fn what_a_region_gets_is_its_own() {
    let (engine, photo) = (engine(), example("day.jpg", 8));
    let halves = |photo: &Photo| {
        let (height, width) = (photo.height(), photo.width());
        let labels = (0..height * width).map(|i| u16::from(i % width < width / 2)).collect();
        Mask::from_labels(height, width, labels, vec![[255, 0, 0], [0, 0, 255]])
    };
    let reference = example("dusk.jpg", 8);
    let (ours, theirs) = (halves(&photo), halves(&reference));
    for edges in [Edges::Soft, Edges::Matte] {
        let options = PairOptions { edges, ..PairOptions::default() };
        let [content, other] = [&photo, &reference].map(|photo| engine.analyse(photo));
        let masks = Some((&ours, &theirs));
        let mut watch = Watch::silent();
        let pairing = engine.pair(&content, &[other.into()], masks, &options, &mut watch).unwrap();
        let right = pairing.regions()[0].id;
        let colours = |pairing: &Pairing, apply: &Apply| {
            let look = engine.solve(pairing, &quick_look(), &mut Watch::silent()).unwrap();
            look.apply(&photo, apply).unwrap().colours().clone()
        };
        let before = photo.colours();
        // Columns well within each half: on the mean, and the most.
        let moved = |planes: &Planes, columns: &std::ops::Range<usize>| {
            let width = planes.width();
            let inside = |i: &usize| columns.contains(&(i % width));
            let apart = |i: usize| (planes.data()[i] - before.data()[i]).abs();
            let apart: Vec<f32> = (0..planes.data().len()).filter(inside).map(apart).collect();
            (apart.iter().sum::<f32>() / apart.len() as f32, apart.into_iter().fold(0.0, f32::max))
        };
        let (left, end) = (0..photo.width() / 4, photo.width() * 3 / 4..photo.width());
        let apply = Apply { regions: [(right, 0.0)].into(), ..Apply::default() };
        let mut excluded = pairing.clone();
        excluded.exclude(right).unwrap();
        for planes in [colours(&pairing, &apply), colours(&excluded, &Apply::default())] {
            let ((kept, most), (changed, _)) = (moved(&planes, &end), moved(&planes, &left));
            assert!(changed > 0.02, "{edges:?}: {changed}");
            // Halves follow no edges, so what is like the other half in colour follows it along mattes.
            match edges {
                Edges::Soft => assert!(most < 1e-3, "it keeps its colours, but for {most}"),
                Edges::Matte => assert!(kept < 0.25 * changed, "{kept}, the other half {changed}"),
            }
        }
        let unknown = Apply { regions: [(RegionId(77), 0.5)].into(), ..Apply::default() };
        let look = engine.solve(&pairing, &quick_look(), &mut Watch::silent()).unwrap();
        let error = look.apply(&photo, &unknown).unwrap_err();
        assert!(matches!(error, Error::Options(OptionsError::UnknownRegion { id: RegionId(77) })), "{error}");
    }
}

#[test]
fn pairs_can_be_changed_by_hand() {
    let engine = engine();
    let mut pairing = pair(&engine, &example("day.jpg", 8), &example("dusk.jpg", 8), &PairOptions::default());
    assert_eq!(pairing.summary().source, RegionSource::Recognised);
    assert!(pairing.regions().len() >= 3, "{:?}", pairing.regions());
    let (before, ids) = (pairing.clone(), pairing.regions().iter().map(|r| r.id).collect::<Vec<_>>());
    pairing.pair_with(ids[0], Counterpart::Of(ids[1])).unwrap();
    let kept = pairing.merge(&[ids[1], ids[2]]).unwrap();
    assert_eq!((kept, pairing.regions().len()), (ids[1], ids.len() - 1));
    assert_eq!(before.regions().len(), ids.len(), "clones are values of their own");
    let colours = |pairing: &Pairing| {
        let look = engine.solve(pairing, &TransportOptions::default().into(), &mut Watch::silent()).unwrap();
        look.apply(pairing.content().photo(), &Apply::default()).unwrap().colours().clone()
    };
    assert!(worst(&colours(&before), &colours(&pairing)) > 0.02);
}

#[test]
fn one_reference_is_needed() {
    let engine = engine();
    let photo = engine.analyse(&example("day.jpg", 16));
    let options = PairOptions { masks: Masks::None, ..PairOptions::default() };
    for count in [0, 2] {
        let references = vec![Reference::from(photo.clone()); count];
        let error = engine.pair(&photo, &references, None, &options, &mut Watch::silent()).unwrap_err();
        assert!(matches!(error, Error::Options(OptionsError::References { .. })), "{error}");
        assert!(error.to_string().contains(&count.to_string()), "{error}");
    }
    let none = Reference { weight: f64::NAN, ..photo.clone().into() };
    let error = engine.pair(&photo, &[none], None, &options, &mut Watch::silent()).unwrap_err();
    assert!(error.to_string().starts_with("reference_weight"), "{error}");
}

#[test]
fn a_report_holds_what_repeats_the_run() {
    let engine = engine();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for name in ["day", "dusk"] {
        let photo = example(&format!("{name}.jpg"), 12);
        photo.save(path(&format!("{name}.png")), &SaveOptions::default()).unwrap();
    }
    let run = |content: &std::path::Path, reference: &std::path::Path, options: &TransferOptions| {
        let [content, reference] =
            [content, reference].map(|path| Photo::open(path, &Limits::default()).unwrap());
        engine.transfer(&content, &reference, None, options, &mut Watch::silent()).unwrap()
    };
    let mut options = TransferOptions::new(quick_look());
    options.pairing.unpaired = UnpairedLook::Keep;
    options.apply.strength = 0.8;
    let first = run(&path("day.png"), &path("dusk.png"), &options);
    let report: serde_json::Value = serde_json::to_value(&first.report).unwrap();
    let input = |name: &str| std::path::PathBuf::from(report["inputs"][name].as_str().unwrap());
    let again = TransferOptions::from_json(&report["options"].to_string()).unwrap();
    assert_eq!(again, options);
    let second = run(&input("content"), &input("reference"), &again);
    assert_eq!(first.photo.colours(), second.photo.colours());
}

#[test]
fn recognition_that_tells_too_little_is_told() {
    let engine = engine();
    let content = example("day.jpg", 8);
    let flat = Photo::from_planes(Planes::filled(3, 40, 60, 0.4));
    for reference in [flat, example("dusk.jpg", 8)] {
        let pairing = pair(&engine, &content, &reference, &PairOptions::default());
        let summary = pairing.summary();
        let told = pairing
            .remarks()
            .iter()
            .any(|remark| matches!(remark.notice, Notice::RecognitionSetAside { alone } if alone > 0.5));
        let set_aside = summary.source == RegionSource::Whole;
        assert_eq!((told, summary.tried.is_some()), (set_aside, set_aside), "{summary:?}");
    }
}

/// Cancels, or asks to finish, at the first step of a stage, or further within.
struct At {
    stage: Stage,
    /// Steps of the stage that are let pass.
    pass: usize,
    token: CancelToken,
    finish: bool,
    reached: bool,
}

impl relumine::watch::Follow for At {
    fn progress(&mut self, progress: &Progress) {
        if progress.stage == self.stage {
            if self.pass == 0 {
                self.reached = true;
                if self.finish { self.token.finish() } else { self.token.cancel() }
            }
            self.pass = self.pass.saturating_sub(1);
        }
    }
}

fn at(stage: Stage, pass: usize, finish: bool, work: impl FnOnce(&mut Watch<'_>) -> relumine::Result<()>) {
    let token = CancelToken::new();
    let mut follower = At { stage, pass, token: token.clone(), finish, reached: false };
    let mut watch = Watch::with_token(token).followed_by(&mut follower);
    let result = work(&mut watch);
    drop(watch);
    assert!(follower.reached, "{stage:?} has step {pass}");
    if finish {
        result.unwrap();
    } else {
        assert!(matches!(result, Err(Error::Cancelled)), "{stage:?}, step {pass}: {result:?}");
    }
}

/// The whole way of a photo by a method, files and all.
fn whole_way(method: &ChosenMethod, folder: &std::path::Path, watch: &mut Watch<'_>) -> relumine::Result<()> {
    let engine = engine();
    let limits = Limits::default();
    let content = engine.open(folder.join("day.png"), &limits, watch)?;
    let reference = engine.open(folder.join("dusk.png"), &limits, watch)?;
    let mut options = TransferOptions::new(method.clone());
    options.pairing.edges = Edges::Matte;
    let photo = engine.transfer(&content, &reference, None, &options, watch)?.photo;
    engine.save(&photo, folder.join("out.png"), &SaveOptions::default(), watch)
}

#[test]
fn long_work_is_cancelled_at_every_stage_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["day", "dusk"] {
        let photo = example(&format!("{name}.jpg"), 10);
        photo.save(folder.path().join(format!("{name}.png")), &SaveOptions::default()).unwrap();
    }
    use Stage::{Apply, Decode, Encode, Load, Regions, Smooth, Solve, Transport};
    let [deep, neural] = quick_pixels();
    let cases = [
        (
            quick_look(),
            vec![
                (Decode, 0),
                (Load, 0),
                (Load, 1),
                (Regions, 0),
                (Transport, 0),
                (Solve, 0),
                (Solve, 2),
                (Apply, 0),
                (Encode, 0),
            ],
        ),
        (deep, vec![(Regions, 1), (Solve, 1), (Smooth, 0), (Smooth, 1), (Apply, 1)]),
        (neural, vec![(Solve, 1), (Apply, 0)]),
    ];
    for (method, stages) in cases {
        for (stage, pass) in stages {
            at(stage, pass, false, |watch| whole_way(&method, folder.path(), watch));
            let mut left: Vec<_> =
                std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            left.sort();
            assert_eq!(left, ["day.png", "dusk.png"], "{method}: {stage:?}");
        }
    }
}

#[test]
fn to_finish_early_skips_no_stage() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["day", "dusk"] {
        let photo = example(&format!("{name}.jpg"), 10);
        photo.save(folder.path().join(format!("{name}.png")), &SaveOptions::default()).unwrap();
    }
    let [deep, _] = quick_pixels();
    for stage in [Stage::Decode, Stage::Regions, Stage::Transport, Stage::Solve, Stage::Smooth] {
        at(stage, 0, true, |watch| {
            whole_way(&deep, folder.path(), watch)?;
            let done: Vec<Stage> = watch.seconds().iter().map(|timed| timed.stage).collect();
            for needed in
                [Stage::Regions, Stage::Transport, Stage::Solve, Stage::Smooth, Stage::Apply, Stage::Encode]
            {
                assert!(done.contains(&needed), "{needed:?} after {stage:?}: {done:?}");
            }
            Ok(())
        });
        std::fs::remove_file(folder.path().join("out.png")).unwrap();
    }
}

#[test]
fn a_weight_that_turns_infinite_on_the_way_is_an_error_that_names_it() {
    let (engine, content) = (engine(), example("day.jpg", 16));
    let reference = example("dusk.jpg", 16);
    let huge = LookOptions { size: 64, photorealism_weight: 1e45, ..Default::default() };
    let error = engine
        .transfer(&content, &reference, None, &TransferOptions::new(huge), &mut Watch::silent())
        .unwrap_err();
    assert!(error.to_string().starts_with("photorealism_weight is "), "{error}");
    // Within range, but beyond what the term can be computed with on these photos.
    let style = LookOptions { size: 64, colour_weight: 1e30, gamut_weight: 1e30, ..Default::default() };
    match engine.transfer(&content, &reference, None, &TransferOptions::new(style), &mut Watch::silent()) {
        Ok(transfer) => assert!(transfer.photo.colours().data().iter().all(|v| v.is_finite())),
        Err(error) => assert!(matches!(error, Error::NotFinite { .. }), "{error}"),
    }
}

#[test]
fn no_more_iterations_are_done_than_asked_for() {
    let engine = engine();
    let pairing = pair(&engine, &example("day.jpg", 10), &example("dusk.jpg", 10), &PairOptions::default());
    for iterations in [1, 2, 5, 7] {
        let method = LookOptions { size: 96, iterations: Some(iterations), ..Default::default() };
        let look = engine.solve(&pairing, &method.into(), &mut Watch::silent()).unwrap();
        assert!(look.course().iterations <= iterations, "{} of {iterations}", look.course().iterations);
    }
}

#[test]
fn without_a_residual_a_look_is_its_grade() {
    let (engine, day, dusk) = (engine(), example("day.jpg", 8), example("dusk.jpg", 8));
    let options = PairOptions { masks: Masks::None, ..PairOptions::default() };
    let pairing = pair(&engine, &day, &dusk, &options);
    let solve = |local| {
        let method = LookOptions { size: 96, iterations: Some(40), local, ..Default::default() };
        engine.solve(&pairing, &method.into(), &mut Watch::silent()).unwrap()
    };
    let look = solve(0.0);
    let [grade] = look.grades() else { panic!("one region, one grade") };
    let graded = grade.grid().slice(day.colours());
    let applied = look.apply(&day, &Apply::default()).unwrap();
    assert!(worst(&graded, applied.colours()) < 1e-4);
    let local = solve(1.0);
    let graded = local.grades()[0].grid().slice(day.colours());
    let applied = local.apply(&day, &Apply::default()).unwrap();
    assert!(worst(&graded, applied.colours()) > 1e-2);
}

#[test]
fn grades_go_to_another_photo_of_the_same_without_a_solve() {
    let (engine, mut watch) = (engine(), Watch::silent());
    let [day, dusk, winter] = ["day.jpg", "dusk.jpg", "winter.jpg"].map(|name| example(name, 6));
    let options = PairOptions::default();
    let pairing = pair(&engine, &day, &dusk, &options);
    let look = engine.solve(&pairing, &TransportOptions::default().into(), &mut watch).unwrap();
    let own = engine.regrade(&look, &engine.analyse(&day), &options, &mut watch).unwrap();
    let apply = |look: &relumine::Look, photo: &Photo| look.apply(photo, &Apply::default()).unwrap();
    let mean = |a: &Planes, b: &Planes| {
        let sum: f32 = a.data().iter().zip(b.data()).map(|(a, b)| (a - b).abs()).sum();
        sum / a.data().len() as f32
    };
    let (solved, graded) = (apply(&look, &day), apply(&own, &day));
    let moved = mean(solved.colours(), day.colours());
    assert!(mean(solved.colours(), graded.colours()) < 0.5 * moved, "about the same look again");
    let other = engine.regrade(&look, &engine.analyse(&winter), &options, &mut watch).unwrap();
    let graded = apply(&other, &winter);
    assert!(graded.colours().data().iter().all(|v| v.is_finite() && (-0.3..1.3).contains(v)));
    assert!(mean(graded.colours(), winter.colours()) > 0.02, "the other photo is graded");

    let [deep, _] = quick_pixels();
    let bound = engine.solve(&pairing, &deep, &mut watch).unwrap();
    let refused = engine.regrade(&bound, &engine.analyse(&winter), &options, &mut watch).unwrap_err();
    assert!(matches!(refused, Error::Options(OptionsError::NoGrades { method: "deep-photo" })), "{refused}");
}
