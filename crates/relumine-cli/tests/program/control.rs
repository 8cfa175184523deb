//! What a photographer steers, through the program.

use std::path::Path;

use serde_json::Value;

use crate::bench::{Bench, mask};

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
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/photos");
    for name in ["day.jpg", "dusk.jpg"] {
        let photo = image::open(examples.join(name)).unwrap().thumbnail(240, 240);
        photo.to_rgb8().save(bench.path(name).with_extension("png")).unwrap();
    }
    bench.succeeds("learn day.png dusk.png -o dusk.look --method transport");
    bench.succeeds("apply dusk.look day.png -o full.png");
    bench.succeeds("apply dusk.look day.png -o part.png --strength sky=0");
    let middle = 100..140;
    assert!(apart(&bench.path("full.png"), &bench.path("part.png"), middle) > 20);
    bench.fails(2, "apply dusk.look day.png -o x.png --strength wombat=0", &["`wombat`", "sky"]);
    bench.fails(2, "apply dusk.look day.png -o x.png --one --strength sky=0", &["same everywhere"]);
}
