//! What a photographer steers: regions by name, and several references.

use relumine::io::Photo;
use relumine::metrics::Pair;
use relumine::watch::Watch;
use relumine::{
    Apply, Device, Engine, Error, OptionsError, Pairing, Planes, Reference, Side, TransferOptions,
    TransportOptions,
};

use crate::examples::example;

fn options() -> TransferOptions {
    TransferOptions::new(TransportOptions::default())
}

fn reference(engine: &Engine, photo: &Photo, weight: f64, region: Option<&str>) -> Reference {
    Reference { analysis: engine.analyse(photo), weight, region: region.map(str::to_owned) }
}

/// The most that samples differ by, but for one pixel in 5,000, in 8-bit levels, where a region's share is nothing, and as far from its borders as that is so around.
fn apart_beyond(pairing: &Pairing, name: &str, a: &Planes, b: &Planes) -> f32 {
    const AWAY: usize = 12;
    let (height, width) = (a.height(), a.width());
    let planes = pairing.planes(Side::Content, height, width);
    let called = pairing.called(name).unwrap();
    let is_there = |y: usize, x: usize| {
        let of = |(place, region): (usize, &relumine::Region)| {
            called.contains(&region.id) && planes.plane(place)[y * width + x] > 0.1
        };
        pairing.regions().iter().enumerate().any(of)
    };
    let mut apart = Vec::new();
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let near = |v: usize, side: usize| (v.saturating_sub(AWAY)..(v + AWAY + 1).min(side)).step_by(4);
        if near(y, height).any(|y| near(x, width).any(|x| is_there(y, x))) {
            continue;
        }
        let sample =
            |planes: &Planes, c: usize| (planes.plane(c)[y * width + x].clamp(0.0, 1.0) * 255.0).round();
        apart.push((0..3).map(|c| (sample(a, c) - sample(b, c)).abs()).fold(0.0, f32::max));
    }
    assert!(apart.len() > height * width / 8, "{} pixels to compare", apart.len());
    // A vertex that hardly any pixel reaches stands for its neighbours: single pixels may move with another region.
    apart.sort_by(f32::total_cmp);
    assert!(apart[apart.len() - 1] <= 4.0, "a pixel changes by {} levels", apart[apart.len() - 1]);
    apart[apart.len() - 1 - apart.len() / 5000]
}

#[test]
fn strengths_and_references_of_a_region_leave_the_others() {
    let engine = Engine::new(Device::Cpu, Some(2)).unwrap();
    let [day, dusk, autumn] = ["day.jpg", "dusk.jpg", "autumn.jpg"].map(|name| example(name, 3));
    let content = engine.analyse(&day);
    let base = reference(&engine, &dusk, 1.0, None);
    let mut watch = Watch::silent();
    let (pairing, look) =
        engine.find(&content, std::slice::from_ref(&base), None, &options(), &mut watch).unwrap();
    let look = look.unwrap();
    let full = look.apply(&day, &Apply::default()).unwrap();
    for strength in [0.0, 0.5] {
        let part = Apply { named: [("sky".to_owned(), strength)].into(), ..Apply::default() };
        let part = look.apply(&day, &part).unwrap();
        let apart = apart_beyond(&pairing, "sky", full.colours(), part.colours());
        assert!(apart <= 1.0, "at {strength} others change by {apart} levels");
    }
    let both = [base, reference(&engine, &autumn, 1.0, Some("sky"))];
    let (_, mixed) = engine.find(&content, &both, None, &options(), &mut watch).unwrap();
    let mixed = mixed.unwrap();
    let apart = apart_beyond(
        &pairing,
        "sky",
        full.colours(),
        mixed.apply(&day, &Apply::default()).unwrap().colours(),
    );
    assert!(apart <= 1.0, "with a reference for the sky others change by {apart} levels");
    let references = mixed.parts().iter().map(|part| part.reference.clone());
    let shares: Vec<_> = references.map(|reference| (reference.region, reference.share)).collect();
    assert_eq!(shares, [(None, 1.0), (Some("sky".into()), 1.0)]);
}

#[test]
fn a_mixture_lies_between_its_references() {
    let engine = Engine::new(Device::Cpu, Some(2)).unwrap();
    let [day, dusk, autumn] = ["day.jpg", "dusk.jpg", "autumn.jpg"].map(|name| example(name, 5));
    let content = engine.analyse(&day);
    let mut watch = Watch::silent();
    let mut result = |weights: [f64; 2]| {
        let references =
            [reference(&engine, &dusk, weights[0], None), reference(&engine, &autumn, weights[1], None)];
        let (_, look) = engine.find(&content, &references, None, &options(), &mut watch).unwrap();
        look.unwrap().apply(&day, &Apply::default()).unwrap()
    };
    let results = [[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]].map(&mut result);
    for (other, toward) in [(&dusk, [0, 1, 2]), (&autumn, [2, 1, 0])] {
        let pair = Pair::new(&day, other, None, None, 256).unwrap();
        let [near, between, far] = toward.map(|rank| pair.measure(&results[rank]).swd);
        assert!(near < between && between < far, "{near} < {between} < {far}");
    }
    let none = [reference(&engine, &dusk, 0.0, None)];
    let error = engine.find(&content, &none, None, &options(), &mut watch).unwrap_err();
    assert!(matches!(error, Error::Options(OptionsError::NoWeight { .. })), "{error}");
}
