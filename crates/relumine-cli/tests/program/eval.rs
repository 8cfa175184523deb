//! `relumine eval` over a folder of small pairs: made, kept, measured, compared, shown.

use crate::bench::{Bench, mask, photo};
use serde_json::Value;

const RUN: &str = "eval pairs --out mine/{id}.png --run --method transport --measure-size 48";

/// Pairs 2 and 10 with masks, and pair 11 without.
fn pairs() -> Bench {
    let bench = Bench::new();
    for folder in ["pairs/input", "pairs/style", "pairs/segmentation", "mine", "theirs"] {
        std::fs::create_dir_all(bench.path(folder)).unwrap();
    }
    for (id, width) in [(2, 48), (10, 56), (11, 40)] {
        photo(width, 32, 0).save(bench.path(&format!("pairs/input/in{id}.png"))).unwrap();
        photo(40, width, 1).save(bench.path(&format!("pairs/style/tar{id}.png"))).unwrap();
        if id < 11 {
            for (side, width, height) in [("in", width, 32), ("tar", 40, width)] {
                let path = bench.path(&format!("pairs/segmentation/{side}{id}.png"));
                mask(width, height, [255, 0, 0], [0, 0, 255]).save(path).unwrap();
            }
        }
    }
    bench
}

fn lines(bench: &Bench, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(bench.path(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn results_are_made_once_measured_and_shown() {
    let bench = pairs();
    let output = bench.run(&format!("{RUN} --json out.jsonl --html out.html"));
    let (stdout, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let first: Vec<_> = stdout.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(first, ["pair", "2", "10", "11", "mean"]);
    assert!(stderr.contains("style is not measured"), "{stderr}");

    let lines = lines(&bench, "out.jsonl");
    assert_eq!(
        lines.iter().map(|line| line["id"].as_u64()).collect::<Vec<_>>(),
        [Some(2), Some(10), Some(11), None]
    );
    let mean = lines[..3].iter().map(|line| line["edge"].as_f64().unwrap()).sum::<f64>() / 3.0;
    assert!((lines[3]["mean"]["edge"].as_f64().unwrap() - mean).abs() < 1e-12);
    assert_eq!(lines[3]["pairs"], 3);
    let page = std::fs::read_to_string(bench.path("out.html")).unwrap();
    assert_eq!(page.matches("src=\"data:image/jpeg;base64,").count(), 9);

    // What is there is kept, even if it is another picture; --force makes it again.
    let made = std::fs::read(bench.path("mine/2.png")).unwrap();
    photo(48, 32, 1).save(bench.path("mine/2.png")).unwrap();
    let other = std::fs::read(bench.path("mine/2.png")).unwrap();
    std::fs::remove_file(bench.path("mine/10.png")).unwrap();
    let stderr = bench.succeeds(RUN);
    assert!(stderr.contains("2 of 3 results are there and kept"), "{stderr}");
    assert_eq!(std::fs::read(bench.path("mine/2.png")).unwrap(), other);
    assert!(bench.path("mine/10.png").exists());
    bench.succeeds(&format!("{RUN} --force --ids 2"));
    assert_eq!(std::fs::read(bench.path("mine/2.png")).unwrap(), made);
}

#[test]
fn what_is_missing_is_named_and_left_out() {
    let bench = pairs();
    photo(48, 32, 1).save(bench.path("mine/10.png")).unwrap();
    bench.write("mine/11.png", b"no picture");
    let stderr = bench.succeeds("eval pairs --out mine/{id}.png --json out.jsonl");
    for mention in ["not measured: 2: ", "2.png: cannot be read", "not measured: 11: ", "11.png: not a JPEG"]
    {
        assert!(stderr.contains(mention), "`{mention}` is missing:\n{stderr}");
    }
    assert_eq!(lines(&bench, "out.jsonl").len(), 2);
}

#[test]
fn two_sets_are_compared_pair_by_pair() {
    let bench = pairs();
    for id in [2, 10] {
        let width = if id == 2 { 48 } else { 56 };
        photo(width, 32, 0).save(bench.path(&format!("mine/{id}.png"))).unwrap();
        photo(width, 32, 1).save(bench.path(&format!("theirs/{id}.jpg"))).unwrap();
    }
    let words = "eval pairs --ids 2,10 --out mine/{id}.png --against theirs/{id}.jpg --json out.jsonl --html out.html";
    bench.succeeds(words);
    let lines = lines(&bench, "out.jsonl");
    for line in &lines[..2] {
        assert!(line["edge"].as_f64().unwrap() > 0.999, "the content photo has its own edges");
        assert!(line["against"]["swd"].as_f64().unwrap() < line["swd"].as_f64().unwrap());
    }
    assert!(lines[2]["against"]["mean"]["swd"].is_number());
    assert!(std::fs::read_to_string(bench.path("out.html")).unwrap().contains("theirs/{id}.jpg"));
}

#[test]
fn photos_of_any_format_without_masks_are_pairs() {
    let bench = pairs();
    for folder in ["input", "style", "segmentation"] {
        std::fs::remove_dir_all(bench.path(&format!("pairs/{folder}"))).unwrap();
    }
    for (name, height) in [("input/in4.jpg", 32), ("style/tar4.tif", 40)] {
        std::fs::create_dir_all(bench.path(&format!("pairs/{name}")).parent().unwrap()).unwrap();
        photo(48, height, 1).save(bench.path(&format!("pairs/{name}"))).unwrap();
    }
    bench.succeeds(&format!("{RUN} --json out.jsonl"));
    let lines = lines(&bench, "out.jsonl");
    assert_eq!((lines[0]["id"].as_u64(), lines[1]["pairs"].as_u64()), (Some(4), Some(1)));
    for measure in ["lost", "inverted", "blotch_l", "blotch_ab", "stray"] {
        assert!(lines[1]["mean"][measure].as_f64().is_some_and(|v| v >= 0.0), "{measure}: {}", lines[1]);
    }
}

#[test]
fn a_method_is_scored_on_photos_of_their_own() {
    let bench = pairs();
    std::fs::create_dir(bench.path("photos")).unwrap();
    bench.write("photos/broken.png", b"no picture");
    bench.write("photos/notes.txt", b"no photo");
    for (name, shade) in [("b.png", 0), ("a.jpg", 1), ("c.png", 0)] {
        photo(64, 48, shade).save(bench.path(&format!("photos/{name}"))).unwrap();
    }
    let words = "eval --self photos --method transport --count 2 --kinds global,identity --json out.jsonl --out mine/{id}.png";
    let stderr = bench.succeeds(words);
    assert!(!stderr.contains("broken"), "those before it are enough: {stderr}");
    let found = lines(&bench, "out.jsonl");
    let cells: Vec<_> =
        found.iter().map(|l| (l["kind"].as_str().unwrap(), l["method"].as_str().unwrap())).collect();
    let methods = ["nothing", "reinhard", "result"];
    assert_eq!(cells, ["global", "identity"].map(|kind| methods.map(|m| (kind, m))).concat());
    assert!(found.iter().all(|line| line["pairs"] == 2));
    assert_eq!(found[3]["dE"], 0.0, "the photo itself is nothing away from itself");
    assert!(found[5]["dE"].as_f64().unwrap() < 1.0 && found[0]["dE"].as_f64().unwrap() > 1.0, "{found:?}");
    let mut kept: Vec<_> =
        std::fs::read_dir(bench.path("mine")).unwrap().map(|e| e.unwrap().file_name()).collect();
    kept.sort();
    assert_eq!(kept.len(), 12);
    assert_eq!(kept[..3], ["00-global-result.png", "00-global.png", "00-identity-result.png"]);

    let first = std::fs::read(bench.path("out.jsonl")).unwrap();
    bench.succeeds(words);
    assert_eq!(std::fs::read(bench.path("out.jsonl")).unwrap(), first, "the same in each run");
    let stderr = bench.succeeds("eval --self photos --method transport --count 9 --kinds curve");
    assert!(stderr.contains("left out: ") && stderr.contains("broken.png"), "{stderr}");
    bench.fails(2, "eval --self photos --kinds wombat", &["wombat"]);
    bench.fails(2, "eval --self photos --count 0", &["--count"]);
    bench.fails(2, "eval --self photos --run", &["--self"]);
    bench.fails(2, "eval pairs --out mine/{id}.png --count 3", &["--self"]);
    bench.fails(1, "eval --self mine/nothing --method transport", &["mine/nothing", "cannot be read"]);
    bench.fails(1, "eval --self pairs --method transport", &["pairs", "no photo"]);
}

#[test]
fn wrong_usage_and_nothing_to_measure_fail_in_one_line() {
    let bench = pairs();
    bench.fails(2, "eval pairs --out mine/2.png", &["{id}"]);
    bench.fails(2, "eval pairs --out mine/{id}.png --force", &["--run"]);
    bench.fails(1, "eval nothing --out mine/{id}.png", &["nothing", "input"]);
    bench.fails(
        1,
        &format!("{RUN} --html no-such-folder/out.html"),
        &["no-such-folder", "cannot be written"],
    );
    bench.fails(1, &RUN.replace("mine/", "no-such-folder/"), &["no-such-folder", "cannot be written"]);
    bench.fails(1, &RUN.replace("mine/{id}", "pairs/input/in{id}"), &["is also an input"]);
    bench.fails(2, &format!("{RUN} --strength 2"), &["--strength"]);
    bench.fails(2, "eval pairs --out mine/{id}.png --measure-size 3", &["--measure-size"]);
    assert!(std::fs::read_dir(bench.path("mine")).unwrap().next().is_none());
    let output = bench.run("eval pairs --out mine/{id}.png --quiet");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("none of 3 pairs could be measured"));
}
