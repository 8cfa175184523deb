//! What a photographer steers, on the example photos.

use std::path::Path;

use super::{Apply, ColourPair, Keep, Look};
use crate::io::{Limits, Photo};
use crate::metrics::{ciede2000, lab::convert};
use crate::resample::{Filter, fit, resize};
use crate::watch::Watch;
use crate::{Device, Engine, Masks, PairOptions, Planes, TransportOptions};

fn example(name: &str) -> Planes {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/photos").join(name);
    let photo = Photo::open(path, &Limits::default()).unwrap();
    let (height, width) = fit(photo.height(), photo.width(), 160);
    resize(photo.colours(), height, width, Filter::Area)
}

/// The photo with the look of dusk.
fn dusk(content: &Photo, masks: Masks) -> Look {
    let engine = Engine::new(Device::Cpu, Some(2)).unwrap();
    let [ours, theirs] =
        [content, &Photo::from_planes(example("dusk.jpg"))].map(|photo| engine.analyse(photo));
    let options = PairOptions { masks, ..PairOptions::default() };
    let pairing = engine.pair(&ours, &[theirs.into()], None, &options, &mut Watch::silent()).unwrap();
    engine.solve(&pairing, &TransportOptions::default().into(), &mut Watch::silent()).unwrap()
}

/// L*, a*, b* of each pixel as 8 bits show it.
fn shown(photo: &Planes) -> Vec<[f64; 3]> {
    let [r, g, b] = photo.rgb();
    let level = |v: f32| f64::from((v.clamp(0.0, 1.0) * 255.0).round()) / 255.0;
    (0..photo.area()).map(|at| convert([r[at], g[at], b[at]].map(level))).collect()
}

fn mean(of: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = of.len() as f64;
    of.sum::<f64>() / count
}

#[test]
fn lightness_or_colours_are_kept_and_the_rest_is_the_looks() {
    let content = Photo::from_planes(example("day.jpg"));
    let look = dusk(&content, Masks::Auto);
    let at = |keep| shown(look.apply(&content, &Apply { keep, ..Apply::default() }).unwrap().colours());
    let (before, full) = (shown(content.colours()), at(None));
    let apart = |a: &[f64; 3], b: &[f64; 3]| [(a[0] - b[0]).abs(), (a[1] - b[1]).hypot(a[2] - b[2])];
    let means =
        |a: &[[f64; 3]], b: &[[f64; 3]]| [0, 1].map(|k| mean(a.iter().zip(b).map(|(a, b)| apart(a, b)[k])));
    let looked = means(&full, &before);
    assert!(looked.iter().all(|moved| *moved > 5.0), "{looked:?}");
    let light = at(Some(Keep::Luminance));
    assert!(light.iter().zip(&before).all(|(a, b)| apart(a, b)[0] < 0.5));
    assert!(means(&light, &before)[1] > 0.5 * looked[1], "colours change");
    let colour = at(Some(Keep::Colour));
    let [moved, stray] = means(&colour, &before);
    assert!(moved > 0.8 * looked[0] && stray < 1.5, "{moved} and {stray}");
    let chroma = |[_, a, b]: &[f64; 3]| a.hypot(*b);
    assert!(colour.iter().zip(&before).all(|(a, b)| chroma(a) < chroma(b) + 1.5), "chroma gives way alone");
}

#[test]
fn exposure_is_held_on_the_whole() {
    let content = Photo::from_planes(example("day.jpg"));
    let look = dusk(&content, Masks::Auto);
    let lightness = |photo: &Planes| mean(shown(photo).iter().map(|lab| lab[0]));
    let before = lightness(content.colours());
    let free = look.apply(&content, &Apply::default()).unwrap();
    let held = |strength| Apply { keep_exposure: true, strength, ..Apply::default() };
    assert!((lightness(free.colours()) - before).abs() > 5.0);
    for strength in [0.5, 1.0] {
        let photo = look.apply(&content, &held(strength)).unwrap();
        let now = lightness(photo.colours());
        assert!((now - before).abs() < 0.1, "{before} became {now}");
    }
    // Nothing but the rows: it is measured on the photo that the look was solved for.
    let mut rows = content.recolour();
    look.apply_rows(&mut content.rows(), &mut rows, &held(1.0), &mut Watch::silent()).unwrap();
    let now = lightness(rows.finish().colours());
    assert!((now - before).abs() < 0.3, "{before} became {now}");
}

#[test]
fn ten_colours_become_what_they_are_to_be() {
    const SIDE: usize = 8;
    let pairs: Vec<ColourPair> = [
        "#8a9b6c=#c9a227",
        "#5f7fa8=#3f6fb0",
        "#b89878=#c08a60",
        "#404848=#303c50",
        "#d8dce0=#f0e0c8",
        "#9c3c30=#b02820",
        "#2f5030=#405a20",
        "#e0b050=#e0c070",
        "#706090=#804a90",
        "#7a7a7a=#808078",
    ]
    .map(|pair| pair.parse().unwrap())
    .into();
    let mut planes = example("day.jpg");
    let width = planes.width();
    for (rank, pair) in pairs.iter().enumerate() {
        for channel in 0..3 {
            for row in 0..SIDE {
                let from = (40 + row) * width + rank * SIDE;
                planes.plane_mut(channel)[from..from + SIDE].fill(f32::from(pair.from[channel]) / 255.0);
            }
        }
    }
    let content = Photo::from_planes(planes);
    for masks in [Masks::None, Masks::Auto] {
        let look = dusk(&content, masks);
        let at = |map: &[ColourPair]| {
            shown(look.apply(&content, &Apply { map: map.into(), ..Apply::default() }).unwrap().colours())
        };
        let (plain, all) = (at(&[]), at(&pairs));
        for (rank, pair) in pairs.iter().enumerate() {
            let place = (40 + SIDE / 2) * width + rank * SIDE + SIDE / 2;
            let wanted = convert(pair.to.map(|level| f64::from(level) / 255.0));
            for found in [at(&[*pair])[place], all[place]] {
                let apart = ciede2000(found, wanted);
                assert!(apart < 2.0, "{pair}: {apart} away, {} without", ciede2000(plain[place], wanted));
            }
            assert!(ciede2000(plain[place], wanted) > 2.0, "{pair}: the look does not do it by itself");
        }
    }
}
