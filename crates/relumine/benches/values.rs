//! What the values of a transfer are worth: one reference for thirty photos, another strength on 24 megapixels, and how soon work is
//! left once it is cancelled, stage by stage.
//!
//! `cargo bench -p relumine --bench values [-- thirty|strength|cancel]`; with `RELUMINE_VGG19=FILE` cancelling is tried with `deep-photo` too.

use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use relumine::io::{Limits, Photo, SaveOptions};
use relumine::watch::{CancelToken, Progress, Stage, Watch};
use relumine::{
    Apply, ChosenMethod, DeepPhotoOptions, Device, Edges, Engine, Error, LookOptions, PairOptions, Planes,
    Reference, Result, TransferOptions, Weights,
};

fn main() -> Result<()> {
    let asked: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wants = |name: &str| asked.is_empty() || asked.iter().any(|word| word == name);
    if wants("thirty") {
        thirty()?;
    }
    if wants("strength") {
        strength()?;
    }
    if wants("cancel") {
        cancel()?;
    }
    Ok(())
}

fn example(name: &str) -> Result<Photo> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/photos");
    Photo::open(folder.join(name), &Limits::default())
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// Each photo with all that is known of the reference, and with everything anew.
fn thirty() -> Result<()> {
    let (reference, engine) = (example("dusk.jpg")?, Engine::new(Device::Cpu, None)?);
    let known = engine.analyse(&reference);
    let (method, options) = (ChosenMethod::default(), PairOptions::default());
    let [mut kept, mut anew] = [Vec::new(), Vec::new()];
    for k in 0..30 {
        let photo = example(["day.jpg", "winter.jpg", "autumn.jpg"][k % 3])?;
        let data = photo.colours().data().iter().map(|v| v * (1.0 - 0.01 * k as f32)).collect();
        let photo = Photo::from_planes(Planes::from_vec(3, photo.height(), photo.width(), data));
        let transfer = |engine: &Engine, reference: Reference| {
            let (content, mut watch) = (engine.analyse(&photo), Watch::silent());
            let pairing = engine.pair(&content, &[reference], None, &options, &mut watch)?;
            engine.solve(&pairing, &method, &mut watch)?.apply(&photo, &Apply::default())
        };
        let since = Instant::now();
        transfer(&engine, known.clone().into())?;
        kept.push(since.elapsed().as_secs_f64());
        let since = Instant::now();
        let fresh = Engine::new(Device::Cpu, None)?;
        transfer(&fresh, fresh.analyse(&reference).into())?;
        anew.push(since.elapsed().as_secs_f64());
    }
    println!(
        "thirty photos of 1200×800, look, seconds each, median: {:.2}; everything anew {:.2}",
        median(kept),
        median(anew)
    );
    println!("loaded: {}; of the reference: {:?}", engine.loaded().len(), known.made());
    Ok(())
}

/// A solved look at another strength.
fn strength() -> Result<()> {
    let (engine, small) = (Engine::new(Device::Cpu, None)?, example("day.jpg")?);
    let large = enlarged(&small, 4000, 6000);
    let bytes = large.encode(relumine::io::Format::PNG, &SaveOptions::default())?;
    let photo = Photo::decode(&bytes, Path::new("24-megapixels.png"), &Limits::default())?;
    let mut watch = Watch::silent();
    let references = [engine.analyse(&example("dusk.jpg")?).into()];
    let pairing =
        engine.pair(&engine.analyse(&photo), &references, None, &PairOptions::default(), &mut watch)?;
    let look = engine.solve(&pairing, &ChosenMethod::default(), &mut watch)?;
    let [mut rows, mut planes] = [Vec::new(), Vec::new()];
    for k in 0..5 {
        let apply = Apply::at(0.5 + 0.1 * k as f32);
        let since = Instant::now();
        let result = look.apply_to_samples(photo.clone(), &apply, &mut watch)?;
        rows.push(since.elapsed().as_secs_f64());
        drop(result);
        // Decoded before, as the planes of a photo that is shown are.
        photo.colours();
        let since = Instant::now();
        look.apply(&photo, &apply)?;
        planes.push(since.elapsed().as_secs_f64());
    }
    println!(
        "another strength on 24 megapixels, seconds, median of five: {:.2} from samples to samples, {:.2} from planes to planes",
        median(rows),
        median(planes)
    );
    Ok(())
}

fn enlarged(photo: &Photo, height: usize, width: usize) -> Photo {
    let (h, w) = (photo.height(), photo.width());
    let plane = |plane: &[f32]| -> Vec<f32> {
        (0..height * width).map(|i| plane[i / width * h / height * w + i % width * w / width]).collect()
    };
    Photo::from_planes(Planes::from_vec(3, height, width, photo.colours().rgb().map(plane).concat()))
}

/// Cancels a while after each stage began, from another thread, and tells the longest that it took to leave.
fn cancel() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    enlarged(&example("day.jpg")?, 2000, 3000).save(file("content.png"), &SaveOptions::default())?;
    example("dusk.jpg")?.save(file("reference.png"), &SaveOptions::default())?;
    let mut methods: Vec<ChosenMethod> = vec![LookOptions::default().into()];
    if let Some(path) = std::env::var_os("RELUMINE_VGG19") {
        let network = Some(Weights::File(path.into()));
        methods.push(DeepPhotoOptions { network, iterations: Some(3), ..Default::default() }.into());
    }
    use Stage::{Apply, Decode, Encode, Load, Regions, Smooth, Solve, Transport};
    for method in &methods {
        for stage in [Decode, Load, Regions, Transport, Solve, Smooth, Apply, Encode] {
            let (mut longest, mut tried) = (Duration::ZERO, 0);
            for wait in [0, 3, 10, 30, 100, 300, 1000, 1700] {
                let work = |watch: &mut Watch<'_>| {
                    let engine = Engine::new(Device::Cpu, None)?;
                    let content = engine.open(file("content.png"), &Limits::default(), watch)?;
                    let reference = engine.open(file("reference.png"), &Limits::default(), watch)?;
                    let mut options = TransferOptions::new(method.clone());
                    options.pairing.edges = Edges::Matte;
                    let photo = engine.transfer(&content, &reference, None, &options, watch)?.photo;
                    engine.save(&photo, file("out.png"), &SaveOptions::default(), watch)
                };
                if let Some(late) = lateness(stage, Duration::from_millis(wait), work)? {
                    longest = longest.max(late);
                    tried += 1;
                }
            }
            if tried > 0 {
                println!(
                    "{method}, {stage:?}: cancelled {tried} times, left within {:.0} ms",
                    longest.as_secs_f64() * 1e3
                );
            }
        }
    }
    Ok(())
}

/// How long work goes on after it was cancelled `wait` after the stage began; `None` where it was done by then.
fn lateness(
    stage: Stage,
    wait: Duration,
    work: impl Fn(&mut Watch<'_>) -> Result<()>,
) -> Result<Option<Duration>> {
    let token = CancelToken::new();
    let (began, begun) = mpsc::channel();
    let canceller = {
        let token = token.clone();
        std::thread::spawn(move || {
            begun.recv().ok()?;
            std::thread::sleep(wait);
            token.cancel();
            Some(Instant::now())
        })
    };
    let mut follower = |at: &Progress| {
        if at.stage == stage {
            // Whoever listens was told before.
            let _ = began.send(());
        }
    };
    let mut watch = Watch::with_token(token).followed_by(&mut follower);
    let result = work(&mut watch);
    let ended = Instant::now();
    drop(watch);
    drop(began);
    match result {
        Err(Error::Cancelled) => {
            let cancelled = canceller.join().expect("it panics never");
            Ok(cancelled.map(|cancelled| ended.saturating_duration_since(cancelled)))
        }
        other => other.map(|()| None),
    }
}
