//! Whole transfers against pictures that were looked at and found good.
//!
//! Where one differs, a triptych (golden, found, difference × 8) is left for the eye; where the change is meant and the
//! new picture good, `RELUMINE_BLESS=1 cargo test -p relumine --test library golden::` takes it as the golden one.

use std::path::Path;

use crate::examples::example;
use image::{Rgb, RgbImage, imageops};
use relumine::watch::Watch;
use relumine::{
    Apply, Device, Edges, Engine, GradeOptions, LookOptions, Masks, PairOptions, Planes, TransferOptions,
    TransportOptions, UnpairedLook,
};

/// Levels of 8 bits that samples may be off: on the mean, all but one in a thousand, and the most.
struct Tolerance {
    mean: f64,
    thousandth: f64,
    most: f64,
}

/// Closed forms, whose sums are in another order on another processor: noise of 3·10⁻⁷ in the content moved no sample by more
/// than a level.
const CLOSED: Tolerance = Tolerance { mean: 0.5, thousandth: 6.0, most: 20.0 };
/// What an optimiser makes of such sums: the same noise moved samples by 1.3 levels on the mean, one in a thousand by more than
/// 12, none by more than 31.
const OPTIMISED: Tolerance = Tolerance { mean: 2.0, thousandth: 20.0, most: 56.0 };

fn picture(planes: &Planes) -> RgbImage {
    let level = |v: f32| (v * 255.0).round().clamp(0.0, 255.0) as u8;
    let width = planes.width();
    RgbImage::from_fn(width as u32, planes.height() as u32, |x, y| {
        let at = y as usize * width + x as usize;
        Rgb([0, 1, 2].map(|channel| level(planes.plane(channel)[at])))
    })
}

fn difference(golden: &RgbImage, found: &RgbImage) -> Vec<f64> {
    golden.as_raw().iter().zip(found.as_raw()).map(|(g, f)| f64::from(g.abs_diff(*f))).collect()
}

/// Both, and eight times how far they are apart.
fn triptych(golden: &RgbImage, found: &RgbImage) -> RgbImage {
    let (width, height) = golden.dimensions();
    let apart = difference(golden, found).into_iter().map(|d| (8.0 * d).min(255.0) as u8).collect();
    let apart = RgbImage::from_raw(width, height, apart).unwrap();
    let mut out = RgbImage::new(3 * width, height);
    for (k, part) in [golden, found, &apart].into_iter().enumerate() {
        imageops::replace(&mut out, part, i64::from(k as u32 * width), 0);
    }
    out
}

fn check(name: &str, content: &str, reference: &str, options: &TransferOptions) {
    let tolerance = if options.method.name() == "look" { OPTIMISED } else { CLOSED };
    let engine = Engine::new(Device::Cpu, Some(2)).unwrap();
    let (content, reference) = (example(content, 4), example(reference, 4));
    let found = engine.transfer(&content, &reference, None, options, &mut Watch::silent()).unwrap();
    let found = picture(found.photo.colours());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.png"));
    if std::env::var_os("RELUMINE_BLESS").is_some() {
        found.save(&path).unwrap();
    }
    let golden = image::open(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())).to_rgb8();
    assert_eq!(golden.dimensions(), found.dimensions());
    let mut apart = difference(&golden, &found);
    apart.sort_by(f64::total_cmp);
    let mean = apart.iter().sum::<f64>() / apart.len() as f64;
    let (thousandth, most) = (apart[apart.len() * 999 / 1000], apart[apart.len() - 1]);
    if mean > tolerance.mean || thousandth > tolerance.thousandth || most > tolerance.most {
        let left = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-triptych.png"));
        triptych(&golden, &found).save(&left).unwrap();
        let off = format!(
            "{mean:.2} levels off on the mean, one sample in a thousand {thousandth}, the most {most}"
        );
        panic!("{name}: {off}; look at {}", left.display());
    }
}

fn transport() -> TransferOptions {
    TransferOptions::new(TransportOptions::default())
}

#[test]
fn transport_by_recognised_regions() {
    check("transport-winter-at-dusk", "winter.jpg", "dusk.jpg", &transport());
}

#[test]
fn transport_of_one_region_at_half_strength() {
    let pairing = PairOptions { masks: Masks::None, ..PairOptions::default() };
    let options = TransferOptions { pairing, apply: Apply::at(0.5), ..transport() };
    check("transport-day-half-autumn", "day.jpg", "autumn.jpg", &options);
}

#[test]
fn transport_along_matte_edges_that_keeps_what_is_unpaired() {
    let (edges, unpaired) = (Edges::Matte, UnpairedLook::Keep);
    let options =
        TransferOptions { pairing: PairOptions { edges, unpaired, ..PairOptions::default() }, ..transport() };
    check("transport-autumn-at-dusk-matte", "autumn.jpg", "dusk.jpg", &options);
}

#[test]
fn grade_by_recognised_regions() {
    check("grade-day-as-autumn", "day.jpg", "autumn.jpg", &TransferOptions::new(GradeOptions::default()));
}

#[test]
fn look_by_recognised_regions() {
    check("look-winter-at-dusk", "winter.jpg", "dusk.jpg", &TransferOptions::new(LookOptions::default()));
}
