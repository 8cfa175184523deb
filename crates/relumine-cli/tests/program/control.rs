//! What a photographer steers, through the program.

use std::path::Path;

use serde_json::Value;

use crate::bench::{Bench, mask};
use crate::looks::stdout;

const TRANSFER: &str = "transfer content.png reference.png --method transport";
const MASKS: &str = "--content-mask a.png --reference-mask b.png";

/// With masks of a left and a right half.
fn halves() -> Bench {
    let bench = Bench::new();
    mask(48, 32, [255, 0, 0], [0, 0, 255]).save(bench.path("a.png")).unwrap();
    mask(40, 40, [255, 0, 0], [0, 0, 255]).save(bench.path("b.png")).unwrap();
    bench
}

/// The most that samples of two pictures differ by, in columns.
fn apart(a: &Path, b: &Path, columns: std::ops::Range<u32>) -> u8 {
    let [a, b] = [a, b].map(|path| image::open(path).unwrap().to_rgb8());
    let pixels = a.enumerate_pixels().filter(|(x, ..)| columns.contains(x));
    pixels
        .flat_map(|(x, y, pixel)| (0..3).map(move |c| (pixel.0[c], x, y, c)))
        .map(|(level, x, y, c)| level.abs_diff(b.get_pixel(x, y).0[c]))
        .max()
        .unwrap()
}

fn report(bench: &Bench) -> Value {
    serde_json::from_slice(&std::fs::read(bench.path("out.json")).unwrap()).unwrap()
}

#[test]
fn a_strength_of_a_region_leaves_the_others() {
    let bench = halves();
    bench.succeeds(&format!("{TRANSFER} {MASKS} -o full.png"));
    bench.succeeds(&format!("{TRANSFER} {MASKS} -o out.png --strength #FF0000=0 --report out.json"));
    let [full, out, content] = ["full.png", "out.png", "content.png"].map(|name| bench.path(name));
    assert_eq!(apart(&out, &content, 0..12), 0);
    assert!(apart(&out, &full, 36..48) <= 1);
    assert!(apart(&full, &content, 0..12) > 10 && apart(&full, &content, 36..48) > 10);
    let applied = &report(&bench)["options"]["apply"];
    assert_eq!(
        (&applied["strength"], &applied["named"]),
        (&1.0.into(), &serde_json::json!({ "#FF0000": 0.0 }))
    );

    bench.fails(
        2,
        &format!("{TRANSFER} {MASKS} -o x.png --strength sky=0.5"),
        &["`sky`", "#0000ff, #ff0000"],
    );
    bench.fails(
        2,
        &format!("{TRANSFER} --masks none -o x.png --strength sky=0.5"),
        &["`sky`", "all of the photo"],
    );
    bench.fails(2, &format!("{TRANSFER} -o x.png --strength sky=2"), &["--strength is 2", "between 0 and 1"]);
    bench.fails(2, &format!("{TRANSFER} -o x.png --strength sky="), &["sky=0.5", "--strength"]);
    bench.fails(1, &format!("{TRANSFER} -o x.png --strength 1 --strength 1"), &["--strength", "twice"]);
    bench.fails(1, "lut content.png reference.png -o x.cube --strength sky=0.5", &["x.cube", "table"]);
}

#[test]
fn regions_of_looks_have_strengths_of_their_own() {
    let bench = Bench::new();
    examples(&bench, &["day", "dusk"]);
    bench.succeeds("learn day.png dusk.png -o dusk.look --method transport");
    bench.succeeds("apply dusk.look day.png -o full.png");
    bench.succeeds("apply dusk.look day.png -o part.png --strength sky=0");
    let middle = 100..140;
    assert!(apart(&bench.path("full.png"), &bench.path("part.png"), middle) > 20);
    bench.fails(2, "apply dusk.look day.png -o x.png --strength wombat=0", &["`wombat`", "sky"]);
    bench.fails(2, "apply dusk.look day.png -o x.png --one --strength sky=0", &["same everywhere"]);
}

/// The example photos, small, as PNGs.
fn examples(bench: &Bench, names: &[&str]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/photos");
    for name in names {
        let photo = image::open(folder.join(name).with_extension("jpg")).unwrap().thumbnail(240, 240);
        photo.to_rgb8().save(bench.path(name).with_extension("png")).unwrap();
    }
}

#[test]
fn regions_are_paired_and_left_by_hand() {
    let bench = Bench::new();
    examples(&bench, &["day", "dusk"]);
    let words = "transfer day.png dusk.png --method transport --report out.json";
    bench.succeeds(&format!("{words} -o left.png --leave sky"));
    let told = report(&bench);
    assert_eq!(told["options"]["pairing"]["leave"], serde_json::json!(["sky"]));
    let first = &told["regions"]["regions"][0];
    assert_eq!((&first["name"], &first["options"]["excluded"]), (&"sky".into(), &true.into()));
    let [left, day] = ["left.png", "day.png"].map(|name| image::open(bench.path(name)).unwrap().to_rgb8());
    // The sky's own, left of the tree that reaches up to the border.
    assert!((0..150).all(|x| left.get_pixel(x, 0) == day.get_pixel(x, 0)));
    assert!(left != day);

    let shown = told["regions"]["regions"].as_array().unwrap();
    let other =
        shown.iter().filter_map(|region| region["name"].as_str()).find(|name| !name.contains("sky")).unwrap();
    let other = other.split(", ").next().unwrap();
    bench.succeeds(&format!("{words} -o paired.png --pair {other}=sky"));
    let told = report(&bench);
    let first = &told["regions"]["regions"][0];
    assert_eq!(
        (&first["name"], &first["reference_name"], &first["paired_by"]),
        (&other.into(), &"sky".into(), &"hand".into())
    );

    bench.fails(2, "transfer day.png dusk.png -q -o x.png --leave wombat", &["day.png", "`wombat`", "sky"]);
    bench.fails(2, "transfer day.png dusk.png -q -o x.png --pair sky=wombat", &["dusk.png", "`wombat`"]);
    bench.fails(2, "transfer day.png dusk.png -o x.png --pair sky=", &["--pair", "building=mountain"]);
    bench.fails(2, "transfer day.png dusk.png -o x.png --pair sky=sky --leave sky", &["sky", "left"]);
    bench.fails(
        2,
        "transfer day.png dusk.png -o x.png --leave sky --masks none",
        &["`sky`", "all of the photo"],
    );
}

#[test]
fn regions_of_masks_are_swapped_and_left_by_their_colours() {
    let bench = halves();
    let swap = "--pair #ff0000=#0000ff --pair #0000ff=#ff0000";
    bench.succeeds(&format!("{TRANSFER} {MASKS} -o out.png {swap}"));
    mask(48, 32, [0, 0, 255], [255, 0, 0]).save(bench.path("a.png")).unwrap();
    bench.succeeds(&format!("{TRANSFER} {MASKS} -o swapped.png"));
    assert!(apart(&bench.path("out.png"), &bench.path("swapped.png"), 0..48) <= 1);
    bench.succeeds(&format!("{TRANSFER} {MASKS} -o left.png --leave #0000ff"));
    assert_eq!(apart(&bench.path("left.png"), &bench.path("content.png"), 0..12), 0);
}

#[test]
fn what_is_kept_and_mapped_is_reported_and_goes_with_a_look() {
    let bench = Bench::new();
    examples(&bench, &["day", "dusk"]);
    let control = "--keep luminance --keep-exposure --map #8a9b6c=#c9a227 --map #7088a0=#5a88b8";
    let words = "day.png dusk.png --method grade --masks none";
    bench.succeeds(&format!("transfer {words} -o out.png --report out.json {control}"));
    let applied = report(&bench)["options"]["apply"].clone();
    assert_eq!(applied["keep"], "luminance");
    assert_eq!(applied["keep_exposure"], true);
    assert_eq!(applied["map"], serde_json::json!(["#8a9b6c=#c9a227", "#7088a0=#5a88b8"]));

    bench.succeeds(&format!("learn {words} -o dusk.look {control}"));
    bench.succeeds("apply dusk.look day.png -o learnt.png");
    bench.succeeds(&format!("learn {words} -o plain.look"));
    bench.succeeds(&format!("apply plain.look day.png -o said.png {control}"));
    // What was learnt can be taken back.
    let none = "--keep none --keep-exposure=false --map none";
    bench.succeeds(&format!("apply dusk.look day.png -o free.png {none}"));
    bench.succeeds("apply plain.look day.png -o plain.png");
    assert_eq!(apart(&bench.path("free.png"), &bench.path("plain.png"), 0..240), 0);
    let [out, learnt, said] = ["out.png", "learnt.png", "said.png"].map(|name| bench.path(name));
    assert!(apart(&out, &said, 0..240) <= 2 && apart(&learnt, &said, 0..240) <= 2);

    for (control, mentions) in [
        ("--map #8a9b6c", ["--map", "#8a9b6c=#c9a227"]),
        ("--map red=blue", ["--map", "#8a9b6c=#c9a227"]),
        ("--map #000000=#111111 --map #000000=#222222", ["--map", "#000000=#222222"]),
        ("--keep wombat", ["--keep", "luminance"]),
    ] {
        bench.fails(2, &format!("transfer day.png dusk.png -o x.png {control}"), &mentions);
        bench.fails(2, &format!("apply plain.look day.png -o x.png {control}"), &mentions);
    }
}

#[test]
fn what_a_photo_does_not_show_is_not_left() {
    let bench = Bench::new();
    examples(&bench, &["day", "dusk"]);
    let learn = "learn day.png dusk.png --method transport";
    bench.succeeds(&format!("{learn} -o left.look --leave sky"));
    bench.succeeds(&format!("{learn} -o plain.look"));
    let told = bench.succeeds("apply left.look day.png -o day-left.png --resolve");
    assert!(!told.contains("shows no"), "{told}");
    let told = bench.succeeds("apply left.look reference.png -o left.png --resolve");
    assert!(told.contains("reference.png: it shows no `sky`"), "{told}");
    bench.succeeds("apply plain.look reference.png -o plain.png --resolve");
    assert_eq!(apart(&bench.path("left.png"), &bench.path("plain.png"), 0..32), 0);
}

#[test]
fn how_much_there_is_of_what_a_photo_does_not_show_is_of_other_photos() {
    let bench = Bench::new();
    examples(&bench, &["day", "dusk"]);
    bench.succeeds("learn day.png dusk.png --method transport -o dusk.look");
    let anew = "apply dusk.look --resolve";
    let told = bench.succeeds(&format!("{anew} day.png -o day-half.png --strength sky=0.5"));
    assert!(!told.contains("shows no"), "{told}");
    bench.succeeds(&format!("{anew} day.png -o day-all.png"));
    assert_ne!(apart(&bench.path("day-half.png"), &bench.path("day-all.png"), 0..240), 0);
    let told = bench.succeeds(&format!("{anew} reference.png -o half.png --strength sky=0.5"));
    assert!(told.contains("reference.png: it shows no `sky`"), "{told}");
    bench.succeeds(&format!("{anew} reference.png -o all.png"));
    assert_eq!(apart(&bench.path("half.png"), &bench.path("all.png"), 0..32), 0);
    bench.fails(2, &format!("{anew} day.png -o x.png --strength wombat=0.5"), &["wombat", "sky"]);
    bench.succeeds("learn day.png dusk.png --method transport --masks none -o one.look");
    bench.fails(2, "apply one.look --resolve day.png -o x.png --strength sky=0.5", &["no regions"]);
}

#[test]
fn how_much_there_is_of_one_of_several_groups_of_a_region_is_kept() {
    let bench = Bench::new();
    examples(&bench, &["winter", "product"]);
    // A product shows neither sky nor trees, which the look then has as one region.
    let learn = "learn winter.png product.png --method transport";
    bench.succeeds(&format!("{learn} -o whole.look"));
    let told: Value = serde_json::from_str(&stdout(&bench, "look whole.look --json")).unwrap();
    let regions = told["regions"].as_array().unwrap();
    assert!(regions.iter().any(|region| region["name"] == "sky, vegetation"), "{regions:?}");
    bench.succeeds(&format!("{learn} --strength vegetation=0.5 -o half.look"));
    bench.succeeds("apply half.look winter.png -o half.png");
    bench.succeeds("apply whole.look winter.png -o said.png --strength vegetation=0.5");
    bench.succeeds("apply whole.look winter.png -o whole.png");
    assert_eq!(apart(&bench.path("half.png"), &bench.path("said.png"), 0..240), 0);
    assert_ne!(apart(&bench.path("half.png"), &bench.path("whole.png"), 0..240), 0);
}

#[test]
fn how_much_there_is_of_a_region_of_a_mask_is_of_its_photo() {
    let bench = Bench::new();
    examples(&bench, &["day", "dusk"]);
    mask(240, 160, [255, 0, 0], [0, 0, 255]).save(bench.path("mask.png")).unwrap();
    let masks = "--content-mask mask.png --reference-mask mask.png";
    let learn = format!("learn day.png dusk.png {masks} --method transport");
    bench.succeeds(&format!("{learn} -o whole.look"));
    bench.succeeds(&format!("{learn} --strength #ff0000=0.5 -o half.look"));
    for how in ["", "--resolve"] {
        bench.succeeds(&format!("apply whole.look dusk.png -o whole.png --overwrite {how}"));
        bench.succeeds(&format!("apply half.look dusk.png -o half.png --overwrite {how}"));
        assert_eq!(apart(&bench.path("half.png"), &bench.path("whole.png"), 0..240), 0);
    }
}

#[test]
fn references_are_mixed_by_weight_and_by_region() {
    let bench = Bench::new();
    examples(&bench, &["day", "dusk", "autumn"]);
    let words = "transfer day.png --method transport --report out.json";
    bench.succeeds(&format!("{words} dusk.png -o dusk-alone.png"));
    bench.succeeds(&format!("{words} autumn.png -o autumn-alone.png"));
    let [dusk, autumn, out] = ["dusk-alone.png", "autumn-alone.png", "out.png"].map(|name| bench.path(name));

    bench.succeeds(&format!("{words} -o out.png --reference dusk.png:1 --reference autumn.png:0"));
    assert!(apart(&out, &dusk, 0..240) <= 1);
    bench.succeeds(&format!("{words} -o out.png --reference dusk.png:2 --reference autumn.png:2"));
    let told = report(&bench)["inputs"].clone();
    assert_eq!(told["reference"], "dusk.png");
    assert_eq!(told["references"][1], serde_json::json!({ "file": "autumn.png", "share": 0.5 }));
    let told = report(&bench);
    let paired = told["regions_by_reference"].as_array().unwrap();
    assert_eq!((paired.len(), &paired[0]), (2, &told["regions"]));
    assert_ne!(paired[0], paired[1]);
    let [a, b, half] = [&dusk, &autumn, &out].map(|path| image::open(path).unwrap().to_rgb8());
    let levels = half.as_raw().iter().zip(a.as_raw()).zip(b.as_raw());
    // Results are cut off where they cannot be shown; half of them is not half of what was cut.
    let shown = levels.filter(|((_, a), b)| (8..248).contains(*a) && (8..248).contains(*b));
    let mut apart = shown.map(|((half, a), b)| (2 * i32::from(*half) - i32::from(*a) - i32::from(*b)).abs());
    assert!(apart.all(|apart| apart <= 4));

    bench.succeeds(&format!("{words} dusk.png -o out.png --reference sky=autumn.png"));
    assert_eq!(report(&bench)["inputs"]["references"][1]["region"], "sky");
    let out = image::open(&out).unwrap().to_rgb8();
    let near = |x, y, other: &image::RgbImage| {
        (0..3).all(|c| out.get_pixel(x, y).0[c].abs_diff(other.get_pixel(x, y).0[c]) <= 1)
    };
    assert!((0..150).all(|x| near(x, 0, &b)), "the sky is autumn's");
    let bottom = out.height() - 1;
    assert!((0..out.width()).all(|x| near(x, bottom, &a)), "the ground is dusk's");
    bench.succeeds(&format!("{words} -o only.png --reference sky=autumn.png"));
    let [only, day] = ["only.png", "day.png"].map(|name| image::open(bench.path(name)).unwrap().to_rgb8());
    let is_own = |x| only.get_pixel(x, bottom) == day.get_pixel(x, bottom);
    assert!((0..day.width()).all(is_own), "without another reference the ground is its own");

    bench.succeeds(
        "learn day.png -o both.look --method transport --reference dusk.png --reference autumn.png",
    );
    bench.succeeds("apply both.look day.png -o applied.png");

    let fails = |words: &str, mentions: &[&str]| {
        bench.fails(2, &format!("transfer day.png -q -o x.png {words}"), mentions);
    };
    fails("", &["REFERENCE", "--help"]);
    fails("--reference dusk.png:0 --reference autumn.png:0", &["weight", "nothing"]);
    fails("--reference dusk.png:-1", &["weight", "at least 0"]);
    fails("dusk.png --reference wombat=autumn.png", &["`wombat`", "sky"]);
    bench.fails(1, "transfer day.png -o x.png --reference gone.png:1", &["gone.png: cannot be read"]);
    let bench = halves();
    let several = "transfer content.png reference.png --reference content.png -o x.png";
    bench.fails(2, &format!("{several} {MASKS}"), &["masks", "one reference"]);
}
