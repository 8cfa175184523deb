//! `relumine segment` and `--masks auto`, run as users run them, on photos of every awkward kind.

use crate::bench::{Bench, photo, photo16};
use image::GenericImageView;

fn json(bench: &Bench, name: &str) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(bench.path(name)).unwrap()).unwrap()
}

#[test]
fn regions_overlay_and_names_are_written() {
    let bench = Bench::new();
    bench.succeeds("segment content.png -o regions.png --overlay overlay.png --json regions.json");
    let told = json(&bench, "regions.json");
    assert_eq!(told["size"], serde_json::json!([48, 32]));
    let regions = told["regions"].as_array().unwrap();
    let share: f64 = regions.iter().map(|region| region["share"].as_f64().unwrap()).sum();
    assert!((share - 1.0).abs() < 1e-9);
    let palette: Vec<&str> = regions.iter().map(|region| region["colour"].as_str().unwrap()).collect();
    for (_, _, pixel) in image::open(bench.path("regions.png")).unwrap().pixels() {
        let [r, g, b, _] = pixel.0;
        assert!(palette.contains(&format!("#{r:02x}{g:02x}{b:02x}").as_str()), "{pixel:?}");
    }
    assert_eq!(image::open(bench.path("overlay.png")).unwrap().dimensions(), (48, 32));
}

#[test]
fn pairs_of_regions_are_shown() {
    let bench = Bench::new();
    bench.succeeds("transfer content.png reference.png -o out.png --method transport --overlay pairs.png");
    let size = |name: &str| image::image_dimensions(bench.path(name)).unwrap();
    let (content, reference, pairs) = (size("content.png"), size("reference.png"), size("pairs.png"));
    assert_eq!(pairs.1, content.1.max(reference.1));
    assert!(pairs.0 > content.0 + reference.0, "beside each other");
    bench.fails(2, "transfer content.png reference.png -o out.png --overlay pairs.xyz", &["pairs.xyz"]);
    bench.fails(1, "transfer content.png reference.png -o a.png --overlay reference.png", &["reference.png"]);
}

#[test]
fn awkward_photos_are_segmented_and_transferred() {
    let bench = Bench::new();
    photo(16, 16, 0).save(bench.path("tiny.png")).unwrap();
    photo(800, 40, 0).save(bench.path("panorama.png")).unwrap();
    image::DynamicImage::from(photo(30, 40, 0)).to_luma8().save(bench.path("grey.png")).unwrap();
    photo16(40, 30).save(bench.path("deep.png")).unwrap();
    photo(1, 1, 0).save(bench.path("dot.png")).unwrap();
    for name in ["tiny", "panorama", "grey", "deep", "dot"] {
        for refine in ["none", "dense", "robust-pn"] {
            bench.succeeds(&format!("segment {name}.png -o regions.png --refine {refine}"));
        }
        let size = |name: &str| image::image_dimensions(bench.path(name)).unwrap();
        assert_eq!(size("regions.png"), size(&format!("{name}.png")));
        bench.succeeds(&format!("transfer {name}.png reference.png -o out.png --unpaired keep"));
    }
}

#[test]
fn bad_input_is_one_line() {
    let bench = Bench::new();
    bench.write("broken.jpg", b"\xFF\xD8\xFF\xE0 no photo");
    bench.write("groups.txt", b"sky #46a0f0 sky\nsea blue sea\n");
    bench.write("wombat.txt", b"sky #46a0f0 wombat\n");
    bench.write("weights.safetensors", b"not weights at all");
    bench.fails(1, "segment broken.jpg -o out.png", &["broken.jpg"]);
    bench.fails(1, "segment missing.jpg -o out.png", &["missing.jpg"]);
    bench.fails(2, "segment content.png -o out.png --merge groups.txt", &["groups.txt", "line 2", "`blue`"]);
    bench.fails(2, "segment content.png -o out.png --merge wombat.txt", &["wombat.txt", "wombat"]);
    bench.fails(1, "segment content.png -o out.png --merge nowhere.txt", &["nowhere.txt"]);
    bench.fails(
        1,
        "segment content.png -o out.png --segmenter weights.safetensors",
        &["weights.safetensors"],
    );
    bench.fails(1, "segment content.png -o content.png", &["content.png", "also an input"]);
    bench.fails(1, "segment content.png -o out.png --overlay out.png", &["out.png", "two outputs"]);
    bench.fails(2, "segment content.png -o out.gif", &["out.gif"]);
    bench.fails(2, "segment content.png -o out.png --refine much", &["much"]);
}

#[test]
fn transfer_tells_what_it_recognised_and_masks_none_recognises_nothing() {
    let bench = Bench::new();
    let source = |name| json(&bench, name)["regions"]["source"].as_str().unwrap().to_owned();
    for name in ["day", "dusk"] {
        let path = format!("{}/../../examples/photos/{name}.jpg", env!("CARGO_MANIFEST_DIR"));
        let photo = image::open(path).unwrap().thumbnail(300, 300);
        photo.save(bench.path(&format!("{name}.png"))).unwrap();
    }
    bench.succeeds("transfer day.png dusk.png -o auto.png --method transport --report auto.json");
    assert_eq!(source("auto.json"), "recognised");
    let told = json(&bench, "auto.json");
    let regions = told["regions"]["regions"].as_array().unwrap();
    let names =
        |key: &str| regions.iter().filter_map(|region| region[key].as_str()).collect::<Vec<_>>().join(", ");
    for expected in ["sky", "water"] {
        assert!(names("name").contains(expected), "{expected} among {}", names("name"));
        assert!(names("reference_name").contains(expected), "{expected} among {}", names("reference_name"));
    }

    // Of photos that show nothing, whatever is recognised is told, and where it says too little, that.
    let stderr = bench.succeeds("transfer content.png reference.png -o auto.png --report auto.json");
    let told = json(&bench, "auto.json");
    let set_aside = told["regions"]["source"] == "whole";
    assert_eq!(told["regions"]["tried"]["source"] == "recognised", set_aside, "{}", told["regions"]);
    assert_eq!(stderr.contains("what is recognised tells too little"), set_aside, "{stderr}");
    bench.succeeds("transfer content.png reference.png -o none.png --masks none --report none.json");
    assert_eq!(source("none.json"), "whole");
    bench.succeeds("transfer content.png content.png -o same.png --report same.json");
    assert_eq!(source("same.json"), "recognised", "a photo has what it has itself");
}
